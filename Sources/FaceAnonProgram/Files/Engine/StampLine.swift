// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Gives the packets of all streams of a file times on one line, ns: where a counter of the container runs over, and
/// where a file goes on with another one's stamps, the line goes on.
///
/// A gap is no such place: what comes minutes later, stays minutes later.
package struct StampLine {
    /// What one stream's packets have shown so far.
    private struct Stream {
        var epoch = 0
        /// The newest packet's time on the line, ns.
        var last: Int64?
    }

    /// What is added to the stamps of a part of the file, ns: the parts follow each other.
    private var epochs: [Int64]
    private var streams: [Int: Stream] = [:]
    /// The end of the newest packets of all streams, ns.
    private var end: Int64?
    /// Times that a stamp went back and no counter had run over: files put together from several.
    package private(set) var restarts = 0
    /// The number that stamps are counted up to, ns; nil where they do not run over.
    private let wrap: Int64?
    /// Stamps in disorder go back by less than this, ns.
    private let disorder: Int64
    private let mayJump: Bool

    /// Stamps that run over go on within these of where they were, ns: more is a file put together from several.
    private static let wrapBack: Int64 = 10_000_000_000
    private static let wrapAhead: Int64 = 3_600_000_000_000

    /// - Parameters:
    ///   - shift: what is added to all stamps, ns.
    ///   - mayJump: whether this is a container whose stamps may jump: a small step back means something then.
    package init(shift: Int64, wrap: Int64?, mayJump: Bool) {
        epochs = [shift]
        self.wrap = wrap
        self.mayJump = mayJump
        disorder = mayJump ? 50_000_000 : 1_000_000_000
    }

    /// Places a packet.
    ///
    /// - Parameters:
    ///   - decoding: its decoding time as the file has it, ns; nil where it has none.
    ///   - shown: the same for when it is shown.
    ///   - duration: ns.
    package mutating func place(
        stream: Int, decoding: Int64?, shown: Int64?, duration: Int64
    ) -> (decoding: Int64?, shown: Int64?) {
        guard let stamp = decoding ?? shown else { return (nil, nil) }
        var state = streams[stream] ?? Stream()
        guard decoding != nil || mayJump else {
            // Pictures are shown in another order than they come in, by any time: nothing follows from a step back.
            let offset = epochs[state.epoch]
            return (nil, shown.map { Nanoseconds.sum($0, offset) })
        }
        if let last = state.last {
            follow(&state, stamp: stamp, last: last)
        } else {
            begin(&state, stamp: stamp)
        }
        let offset = epochs[state.epoch]
        let time = Nanoseconds.sum(stamp, offset)
        state.last = max(time, state.last ?? time)
        streams[stream] = state
        end = max(Nanoseconds.sum(time, max(duration, 0)), end ?? time)
        return (
            decoding.map { Nanoseconds.sum($0, offset) }, shown.map { Nanoseconds.sum(near($0, to: stamp), offset) }
        )
    }

    private mutating func follow(_ state: inout Stream, stamp: Int64, last: Int64) {
        guard stamp + epochs[state.epoch] < last - disorder else {
            // Other streams are in a later part already, and this one may follow them without a step back.
            let now = end ?? last
            for epoch in state.epoch + 1..<max(epochs.count, state.epoch + 1) {
                let (old, new) = (stamp + epochs[state.epoch], stamp + epochs[epoch])
                if new >= last - disorder, (new - now).magnitude < (old - now).magnitude { state.epoch = epoch }
            }
            return
        }
        for epoch in state.epoch + 1..<max(epochs.count, state.epoch + 1)
        where stamp + epochs[epoch] >= last - max(disorder, 1_000_000_000) {
            state.epoch = epoch
            return
        }
        let base = epochs[state.epoch]
        if let wrap, (last - Self.wrapBack...last + Self.wrapAhead).contains(stamp + base + wrap) {
            epochs.append(Nanoseconds.sum(base, wrap))
        } else {
            restarts += 1
            epochs.append(Nanoseconds.sum(end ?? last, -stamp))
        }
        state.epoch = epochs.count - 1
    }

    /// A stream's first packet belongs to the part that brings it closest to the others.
    private mutating func begin(_ state: inout Stream, stamp: Int64) {
        guard let now = end else { return }
        let parts = epochs.indices.map { ($0, epochs[$0]) }
        var best = parts.min { ($0.1 + stamp - now).magnitude < ($1.1 + stamp - now).magnitude } ?? (0, epochs[0])
        if let wrap {
            for other in [Nanoseconds.sum(best.1, wrap), Nanoseconds.sum(best.1, -wrap)]
            where (other + stamp - now).magnitude < (best.1 + stamp - now).magnitude {
                epochs.append(other)
                best = (epochs.count - 1, other)
            }
        }
        state.epoch = best.0
    }

    /// A counter may run over between a packet's two stamps.
    private func near(_ shown: Int64, to decoding: Int64) -> Int64 {
        guard let wrap else { return shown }
        if shown < decoding - wrap / 2 { return shown + wrap }
        return shown > decoding + wrap / 2 ? shown - wrap : shown
    }
}
