// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Synchronization

/// How long a frame's inspection and masking take: what the LATENCY query tells of, beside look-ahead.
final class ProcessingTime: Sendable {
    private struct State {
        /// Of the frame that is at work, ns.
        var inspection: UInt64 = 0
        /// What most frames stay below, ns: grows at once, falls slowly.
        var peak: UInt64 = 0
        /// What the last answer said, ns.
        var announced: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Answers are multiples of this, ns, so that not every frame changes them.
    private static let unit: UInt64 = 5_000_000
    /// Nothing longer is announced, ns: a machine that slept is no machine that is slow.
    private static let longest: UInt64 = 1_000_000_000

    /// What a live pipeline has to wait for a frame, ns.
    var latency: UInt64 { state.withLock { $0.announced } }

    func reset() { state.withLock { $0 = State() } }

    func inspected(for time: UInt64) { state.withLock { $0.inspection = time } }

    /// Takes the time of a frame that leaves.
    ///
    /// - Returns: whether the latency is another one now.
    func masked(for time: UInt64) -> Bool {
        state.withLock { state in
            let total = min(state.inspection &+ time, Self.longest)
            // Up by half of the way, so that one slow frame does not decide; down by a hundredth.
            if state.announced == 0 {
                state.peak = total
            } else {
                state.peak = total > state.peak ? (total + state.peak) / 2 : state.peak - (state.peak - total) / 100
            }
            let wanted = (state.peak + Self.unit) / Self.unit * Self.unit
            // Down only where it is much too long.
            guard wanted > state.announced || wanted < state.announced / 2 else { return false }
            state.announced = wanted
            return true
        }
    }
}
