// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import VideoFrames

/// What the caps say of frames. Each frame keeps the one that it came with, so that frames that wait are read as what they
/// are, also when other caps have come.
final class FrameFormat {
    let info: UnsafeMutablePointer<GstVideoInfo>
    let pixelFormat: PixelFormat
    let layout: PixelLayout
    let colorimetry: Colorimetry
    /// Pixels.
    let width: Int
    let height: Int
    /// Bytes between the rows or the planes of a frame in the default layout, which belong to no pixel.
    let hasPadding: Bool

    /// Fails where frames of these caps cannot be inspected, with what to do.
    init(caps: UnsafePointer<GstCaps>) throws(StreamError) {
        guard let info = gst_video_info_new_from_caps(caps) else { throw Self.unknown }
        do throws(StreamError) {
            guard let name = gst_video_format_to_string(faceanon_video_info_format(info)),
                let pixelFormat = PixelFormat(rawValue: String(cString: name))
            else { throw Self.unknown }
            try Self.checkFields(of: info)
            self.pixelFormat = pixelFormat
        } catch {
            gst_video_info_free(info)
            throw error
        }
        self.info = info
        width = Int(info.pointee.width)
        height = Int(info.pointee.height)
        // Woven fields have chroma rows of their own: a mask that ends between them would leave a fringe in one.
        layout =
            info.pointee.interlace_mode == GST_VIDEO_INTERLACE_MODE_PROGRESSIVE
            ? pixelFormat.layout : pixelFormat.layout.interlaced
        colorimetry = Self.colorimetry(info.pointee)
        var bytes = 0
        for plane in 0..<layout.planeCount {
            bytes += layout.rows(plane: plane, height: height) * layout.rowBytes(plane: plane, width: width)
        }
        hasPadding = bytes != Int(info.pointee.size)
    }

    deinit { gst_video_info_free(info) }

    var summary: String { "\(pixelFormat.rawValue) \(width)x\(height)" }

    private static let unknown = StreamError.format(
        "These caps are no video that faceanon can mask in place. Put videoconvert before it.")

    /// Refuses what the caps' structure allows and nobody can inspect here.
    private static func checkFields(of info: UnsafeMutablePointer<GstVideoInfo>) throws(StreamError) {
        if Int(info.pointee.width) * Int(info.pointee.height) > FrameView.maximumPixelCount {
            throw .format(
                "Frames of more than \(FrameView.maximumPixelCount) pixels cannot be inspected. Put videoscale before "
                    + "faceanon.")
        }
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
    }

    private static func colorimetry(_ info: GstVideoInfo) -> Colorimetry {
        var red = Colorimetry.bt601.redWeight
        var blue = Colorimetry.bt601.blueWeight
        _ = gst_video_color_matrix_get_Kr_Kb(info.colorimetry.matrix, &red, &blue)
        return Colorimetry(
            redWeight: red, blueWeight: blue, isLimitedRange: info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235)
    }

    /// What the caps say that a frame lasts, ns; 0 where the rate varies.
    var period: UInt64 {
        guard info.pointee.fps_n > 0, info.pointee.fps_d > 0 else { return 0 }
        return 1_000_000_000 * UInt64(clamping: info.pointee.fps_d) / UInt64(clamping: info.pointee.fps_n)
    }

    // MARK: - Mapping

    /// Maps a buffer and hands out its planes, checked: each holds the rows that the caps ask for.
    func withPlanes<Result>(
        of buffer: UnsafeMutablePointer<GstBuffer>, access: GstMapFlags, isInjectable: Bool = true,
        _ body: (MappedPlanes) throws(StreamError) -> Result
    ) throws(StreamError) -> Result {
        var frame = GstVideoFrame()
        guard !(isInjectable && FaultInjection.fails(.map)), gst_video_frame_map(&frame, info, buffer, access) != 0
        else {
            throw .anonymization(
                .unreadableFrame(reason: "its memory cannot be mapped, or is smaller than the caps say"))
        }
        defer { gst_video_frame_unmap(&frame) }
        guard faceanon_video_info_format(&frame.info) == faceanon_video_info_format(info),
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
        return try body(MappedPlanes(plane(0), plane(1), plane(2), plane(3)))
    }

    /// Maps a buffer and hands out a view of its frame.
    func withView<Result>(
        of buffer: UnsafeMutablePointer<GstBuffer>, access: GstMapFlags, isInjectable: Bool = true,
        _ body: (FrameView) throws(StreamError) -> Result
    ) throws(StreamError) -> Result {
        try withPlanes(of: buffer, access: access, isInjectable: isInjectable) { planes throws(StreamError) in
            try body(try view(of: planes))
        }
    }

    private func view(of planes: MappedPlanes) throws(StreamError) -> FrameView {
        guard let first = planes[0],
            let view = FrameView(
                format: pixelFormat, layout: layout, width: width, height: height, colorimetry: colorimetry,
                planes: (first, planes[1], planes[2], planes[3]))
        else {
            throw .anonymization(.unreadableFrame(reason: "its size and strides cannot hold the picture of the caps"))
        }
        return view
    }

    // MARK: - The window

    /// Copies the rows of a frame, and nothing else of its memory, to a buffer in the default layout.
    ///
    /// - Parameters:
    ///   - makeTarget: asked for the buffer only when the source turned out to hold a frame.
    /// - Returns: the target, which is the caller's.
    func copyWindow(
        of source: UnsafeMutablePointer<GstBuffer>, to makeTarget: () -> UnsafeMutablePointer<GstBuffer>?
    ) throws(StreamError) -> UnsafeMutablePointer<GstBuffer> {
        try withPlanes(of: source, access: GST_MAP_READ) { from throws(StreamError) in
            // The strides are checked as for a view.
            _ = try view(of: from)
            guard let target = makeTarget() else {
                throw StreamError.anonymization(.unreadableFrame(reason: "there is no memory for a copy of it"))
            }
            do throws(StreamError) {
                try write(from, to: target)
            } catch {
                gst_buffer_unref(target)
                throw error
            }
            return target
        }
    }

    private func write(_ from: MappedPlanes, to target: UnsafeMutablePointer<GstBuffer>) throws(StreamError) {
        try withPlanes(of: target, access: GST_MAP_WRITE, isInjectable: false) { to throws(StreamError) in
            for index in 0..<layout.planeCount {
                guard let from = from[index], let to = to[index] else {
                    throw StreamError.anonymization(.unreadableFrame(reason: "a plane of it is missing"))
                }
                let count = layout.rowBytes(plane: index, width: width)
                for row in 0..<layout.rows(plane: index, height: height) {
                    (to.base + row &* to.stride).update(from: from.base + row &* from.stride, count: count)
                }
            }
            clearPadding(of: to)
        }
    }

    /// Writes zeros between the rows and the planes of a frame in the default layout. What is left there of another picture
    /// would go on with this one.
    private func clearPadding(of planes: MappedPlanes) {
        guard hasPadding, let origin = planes[0]?.base else { return }
        let size = Int(info.pointee.size)
        for index in 0..<layout.planeCount {
            guard let plane = planes[index] else { continue }
            let bytes = layout.rowBytes(plane: index, width: width)
            let rows = layout.rows(plane: index, height: height)
            for row in 0..<rows where plane.stride > bytes {
                // The last row's padding may lie behind the memory: below, as far as it is there.
                guard row < rows - 1 else { break }
                (plane.base + row &* plane.stride + bytes).update(repeating: 0, count: plane.stride - bytes)
            }
            let end = (plane.base - origin) + (rows - 1) * plane.stride + bytes
            let next = index + 1 < layout.planeCount ? (planes[index + 1]?.base ?? origin) - origin : size
            if next > end { (origin + end).update(repeating: 0, count: next - end) }
        }
    }

    /// The same for a buffer whose memory is a frame in the default layout and nothing else.
    func clearPadding(of buffer: UnsafeMutablePointer<GstBuffer>) throws(StreamError) {
        guard hasPadding else { return }
        try withPlanes(of: buffer, access: GST_MAP_WRITE) { planes throws(StreamError) in clearPadding(of: planes) }
    }
}

/// The planes of a mapped frame; nil where the format has none, or where the memory cannot hold it.
struct MappedPlanes {
    private let planes: (PlaneMemory?, PlaneMemory?, PlaneMemory?, PlaneMemory?)

    init(_ first: PlaneMemory?, _ second: PlaneMemory?, _ third: PlaneMemory?, _ fourth: PlaneMemory?) {
        planes = (first, second, third, fourth)
    }

    subscript(index: Int) -> PlaneMemory? {
        switch index {
        case 0: planes.0
        case 1: planes.1
        case 2: planes.2
        case 3: planes.3
        default: nil
        }
    }
}
