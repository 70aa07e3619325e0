// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection
internal import FaceMasking
internal import VideoFrames

/// What exists from start to stop, and belongs to the streaming thread: the engine, the caps, the frames under way.
final class Stream {
    private let anonymizer: Anonymizer
    /// What the caps say; nil before there are any, and after some that were refused.
    private(set) var format: FrameFormat?
    /// The last format that was taken: where frames of another size come, what is known of faces is carried over from it.
    private var lastFormat: FrameFormat?
    private var pool: FramePool?
    private var frames: UInt64 = 0
    private var saidTooSmall = false
    /// For how long the engine remembered faces at the last frame, ns.
    private var kept: (hold: UInt64, lookahead: UInt64) = (0, 0)
    /// When frames are.
    var timeline = Timeline()
    /// Frames and events that wait for later frames.
    var queue = FrameQueue()
    /// What has left, for the buffers to come.
    private var spare: [PendingFrame] = []
    /// What kept frames from going on that an event sent out; the next buffer is answered with it.
    var flow = GST_FLOW_OK
    /// Whether a frame has failed under failure-policy=error: nothing goes on after it.
    var hasFailed = false
    /// Whether a frame was left out since the last one went on: the next one is marked as discontinuous.
    var isDiscontinuous = false
    /// How the picture has to be turned to stand upright, from the image-orientation tag.
    var orientation = Orientation.upright
    /// The stream's identity, as its STREAM_START event says.
    var identifier: String?

    init(anonymizer: Anonymizer) { self.anonymizer = anonymizer }

    deinit { discardQueue { gst_event_unref($0) } }

    /// Of the last frame.
    var times: FrameTimes { anonymizer.times }

    // MARK: - Caps

    /// Whether the caps are of pictures of another size: then nothing that comes tells of the frames that wait.
    func isOtherPicture(_ new: FrameFormat) -> Bool {
        guard let lastFormat else { return false }
        return new.width != lastFormat.width || new.height != lastFormat.height
    }

    /// Takes the format of the frames to come. Call this only after the frames that wait have been sent, where the size
    /// changes: faces that are known are held at their place in the new size.
    func setFormat(_ new: FrameFormat?) {
        format = new
        guard let new else { return }
        if let old = lastFormat, isOtherPicture(new) {
            saidTooSmall = false
            anonymizer.rescale(
                x: Double(new.width) / Double(old.width), y: Double(new.height) / Double(old.height))
        }
        if lastFormat?.info.pointee.size != new.info.pointee.size { pool = nil }
        lastFormat = new
    }

    /// Whether no face of the minimum size fits, once for each size.
    func isFirstTooSmall(_ settings: AnonymizerSettings) -> Bool {
        guard let format, !saidTooSmall,
            !FaceDetector.hasLevels(width: format.width, height: format.height, settings: settings.detector)
        else { return false }
        saidTooSmall = true
        return true
    }

    // MARK: - Frames

    /// Numbers a frame that came in, whatever becomes of it.
    func nextFrame() -> UInt64 {
        defer { frames &+= 1 }
        return frames
    }

    /// Takes a buffer in, which the frame then owns.
    func frame(of buffer: UnsafeMutablePointer<GstBuffer>, format: FrameFormat) -> PendingFrame {
        let frame = spare.popLast() ?? PendingFrame()
        let duration = faceanon_duration(buffer)
        let when = timeline.next(
            stamp: faceanon_has_pts(buffer) != 0 ? faceanon_pts(buffer) : nil,
            claim: duration > 0 ? duration : format.period)
        let isGap =
            gst_buffer_get_size(buffer) == 0 && faceanon_buffer_has_flag(buffer, GST_BUFFER_FLAG_GAP) != 0
        frame.begin(buffer, format: format, number: nextFrame(), when: when, isGap: isGap)
        return frame
    }

    /// Takes back a frame that has left.
    func recycle(_ frame: PendingFrame) {
        frame.letGo()
        spare.append(frame)
    }

    /// Buffers for frames in the default layout of the last format.
    func pool(for format: FrameFormat) -> FramePool {
        if let pool { return pool }
        let made = FramePool(size: Int(format.info.pointee.size))
        pool = made
        return made
    }

    /// Finds a frame's faces.
    func inspect(_ frame: PendingFrame, settings: ElementSettings) throws(StreamError) {
        settle(before: frame, settings: settings.anonymizer)
        guard !frame.isGap else { return try frame.makeEmpty() }
        guard let format = frame.format, let buffer = frame.shared else { return }
        // Zones and regions first: they count even where the frame turns out to be one without faces.
        addZones(to: frame, settings: settings)
        addRegions(of: buffer, to: frame, settings: settings)
        if faceanon_buffer_has_flag(buffer, GST_BUFFER_FLAG_CORRUPTED) != 0 { throw .corrupted }
        try frame.makeOwn(pool: pool(for: format), alwaysCopies: settings.anonymizer.lookahead > 0)
        guard let own = frame.shared else { return }
        try format.withView(of: own, access: GST_MAP_READ) { view throws(StreamError) in
            do throws(AnonymizationError) {
                try anonymizer.inspect(
                    view, at: frame.when.time, isStill: frame.when.isStill, orientation: orientation,
                    settings: settings.anonymizer)
            } catch {
                throw .anonymization(error)
            }
        }
    }

    /// Decides all that is masked in a frame, by what is known by now.
    func settle(_ frame: PendingFrame) {
        guard !frame.isSettled else { return }
        if let format = frame.format, !frame.isGap, frame.failure == nil {
            anonymizer.add(
                facesAt: frame.when.time, isStill: frame.when.isStill, width: format.width, height: format.height,
                to: &frame.faces)
        }
        frame.faces.append(contentsOf: frame.others)
        frame.isSettled = true
    }

    /// Decides the faces of the waiting frames to which the next frame has nothing to add, before it makes the engine
    /// forget them: after a gap in time, and when less is to be kept than before.
    private func settle(before next: PendingFrame, settings: AnonymizerSettings) {
        let isLess = settings.hold < kept.hold || settings.lookahead < kept.lookahead
        kept = (settings.hold, settings.lookahead)
        let now = next.when.time
        queue.forEachFrame { frame in
            guard !frame.isSettled, isLess || now - min(now, frame.when.time) > settings.lookahead else { return }
            settle(frame)
        }
    }

    /// Masks faces in a buffer that is our own.
    func mask(
        _ faces: [MaskedFace], in buffer: UnsafeMutablePointer<GstBuffer>, format: FrameFormat,
        settings: AnonymizerSettings
    ) throws(StreamError) {
        let access = GstMapFlags(rawValue: GST_MAP_READ.rawValue | GST_MAP_WRITE.rawValue)
        try format.withView(of: buffer, access: access) { view throws(StreamError) in
            do throws(AnonymizationError) {
                try anonymizer.mask(faces, of: view, settings: settings)
            } catch {
                throw .anonymization(error)
            }
        }
    }

    /// A black frame instead of one that could not be inspected, in memory of its own: the old one may be out of reach.
    func covered(
        _ buffer: UnsafeMutablePointer<GstBuffer>, format: FrameFormat
    ) -> UnsafeMutablePointer<GstBuffer>? {
        guard !FaultInjection.fails(.replacement),
            let replacement = gst_buffer_new_allocate(nil, format.info.pointee.size, nil)
        else { return nil }
        gst_buffer_memset(replacement, 0, 0, format.info.pointee.size)
        _ = faceanon_clear_slack(replacement)
        _ = faceanon_copy_times_and_flags(replacement, buffer)
        // What is black is not damaged.
        faceanon_buffer_unset_flag(replacement, GST_BUFFER_FLAG_CORRUPTED)
        do {
            try format.withView(of: replacement, access: GST_MAP_WRITE, isInjectable: false) {
                view throws(StreamError) in anonymizer.cover(view)
            }
            return replacement
        } catch {
            gst_buffer_unref(replacement)
            return nil
        }
    }

    /// Empties the queue without sending anything; each event is handed to `body`, which owns it then.
    func discardQueue(_ body: (UnsafeMutablePointer<GstEvent>) -> Void) {
        while let entry = queue.drain() {
            switch entry {
            case .event(let event): body(event)
            case .frame(let frame): recycle(frame)
            }
        }
    }

    /// Forgets all that was seen, and the time: after a flush.
    func reset() {
        timeline.reset()
        anonymizer.reset()
        flow = GST_FLOW_OK
        hasFailed = false
        isDiscontinuous = false
    }

    // MARK: - Areas from elsewhere

    private func addZones(to frame: PendingFrame, settings: ElementSettings) {
        for zone in settings.anonymizer.maskZones {
            let face = masked(
                x: zone.x, y: zone.y, width: zone.width, height: zone.height, source: .zone, in: frame.format)
            if let face { frame.others.append(face) }
        }
    }

    private func addRegions(
        of buffer: UnsafeMutablePointer<GstBuffer>, to frame: PendingFrame, settings: ElementSettings
    ) {
        guard !settings.roiTypes.isEmpty else { return }
        var state: gpointer?
        while let meta = faceanon_next_region(buffer, &state) {
            let region = meta.pointee
            guard settings.roiTypes.contains(region.roi_type) else { continue }
            let face = masked(
                x: Int(region.x), y: Int(region.y), width: Int(region.w), height: Int(region.h), source: .roi,
                in: frame.format)
            if let face { frame.others.append(face) }
        }
    }

    /// All numbers are of 32 bits: their sums fit.
    private func masked(
        x: Int, y: Int, width: Int, height: Int, source: MaskedFace.Source, in format: FrameFormat?
    ) -> MaskedFace? {
        guard let format else { return nil }
        let box = FaceBox(x1: Float(x), y1: Float(y), x2: Float(x + width), y2: Float(y + height), score: 1)
            .clipped(width: format.width, height: format.height)
        return box.area > 0 ? MaskedFace(box: box, source: source) : nil
    }
}
