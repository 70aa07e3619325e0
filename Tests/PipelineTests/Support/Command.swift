// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation

/// A program as a user starts it, with a deadline.
///
/// Not Foundation's Process: what that starts from a thread of Swift's pool inherits the pool's blocked signals, and then
/// neither `timeout` nor a shell's `kill` works in there. What is written goes to files, so that a program left behind in
/// the background cannot keep the test waiting.
final class Command {
    /// How it ended, and what it wrote.
    struct Outcome {
        /// As a shell has it: the exit status, or 128 and the number of the signal.
        let status: Int32
        let output: String
        let errors: String
        /// What it took of the processors, s: the same whatever else runs, or nearly so.
        let processorSeconds: Double
        /// All that it wrote: first its output, then its errors.
        var text: String { output + errors }
    }

    /// What could not be started, or had to be ended.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let arguments: [String]
    private let files: Scratch
    private let process: pid_t

    /// The program's process group, which it leads.
    var group: pid_t { process }

    /// Starts `arguments`, of which the first is looked for in the PATH of `environment`.
    init(
        _ arguments: [String], environment: [String: String] = Checkout.environment, directory: String = Checkout.root
    ) throws {
        self.arguments = arguments
        files = try Scratch()

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files / "output", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files / "errors", O_WRONLY | O_CREAT | O_APPEND, 0o600)

        var started: pid_t = 0
        // `env` looks for the program in the environment that it is given, not in ours.
        let code = Self.withCStrings(["env", "-C", directory] + arguments) { argv in
            Self.withCStrings(environment.map { "\($0)=\($1)" }) { envp in
                posix_spawn(&started, "/usr/bin/env", &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else {
            throw Failure(description: "\(arguments) could not be started: \(String(cString: strerror(code)))")
        }
        process = started
    }

    /// Runs a program to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = Checkout.environment, directory: String = Checkout.root,
        seconds: Double = Patience.usual
    ) throws -> Outcome {
        try Command(arguments, environment: environment, directory: directory).finish(seconds: seconds)
    }

    /// What it has written so far.
    var output: String { files.text("output") }

    /// What it has written to its error output so far.
    var errors: String { files.text("errors") }

    func send(_ signal: Int32) {
        kill(-group, signal)
    }

    /// Whether it has ended, and has not been waited for by `finish`.
    var hasEnded: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == SIGCHLD
    }

    /// Whether anything of its process group is there, be it an end that nobody has waited for.
    var isRunning: Bool { kill(-group, 0) == 0 }

    /// Waits for the end, `seconds` at most: what has not ended by then hangs.
    ///
    /// gst-launch-1.0 1.22 may stay for ever after an error at the very start: it handles the error before its main loop
    /// runs, and the loop then waits for another. With `errorSeconds`, who has reported an error is ended after them.
    func finish(seconds: Double = Patience.usual, errorSeconds: Double = .infinity) throws -> Outcome {
        let start = ContinuousClock.now
        var sinceError: ContinuousClock.Instant?
        var status: Int32 = 0
        var usage = rusage()
        while wait4(process, &status, WNOHANG, &usage) == 0 {
            usleep(5_000)
            if errorSeconds.isFinite, sinceError == nil, errors.contains("ERROR: from element") {
                sinceError = .now
            }
            let isStuck = sinceError.map { .now - $0 > .seconds(errorSeconds) } ?? false
            guard isStuck || .now - start > .seconds(seconds) else { continue }
            send(SIGTERM)
            usleep(500_000)
            send(SIGKILL)
            wait4(process, &status, 0, &usage)
            guard isStuck else {
                throw Failure(
                    description: "\(arguments) had not ended after \(seconds) s. It wrote: "
                        + files.text("output") + files.text("errors"))
            }
            return outcome(128 + SIGTERM, usage)
        }
        let signal = status & 0x7f
        return outcome(signal == 0 ? (status >> 8) & 0xff : 128 + signal, usage)
    }

    private func outcome(_ status: Int32, _ usage: rusage) -> Outcome {
        let seconds = [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }
        return Outcome(
            status: status, output: output, errors: errors, processorSeconds: seconds.reduce(0, +))
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(&pointers)
    }
}

/// A folder that is gone when nobody needs it any more.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "faceanon-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file in there.
    static func / (scratch: Scratch, name: String) -> String { scratch.path + "/" + name }

    func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: self / name, withIntermediateDirectories: true)
        return self / name
    }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(fileURLWithPath: self / name))
    }

    /// Not from this process: another test's program might be started meanwhile, with the file still open in it, and a
    /// program that is open for writing cannot be run.
    func writeProgram(_ text: String, to name: String) throws {
        let outcome = try Command.run(
            ["sh", "-c", "printf %s \"$1\" > \"$2\" && chmod 755 \"$2\"", "sh", text, self / name])
        guard outcome.status == 0 else { throw Command.Failure(description: outcome.text) }
    }

    func copy(_ path: String, to name: String) throws {
        try FileManager.default.copyItem(atPath: path, toPath: self / name)
    }

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self / name) }

    func data(_ name: String) -> Data { FileManager.default.contents(atPath: self / name) ?? Data() }

    func text(_ name: String) -> String { String(decoding: data(name), as: UTF8.self) }

    /// Who may do what with a file.
    func mode(_ name: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: self / name))?[.posixPermissions] as? Int
    }

    /// The names in a folder of it, sorted.
    func names(in folder: String = ".") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: self / folder)) ?? []).sorted()
    }
}
