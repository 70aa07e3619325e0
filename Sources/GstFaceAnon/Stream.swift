// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection
internal import VideoFrames

/// Why a frame or a stream cannot be taken, with the code of its element error.
enum StreamError: Error {
    case settings(String)
    case format(String)
    case anonymization(AnonymizationError)
    case report(ReportError)

    var code: faceanon_code {
        switch self {
        case .settings: FACEANON_CODE_RESOURCE_SETTINGS
        case .format: FACEANON_CODE_STREAM_FORMAT
        case .anonymization(.unreadableFrame): FACEANON_CODE_STREAM_FAILED
        case .anonymization: FACEANON_CODE_LIBRARY_FAILED
        case .report: FACEANON_CODE_RESOURCE_WRITE
        }
    }
}

extension StreamError: CustomStringConvertible {
    var description: String {
        switch self {
        case .settings(let text), .format(let text): text
        case .anonymization(let error): "A frame could not be inspected: \(error). It was not passed on."
        case .report(let error): error.description
        }
    }
}

/// What exists from start to stop, and belongs to the streaming thread: the engine, the caps, the report.
final class Stream {
    private let anonymizer: Anonymizer
    private let report: ReportFile?
    private let info: UnsafeMutablePointer<GstVideoInfo>
    private var format: PixelFormat?
    private var layout = PixelFormat.i420.layout
    private var colorimetry = Colorimetry.bt601
    private var frames: UInt64 = 0
    private var saidTooSmall = false

    /// How the picture has to be turned to stand upright, from the image-orientation tag.
    var orientation = Orientation.upright

    init(anonymizer: Anonymizer, report: ReportFile?) {
        self.anonymizer = anonymizer
        self.report = report
        info = gst_video_info_new()
    }

    deinit { gst_video_info_free(info) }

    var isNegotiated: Bool { format != nil }
    /// Of the last frame.
    var times: FrameTimes { anonymizer.times }
    var summary: String { "\(format?.rawValue ?? "unknown") \(info.pointee.width)x\(info.pointee.height)" }

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
        if info.pointee.views > 1 {
            throw .format("Several views in one buffer cannot be inspected. Put glviewconvert or another splitter first.")
        }
        layout = format.layout
        colorimetry = Self.colorimetry(info.pointee, isGray: format == .gray8)
        saidTooSmall = false
        self.format = format
    }

    private static func colorimetry(_ info: GstVideoInfo, isGray: Bool) -> Colorimetry {
        var red = Colorimetry.bt601.redWeight
        var blue = Colorimetry.bt601.blueWeight
        _ = gst_video_color_matrix_get_Kr_Kb(info.colorimetry.matrix, &red, &blue)
        return Colorimetry(
            redWeight: red, blueWeight: blue, isLimitedRange: info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235)
    }

    /// Masks a buffer in place.
    func mask(
        _ buffer: UnsafeMutablePointer<GstBuffer>, pts: UInt64?, settings: AnonymizerSettings
    ) throws(StreamError) -> FrameReport {
        var frame = GstVideoFrame()
        let access = GstMapFlags(rawValue: GST_MAP_READ.rawValue | GST_MAP_WRITE.rawValue)
        guard gst_video_frame_map(&frame, info, buffer, access) != 0 else {
            throw .anonymization(.unreadableFrame(reason: "its memory cannot be mapped for reading and writing"))
        }
        defer { gst_video_frame_unmap(&frame) }
        let view = try view(of: &frame)
        do {
            let faces = try anonymizer.process(view, orientation: orientation, settings: settings)
            return FrameReport(
                frame: nextFrame(), pts: pts, width: view.width, height: view.height, outcome: .masked, faces: faces)
        } catch {
            throw .anonymization(error)
        }
    }

    private func view(of frame: inout GstVideoFrame) throws(StreamError) -> FrameView {
        guard let format, faceanon_video_info_format(&frame.info) == faceanon_video_info_format(info) else {
            throw .anonymization(.unreadableFrame(reason: "its video meta has another format than the caps"))
        }
        var planes: [PlaneMemory?] = [nil, nil, nil]
        for index in 0..<layout.planeCount {
            guard let data = faceanon_plane_data(&frame, guint(index)) else { continue }
            planes[index] = PlaneMemory(base: data, stride: Int(faceanon_plane_stride(&frame, guint(index))))
        }
        guard let first = planes[0],
            let view = FrameView(
                format: format, layout: layout, width: Int(faceanon_frame_width(&frame)),
                height: Int(faceanon_frame_height(&frame)), colorimetry: colorimetry,
                planes: (first, planes[1], planes[2]))
        else {
            throw .anonymization(.unreadableFrame(reason: "its size and strides cannot hold the picture of the caps"))
        }
        return view
    }

    /// Writes a frame's line, where a report was asked for.
    func write(_ line: @autoclosure () -> FrameReport) throws(StreamError) {
        guard let report else { return }
        do {
            try report.write(line())
        } catch {
            throw .report(error)
        }
    }

    /// Writes the line of a frame that did not go on.
    func writeDropped(pts: UInt64?) throws(StreamError) {
        let number = nextFrame()
        try write(
            FrameReport(
                frame: number, pts: pts, width: Int(info.pointee.width), height: Int(info.pointee.height),
                outcome: .dropped, faces: []))
    }

    /// Whether no face of the minimum size fits, once for each caps.
    func isFirstTooSmall(_ settings: AnonymizerSettings) -> Bool {
        guard !saidTooSmall,
            !FaceDetector.hasLevels(
                width: Int(info.pointee.width), height: Int(info.pointee.height), settings: settings.detector)
        else { return false }
        saidTooSmall = true
        return true
    }

    private func nextFrame() -> UInt64 {
        defer { frames &+= 1 }
        return frames
    }
}
