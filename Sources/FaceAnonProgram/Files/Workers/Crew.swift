// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// A piece of work for a worker.
struct Job {
    /// How much of the crew it takes: see `Crew.size`.
    var weight = 1
    /// Seconds without a word from the worker after which it counts as hanging.
    var stall: Double
    /// Whether its source has no end of its own: SIGINT and SIGTERM then end it in good order.
    var isLive = false
    /// Makes the order when its turn comes, with all that has to be opened for it.
    var prepare: () throws(ProgramFailure) -> WorkerOrder
    var onProgress: (MaskProgress) -> Void = { _ in }
    /// What came of it.
    var onEnd: (Result<WorkerAnswer, ProgramFailure>) -> Void
}

/// The workers, and who does what. Everything here runs on the main loop.
final class Crew {
    /// What ended a run before its time.
    struct Interruption: Error { let signal: Int32 }

    /// How much work is done at the same time, in the unit of `Job.weight`.
    private let size: Int
    /// How much memory a worker may hold, bytes.
    private let memoryLimit: UInt64
    private let loop = MainLoop()
    private var idle: [Worker] = []
    private var busy: [ObjectIdentifier: Task] = [:]
    private var waiting: ArraySlice<Job> = []
    private var signal: Int32?
    /// Live sources are asked to end: by which signal, and for how many seconds.
    private var stopping: (signal: Int32, seconds: Double)?
    /// Seconds that a live source may take for its end.
    private static let patience = 15.0

    private final class Task {
        let job: Job
        let worker: Worker
        /// Ticks since its last word.
        var silence = 0.0

        init(_ job: Job, _ worker: Worker) { (self.job, self.worker) = (job, worker) }
    }

    /// Called every half second while work is done.
    var onTick: () -> Void = {}
    private static let tick = 0.5

    init(size: Int, memoryLimit: UInt64) { (self.size, self.memoryLimit) = (size, memoryLimit) }

    /// Does all jobs, in their order as far as there is room, and returns when the last has ended.
    func run(_ jobs: [Job]) throws(Interruption) {
        waiting = jobs[...]
        fill()
        if !busy.isEmpty {
            let hangup = HangupWatch { [unowned self] in interrupt(SIGHUP) }
            let timer = MainLoop.Timer(seconds: Self.tick, repeats: true) { [unowned self] in watch() }
            loop.run { [unowned self] in interrupt($0) }
            timer.cancel()
            hangup.cancel()
        }
        if let signal { throw Interruption(signal: signal) }
    }

    /// Ends all workers.
    func dismiss() {
        for task in busy.values { task.worker.end() }
        busy = [:]
        idle = []
    }

    private func interrupt(_ signal: Int32) {
        if stopping == nil, !busy.isEmpty, busy.values.allSatisfy({ $0.job.isLive }) {
            stopping = (signal, 0)
            waiting = []
            for task in busy.values { task.worker.stop() }
            return
        }
        self.signal = signal
        waiting = []
        dismiss()
        loop.quit()
    }

    // MARK: - Handing out work

    private func fill() {
        while signal == nil, let job = waiting.first, fits(job) {
            waiting.removeFirst()
            do throws(ProgramFailure) {
                let order = try job.prepare()
                start(job, order, on: try free())
            } catch {
                job.onEnd(.failure(error))
            }
        }
    }

    private func free() throws(ProgramFailure) -> Worker {
        if let worker = idle.popLast() { return worker }
        return try Worker()
    }

    /// The heaviest job has the crew to itself.
    private func fits(_ job: Job) -> Bool {
        let taken = busy.values.map { min($0.job.weight, size) }.reduce(0, +)
        return taken + min(job.weight, size) <= size
    }

    private func start(_ job: Job, _ order: WorkerOrder, on worker: Worker) {
        let task = Task(job, worker)
        busy[ObjectIdentifier(worker)] = task
        worker.onAnswer = { [unowned self, unowned task] in take($0, of: task) }
        worker.onEnd = { [unowned self, unowned task] in lose(task, $0) }
        worker.send(order)
    }

    private func take(_ answer: WorkerAnswer, of task: Task) {
        task.silence = 0
        switch answer {
        case .progress(let progress): return task.job.onProgress(progress)
        case .failure(let status, let text):
            end(task, .failure(ProgramFailure(ExitStatus(rawValue: status) ?? .failed, text)))
        case .checked, .facts, .summary: end(task, .success(answer))
        }
    }

    private func end(_ task: Task, _ result: Result<WorkerAnswer, ProgramFailure>) {
        busy[ObjectIdentifier(task.worker)] = nil
        // What it still says is not about the next job.
        task.worker.onAnswer = { _ in }
        task.worker.onEnd = { [unowned self, unowned worker = task.worker] _ in idle.removeAll { $0 === worker } }
        idle.append(task.worker)
        close(task.job, result)
    }

    private func close(_ job: Job, _ result: Result<WorkerAnswer, ProgramFailure>) {
        job.onEnd(result)
        fill()
        if busy.isEmpty { loop.quit() }
    }

    // MARK: - Workers that do not end well

    private func lose(_ task: Task, _ reason: String) {
        busy[ObjectIdentifier(task.worker)] = nil
        let words = task.worker.lastWords.last.map { "; its last words: \($0)" } ?? ""
        close(
            task.job, .failure(ProgramFailure(.failed, "the process that read it did not survive: \(reason)\(words)")))
    }

    private func watch() {
        if let (signal, seconds) = stopping {
            stopping = (signal, seconds + Self.tick)
            if seconds > Self.patience { return interrupt(signal) }
        }
        for task in Array(busy.values) {
            task.silence += Self.tick
            if task.silence >= task.job.stall {
                stop(task, "no progress for \(Int(task.job.stall)) s (--stall-timeout)")
            } else if task.worker.memory > memoryLimit {
                stop(task, "it takes more than \(memoryLimit >> 20) MiB of memory")
            }
        }
        if signal == nil, !busy.isEmpty { onTick() }
    }

    private func stop(_ task: Task, _ reason: String) {
        task.worker.end()
        busy[ObjectIdentifier(task.worker)] = nil
        close(task.job, .failure(ProgramFailure(.failed, "given up: \(reason)")))
    }
}

/// Calls back on the main loop when the terminal is gone, unless whoever started the program wants it to go on (`nohup`).
private final class HangupWatch {
    private var source: guint = 0
    private let action: () -> Void

    init(_ action: @escaping () -> Void) {
        self.action = action
        guard !Self.isIgnored(SIGHUP) else { return }
        // Not retained: the one who made it cancels it.
        source = g_unix_signal_add(
            SIGHUP,
            { data in
                guard let data else { return 0 }
                Unmanaged<HangupWatch>.fromOpaque(data).takeUnretainedValue().action()
                return 1
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        return handler == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    func cancel() {
        if source != 0 { g_source_remove(source) }
        source = 0
    }

    deinit { cancel() }
}

/// What the machine offers.
enum Machine {
    static var processors: Int { max(1, Int(g_get_num_processors())) }

    /// What a worker may hold before it is taken for one that will not stop: three quarters of the machine's memory, or of
    /// what this process's group may take, and a quarter more than that for no number of workers.
    static func memoryLimit(workers: Int) -> UInt64 {
        let pages = sysconf(Int32(_SC_PHYS_PAGES)), size = sysconf(Int32(_SC_PAGESIZE))
        var total = UInt64(max(0, pages)).multipliedReportingOverflow(by: UInt64(max(0, size))).partialValue
        if let text = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8),
            let limit = UInt64(text.filter(\.isNumber)), limit > 0
        {
            total = min(total, limit)
        }
        guard total > 0 else { return .max }
        return max(total / 4 * 3 / UInt64(max(1, workers)), 1 << 30)
    }
}
