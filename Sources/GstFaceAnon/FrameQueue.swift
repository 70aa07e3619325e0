// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection
internal import VideoFrames

/// A buffer on its way through the element. It owns the buffer until that is taken. What has left serves another buffer,
/// so that nothing is allocated for each.
final class PendingFrame {
    private var buffer: UnsafeMutablePointer<GstBuffer>?
    /// Counted from 0 at the stream's start.
    private(set) var number: UInt64 = 0
    /// The buffer's time stamp, ns; nil where it has none, or the caps no rate.
    private(set) var pts: UInt64?
    /// When it is seen by the stream's own clock, ns; nil for stills.
    private(set) var time: UInt64?
    /// Until when the frame lasts by that clock, ns.
    private(set) var end: UInt64 = 0
    /// What is masked beside faces: zones and regions of interest.
    var others: [MaskedFace] = []
    /// A still's faces. Once the frame is settled: all that is masked.
    var faces: [MaskedFace] = []
    /// Whether nothing that comes later changes `faces`.
    var isSettled = false
    /// Why it could not be inspected; it must not go on as it is then.
    var failure: StreamError?

    deinit { letGo() }

    /// Takes a buffer, and forgets the one before.
    func begin(
        _ buffer: UnsafeMutablePointer<GstBuffer>, number: UInt64, pts: UInt64? = nil, time: UInt64? = nil,
        end: UInt64 = 0
    ) {
        letGo()
        self.buffer = buffer
        self.number = number
        self.pts = pts
        self.time = time
        self.end = end
        others.removeAll(keepingCapacity: true)
        faces.removeAll(keepingCapacity: true)
        isSettled = false
        failure = nil
    }

    /// Lets go of the buffer, where it was not taken.
    func letGo() {
        if let buffer { gst_buffer_unref(buffer) }
        buffer = nil
    }

    /// For looking at; nothing may be written.
    var shared: UnsafeMutablePointer<GstBuffer>? { buffer }

    /// The buffer, with memory and metas that are ours alone; nil where a copy could not be made.
    ///
    /// Writing into memory that others hold would change their picture, and metas that carry the clear buffer on would
    /// hand it past the mask. GStreamer copies memory that is shared when it is mapped for writing.
    func takeOwn() -> UnsafeMutablePointer<GstBuffer>? {
        guard let taken = buffer, !FaultInjection.fails(.copy) else { return nil }
        if faceanon_has_clear_meta(taken) != 0 {
            // The meta keeps the memory's owner alive: without it the pixels have to be our own.
            guard let copy = gst_buffer_copy_deep(taken) else { return nil }
            gst_buffer_unref(taken)
            buffer = nil
            faceanon_remove_clear_metas(copy)
            return copy
        }
        buffer = nil
        return faceanon_make_writable(taken)
    }
}

/// What comes out of the element, in order: frames, and the events between them.
struct FrameQueue {
    enum Entry {
        case frame(PendingFrame)
        /// Owned by the queue.
        case event(UnsafeMutablePointer<GstEvent>)
    }

    private var entries: [Entry] = []
    private var first = 0
    /// The newest frame's time and end, ns.
    private var newest: (time: UInt64, end: UInt64)?

    var isEmpty: Bool { first == entries.count }

    /// How close frames were at least, ns, where that is closer than they last.
    private var closest: UInt64?

    mutating func append(_ frame: PendingFrame) {
        entries.append(.frame(frame))
        guard let time = frame.time else {
            newest = nil
            return
        }
        // Where the rate varies, the next frame may come long before this one is said to end.
        if let newest, newest.time < time, (time - newest.time) * 4 < (frame.end - time) * 3 {
            closest = min(closest ?? .max, time - newest.time)
        }
        newest = (time, closest.map { min(frame.end, time + $0) } ?? frame.end)
    }

    /// The newest frame's time stamp, ns; 0 for a still.
    var latest: UInt64 { newest?.time ?? 0 }

    /// The frames that wait, oldest first.
    func forEachFrame(_ body: (PendingFrame) -> Void) {
        for entry in entries[first...] {
            if case .frame(let frame) = entry { body(frame) }
        }
    }

    /// Takes note that no frame will come for some time, ns.
    mutating func skip(to time: UInt64, for duration: UInt64) {
        guard let newest, time >= newest.time else { return }
        let (end, isTooLate) = time.addingReportingOverflow(duration)
        // A duration that is not known is the largest number there is.
        self.newest = (time, isTooLate ? time : end)
    }

    mutating func append(_ event: UnsafeMutablePointer<GstEvent>) { entries.append(.event(event)) }

    /// The next entry that has to wait for nothing: a frame waits for all frames within `lookahead` after it.
    mutating func next(lookahead: UInt64) -> Entry? {
        guard !isEmpty else { return nil }
        if case .frame(let frame) = entries[first], !mayLeave(frame, lookahead: lookahead) { return nil }
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

    private func mayLeave(_ frame: PendingFrame, lookahead: UInt64) -> Bool {
        // A still, or a frame after which time ran back or ended, has nothing to wait for.
        guard lookahead > 0, let time = frame.time, let newest, newest.time >= time else { return true }
        return newest.time - time >= lookahead || newest.end > time + lookahead
    }
}
