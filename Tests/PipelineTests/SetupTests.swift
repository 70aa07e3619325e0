// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `setup.sh` with an apt-get and a policy file of the test's own: nothing of the machine is touched.
@Suite struct SetupTests {
    /// Where everything is missing, and apt-get does what a test wants of `install`.
    private final class Machine {
        let scratch: Scratch
        private let environment: [String: String]

        /// `swift`: a Swift of the test's own.
        init(install: String, swift: String? = nil) throws {
            let scratch = try Scratch()
            self.scratch = scratch
            try Self.program("dpkg-query", "exit 0", in: scratch)
            // For those who are not root.
            try Self.program("sudo", "exec \"$@\"", in: scratch)
            // What is said of services while packages are installed.
            let policy = scratch / "policy-rc.d"
            try Self.program(
                "apt-get",
                """
                case " $* " in *' install '*) ;; *) exit 0 ;; esac
                status=0
                "\(policy)" || status=$?
                echo "$status" > "\(scratch / "said")"
                \(install)
                """, in: scratch)
            if let swift { try Self.program("swift", swift, in: scratch) }
            var environment = Checkout.bareEnvironment
            environment["CI"] = nil
            environment["PATH"] = (scratch / "bin") + ":" + (environment["PATH"] ?? "")
            environment["FACEANON_TEST_POLICY"] = policy
            environment["TMPDIR"] = try scratch.folder("tmp")
            self.environment = environment
        }

        private static func program(_ name: String, _ text: String, in scratch: Scratch) throws {
            _ = try scratch.folder("bin")
            try scratch.writeProgram("#!/bin/sh\n\(text)\n", to: "bin/\(name)")
        }

        func setUp(_ words: String...) throws -> Command {
            try Command([Self.setup] + (words.isEmpty ? ["install"] : words), environment: environment)
        }

        /// On a terminal, at which somebody types an answer.
        func setUp(answer: String, _ words: String..., changes: [String: String] = [:]) throws -> Command.Outcome {
            let line = "printf '\(answer)' | script -qec \"'\(Self.setup)' \(words.joined(separator: " "))\" /dev/null"
            return try Command.run(["sh", "-c", line], environment: environment.merging(changes) { $1 })
        }

        private static let setup = Checkout.root + "/meson-helper/setup/setup.sh"

        /// The exit status of the policy while packages were installed: 101 forbids services to start.
        var said: String { scratch.text("said") }
        var hasPolicy: Bool { scratch.has("policy-rc.d") }
    }

    @Test(arguments: [("exit 0", Int32(0)), ("echo no such package >&2; exit 100", 1)])
    func servicesMayStartAgainHoweverItEnds(_ install: String, _ status: Int32) throws {
        let machine = try Machine(install: install)
        let outcome = try machine.setUp().finish()
        #expect(outcome.status == status, "\(outcome.text)")
        #expect(machine.said == "101\n")
        #expect(!machine.hasPolicy)
        #expect(outcome.errors.contains("no such package") == (status == 1))
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func servicesMayStartAgainAfterASignal(_ signal: Int32) throws {
        let machine = try Machine(install: "exec sleep 1000")
        let command = try machine.setUp()
        _ = try Wait.until("apt-get installs") {
            try #require(!command.hasEnded, "\(command.errors)")
            return machine.said == "" ? nil : true
        }
        #expect(machine.hasPolicy)
        command.send(signal)
        #expect(try command.finish().status == 128 + signal)
        #expect(!machine.hasPolicy)
    }

    @Test func whatAKilledRunHasLeftIsTakenAway() throws {
        let machine = try Machine(install: "kill -KILL $PPID; exit 1")
        #expect(try machine.setUp().finish().status == 128 + SIGKILL)
        // Nobody could do it.
        #expect(machine.hasPolicy)
        let again = try Machine(install: "exit 0")
        try again.scratch.writeProgram(machine.scratch.text("policy-rc.d"), to: "policy-rc.d")
        #expect(try again.setUp().finish().status == 0)
        #expect(again.said == "101\n" && !again.hasPolicy)
    }

    // MARK: - Questions

    @Test(arguments: ["n\\n", "no\\n", "what\\n", "\\004"]) func nothingIsInstalledUnasked(_ answer: String) throws {
        let machine = try Machine(install: "exit 0")
        let outcome = try machine.setUp(answer: answer, "install")
        #expect(outcome.status == 1, "\(outcome.text)")
        #expect(outcome.text.contains("gstreamer1.0-tools") && outcome.text.contains("Install them? [Y/n]"))
        #expect(outcome.text.contains("nothing was installed"))
        #expect(machine.said == "")
    }

    @Test(arguments: ["y\\n", "\\n", "YES\\n"]) func aYesInstalls(_ answer: String) throws {
        let machine = try Machine(install: "exit 0")
        let outcome = try machine.setUp(answer: answer, "install")
        #expect(outcome.status == 0 && outcome.text.contains("Install them?"), "\(outcome.text)")
        #expect(machine.said == "101\n")
    }

    @Test(arguments: [("--yes", ""), ("", "true")]) func whoSaysSoIsNotAsked(_ option: String, _ ci: String) throws {
        let machine = try Machine(install: "exit 0")
        let outcome = try machine.setUp(answer: "n\\n", option, "install", changes: ["CI": ci])
        #expect(outcome.status == 0 && !outcome.text.contains("Install them?"), "\(outcome.text)")
        #expect(machine.said == "101\n")
    }

    /// All that `make demo` needs is asked for at once.
    @Test(arguments: ["demo", "test", "deb", "evaluate"]) func aTargetOfMakeAsksOnce(_ target: String) throws {
        let plan = try Command.run(["make", "--no-print-directory", "-C", Checkout.root, "-n", target, "DATA=x"])
        let calls = plan.output.split(separator: "\n").filter { $0.contains("setup/setup.sh ") }
            .map { $0.split(separator: " ").drop { !$0.hasSuffix("setup.sh") }.dropFirst() }
        try #require(calls.count >= 2 && plan.status == 0, "\(plan.text)")
        for call in calls.dropFirst() {
            #expect(Set(call).isSubset(of: calls[0]), "make \(target): \(call) is not in \(calls[0])")
        }
    }

    // MARK: - Swift

    private static let broken =
        "echo \"$0: error while loading shared libraries: libxml2.so.2: cannot open shared object file\" >&2; exit 127"

    @Test func whatSwiftLacksIsSaidAndInstalled() throws {
        // As a fresh Debian: Swift starts once its libraries have been installed.
        let machine = try Machine(
            install: "touch \"$TMPDIR/installed\"",
            swift: "[ ! -e \"$TMPDIR/installed\" ] || { echo 'Swift version 99.0'; exit; }\n" + Self.broken)
        let outcome = try machine.setUp("build").finish()
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.errors.contains("libxml2.so.2 (Debian: libxml2)"))
        #expect(outcome.errors.contains(#/installing.* libxml2 /#), "\(outcome.errors)")
    }

    @Test(arguments: [
        (broken, "libxml2.so.2 (Debian: libxml2)"), ("echo 'Swift version 5.8'", "Swift 5.8 is too old"),
        ("echo hello", "does not tell its version, but says: hello"),
    ])
    func aSwiftThatWillNotDoIsSaid(_ swift: String, _ complaint: String) throws {
        let machine = try Machine(install: "exit 0", swift: swift)
        let outcome = try machine.setUp("build").finish()
        #expect(outcome.status != 0 && outcome.errors.contains(complaint), "\(outcome.text)")
        #expect(!outcome.errors.contains("ready"))
    }

    // MARK: - Services

    @Test(arguments: [0, 101]) func thePolicyOfTheMachineStays(_ status: Int) throws {
        let machine = try Machine(install: "exit 100")
        let policy = "#!/bin/sh\nexit \(status)\n"
        try machine.scratch.writeProgram(policy, to: "policy-rc.d")
        #expect(try machine.setUp().finish().status == 1)
        #expect(machine.said == "\(status)\n")
        #expect(machine.scratch.text("policy-rc.d") == policy)
    }
}
