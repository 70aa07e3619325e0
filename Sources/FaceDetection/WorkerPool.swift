// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
internal import VideoFrames

/// The threads of one element: they help the streaming thread with its frames, and sleep between them.
///
/// Each element has its own. So none waits for another one's work, what one asks for changes nothing for the others, and
/// nothing of it is left when the element stops. The streaming thread works too: a pool of one has no thread at all.
package final class WorkerPool {
    /// How many work at the same time, the calling thread included: fewer than asked for where the system has no more.
    package let workers: Int
    private let threads: [faceanon_thread]
    private let state: State?
    /// A fork has the memory of this process, and none of its threads.
    private let process = faceanon_process()

    /// - Parameter threads: how many work at the same time; 0 for as many as the machine has.
    package init(threads wanted: Int) {
        let wanted = wanted > 0 ? wanted : Int(faceanon_processor_count())
        guard wanted > 1, let state = State(helpers: wanted - 1) else {
            (workers, threads, state) = (1, [], nil)
            return
        }
        var threads: [faceanon_thread] = []
        while threads.count < wanted - 1, let thread = state.startHelper(threads.count) { threads.append(thread) }
        self.threads = threads
        self.state = state
        workers = threads.count + 1
    }

    deinit {
        guard let state, process == faceanon_process() else { return }
        state.end()
        for thread in threads { faceanon_thread_join(thread) }
    }

    /// Has up to `count` workers take the pieces of a work, and returns when none of them is at it any more. Not for two
    /// threads at once.
    func run(_ work: ParallelWork, workers count: Int) {
        guard let state, count > 1, process == faceanon_process() else {
            work.takePieces(worker: 0)
            return
        }
        state.begin(work, helpers: min(count, workers) - 1)
        work.takePieces(worker: 0)
        // Who has not woken up by now would find nothing to do: only those at work are waited for.
        state.finish()
    }

    /// What the threads share.
    ///
    /// @unchecked: everything is read and written under `lock`, but for the constants.
    private final class State: @unchecked Sendable {
        private let lock: UnsafeMutablePointer<faceanon_lock>
        /// The condition that the caller waits for; helper i waits for condition i.
        private let allDone: Int32
        private var work: ParallelWork?
        /// Counts the works: a helper takes part once in each.
        private var round = 0
        /// So many helpers may take part.
        private var invited = 0
        private var atWork = 0
        private var isEnding = false

        init?(helpers: Int) {
            guard let count = Int32(exactly: helpers), let lock = faceanon_lock_create(count + 1) else { return nil }
            self.lock = lock
            allDone = count
        }

        deinit { faceanon_lock_destroy(lock) }

        /// Nil where the system has no more threads.
        func startHelper(_ index: Int) -> faceanon_thread? {
            if FaultInjection.fails(.thread) { return nil }
            // Released by the thread at its end.
            let context = Unmanaged.passRetained(Helper(index: index, state: self))
            var thread = faceanon_thread()
            let code = faceanon_thread_start(
                &thread,
                { context in
                    guard let context else { return nil }
                    let helper = Unmanaged<Helper>.fromOpaque(context).takeRetainedValue()
                    faceanon_thread_name("faceanon")
                    helper.state.help(helper.index)
                    return nil
                }, context.toOpaque())
            guard code == 0 else {
                context.release()
                return nil
            }
            return thread
        }

        func begin(_ work: ParallelWork, helpers: Int) {
            faceanon_lock_take(lock)
            self.work = work
            invited = helpers
            round &+= 1
            for index in 0..<helpers { faceanon_lock_signal(lock, Int32(truncatingIfNeeded: index)) }
            faceanon_lock_release(lock)
        }

        func finish() {
            faceanon_lock_take(lock)
            invited = 0
            while atWork > 0 { faceanon_lock_wait(lock, allDone) }
            work = nil
            faceanon_lock_release(lock)
        }

        func end() {
            faceanon_lock_take(lock)
            isEnding = true
            for index in 0..<allDone { faceanon_lock_signal(lock, index) }
            faceanon_lock_release(lock)
        }

        /// A helper's life.
        func help(_ index: Int) {
            var lastRound = 0
            faceanon_lock_take(lock)
            while !isEnding {
                guard index < invited, round != lastRound, let work else {
                    faceanon_lock_wait(lock, Int32(truncatingIfNeeded: index))
                    continue
                }
                lastRound = round
                atWork += 1
                faceanon_lock_release(lock)
                work.takePieces(worker: index + 1)
                faceanon_lock_take(lock)
                atWork -= 1
                if atWork == 0 { faceanon_lock_signal(lock, allDone) }
            }
            faceanon_lock_release(lock)
        }
    }

    private final class Helper {
        let index: Int
        let state: State

        init(index: Int, state: State) {
            self.index = index
            self.state = state
        }
    }
}
