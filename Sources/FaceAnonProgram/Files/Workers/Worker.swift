// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CFiles
internal import CGstStream
internal import Foundation

/// A worker process as its parent sees it. It takes one order at a time.
final class Worker {
    /// Called on the main loop with each answer.
    var onAnswer: (WorkerAnswer) -> Void = { _ in }
    /// Called on the main loop when the process has ended, with how. Nothing comes after it.
    var onEnd: (String) -> Void = { _ in }

    let process: pid_t
    private let input: Descriptor
    private let output: Descriptor
    private let errors: Descriptor
    private var watches: [DescriptorWatch] = []
    private var lines = LineBuffer()
    private var errorLines = LineBuffer()
    /// The last lines of its error output.
    private(set) var lastWords: [String] = []
    private var isEnded = false

    /// Starts the process.
    init() throws(ProgramFailure) {
        var (toWorker, fromWorker, errorsOf): ([Int32], [Int32], [Int32]) = ([0, 0], [0, 0], [0, 0])
        guard pipe2(&toWorker, O_CLOEXEC) == 0, pipe2(&fromWorker, O_CLOEXEC) == 0,
            pipe2(&errorsOf, O_CLOEXEC) == 0
        else {
            throw ProgramFailure(.failed, "no worker can be started: \(SystemError.text())")
        }
        (input, output, errors) = (
            Descriptor(taking: toWorker[1]), Descriptor(taking: fromWorker[0]), Descriptor(taking: errorsOf[0])
        )
        let ends = [toWorker[0], fromWorker[1], errorsOf[1]]
        defer { for end in ends { close(end) } }
        process = try Self.spawn(ends)
        for end in [output, errors] { _ = fcntl(end.number, F_SETFL, fcntl(end.number, F_GETFL) | O_NONBLOCK) }
        watches = [
            DescriptorWatch(output.number) { [weak self] in self?.read() },
            DescriptorWatch(errors.number) { [weak self] in self?.readErrors() },
        ]
    }

    deinit { end() }

    private static func spawn(_ ends: [Int32]) throws(ProgramFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, end) in ends.enumerated() { posix_spawn_file_actions_adddup2(&actions, end, Int32(target)) }
        var process: pid_t = 0
        let words = ["faceanon", MaskWorker.commandName, String(getpid())]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &arguments, environ)
        guard code == 0 else { throw ProgramFailure(.failed, "no worker can be started: \(SystemError.text(code))") }
        return process
    }

    func send(_ order: WorkerOrder) {
        // An order is shorter than what a pipe takes at once, and a worker without an order reads. One that has died is
        // noticed by its output.
        guard let line = JSONLine.encode(order) else { return }
        var rest = Array(line)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(input.number, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Asks the process to end what it masks in good order: a camera, a stream.
    func stop() { kill(process, SIGUSR1) }

    /// Ends the process at once, whatever it does.
    func end() {
        watches = []
        guard !isEnded else { return }
        isEnded = true
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// What the process holds of memory, bytes.
    var memory: UInt64 {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
        return pages.multipliedReportingOverflow(by: UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))).partialValue
    }

    // MARK: - What comes

    private func read() {
        guard let bytes = Self.bytes(of: output) else { return }
        guard !bytes.isEmpty else { return noticeEnd() }
        for line in lines.take(bytes) {
            guard let answer = JSONLine.decode(WorkerAnswer.self, from: line) else { continue }
            onAnswer(answer)
            if isEnded { return }
        }
    }

    private func readErrors() {
        guard let bytes = Self.bytes(of: errors) else { return }
        if bytes.isEmpty { watches.last?.cancel() }
        for line in errorLines.take(bytes) + (bytes.isEmpty ? [errorLines.takeRest()].compactMap { $0 } : []) {
            lastWords.append(Shown.text(line))
            if lastWords.count > 20 { lastWords.removeFirst() }
            if Self.showsErrors { Log.write(Log.redacted(String(decoding: line, as: UTF8.self)) + "\n") }
        }
    }

    /// GStreamer's log goes on to who has asked for it.
    private static let showsErrors = ProcessInfo.processInfo.environment["GST_DEBUG"] != nil

    /// Nil where nothing has come, empty at the end.
    private static func bytes(of descriptor: Descriptor) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = Foundation.read(descriptor.number, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : [] }
        return buffer[..<count]
    }

    private func noticeEnd() {
        guard !isEnded else { return }
        isEnded = true
        readErrors()
        watches = []
        var status: Int32 = 0
        // A worker that has closed its output is about to end, or of no use any more.
        kill(process, SIGKILL)
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        onEnd(Self.reason(status))
    }

    private static func reason(_ status: Int32) -> String {
        let signal = status & 0x7f
        guard signal != 0 else { return "it ended with status \((status >> 8) & 0xff)" }
        let name = SignalName.text(signal)
        return signal == SIGKILL ? "it was killed (\(name)), perhaps for want of memory" : "it crashed (\(name))"
    }
}

/// Signals as people call them.
package enum SignalName {
    package static func text(_ signal: Int32) -> String {
        let names: [Int32: String] = [
            SIGSEGV: "SIGSEGV", SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGILL: "SIGILL",
            SIGTRAP: "SIGTRAP", SIGKILL: "SIGKILL", SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGXCPU: "SIGXCPU",
            SIGXFSZ: "SIGXFSZ", SIGPIPE: "SIGPIPE", SIGSYS: "SIGSYS", SIGHUP: "SIGHUP", SIGQUIT: "SIGQUIT",
        ]
        return names[signal] ?? "signal \(signal)"
    }
}
