// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import CFiles
internal import CGstStream
internal import Foundation

/// The process in which files are opened, decoded and masked, one after the other. Whatever a damaged file does to a decoder
/// ends with this process. `mask` starts it; it ends with its input.
struct MaskWorker: ParsableCommand {
    static let commandName = "mask-worker"

    static let configuration = CommandConfiguration(
        commandName: commandName, abstract: "Masks files for faceanon mask, which starts it.", shouldDisplay: false)

    @Argument(help: "The process that waits for the answers.")
    var parent: Int32

    func run() throws {
        // It ends with its parent, however that ends.
        files_end_with_parent(SIGKILL)
        // Else it would be called exe, as the link that it was started by.
        files_name_process("faceanon-worker")
        guard getppid() == parent else { return }
        // The terminal sends these to all; it is for the parent to end its workers.
        for number in [SIGINT, SIGTERM] { signal(number, SIG_IGN) }
        // A crash ends the process at once: Swift's own handlers would first look for a program that explains it.
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { signal(number, SIG_DFL) }
        signal(SIGUSR1) { _ in MediaJob.stop() }
        // A file that grows too long is an error to be read.
        signal(SIGXFSZ, SIG_IGN)
        Self.offerToTheMemoryKiller()
        let answers = WorkerOutput()
        var lines = LineBuffer()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            for line in lines.take(buffer[..<count]) {
                guard let order = JSONLine.decode(WorkerOrder.self, from: line) else {
                    throw ProgramFailure(.failed, "mask-worker does not understand what it is told")
                }
                answers.send(Self.answer(order, answers))
            }
        }
    }

    private static func answer(_ order: WorkerOrder, _ answers: WorkerOutput) -> WorkerAnswer {
        do throws(ProgramFailure) {
            switch order {
            case .check(let preset, let settings):
                try GStreamer.start(ElementProperties(preset: preset, settings))
                return .checked
            case .facts(let request): return .facts(try MediaJob.facts(of: request))
            case .mask(let request):
                gst_init(nil, nil)
                return .summary(try MediaJob.run(request) { answers.report($0) })
            }
        } catch {
            return .failure(status: error.status.rawValue, text: error.description)
        }
    }

    /// Where memory runs out, the system shall take this process before the parent and other programs of the user's.
    private static func offerToTheMemoryKiller() {
        let file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, "500", 3)
        close(file)
    }
}

/// Where the answers go. What libraries print goes to the error output meanwhile.
private final class WorkerOutput {
    private let descriptor: Int32
    private var last = ContinuousClock.now - .seconds(1)
    /// Between two lines of progress.
    private let interval = Duration.milliseconds(100)

    init() {
        // Out of the way of those that libraries write to.
        descriptor = fcntl(1, F_DUPFD_CLOEXEC, 10)
        dup2(2, 1)
    }

    func report(_ progress: MaskProgress) {
        let now = ContinuousClock.now
        guard now - last >= interval else { return }
        last = now
        send(.progress(progress))
    }

    func send(_ answer: WorkerAnswer) {
        guard let line = JSONLine.encode(answer) else { return }
        var rest = Array(line)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            // Nobody listens any more.
            guard written > 0 else { exit(ExitStatus.failed.rawValue) }
            rest = rest.dropFirst(written)
        }
    }
}
