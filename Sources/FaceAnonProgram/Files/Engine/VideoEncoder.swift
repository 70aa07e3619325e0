// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// What is known of a video before it is encoded.
struct PictureFacts {
    /// Pixels, upright.
    var width: Int
    var height: Int
    /// Frames a second, as the file says it; 0/1 where it does not.
    var rate: AVRational
    /// The unit of the frames' times.
    var unit: AVRational
    var isInterlaced = false
    var isTopFirst = true
}

/// A codec that masked video is encoded with.
enum VideoCodec: String, CaseIterable {
    case h264, h265, ffv1, vp9

    /// The encoder's name in FFmpeg's libraries.
    var encoder: String {
        switch self {
        case .h264: "libx264"
        case .h265: "libx265"
        case .ffv1: "ffv1"
        case .vp9: "libvpx-vp9"
        }
    }

    var id: AVCodecID {
        switch self {
        case .h264: AV_CODEC_ID_H264
        case .h265: AV_CODEC_ID_HEVC
        case .ffv1: AV_CODEC_ID_FFV1
        case .vp9: AV_CODEC_ID_VP9
        }
    }

    /// What the encoder takes.
    func formats() throws(ProgramFailure) -> [AVPixelFormat] {
        guard let codec = avcodec_find_encoder_by_name(encoder), let list = codec.pointee.pix_fmts else {
            throw ProgramFailure(.installation, "FFmpeg's libraries have no encoder \(encoder)")
        }
        var formats: [AVPixelFormat] = []
        var index = 0
        while list[index] != AV_PIX_FMT_NONE {
            formats.append(list[index])
            index += 1
        }
        return formats
    }

    /// The format that the frames of a source become, and what is lost by it, for people; nil: nothing.
    func format(for source: AVPixelFormat) throws(ProgramFailure) -> (format: AVPixelFormat, loss: String?) {
        let plain = MaskableFormat.plain(source)
        var wanted = plain
        let depth = libav_depth(plain)
        // Players take 4:2:0 of what were RGB or grey pictures; FFV1 is for those who want all of it.
        if self != .ffv1, libav_is_rgb(plain) != 0 || libav_component_count(plain) < 3 {
            wanted = depth <= 8 ? AV_PIX_FMT_YUV420P : depth <= 10 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P12LE
        } else if self != .ffv1, libav_has_alpha(plain) != 0 {
            wanted = Self.opaque(plain)
        }
        guard let format = MaskableFormat.best(for: wanted, among: try formats()) else {
            throw ProgramFailure(.failed, "\(rawValue) takes no frames of the format \(FrameFormat.name(of: source))")
        }
        var losses: [String] = []
        if libav_depth(format) < depth { losses.append("\(depth) bits a sample become \(libav_depth(format))") }
        if libav_is_rgb(plain) != 0, libav_is_rgb(format) == 0 { losses.append("RGB becomes YUV 4:2:0") }
        if libav_has_alpha(plain) != 0, libav_has_alpha(format) == 0 { losses.append("transparency is lost") }
        return (format, losses.isEmpty ? nil : "\(rawValue): " + losses.joined(separator: ", "))
    }

    /// The same without an alpha plane.
    private static func opaque(_ format: AVPixelFormat) -> AVPixelFormat {
        let isDeep = libav_depth(format) > 8
        switch (libav_chroma_shift_x(format), libav_chroma_shift_y(format)) {
        case (1, 1): return isDeep ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P
        case (1, 0): return isDeep ? AV_PIX_FMT_YUV422P10LE : AV_PIX_FMT_YUV422P
        default:
            guard isDeep else { return AV_PIX_FMT_YUV444P }
            return libav_depth(format) > 10 ? AV_PIX_FMT_YUV444P12LE : AV_PIX_FMT_YUV444P10LE
        }
    }

    /// The default quality (CRF): x264's own default is 23, and masks should not cost detail elsewhere.
    var defaultQuality: Int { self == .vp9 ? 28 : 20 }
}

/// Encodes masked frames.
final class VideoEncoder {
    let context: UnsafeMutablePointer<AVCodecContext>
    let codec: VideoCodec
    /// What the picture has lost or gained by the codec, for people.
    private(set) var notes: [String] = []
    private var durations: [Int64: Int64] = [:]
    private var padding: PicturePool?
    private var lastTime: Int64?
    /// Frames whose time had to be moved: it was not later than that of the frame before. The farthest move, ns.
    private(set) var moved = 0
    private(set) var farthestMove: Int64 = 0
    private var isFirstPacket = true
    private let packet: UnsafeMutablePointer<AVPacket>

    /// - Parameters:
    ///   - first: a masked frame: the others have its format and its colours.
    ///   - allowsReordering: whether a frame may need a later one: AVI has no place for that.
    init(
        _ codec: VideoCodec, facts: PictureFacts, first: VideoFrame, hdr: HDRFacts, quality: Int?,
        allowsReordering: Bool, needsGlobalHeader: Bool
    ) throws(ProgramFailure) {
        self.codec = codec
        guard let encoder = avcodec_find_encoder_by_name(codec.encoder), let made = avcodec_alloc_context3(encoder),
            let packet = av_packet_alloc()
        else { throw ProgramFailure(.installation, "FFmpeg's libraries have no encoder \(codec.encoder)") }
        context = made
        self.packet = packet
        let fields = first.pointer.pointee
        let size = Self.paddedSize(codec, first, isInterlaced: facts.isInterlaced)
        made.pointee.width = Int32(size.width)
        made.pointee.height = Int32(size.height)
        made.pointee.pix_fmt = first.format
        made.pointee.time_base = facts.unit
        made.pointee.framerate = facts.rate
        made.pointee.sample_aspect_ratio = fields.sample_aspect_ratio
        made.pointee.color_range = fields.color_range
        made.pointee.colorspace = fields.colorspace
        made.pointee.color_trc = fields.color_trc
        made.pointee.color_primaries = fields.color_primaries
        made.pointee.chroma_sample_location = fields.chroma_location
        if needsGlobalHeader { made.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
        made.pointee.flags |= AV_CODEC_FLAG_BITEXACT
        if !allowsReordering { made.pointee.max_b_frames = 0 }
        if facts.isInterlaced {
            if codec == .h264 {
                made.pointee.flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME
                made.pointee.field_order = facts.isTopFirst ? AV_FIELD_TT : AV_FIELD_BB
            } else {
                notes.append("the fields of interlaced frames stay woven: \(codec.rawValue) has no way to say so")
            }
        }
        if size.width != first.width || size.height != first.height {
            padding = try PicturePool(format: first.format, width: size.width, height: size.height)
            notes.append(
                "\(first.width)x\(first.height) pixels become \(size.width)x\(size.height): \(codec.rawValue) wants even sizes"
            )
        }
        var dictionary: OpaquePointer?
        for (name, value) in Self.options(
            codec, hdr: hdr, location: fields.chroma_location, quality: quality ?? codec.defaultQuality)
        {
            av_dict_set(&dictionary, name, value, 0)
        }
        let status = avcodec_open2(made, encoder, &dictionary)
        av_dict_free(&dictionary)
        guard status >= 0 else {
            throw ProgramFailure(
                .failed,
                "\(codec.encoder) takes no frames of \(size.width)x\(size.height) \(FrameFormat.name(of: first.format)): "
                    + LibAV.text(status))
        }
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
    }

    private static func paddedSize(
        _ codec: VideoCodec, _ frame: VideoFrame, isInterlaced: Bool
    ) -> (width: Int, height: Int) {
        guard codec == .h264 || codec == .h265 else { return (frame.width, frame.height) }
        func up(_ size: Int, _ shift: Int32) -> Int { ((size + (1 << Int(shift)) - 1) >> Int(shift)) << Int(shift) }
        let rowShift = libav_chroma_shift_y(frame.format) + (isInterlaced && codec == .h264 ? 1 : 0)
        return (up(frame.width, libav_chroma_shift_x(frame.format)), up(frame.height, rowShift))
    }

    private static func options(
        _ codec: VideoCodec, hdr: HDRFacts, location: AVChromaLocation, quality: Int
    ) -> [(String, String)] {
        // FFmpeg counts from 1, H.265 from 0.
        let site = location == AVCHROMA_LOC_UNSPECIFIED ? [] : ["chromaloc=\(location.rawValue - 1)"]
        switch codec {
        case .h264:
            return [("preset", "veryfast"), ("crf", "\(quality)"), ("a53cc", "0"), ("udu_sei", "0")]
                + (hdr.x264.isEmpty ? [] : [("x264-params", hdr.x264)])
        case .h265:
            return [
                ("preset", "veryfast"), ("crf", "\(quality)"), ("udu_sei", "0"),
                ("x265-params", (["log-level=none", "info=0"] + site + hdr.x265).joined(separator: ":")),
            ]
        case .ffv1: return [("level", "3"), ("slicecrc", "1"), ("slices", "4"), ("threads", "4"), ("g", "1")]
        case .vp9:
            return [
                ("crf", "\(quality)"), ("b", "0"), ("deadline", "good"), ("cpu-used", "5"), ("row-mt", "1"),
                ("threads", "4"), ("tile-columns", "2"),
            ]
        }
    }

    /// Encodes a frame; nil: there are no more. Packets go to `body` with their times in the encoder's unit.
    func encode(
        _ frame: VideoFrame?, _ body: (UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) -> Void
    ) throws(ProgramFailure) {
        var padded: VideoFrame?
        if let frame {
            stamp(frame)
            padded = try pad(frame)
            padded?.pointer.pointee.pts = frame.pointer.pointee.pts
        }
        let status = avcodec_send_frame(context, (padded ?? frame)?.pointer)
        guard status >= 0 || status == libav_error_eof() else {
            throw ProgramFailure(.failed, "a masked frame cannot be encoded: \(LibAV.text(status))")
        }
        while true {
            let status = avcodec_receive_packet(context, packet)
            if status == libav_error_again() || status == libav_error_eof() { return }
            guard status >= 0 else {
                throw ProgramFailure(.failed, "masked frames cannot be encoded: \(LibAV.text(status))")
            }
            if isFirstPacket, codec == .h264 { StartCodes.removeUnregisteredData(packet) }
            isFirstPacket = false
            packet.pointee.duration = durations.removeValue(forKey: packet.pointee.pts) ?? 0
            try body(packet)
        }
    }

    /// Gives a frame its time in the encoder's unit, later than that of the frame before.
    private func stamp(_ frame: VideoFrame) {
        let unit = context.pointee.time_base
        var stamp = Nanoseconds.to(unit, frame.time)
        if let lastTime, stamp <= lastTime {
            stamp = lastTime + 1
            moved += 1
            let time = Nanoseconds.of(stamp, in: unit) ?? frame.time
            farthestMove = max(farthestMove, time - frame.time)
            frame.time = time
        }
        lastTime = stamp
        frame.pointer.pointee.pts = stamp
        frame.pointer.pointee.key_frame = 0
        durations[stamp] = Nanoseconds.to(unit, frame.duration)
    }

    /// The frame with its last column and row again beside and below it, where the codec wants a larger one.
    private func pad(_ frame: VideoFrame) throws(ProgramFailure) -> VideoFrame? {
        guard let padding else { return nil }
        let target = try padding.take()
        guard av_frame_copy_props(target.pointer, frame.pointer) >= 0 else { throw LibAV.outOfMemory }
        let format = frame.format
        for plane in 0..<Int32(max(av_pix_fmt_count_planes(format), 0)) {
            guard let from = libav_plane(frame.pointer, plane), let to = libav_plane(target.pointer, plane) else {
                continue
            }
            let step = Int(libav_pixel_step(format, plane))
            let columns = Int(libav_plane_columns(format, plane, Int32(frame.width)))
            let rows = Int(libav_plane_rows(format, plane, Int32(frame.height)))
            let wide = Int(libav_plane_columns(format, plane, Int32(padding.width)))
            let (fromStride, toStride) = (
                Int(libav_stride(frame.pointer, plane)), Int(libav_stride(target.pointer, plane))
            )
            for row in 0..<Int(libav_plane_rows(format, plane, Int32(padding.height))) {
                let source = from + min(row, rows - 1) * fromStride
                let line = to + row * toStride
                line.update(from: source, count: columns * step)
                for column in columns..<max(wide, columns) {
                    (line + column * step).update(from: source + (columns - 1) * step, count: step)
                }
            }
        }
        return target
    }
}
