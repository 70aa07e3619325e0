// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// What one stream has done, for reports. Counts only grow, whatever is rebuilt meanwhile.
package final class StreamMetrics: Sendable {
    package enum State: String, Sendable { case connecting, playing, waiting, ending, ended }

    /// The numbers of one moment.
    package struct Snapshot: Equatable, Sendable {
        package var stream = ""
        package var state = State.connecting
        package var frames: UInt64 = 0
        /// Masked areas, summed over all frames.
        package var faces: UInt64 = 0
        package var covered: UInt64 = 0
        /// Frames that did not go on: late ones, those with a part missing or that refer to such a one, and those that could
        /// not be inspected.
        package var dropped: UInt64 = 0
        package var reconnects: UInt64 = 0
        /// Frames a second since the snapshot before.
        package var fps = 0.0
        /// Milliseconds from a frame's time of arrival to its way out, the mean since the snapshot before.
        package var latency: Double?

        package init() {}
    }

    package let name: String

    private struct Counts {
        var state = State.connecting
        var reconnects: UInt64 = 0
        var watched: [WatchedElement] = []
        /// Of the elements that are gone.
        var past = Snapshot()
        var ages = AgeSum()
        var last: (frames: UInt64, time: ContinuousClock.Instant) = (0, .now)
        var latest = Snapshot()
    }

    private let counts = Mutex(Counts())

    package init(name: String) { self.name = name }

    package var state: State {
        get { counts.withLock { $0.state } }
        set { counts.withLock { $0.state = newValue } }
    }

    package func countReconnect() { counts.withLock { $0.reconnects += 1 } }

    func watch(_ element: WatchedElement) { counts.withLock { $0.watched.append(element) } }

    /// Adds what an element has done to the past. To be called before the element's state is NULL.
    func forget(_ element: WatchedElement) {
        counts.withLock { counts in
            guard let index = counts.watched.firstIndex(where: { $0 === element }) else { return }
            counts.watched.remove(at: index)
            element.add(to: &counts.past)
            counts.ages.add(element.counters.takeAges())
        }
    }

    /// The numbers of now. Called by one only, about once a second, since rates are counted from one call to the next.
    package func sample() -> Snapshot {
        counts.withLock { counts in
            var now = counts.past
            for element in counts.watched {
                element.add(to: &now)
                counts.ages.add(element.counters.takeAges())
            }
            let time = ContinuousClock.now
            let seconds = (time - counts.last.time) / .seconds(1)
            now.fps = seconds > 0 ? Double(now.frames - min(now.frames, counts.last.frames)) / seconds : 0
            now.latency = counts.ages.mean
            (now.stream, now.state, now.reconnects) = (name, counts.state, counts.reconnects)
            counts.last = (now.frames, time)
            counts.ages = AgeSum()
            counts.latest = now
            return now
        }
    }

    /// What `sample` has given last.
    package var latest: Snapshot { counts.withLock { $0.latest } }
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

/// A faceanon element at work, with the leaky queue in front of it, if there is one, and what is kept from the decoder.
///
/// @unchecked: elements may be asked for properties from any thread, and this keeps them alive.
final class WatchedElement: @unchecked Sendable {
    let counters = FrameCounters()
    let element: Held
    private let queue: Held?
    private let damage: DamageWatch?

    /// Frames that the source has given, with those that are not decoded since something is missing.
    var received: Int { counters.arrived.load(ordering: .relaxed) + Int(damage?.refused ?? 0) }
    /// Whether frames come, and no key frame from which they could be decoded.
    var lacksKeyFrame: Bool { damage?.lacksKeyFrame ?? false }

    /// Counts at the pads: what comes to the queue, what leaves it; and measures how old frames are that leave `exit`, an
    /// element further down, or the element itself.
    init(_ element: Held, behind queue: Held?, exit: Held? = nil, damage: DamageWatch?) {
        self.element = element
        self.queue = queue
        self.damage = damage
        if let queue {
            counters.count(at: "sink", of: queue.pointer) { counters, _, _ in
                counters.arrived.add(1, ordering: .relaxed)
            }
            counters.count(at: "src", of: queue.pointer) { counters, _, _ in counters.taken.add(1, ordering: .relaxed) }
        }
        counters.count(at: "src", of: element.pointer) { counters, _, _ in counters.masked.add(1, ordering: .relaxed) }
        counters.count(at: "src", of: (exit ?? element).pointer) { counters, pad, buffer in
            counters.add(age: stream_age(pad, buffer))
        }
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
        guard let queue else { return }
        // In this order, so that a frame on its way counts as waiting rather than as dropped.
        let arrived = counters.arrived.load(ordering: .sequentiallyConsistent)
        let waiting = Int(stream_get_uint(queue.pointer, "current-level-buffers"))
        let taken = counters.taken.load(ordering: .sequentiallyConsistent)
        snapshot.dropped += UInt64(max(0, arrived - taken - waiting))
    }
}

/// What pad probes count, on streaming threads.
final class FrameCounters: Sendable {
    let arrived = Atomic<Int>(0)
    let taken = Atomic<Int>(0)
    let masked = Atomic<Int>(0)
    private let ages = Mutex(AgeSum())

    func add(age: Int64) {
        guard age >= 0 else { return }
        ages.withLock { $0.add(AgeSum(sum: Int(age), count: 1)) }
    }

    /// What has been added since the last call.
    func takeAges() -> AgeSum {
        ages.withLock { ages in
            defer { ages = AgeSum() }
            return ages
        }
    }

    typealias Count = @Sendable (FrameCounters, PadPointer, UnsafeMutablePointer<GstBuffer>) -> Void

    /// Calls `count` for each buffer at a pad, for as long as the pad lives.
    func count(at pad: String, of element: ElementPointer, _ count: @escaping Count) {
        guard let pad = gst_element_get_static_pad(element, pad) else { return }
        defer { gst_object_unref(pad) }
        self.count(at: pad, count)
    }

    func count(at pad: PadPointer, _ count: @escaping Count) {
        gst_pad_add_probe(
            pad, GST_PAD_PROBE_TYPE_BUFFER,
            { pad, info, data in
                guard let pad, let info, let data, let buffer = stream_probe_buffer(info) else {
                    return GST_PAD_PROBE_OK
                }
                let probe = Unmanaged<Probe>.fromOpaque(data).takeUnretainedValue()
                probe.count(probe.counters, pad, buffer)
                return GST_PAD_PROBE_OK
            }, Unmanaged.passRetained(Probe(self, count)).toOpaque(),
            // The release of what passRetained keeps, when the pad is gone.
            { data in if let data { Unmanaged<Probe>.fromOpaque(data).release() } })
    }

    private final class Probe: Sendable {
        let counters: FrameCounters
        let count: Count

        init(_ counters: FrameCounters, _ count: @escaping Count) {
            self.counters = counters
            self.count = count
        }
    }
}
