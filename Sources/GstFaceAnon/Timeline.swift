// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer

/// When a frame is, by every clock that somebody asks for.
struct FrameTime {
    /// By the element's own clock, ns: what hold, look-ahead and tracks go by.
    var time: UInt64 = 0
    /// No buffer of the stream has had a time stamp so far: the frame has nothing to do with the one before it.
    var isStill = false
    /// The buffer's time stamp, ns; nil where it has none, or one that cannot be.
    var pts: UInt64?
    /// The same as running time and as stream time, ns; nil where the segment cannot tell.
    var runningTime: UInt64?
    var streamTime: UInt64?
}

/// The one place that knows the stream's time: the segment, and the element's own clock.
///
/// The element's own clock grows with every frame, whatever the time stamps do. It follows running time, which grows in reverse
/// playback and over segment seeks as well. Time stamps come from outside: where they cannot be right (they jump, stand still or
/// are missing), the clock goes on by the usual time between two frames, so that a face that is held stays held for `hold`.
struct Timeline {
    /// Of the buffers that come in.
    private(set) var segment = GstSegment()
    /// Whether a buffer has had a time stamp. Until then frames are stills.
    private(set) var isTimed = false
    /// The usual time between two frames, ns.
    private(set) var usualStep: UInt64 = 0
    /// The newest frame's time by the element's own clock, ns.
    private(set) var now: UInt64 = 0

    /// A running time, and what it was by the element's own clock.
    private struct Anchor {
        let runningTime: Int64
        let time: UInt64

        /// When a running time is by this anchor, after `now`, ns; nil where that is out of range.
        func ahead(_ runningTime: Int64, of now: UInt64) -> Int64? {
            let (since, isTooFar) = runningTime.subtractingReportingOverflow(self.runningTime)
            let (ahead, isFarther) = since.subtractingReportingOverflow(Int64(clamping: now - time))
            return isTooFar || isFarther ? nil : ahead
        }
    }

    /// The time stamps follow this one.
    private var anchor: Anchor?
    /// They followed this one before they jumped: after a single wrong time stamp, or where two clocks take turns, they may
    /// come back to it.
    private var otherAnchor: Anchor?
    /// Between the last two frames whose time stamps could be right, ns.
    private var step: UInt64?
    /// Steps in a row that were too long to be believed, and the length of the last one, ns.
    private var longSteps: (count: Int, length: UInt64) = (0, 0)
    /// Frames in a row whose time stamps do not grow.
    private var lateFrames = 0
    /// The last time stamp, as it came, ns.
    private var lastStamp: UInt64?
    private var hasFrames = false

    init() { gst_segment_init(&segment, GST_FORMAT_UNDEFINED) }

    /// Time stamps in disorder run back by less than this, ns. Further back, a clock was set or the stream has begun anew.
    private static let disorder: Int64 = 1_000_000_000
    /// Up to so many frames in a row come in disorder: H.264 and H.265 have at most 16 reference frames.
    private static let mostLateFrames = 16
    /// What the clock goes on by for a frame in disorder, ns.
    private static let instant: UInt64 = 100_000
    /// A step forward of more than so many times the usual one, and of more than this, ns, may be a clock that was set. It is
    /// believed when it has come three times in a row. The first step of a stream may be longer.
    private static let surprisingShare: UInt64 = 4
    private static let surprising: UInt64 = 200_000_000
    private static let surprisingFirst: UInt64 = 1_000_000_000
    private static let convincing = 2
    /// No step is longer, ns: more than any hold or look-ahead, and too short to overflow the clock in 9,000 years of frames.
    private static let longestStep: UInt64 = 60_000_000_000
    /// What a frame is taken to last where nothing is known, ns, and the most that is believed of a claim: claiming more
    /// would end a hold, or let a waiting frame leave, too early.
    private static let shortFrame: UInt64 = 40_000_000
    /// The shortest step that missing time stamps are replaced by, ns: 200 frames a second. The clock has to go on.
    private static let shortestStep: UInt64 = 5_000_000
    /// Segments whose running times differ by less are the same, ns: somebody has rounded.
    private static let rounding: Int64 = 20_000_000
    /// A time stamp beyond the half of the range is a negative number that somebody computed.
    private static let latestStamp = UInt64(Int64.max)

    // MARK: - Events

    /// Forgets everything: after a flush, and at the start. A stream that has time stamps has them after a flush too.
    mutating func reset() {
        let wasTimed = isTimed
        self = Timeline()
        isTimed = wasTimed
    }

    /// Whether a new segment goes on where the one before it was: the same rate and format, and the same running time for
    /// the last frame. Where it does not, other frames come now than those that the waiting frames wait for.
    func isContinued(by new: GstSegment) -> Bool {
        guard let lastStamp, let last = Self.runningTime(of: lastStamp, in: segment) else { return true }
        guard new.rate == segment.rate, new.applied_rate == segment.applied_rate, new.format == segment.format,
            let now = Self.runningTime(of: lastStamp, in: new)
        else { return false }
        let (difference, isTooFar) = now.subtractingReportingOverflow(last)
        return !isTooFar && difference.magnitude < Self.rounding.magnitude
    }

    /// Takes a new segment. Running time need not go on in it: where it does not, the clock goes on by the usual time.
    mutating func setSegment(_ new: GstSegment) {
        if !isContinued(by: new) { (anchor, otherAnchor) = (nil, nil) }
        segment = new
    }

    // MARK: - Frames

    /// The time of the next frame, which is later than that of all frames before it.
    ///
    /// - Parameters:
    ///   - stamp: the buffer's time stamp, ns; nil where it has none.
    ///   - claim: what the buffer or the caps say that a frame lasts, ns; 0 where they do not.
    mutating func next(stamp: UInt64?, claim: UInt64) -> FrameTime {
        let pts = stamp.flatMap { $0 <= Self.latestStamp ? $0 : nil }
        let claimed = claim > 0 ? min(claim, Self.shortFrame) : Self.shortFrame
        let usual = max(step ?? claimed, Self.shortestStep)
        usualStep = usual
        var frame = FrameTime(pts: pts)
        if let pts {
            isTimed = true
            lastStamp = pts
            follow(Self.runningTime(of: pts, in: segment) ?? Int64(pts), usual: usual)
            frame.runningTime = runningTime(of: pts)
            frame.streamTime = streamTime(of: pts)
        } else {
            advance(by: hasFrames ? usual : 0)
        }
        hasFrames = true
        frame.isStill = !isTimed
        frame.time = now
        return frame
    }

    /// Moves the clock to a running time where that can be right, else on by the usual step.
    private mutating func follow(_ runningTime: Int64, usual: UInt64) {
        guard let anchor, hasFrames else {
            advance(by: hasFrames ? usual : 0)
            self.anchor = Anchor(runningTime: runningTime, time: now)
            return
        }
        let believable = max(usual.multipliedReportingOverflow(by: Self.surprisingShare).partialValue, Self.surprising)
        if let other = otherAnchor, let ahead = other.ahead(runningTime, of: now), ahead > 0, ahead <= believable {
            // Back where the time stamps were before they jumped.
            (self.anchor, otherAnchor) = (other, anchor)
            (lateFrames, longSteps) = (0, (0, 0))
            return advance(by: UInt64(ahead))
        }
        guard let ahead = anchor.ahead(runningTime, of: now), ahead > -Self.disorder else {
            return jump(to: runningTime, by: usual)
        }
        guard ahead > 0 else { return stay(at: runningTime, usual: usual) }
        lateFrames = 0
        let length = UInt64(ahead)
        guard length > (step == nil ? Self.surprisingFirst : believable) else {
            step = length
            longSteps = (0, 0)
            return advance(by: length)
        }
        let isLikeBefore = longSteps.count > 0 && length / Self.surprisingShare <= longSteps.length
        guard isLikeBefore, longSteps.count >= Self.convincing, length <= Self.longestStep else {
            let count = isLikeBefore ? min(longSteps.count + 1, Self.convincing) : 1
            jump(to: runningTime, by: length > Self.longestStep && count >= Self.convincing ? Self.longestStep : usual)
            longSteps = (count, length)
            return
        }
        step = length
        advance(by: length)
    }

    /// The time stamps are elsewhere: the clock goes on by a step, and follows them from there.
    private mutating func jump(to runningTime: Int64, by step: UInt64) {
        advance(by: step)
        (otherAnchor, anchor) = (anchor, Anchor(runningTime: runningTime, time: now))
        (lateFrames, longSteps) = (0, (0, 0))
    }

    /// A time stamp that comes twice, or a little late: frames in disorder take no time. Where more come than disorder can
    /// explain, the time stamps stand still.
    private mutating func stay(at runningTime: Int64, usual: UInt64) {
        lateFrames += 1
        guard lateFrames > Self.mostLateFrames else { return advance(by: Self.instant) }
        advance(by: usual)
        anchor = Anchor(runningTime: runningTime, time: now)
    }

    private mutating func advance(by step: UInt64) {
        now = now.addingReportingOverflow(step).overflow ? now : now + step
    }

    // MARK: - Other clocks

    /// The running time of a time stamp, ns; nil where the segment has none for it.
    func runningTime(of stamp: UInt64) -> UInt64? { converted(stamp, gst_segment_to_running_time) }

    /// The stream time of a time stamp, ns; nil where the segment has none for it.
    func streamTime(of stamp: UInt64) -> UInt64? { converted(stamp, gst_segment_to_stream_time) }

    private func converted(
        _ stamp: UInt64, _ convert: (UnsafePointer<GstSegment>?, GstFormat, guint64) -> guint64
    ) -> UInt64? {
        guard Self.canConvert(segment) else { return nil }
        let time = withUnsafePointer(to: segment) { convert($0, GST_FORMAT_TIME, guint64(stamp)) }
        return time == guint64.max ? nil : UInt64(time)
    }

    /// The running time of a time stamp, also of one outside the segment; nil where there is none, or it is out of range.
    private static func runningTime(of stamp: UInt64, in segment: GstSegment) -> Int64? {
        guard canConvert(segment) else { return nil }
        var value: guint64 = 0
        let sign = withUnsafePointer(to: segment) {
            gst_segment_to_running_time_full($0, GST_FORMAT_TIME, guint64(stamp), &value)
        }
        guard sign != 0, let number = Int64(exactly: value) else { return nil }
        return sign > 0 ? number : -number
    }

    /// Whether GStreamer converts times of a segment. It logs a critical message where one that runs backward does not say from
    /// where, which some processes end with.
    private static func canConvert(_ segment: GstSegment) -> Bool {
        segment.format == GST_FORMAT_TIME
            && (segment.rate > 0 || segment.stop != guint64.max && segment.stop >= segment.offset)
    }
}
