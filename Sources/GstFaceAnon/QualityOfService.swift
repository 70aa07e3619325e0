// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Synchronization

/// What downstream says of how late frames come to it. Told by its thread, asked by ours.
final class QualityOfService: Sendable {
    /// About a late frame.
    struct Verdict {
        /// By how much it is late, ns.
        let lateness: Int64
        /// How long frames take downstream, as a share of how long they last.
        let proportion: Double
        /// Frames since the start.
        let processed: UInt64
        let dropped: UInt64
    }

    private struct State {
        /// Frames up to this running time come too late, ns; nil where nobody has complained.
        var earliest: UInt64?
        var proportion = 1.0
        var processed: UInt64 = 0
        var dropped: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Forgets all: at the start. A flush keeps the counts.
    func reset(keepingCounts: Bool = false) {
        state.withLock { state in
            let old = state
            state = State()
            if keepingCounts { (state.processed, state.dropped) = (old.processed, old.dropped) }
        }
    }

    /// Takes a QOS event.
    ///
    /// - Parameters:
    ///   - lateness: negative where the frame came early, ns.
    ///   - runningTime: the frame's, ns; `UInt64.max` for none.
    func take(proportion: Double, lateness: Int64, runningTime: UInt64) {
        state.withLock { state in
            state.proportion = proportion.isFinite ? proportion : 1
            guard runningTime != .max else {
                state.earliest = nil
                return
            }
            let (time, isOutOfRange) =
                lateness < 0
                ? runningTime.subtractingReportingOverflow(lateness.magnitude)
                : runningTime.addingReportingOverflow(lateness.magnitude)
            state.earliest = isOutOfRange ? nil : time
        }
    }

    /// Counts a frame that comes in; nil where it is in time.
    func judge(runningTime: UInt64) -> Verdict? {
        state.withLock { state in
            guard let earliest = state.earliest, runningTime <= earliest else {
                state.processed &+= 1
                return nil
            }
            state.dropped &+= 1
            return Verdict(
                lateness: Int64(clamping: earliest - runningTime), proportion: state.proportion,
                processed: state.processed, dropped: state.dropped)
        }
    }
}
