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
    private let info: UnsafeMutablePointer<GstVideoInfo>
    private var format: PixelFormat?
    private var layout = PixelFormat.i420.layout
    private var colorimetry = Colorimetry.bt601
    private var frames: UInt64 = 0
    private var saidTooSmall = false
    /// For how long the engine remembered faces at the last frame, ns.
    private var kept: (hold: UInt64, lookahead: UInt64) = (0, 0)
    /// Starts anew with each stream.
    var clock = StreamClock()
    /// Frames and events that wait for later frames.
    var queue = FrameQueue()
    /// What has left, for the buffers to come.
    private var spare: [PendingFrame] = []
    /// What became of frames that an event sent on; the next buffer is answered with it.
    var flow = GST_FLOW_OK
    /// Whether a frame has failed under failure-policy=error: nothing goes on after it.
    var hasFailed = false
    /// How the picture has to be turned to stand upright, from the image-orientation tag.
    var orientation = Orientation.upright

    init(anonymizer: Anonymizer) {
        self.anonymizer = anonymizer
        info = gst_video_info_new()
    }

    deinit {
        clear()
        gst_video_info_free(info)
    }

    var isNegotiated: Bool { format != nil }
    var summary: String { "\(format?.rawValue ?? "unknown") \(width)x\(height)" }
    var width: Int { Int(info.pointee.width) }
    var height: Int { Int(info.pointee.height) }
    /// Of the last frame.
    var times: FrameTimes { anonymizer.times }

    // MARK: - Caps

    func setCaps(_ caps: UnsafeMutablePointer<GstCaps>) throws(StreamError) {
        format = nil
        guard gst_video_info_from_caps(info, caps) != 0,
            let name = gst_video_format_to_string(faceanon_video_info_format(info)),
            let format = PixelFormat(rawValue: String(cString: name))
        else { throw .format("These caps are no video that faceanon can mask in place. Put videoconvert before it.") }
        if info.pointee.interlace_mode == GST_VIDEO_INTERLACE_MODE_FIELDS
            || info.pointee.interlace_mode == GST_VIDEO_INTERLACE_MODE_ALTERNATE
        {
            throw .format("Fields in buffers of their own cannot be inspected. Put deinterlace before faceanon.")
        }
        if faceanon_has_whole_views(info) == 0 {
            throw .format(
                "Views that are interleaved, squeezed, upside down or in one buffer cannot be inspected. Split them "
                    + "before faceanon.")
        }
        // Woven fields have chroma rows of their own: a mask that ends between them would leave a fringe in one.
        layout =
            info.pointee.interlace_mode == GST_VIDEO_INTERLACE_MODE_PROGRESSIVE
            ? format.layout : format.layout.interlaced
        colorimetry = Self.colorimetry(info.pointee)
        saidTooSmall = false
        anonymizer.reset()
        self.format = format
    }

    private static func colorimetry(_ info: GstVideoInfo) -> Colorimetry {
        var red = Colorimetry.bt601.redWeight
        var blue = Colorimetry.bt601.blueWeight
        _ = gst_video_color_matrix_get_Kr_Kb(info.colorimetry.matrix, &red, &blue)
        return Colorimetry(
            redWeight: red, blueWeight: blue, isLimitedRange: info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235)
    }

    /// Whether no face of the minimum size fits, once for each caps.
    func isFirstTooSmall(_ settings: AnonymizerSettings) -> Bool {
        guard !saidTooSmall, !FaceDetector.hasLevels(width: width, height: height, settings: settings.detector)
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

    /// Takes a buffer in, which the frame then owns. It is a still where the caps have no rate, or nothing so far had a
    /// time stamp.
    func frame(of buffer: UnsafeMutablePointer<GstBuffer>, isReverse: Bool) -> PendingFrame {
        let frame = spare.popLast() ?? PendingFrame()
        guard info.pointee.fps_n > 0 else {
            frame.begin(buffer, number: nextFrame())
            return frame
        }
        let stamp = faceanon_has_pts(buffer) != 0 ? faceanon_pts(buffer) : nil
        let period = 1_000_000_000 * UInt64(clamping: info.pointee.fps_d) / UInt64(clamping: info.pointee.fps_n)
        let duration = faceanon_duration(buffer)
        let length = min(duration > 0 ? duration : period, Self.longest)
        let time = clock.time(of: stamp, length: length, isReverse: isReverse)
        frame.begin(
            buffer, number: nextFrame(), pts: stamp.flatMap { $0 <= StreamClock.latest ? $0 : nil }, time: time,
            end: time.map { $0 + length } ?? 0)
        return frame
    }

    /// Takes back a frame that has left.
    func recycle(_ frame: PendingFrame) {
        frame.letGo()
        spare.append(frame)
    }

    /// No frame is taken to last longer, ns: more than any look-ahead.
    private static let longest: UInt64 = 60_000_000_000

    /// Finds a frame's faces.
    func inspect(_ frame: PendingFrame, settings: ElementSettings) throws(StreamError) {
        guard let buffer = frame.shared else { return }
        settle(before: frame, settings: settings.anonymizer)
        // Zones and regions first: they count even where the frame turns out to be one without faces.
        addZones(to: frame, settings: settings)
        addRegions(of: buffer, to: frame, settings: settings)
        try withView(of: buffer, access: GST_MAP_READ) { view throws(StreamError) in
            do throws(AnonymizationError) {
                try anonymizer.inspect(
                    view, at: frame.time, orientation: orientation, settings: settings.anonymizer,
                    addingTo: &frame.faces)
            } catch {
                throw .anonymization(error)
            }
        }
    }

    /// Decides all that is masked in a frame, by what is known by now.
    func settle(_ frame: PendingFrame) {
        guard !frame.isSettled else { return }
        if let time = frame.time { anonymizer.add(facesAt: time, width: width, height: height, to: &frame.faces) }
        frame.faces.append(contentsOf: frame.others)
        frame.isSettled = true
    }

    /// Decides the faces of the waiting frames to which the next frame has nothing to add, before it makes the engine
    /// forget them: after a gap in time, when time runs back, and when less is to be kept than before.
    private func settle(before next: PendingFrame, settings: AnonymizerSettings) {
        let isLess = settings.hold < kept.hold || settings.lookahead < kept.lookahead
        kept = (settings.hold, settings.lookahead)
        guard let now = next.time else { return }
        queue.forEachFrame { frame in
            guard let time = frame.time, !frame.isSettled else { return }
            guard isLess || now < queue.latest || time + settings.lookahead < now else { return }
            settle(frame)
        }
    }

    /// Masks faces in a buffer that is our own.
    func mask(
        _ faces: [MaskedFace], in buffer: UnsafeMutablePointer<GstBuffer>, settings: AnonymizerSettings
    ) throws(StreamError) {
        let access = GstMapFlags(rawValue: GST_MAP_READ.rawValue | GST_MAP_WRITE.rawValue)
        try withView(of: buffer, access: access) { view throws(StreamError) in
            do throws(AnonymizationError) {
                try anonymizer.mask(faces, of: view, settings: settings)
            } catch {
                throw .anonymization(error)
            }
        }
    }

    /// A black frame instead of one that could not be inspected, in memory of its own: the old one may be out of reach.
    func covered(_ buffer: UnsafeMutablePointer<GstBuffer>) -> UnsafeMutablePointer<GstBuffer>? {
        guard isNegotiated, !FaultInjection.fails(.replacement), let replacement = faceanon_replacement(buffer, info)
        else { return nil }
        do {
            try withView(of: replacement, access: GST_MAP_WRITE, isInjectable: false) { view throws(StreamError) in
                anonymizer.cover(view)
            }
            return replacement
        } catch {
            gst_buffer_unref(replacement)
            return nil
        }
    }

    /// Forgets all that waits and all that was seen.
    func clear() {
        while let entry = queue.drain() {
            if case .event(let event) = entry { gst_event_unref(event) }
        }
        queue = FrameQueue()
        clock = StreamClock()
        anonymizer.reset()
    }

    // MARK: - Areas from elsewhere

    private func addZones(to frame: PendingFrame, settings: ElementSettings) {
        for zone in settings.anonymizer.maskZones {
            let face = masked(x: zone.x, y: zone.y, width: zone.width, height: zone.height, source: .zone)
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
                x: Int(region.x), y: Int(region.y), width: Int(region.w), height: Int(region.h), source: .roi)
            if let face { frame.others.append(face) }
        }
    }

    private func masked(x: Int, y: Int, width: Int, height: Int, source: MaskedFace.Source) -> MaskedFace? {
        let box = FaceBox(x1: Float(x), y1: Float(y), x2: Float(x + width), y2: Float(y + height), score: 1)
            .clipped(width: self.width, height: self.height)
        return box.area > 0 ? MaskedFace(box: box, source: source) : nil
    }

    // MARK: - Mapping

    private func withView<Result>(
        of buffer: UnsafeMutablePointer<GstBuffer>, access: GstMapFlags, isInjectable: Bool = true,
        _ body: (FrameView) throws(StreamError) -> Result
    ) throws(StreamError) -> Result {
        var frame = GstVideoFrame()
        guard !(isInjectable && FaultInjection.fails(.map)), gst_video_frame_map(&frame, info, buffer, access) != 0
        else {
            throw .anonymization(
                .unreadableFrame(reason: "its memory cannot be mapped, or is smaller than the caps say"))
        }
        defer { gst_video_frame_unmap(&frame) }
        return try body(try view(of: &frame))
    }

    private func view(of frame: inout GstVideoFrame) throws(StreamError) -> FrameView {
        guard let format, faceanon_video_info_format(&frame.info) == faceanon_video_info_format(info),
            faceanon_frame_width(&frame) == info.pointee.width, faceanon_frame_height(&frame) == info.pointee.height
        else {
            throw .anonymization(.unreadableFrame(reason: "its video meta has another format or size than the caps"))
        }
        func plane(_ index: Int) -> PlaneMemory? {
            guard index < layout.planeCount, let data = faceanon_plane_data(&frame, guint(index)),
                faceanon_plane_fits(
                    &frame, guint(index), layout.rows(plane: index, height: height),
                    layout.rowBytes(plane: index, width: width)) != 0
            else { return nil }
            return PlaneMemory(base: data, stride: Int(faceanon_plane_stride(&frame, guint(index))))
        }
        guard let first = plane(0),
            let view = FrameView(
                format: format, layout: layout, width: width, height: height, colorimetry: colorimetry,
                planes: (first, plane(1), plane(2), plane(3)))
        else {
            throw .anonymization(.unreadableFrame(reason: "its size and strides cannot hold the picture of the caps"))
        }
        return view
    }
}
