// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer

/// What comes out of the element, in order: frames, and the events between them.
struct FrameQueue {
    enum Entry {
        case frame(PendingFrame)
        /// Owned by the queue.
        case event(UnsafeMutablePointer<GstEvent>)
    }

    private var entries: [Entry] = []
    private var first = 0

    var isEmpty: Bool { first == entries.count }

    mutating func append(_ frame: PendingFrame) { entries.append(.frame(frame)) }

    mutating func append(_ event: UnsafeMutablePointer<GstEvent>) { entries.append(.event(event)) }

    /// The frames that wait, oldest first.
    func forEachFrame(_ body: (PendingFrame) -> Void) {
        for entry in entries[first...] {
            if case .frame(let frame) = entry { body(frame) }
        }
    }

    /// The next entry that has to wait for nothing. A frame waits until a frame has come that is `lookahead` later: what
    /// others claim of durations, rates and gaps does not make it leave earlier.
    ///
    /// - Parameters:
    ///   - now: the newest frame's time, by the same clock as that of all frames.
    mutating func next(lookahead: UInt64, now: UInt64) -> Entry? {
        guard !isEmpty else { return nil }
        if case .frame(let frame) = entries[first], lookahead > 0, !frame.when.isStill,
            now < frame.when.time || now - frame.when.time < lookahead
        {
            return nil
        }
        return removeFirst()
    }

    /// The next entry, whatever it would wait for.
    mutating func drain() -> Entry? { isEmpty ? nil : removeFirst() }

    private mutating func removeFirst() -> Entry {
        let entry = entries[first]
        first += 1
        if first == entries.count {
            entries.removeAll(keepingCapacity: true)
            first = 0
        } else if first > 64, first * 2 > entries.count {
            entries.removeFirst(first)
            first = 0
        }
        return entry
    }
}
