// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// A faceanon element at work, with the queue in front of it, and what is kept from the decoder.
final class WatchedElement: Sendable {
    let element: Held
    private let queue: Held
    private let damage: DamageWatch?
    /// Frames that have come to the queue, have left it, have been masked.
    private let arrived = Tally()
    private let taken = Tally()
    private let masked = Tally()
    let ages = FrameAges()

    /// When the last frame has come from a decoder, and has been masked; nil: none yet.
    var lastDecoded: ContinuousClock.Instant? { arrived.last }
    var lastMasked: ContinuousClock.Instant? { masked.last }
    /// Frames masked so far.
    var maskedCount: Int { masked.count }

    /// When the source has given the last frame, decoded or not.
    var lastReceived: ContinuousClock.Instant? { [arrived.last, damage?.frames.last].compactMap(\.self).max() }

    /// Whether frames come, and no key frame from which they could be decoded.
    var lacksKeyFrame: Bool { damage?.lacksKeyFrame ?? false }

    /// Counts at the pads, and measures how old frames are that leave `exit`, an element further down, or the element
    /// itself. `onFirst` is called on a streaming thread when the first frame is masked.
    init(
        _ element: Held, behind queue: Held, exit: Held? = nil, damage: DamageWatch?,
        onFirst: @escaping @Sendable () -> Void = {}
    ) {
        self.element = element
        self.queue = queue
        self.damage = damage
        arrived.count(at: "sink", of: queue)
        taken.count(at: "src", of: queue)
        masked.count(at: "src", of: element) { _ in onFirst() }
        ages.measure(at: exit ?? element)
    }

    func add(to snapshot: inout StreamMetrics.Snapshot) {
        if let stats = stream_get_structure(element.pointer, "stats") {
            snapshot.frames += stream_field_uint64(stats, "frames")
            snapshot.faces += stream_field_uint64(stats, "faces")
            snapshot.covered += stream_field_uint64(stats, "covered")
            snapshot.dropped += stream_field_uint64(stats, "dropped")
            gst_structure_free(stats)
        }
        snapshot.dropped += damage?.refused ?? 0
        // In this order, so that a frame on its way counts as waiting rather than as dropped.
        let arrived = arrived.count
        let waiting = Int(stream_get_uint(queue.pointer, "current-level-buffers"))
        let taken = taken.count
        snapshot.dropped += UInt64(max(0, arrived - taken - waiting))
    }
}

/// How old frames are when they pass a pad.
final class FrameAges: Sendable {
    private let sum = Mutex(AgeSum())

    /// What has been added since the last call.
    func take() -> AgeSum {
        sum.withLock { sum in
            defer { sum = AgeSum() }
            return sum
        }
    }

    /// Measures at an element's way out, for as long as its pad lives.
    func measure(at element: Held) {
        guard let pad = gst_element_get_static_pad(element.pointer, "src") else { return }
        pad.addProbe(GST_PAD_PROBE_TYPE_BUFFER) { [self] pad, info in
            if let buffer = stream_probe_buffer(info) { add(stream_age(pad, buffer)) }
            return GST_PAD_PROBE_OK
        }
        gst_object_unref(pad)
    }

    private func add(_ age: Int64) {
        guard age >= 0 else { return }
        sum.withLock { $0.add(AgeSum(sum: Int(age), count: 1)) }
    }
}

/// Ages of frames, ns.
struct AgeSum {
    var sum = 0
    var count = 0

    mutating func add(_ other: AgeSum) {
        sum += other.sum
        count += other.count
    }

    /// Milliseconds.
    var mean: Double? { count > 0 ? Double(sum) / Double(count) / 1e6 : nil }
}
