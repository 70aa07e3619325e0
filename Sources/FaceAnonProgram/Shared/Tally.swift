// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// How often something has happened, and when last. Any thread may add to it, and ask.
package final class Tally: Sendable {
    /// The moment that times are counted from: an atomic has no room for an `Instant`.
    private static let origin = ContinuousClock.now

    private let number = Atomic<Int>(0)
    /// Nanoseconds from `origin`; the first one is 0 as long as nothing has happened.
    private let time = Atomic<Int64>(0)
    private let firstTime = Atomic<Int64>(0)

    package init() {
        // Before anything is counted.
        _ = Self.origin
    }

    package var count: Int { number.load(ordering: .sequentiallyConsistent) }

    /// When it has happened first, and last; nil: never.
    package var first: ContinuousClock.Instant? { moment(firstTime) }
    package var last: ContinuousClock.Instant? { moment(time) }

    private func moment(_ time: borrowing Atomic<Int64>) -> ContinuousClock.Instant? {
        count > 0 ? Self.origin + .nanoseconds(time.load(ordering: .relaxed)) : nil
    }

    /// It has happened now. Returns whether this was the first time.
    @discardableResult
    package func add() -> Bool {
        let (seconds, attoseconds) = (ContinuousClock.now - Self.origin).components
        let now = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        time.store(now, ordering: .relaxed)
        _ = firstTime.compareExchange(expected: 0, desired: now, ordering: .relaxed)
        return number.add(1, ordering: .sequentiallyConsistent).newValue == 1
    }

    /// Counts the buffers that come to a pad, for as long as the pad lives. `first` is called with the pad at the first one,
    /// on its streaming thread.
    func count(at pad: PadPointer, first: @escaping @Sendable (PadPointer) -> Void = { _ in }) {
        pad.addProbe(GST_PAD_PROBE_TYPE_BUFFER) { [self] pad, _ in
            if add() { first(pad) }
            return GST_PAD_PROBE_OK
        }
    }

    /// The same at the pad of an element.
    func count(at name: String, of element: Held, first: @escaping @Sendable (PadPointer) -> Void = { _ in }) {
        guard let pad = gst_element_get_static_pad(element.pointer, name) else { return }
        count(at: pad, first: first)
        gst_object_unref(pad)
    }
}
