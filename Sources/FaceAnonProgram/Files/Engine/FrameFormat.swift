// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import CLibAV

/// The caps for frames of one kind, and how their memory goes to GStreamer and comes back.
final class FrameFormat {
    let caps: UnsafeMutablePointer<GstCaps>
    let isInterlaced: Bool
    private let info: UnsafeMutablePointer<GstVideoInfo>
    private let format: AVPixelFormat
    private let width: Int32
    private let height: Int32
    private let range: AVColorRange
    private let matrix: AVColorSpace

    /// Fails where the element has no such format.
    ///
    /// - Parameters:
    ///   - wasInterlaced: frames before this one were: the masks go by the rows of a field from then on.
    init(of frame: VideoFrame, rate: AVRational, wasInterlaced: Bool) throws(ProgramFailure) {
        let fields = frame.pointer.pointee
        let isInterlaced = wasInterlaced || fields.interlaced_frame != 0
        format = frame.format
        width = fields.width
        height = fields.height
        range = fields.color_range
        matrix = fields.colorspace
        self.isInterlaced = isInterlaced
        guard let name = MaskableFormat.name(of: format) else {
            throw ProgramFailure(.failed, "faceanon does not take frames of the format \(Self.name(of: format))")
        }
        let site = Self.chromaSite(fields.chroma_location)
        let aspect = fields.sample_aspect_ratio
        let hasAspect = aspect.num > 0 && aspect.den > 0
        let made: UnsafeMutablePointer<GstCaps>? = name.withCString { name in
            (site ?? "").withCString { siteText in
                var facts = frames_facts(
                    format: name, chroma_site: site == nil ? nil : siteText, width: fields.width, height: fields.height,
                    fps_n: rate.num, fps_d: rate.den, par_n: hasAspect ? aspect.num : 1,
                    par_d: hasAspect ? aspect.den : 1, range: Int32(bitPattern: fields.color_range.rawValue),
                    matrix: Int32(bitPattern: fields.colorspace.rawValue),
                    transfer: Int32(bitPattern: fields.color_trc.rawValue),
                    primaries: Int32(bitPattern: fields.color_primaries.rawValue),
                    is_interlaced: isInterlaced ? 1 : 0, is_top_first: fields.top_field_first)
                return frames_caps(&facts)
            }
        }
        guard let caps = made else { throw Self.unable(fields) }
        guard let info = gst_video_info_new_from_caps(caps) else {
            gst_caps_unref(caps)
            throw Self.unable(fields)
        }
        self.caps = caps
        self.info = info
    }

    deinit {
        gst_caps_unref(caps)
        gst_video_info_free(info)
    }

    private static func unable(_ fields: AVFrame) -> ProgramFailure {
        ProgramFailure(
            .failed, "GStreamer has no frames of \(fields.width)x\(fields.height) pixels: its limit is 32767")
    }

    static func name(of format: AVPixelFormat) -> String {
        av_get_pix_fmt_name(format).map { String(cString: $0) } ?? "unknown"
    }

    /// Whether a frame is of this kind.
    func fits(_ frame: VideoFrame) -> Bool {
        let fields = frame.pointer.pointee
        return fields.format == format.rawValue && fields.width == width && fields.height == height
            && fields.color_range == range && fields.colorspace == matrix
            && (isInterlaced || fields.interlaced_frame == 0)
    }

    private static func chromaSite(_ location: AVChromaLocation) -> String? {
        switch location {
        case AVCHROMA_LOC_LEFT: "mpeg2"
        case AVCHROMA_LOC_CENTER: "jpeg"
        case AVCHROMA_LOC_TOPLEFT: "cosited"
        default: nil
        }
    }

    // MARK: - Memory

    /// A buffer around a frame's pixels, which are not copied; it keeps the frame.
    func buffer(around frame: VideoFrame) throws(ProgramFailure) -> UnsafeMutablePointer<GstBuffer> {
        let count = Int(frames_info_planes(info))
        guard count <= 4, Int(av_pix_fmt_count_planes(format)) == count else {
            throw ProgramFailure(.failed, "\(Self.name(of: format)) has other planes in GStreamer than in FFmpeg")
        }
        var planes: [UnsafeMutablePointer<guint8>?] = [nil, nil, nil, nil]
        var strides: [gint] = [0, 0, 0, 0]
        var sizes: [gsize] = [0, 0, 0, 0]
        for plane in 0..<count {
            let number = Int32(plane)
            let bytes = av_image_get_linesize(format, width, number)
            let rows = libav_plane_rows(format, number, height)
            let stride = libav_stride(frame.pointer, number)
            guard let data = libav_plane(frame.pointer, number), bytes > 0, rows > 0, stride >= bytes else {
                throw ProgramFailure(.failed, "a frame at \(frame.time) ns has no pixels that can be read")
            }
            planes[plane] = data
            strides[plane] = stride
            // The last row may end with its last pixel.
            sizes[plane] = gsize(stride) * gsize(rows - 1) + gsize(bytes)
        }
        // The release of this reference goes with the buffer.
        let owner = Unmanaged.passRetained(frame).toOpaque()
        let wrapped = frames_wrap(
            info, &planes, &strides, &sizes, owner,
            { owner in if let owner { Unmanaged<VideoFrame>.fromOpaque(owner).release() } })
        guard let wrapped else { throw LibAV.outOfMemory }
        return wrapped
    }

    /// Gives a frame the pixels of a masked buffer, which it keeps until nobody looks at them any more.
    func fill(_ frame: VideoFrame, from buffer: UnsafeMutablePointer<GstBuffer>) throws(ProgramFailure) {
        guard let mapped = frames_map(buffer, info) else {
            throw ProgramFailure(.failed, "a masked frame cannot be read")
        }
        for plane in 0..<guint(frames_plane_count(mapped)) {
            libav_set_plane(frame.pointer, Int32(plane), frames_plane(mapped, plane), frames_stride(mapped, plane))
        }
        let status = libav_own(frame.pointer, frames_plane(mapped, 0), Int(frames_size(mapped)), mapped) { owner, _ in
            owner.map { frames_unmap($0.assumingMemoryBound(to: GstVideoFrame.self)) }
        }
        guard status >= 0 else {
            frames_unmap(mapped)
            throw LibAV.outOfMemory
        }
    }
}
