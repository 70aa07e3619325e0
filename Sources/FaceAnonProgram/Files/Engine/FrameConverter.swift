// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// Frames of one kind whose memory serves again: nothing is allocated for each.
final class PicturePool {
    let format: AVPixelFormat
    /// Pixels.
    let width: Int
    let height: Int
    private let pool: OpaquePointer
    /// Bytes that rows begin at a multiple of: what FFmpeg's own code for vectors asks for.
    private static let alignment: Int32 = 64

    init(format: AVPixelFormat, width: Int, height: Int) throws(ProgramFailure) {
        self.format = format
        self.width = width
        self.height = height
        let size = av_image_get_buffer_size(format, Int32(clamping: width), Int32(clamping: height), Self.alignment)
        // Some of FFmpeg's code for vectors reads and writes beyond the last row.
        guard size > 0, let pool = av_buffer_pool_init(Int(size) + 4096, nil) else {
            throw ProgramFailure(.failed, "there is no memory for frames of \(width)x\(height) pixels")
        }
        self.pool = pool
    }

    deinit {
        var pool: OpaquePointer? = pool
        av_buffer_pool_uninit(&pool)
    }

    /// A frame whose pixels are what was there before: all have to be written.
    func take() throws(ProgramFailure) -> VideoFrame {
        let frame = try VideoFrame()
        guard let buffer = av_buffer_pool_get(pool) else { throw LibAV.outOfMemory }
        let fields = frame.pointer
        fields.pointee.buf.0 = buffer
        fields.pointee.format = format.rawValue
        fields.pointee.width = Int32(width)
        fields.pointee.height = Int32(height)
        var planes = [UnsafeMutablePointer<UInt8>?](repeating: nil, count: 4)
        var strides = [Int32](repeating: 0, count: 4)
        guard
            av_image_fill_arrays(
                &planes, &strides, buffer.pointee.data, format, Int32(width), Int32(height), Self.alignment) > 0
        else { throw LibAV.outOfMemory }
        for plane in 0..<4 { libav_set_plane(fields, Int32(plane), planes[plane], strides[plane]) }
        fields.pointee.extended_data = libav_planes(fields)
        return frame
    }
}

/// Makes frames of any kind frames of one kind: upright, of one size, in one format.
final class FrameConverter {
    /// What the frames become.
    let format: AVPixelFormat
    /// Pixels, upright.
    let width: Int
    let height: Int
    private let turn: Turn
    /// Pixels, before the turn.
    private let inner: (format: AVPixelFormat, width: Int, height: Int)
    private var scaled: PicturePool?
    private var turned: PicturePool?
    private var scaler: OpaquePointer?

    /// - Parameters:
    ///   - format: one that `turn` can turn (`Turn.format(for:)`).
    ///   - width: pixels before the turn.
    init(format: AVPixelFormat, width: Int, height: Int, turn: Turn) {
        self.format = format
        self.turn = turn
        inner = (format, width, height)
        self.width = turn.isTransposed ? height : width
        self.height = turn.isTransposed ? width : height
    }

    deinit { sws_freeContext(scaler) }

    /// The same picture as this makes them; the frame itself where it already is one.
    func convert(_ frame: VideoFrame) throws(ProgramFailure) -> VideoFrame {
        let upright = try turned(try scaled(try labelled(frame)))
        upright.time = frame.time
        upright.duration = frame.duration
        return upright
    }

    /// Writes into the frame's fields what a name of a pixel format says beside its layout.
    private func labelled(_ frame: VideoFrame) throws(ProgramFailure) -> VideoFrame {
        let plain = MaskableFormat.plain(frame.format)
        guard plain != frame.format else { return frame }
        frame.pointer.pointee.format = plain.rawValue
        frame.pointer.pointee.color_range = AVCOL_RANGE_JPEG
        return frame
    }

    private func scaled(_ frame: VideoFrame) throws(ProgramFailure) -> VideoFrame {
        // A picture that is stored from its last row up has no place in a GstBuffer.
        let isStraight = libav_stride(frame.pointer, 0) > 0
        guard frame.format != inner.format || frame.width != inner.width || frame.height != inner.height || !isStraight
        else { return frame }
        if scaled == nil {
            scaled = try PicturePool(format: inner.format, width: inner.width, height: inner.height)
        }
        guard let pool = scaled else { return frame }
        let target = try pool.take()
        try Self.copyFields(of: frame, to: target)
        let colors = Colors(from: frame, to: inner.format)
        target.pointer.pointee.colorspace = colors.matrix
        target.pointer.pointee.color_range = colors.range
        scaler = sws_getCachedContext(
            scaler, frame.pointer.pointee.width, frame.pointer.pointee.height, frame.format, Int32(inner.width),
            Int32(inner.height), inner.format,
            Int32(SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP), nil, nil, nil)
        guard let scaler else {
            throw ProgramFailure(.failed, "frames of the format \(FrameFormat.name(of: frame.format)) cannot be read")
        }
        colors.set(scaler)
        guard sws_scale_frame(scaler, target.pointer, frame.pointer) >= 0 else {
            throw ProgramFailure(.failed, "a frame of \(frame.width)x\(frame.height) pixels cannot be converted")
        }
        return target
    }

    private func turned(_ frame: VideoFrame) throws(ProgramFailure) -> VideoFrame {
        guard !turn.isNone else { return frame }
        if turned == nil { turned = try PicturePool(format: format, width: width, height: height) }
        guard let pool = turned else { return frame }
        let target = try pool.take()
        try Self.copyFields(of: frame, to: target)
        for plane in 0..<Int32(max(av_pix_fmt_count_planes(format), 0)) {
            guard let from = libav_plane(frame.pointer, plane), let to = libav_plane(target.pointer, plane) else {
                continue
            }
            turn.copy(
                from: from, stride: Int(libav_stride(frame.pointer, plane)), to: to,
                stride: Int(libav_stride(target.pointer, plane)),
                columns: Int(libav_plane_columns(format, plane, Int32(inner.width))),
                rows: Int(libav_plane_rows(format, plane, Int32(inner.height))),
                step: Int(libav_pixel_step(format, plane)))
        }
        let fields = target.pointer
        if turn.isTransposed {
            let aspect = fields.pointee.sample_aspect_ratio
            fields.pointee.sample_aspect_ratio =
                aspect.num > 0 ? AVRational(num: aspect.den, den: aspect.num) : aspect
            // Woven rows are columns now, and no coder knows what to do with those.
            fields.pointee.interlaced_frame = 0
        }
        if fields.pointee.chroma_location != AVCHROMA_LOC_CENTER {
            fields.pointee.chroma_location = AVCHROMA_LOC_UNSPECIFIED
        }
        return target
    }

    /// All that is known of a frame but its size, its format and its pixels.
    private static func copyFields(of frame: VideoFrame, to target: VideoFrame) throws(ProgramFailure) {
        guard av_frame_copy_props(target.pointer, frame.pointer) >= 0 else { throw LibAV.outOfMemory }
    }
}

/// The colours of a conversion: they stay what they are, wherever the format can hold them.
private struct Colors {
    let matrix: AVColorSpace
    let range: AVColorRange
    private let fromMatrix: AVColorSpace
    private let isFromFull: Bool

    init(from frame: VideoFrame, to format: AVPixelFormat) {
        let fields = frame.pointer.pointee
        let isFromRGB = libav_is_rgb(frame.format) != 0
        // Standard definition ends with 576 rows (ITU-R BT.601).
        let usual = frame.height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M
        let isKnown = fields.colorspace != AVCOL_SPC_UNSPECIFIED && fields.colorspace != AVCOL_SPC_RGB
        fromMatrix = isKnown && !isFromRGB ? fields.colorspace : usual
        isFromFull = isFromRGB || fields.color_range == AVCOL_RANGE_JPEG
        if libav_is_rgb(format) != 0 {
            matrix = AVCOL_SPC_RGB
            range = AVCOL_RANGE_JPEG
        } else {
            matrix = isFromRGB ? usual : fields.colorspace
            range = isFromRGB ? AVCOL_RANGE_MPEG : fields.color_range
        }
    }

    func set(_ scaler: OpaquePointer) {
        let from = sws_getCoefficients(Int32(bitPattern: fromMatrix.rawValue))
        let isToFull: Int32 = range == AVCOL_RANGE_JPEG ? 1 : 0
        // Formats without a matrix refuse; there is nothing to set then.
        _ = sws_setColorspaceDetails(scaler, from, isFromFull ? 1 : 0, from, isToFull, 0, 1 << 16, 1 << 16)
    }
}
