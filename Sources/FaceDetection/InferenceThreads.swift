// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import COpenCV
internal import CPlatform
internal import Synchronization

/// OpenCV's pool of threads, which all elements of a process share.
package enum InferenceThreads {
    private static let asked = Mutex(0)
    private static let current = Atomic(1)

    /// How many threads the pool has.
    static var count: Int { current.load(ordering: .relaxed) }

    /// Asks for `count` threads (0: as many as the machine has). The largest number ever asked for holds: a stream that
    /// wants few must not slow down one that wants many.
    ///
    /// - Returns: how many the pool has now.
    @discardableResult
    package static func request(_ count: Int) -> Int {
        let wanted = count > 0 ? count : Int(faceanon_processor_count())
        return asked.withLock { asked in
            if wanted > asked {
                asked = wanted
                faceanon_set_threads(Int32(truncatingIfNeeded: wanted))
                current.store(wanted, ordering: .relaxed)
            }
            return asked
        }
    }
}
