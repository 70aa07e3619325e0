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

        init(install: String) throws {
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
            var environment = Checkout.bareEnvironment
            environment["PATH"] = (scratch / "bin") + ":" + (environment["PATH"] ?? "")
            environment["FACEANON_TEST_POLICY"] = policy
            environment["TMPDIR"] = try scratch.folder("tmp")
            self.environment = environment
        }

        private static func program(_ name: String, _ text: String, in scratch: Scratch) throws {
            _ = try scratch.folder("bin")
            try scratch.writeProgram("#!/bin/sh\n\(text)\n", to: "bin/\(name)")
        }

        func setUp() throws -> Command {
            try Command([Checkout.root + "/meson-helper/setup/setup.sh", "install"], environment: environment)
        }

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

    @Test(arguments: [0, 101]) func thePolicyOfTheMachineStays(_ status: Int) throws {
        let machine = try Machine(install: "exit 100")
        let policy = "#!/bin/sh\nexit \(status)\n"
        try machine.scratch.writeProgram(policy, to: "policy-rc.d")
        #expect(try machine.setUp().finish().status == 1)
        #expect(machine.said == "\(status)\n")
        #expect(machine.scratch.text("policy-rc.d") == policy)
    }
}
