// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import CLibAV

/// The element between two pads of our own: frames are pushed into it, and come out masked, in order, each with its
/// time.
///
/// It works on the thread that calls `mask`. There are no queues in it but the element's own (`lookahead`).
final class FrameMasker {
    /// What the element has done, summed over all frames.
    struct Counts: Equatable {
        var frames = 0
        /// Masked areas.
        var faces = 0
        var covered = 0
        var dropped = 0
    }

    /// A frame that is in the element: what it was, less its pixels, and its time as the element knows it, ns.
    private struct Waiting {
        let frame: VideoFrame
        let stamp: UInt64
    }

    private let element: Held
    private let bus: UnsafeMutablePointer<GstBus>?
    private let source: PadPointer
    private let sink: PadPointer
    /// Frames a second as the file says it; 0/1 where it does not say, or where the rate varies.
    private let rate: AVRational
    /// Gets each masked frame; false: no more are wanted.
    private let deliver: (VideoFrame) -> Bool
    /// What has come out is nil: its pixels are not kept.
    private var waiting: [Waiting?] = []
    /// Where the first of `waiting` is.
    private var first = 0
    private var format: FrameFormat?
    private var failure: ProgramFailure?
    private var isStarted = false
    /// What the element warned of: frames that are covered or dropped.
    private(set) var warnings: [String] = []
    /// So many different warnings are kept.
    private static let mostWarnings = 20

    /// Sets the element up, which reads its models.
    ///
    /// - Parameters:
    ///   - report: where the element writes its report.
    ///   - deliver: called on the thread that calls `mask` or `finish`.
    init(
        _ properties: ElementProperties, report: MediaPath? = nil, rate: AVRational = AVRational(num: 0, den: 1),
        deliver: @escaping (VideoFrame) -> Bool
    ) throws(ProgramFailure) {
        // Where that has been done before, nothing happens.
        gst_init(nil, nil)
        let element = try GStreamer.make("faceanon")
        self.element = element
        try properties.apply(to: element.pointer)
        if let report {
            let pointer = element.pointer
            report.withCString { stream_set_string(pointer, "report-location", $0) }
        }
        self.rate = rate.num > 0 && rate.den > 0 ? rate : AVRational(num: 0, den: 1)
        self.deliver = deliver
        bus = gst_bus_new()
        gst_element_set_bus(element.pointer, bus)
        guard let source = frames_source_new(), let input = gst_element_get_static_pad(element.pointer, "sink"),
            let output = gst_element_get_static_pad(element.pointer, "src"),
            let sink = frames_sink_new(
                { pad, _, buffer in FrameMasker.of(pad)?.take(buffer) ?? GST_FLOW_ERROR },
                { _, _, event in
                    gst_event_unref(event)
                    return 1
                }, nil)
        else { throw ProgramFailure(.failed, "faceanon has no pads") }
        self.source = source
        self.sink = sink
        defer {
            gst_object_unref(input)
            gst_object_unref(output)
        }
        // Not retained: `deinit` unlinks the pad before this goes.
        sink.pointee.chaindata = Unmanaged.passUnretained(self).toOpaque()
        guard gst_pad_link(source, input) == GST_PAD_LINK_OK, gst_pad_link(output, sink) == GST_PAD_LINK_OK else {
            throw ProgramFailure(.failed, "faceanon's pads cannot be linked")
        }
        guard gst_element_set_state(element.pointer, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE else {
            throw problem() ?? ProgramFailure(.failed, "faceanon does not start: see GST_DEBUG=faceanon:5")
        }
    }

    deinit {
        _ = gst_element_set_state(element.pointer, GST_STATE_NULL)
        gst_element_set_bus(element.pointer, nil)
        gst_pad_set_active(source, 0)
        gst_pad_set_active(sink, 0)
        gst_object_unref(source)
        gst_object_unref(sink)
        if let bus { gst_object_unref(bus) }
    }

    private static func of(_ pad: PadPointer?) -> FrameMasker? {
        guard let pad, let data = frames_pad_data(pad) else { return nil }
        return Unmanaged<FrameMasker>.fromOpaque(data).takeUnretainedValue()
    }

    // MARK: - In

    /// Masks a frame of a format that the element takes. Its pixels are not written to. With `lookahead`, frames come
    /// out later than they went in.
    func mask(_ frame: VideoFrame) throws(ProgramFailure) {
        let format = try negotiate(for: frame)
        // GStreamer has no times before 0. What the element needs are steps. A still has no time, and says so.
        let stamp = frame.time == libav_no_time() ? UInt64.max : UInt64(max(frame.time, 0))
        let buffer = try format.buffer(around: frame)
        frames_set_times(buffer, guint64(stamp), guint64(max(frame.duration, 0)))
        waiting.append(Waiting(frame: try Self.shell(of: frame), stamp: stamp))
        let flow = gst_pad_push(source, buffer)
        try check(flow)
    }

    /// Lets out what waits. Call this only after all frames have been pushed.
    func finish() throws(ProgramFailure) {
        if isStarted { gst_pad_push_event(source, gst_event_new_eos()) }
        try check(GST_FLOW_OK)
        guard first == waiting.count else {
            throw ProgramFailure(
                .failed, "\(waiting.count - first) frames went into faceanon and did not come out: nothing is written")
        }
    }

    private func negotiate(for frame: VideoFrame) throws(ProgramFailure) -> FrameFormat {
        if let format, format.fits(frame) { return format }
        let format = try FrameFormat(of: frame, rate: rate, wasInterlaced: self.format?.isInterlaced ?? false)
        if !isStarted { gst_pad_push_event(source, gst_event_new_stream_start("faceanon")) }
        let isTaken = gst_pad_push_event(source, gst_event_new_caps(format.caps)) != 0
        if !isStarted { gst_pad_push_event(source, frames_segment_new()) }
        isStarted = true
        guard isTaken else {
            throw problem()
                ?? ProgramFailure(.failed, "faceanon does not take frames of \(frame.width)x\(frame.height)")
        }
        self.format = format
        return format
    }

    /// A frame with all that is known of another one but its pixels, and without what may name people: captions, texts
    /// and time codes that ride on frames.
    private static func shell(of frame: VideoFrame) throws(ProgramFailure) -> VideoFrame {
        let shell = try VideoFrame()
        guard av_frame_copy_props(shell.pointer, frame.pointer) >= 0 else { throw LibAV.outOfMemory }
        var index = 0
        while index < Int(shell.pointer.pointee.nb_side_data), let data = shell.pointer.pointee.side_data[index] {
            let type = data.pointee.type
            if harmless.contains(type) {
                index += 1
            } else {
                av_frame_remove_side_data(shell.pointer, type)
            }
        }
        av_dict_free(&shell.pointer.pointee.metadata)
        av_buffer_unref(&shell.pointer.pointee.opaque_ref)
        av_buffer_unref(&shell.pointer.pointee.private_ref)
        shell.pointer.pointee.pict_type = AV_PICTURE_TYPE_NONE
        shell.pointer.pointee.width = frame.pointer.pointee.width
        shell.pointer.pointee.height = frame.pointer.pointee.height
        shell.pointer.pointee.format = frame.pointer.pointee.format
        shell.time = frame.time
        shell.duration = frame.duration
        return shell
    }

    private static let harmless: [AVFrameSideDataType] = [
        AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_ICC_PROFILE,
    ]

    // MARK: - Out

    /// Takes a masked buffer over from the element.
    private func take(_ buffer: UnsafeMutablePointer<GstBuffer>?) -> GstFlowReturn {
        guard let buffer else { return GST_FLOW_ERROR }
        guard first < waiting.count, let entry = waiting[first], let format else {
            gst_buffer_unref(buffer)
            failure = ProgramFailure(.failed, "faceanon gave out a frame that nobody gave it: nothing is written")
            return GST_FLOW_ERROR
        }
        guard stream_pts(buffer) == entry.stamp else {
            gst_buffer_unref(buffer)
            failure = ProgramFailure(
                .failed, "faceanon did not give out the frame at \(Self.seconds(entry.stamp)): nothing is written")
            return GST_FLOW_ERROR
        }
        advance()
        do throws(ProgramFailure) {
            try format.fill(entry.frame, from: buffer)
        } catch {
            failure = error
            return GST_FLOW_ERROR
        }
        return deliver(entry.frame) ? GST_FLOW_OK : GST_FLOW_EOS
    }

    private func advance() {
        waiting[first] = nil
        first += 1
        // A queue in an array: what has left is taken out once it is most of it.
        guard first >= 64, first * 2 >= waiting.count else { return }
        waiting.removeFirst(first)
        first = 0
    }

    private static func seconds(_ stamp: UInt64) -> String {
        "\(stamp / 1_000_000_000).\(String(stamp / 1_000_000 % 1000 + 1000).dropFirst()) s"
    }

    // MARK: - What the element says

    private func check(_ flow: GstFlowReturn) throws(ProgramFailure) {
        readWarnings()
        // Our own reason first: the element only reports that we refused.
        if let failure { throw failure }
        if let problem = problem() { throw problem }
        guard flow != GST_FLOW_OK, flow != GST_FLOW_EOS else { return }
        throw ProgramFailure(.failed, "faceanon stopped: \(String(cString: gst_flow_get_name(flow)))")
    }

    private func problem() -> ProgramFailure? {
        guard let message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR) else { return nil }
        defer { gst_message_unref(message) }
        let report = ElementReport(message)
        let status: ExitStatus = frames_is_write_error(message) != 0 ? .storage : .failed
        return ProgramFailure(status, "faceanon: \(report.sentence)")
    }

    private func readWarnings() {
        while let message = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING) {
            let text = ElementReport(message).sentence
            gst_message_unref(message)
            if warnings.count < Self.mostWarnings, !warnings.contains(text) { warnings.append(text) }
        }
        // What else is posted is of no use here, and would be kept until the end.
        while let message = gst_bus_pop_filtered(bus, GstMessageType(rawValue: ~GST_MESSAGE_ERROR.rawValue)) {
            gst_message_unref(message)
        }
    }

    var counts: Counts {
        guard let stats = stream_get_structure(element.pointer, "stats") else { return Counts() }
        defer { gst_structure_free(stats) }
        func number(_ name: String) -> Int { Int(clamping: stream_field_uint64(stats, name)) }
        return Counts(
            frames: number("frames"), faces: number("faces"), covered: number("covered"), dropped: number("dropped"))
    }
}
