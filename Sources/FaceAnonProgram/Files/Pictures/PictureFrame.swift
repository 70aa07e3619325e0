// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import CPictures

/// A picture's pixels as a frame of a format that the element masks in place, and back. Nothing is lost on the way: where
/// the element has no such format, samples are written several times, and the way back takes their mean.
struct PictureFrame {
    private enum Way {
        /// Plane by plane; the numbers are those of the picture's planes.
        case same([Int])
        /// Grey and alpha, as RGBA.
        case greyAlpha
        /// RGB of 16 bits, as RGBA: alpha is full.
        case deepRGB
        /// Chroma of fewer samples, as 4:4:4.
        case fullChroma
    }

    private let picture: Picture
    private let way: Way
    private let format: AVPixelFormat

    init(_ picture: Picture) {
        self.picture = picture
        let isDeep = picture.raw.depth == 16
        (way, format) =
            switch picture.raw.model {
            case PICTURES_GREY where picture.hasAlpha:
                (.greyAlpha, isDeep ? AV_PIX_FMT_RGBA64LE : AV_PIX_FMT_RGBA)
            case PICTURES_GREY: (.same([0]), isDeep ? AV_PIX_FMT_GRAY16LE : AV_PIX_FMT_GRAY8)
            case PICTURES_RGB where isDeep: (picture.hasAlpha ? .same([0]) : .deepRGB, AV_PIX_FMT_RGBA64LE)
            case PICTURES_RGB: (.same([0]), picture.hasAlpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24)
            // FFmpeg's order is green, blue, red.
            case PICTURES_RGB_PLANES: (.same([1, 2, 0]), AV_PIX_FMT_GBRP)
            default: Self.chroma(of: picture)
            }
    }

    private static func chroma(of picture: Picture) -> (Way, AVPixelFormat) {
        if picture.hasAlpha { return (.same([0, 1, 2, 3]), AV_PIX_FMT_YUVA420P) }
        return switch (picture.raw.horizontal_sampling, picture.raw.vertical_sampling) {
        case (1, 1): (.same([0, 1, 2]), AV_PIX_FMT_YUV444P)
        case (2, 1): (.same([0, 1, 2]), AV_PIX_FMT_YUV422P)
        case (2, 2): (.same([0, 1, 2]), AV_PIX_FMT_YUV420P)
        case (4, 1): (.same([0, 1, 2]), AV_PIX_FMT_YUV411P)
        default: (.fullChroma, AV_PIX_FMT_YUV444P)
        }
    }

    /// The picture as a frame, with pixels of its own.
    func frame() throws(ProgramFailure) -> VideoFrame {
        let frame = try VideoFrame()
        frame.time = libav_no_time()
        let fields = frame.pointer
        fields.pointee.width = Int32(picture.width)
        fields.pointee.height = Int32(picture.height)
        fields.pointee.format = format.rawValue
        if picture.raw.model == PICTURES_YUV_PLANES {
            // JFIF: BT.601 in full range. WebP: BT.601 in the range of television.
            fields.pointee.color_range = picture.kind == .jpeg ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
            fields.pointee.colorspace = AVCOL_SPC_SMPTE170M
        } else if picture.raw.model != PICTURES_GREY || picture.hasAlpha {
            fields.pointee.color_range = AVCOL_RANGE_JPEG
            fields.pointee.colorspace = AVCOL_SPC_RGB
        } else {
            fields.pointee.color_range = AVCOL_RANGE_JPEG
        }
        guard av_frame_get_buffer(fields, 0) >= 0 else { throw LibAV.outOfMemory }
        exchange(with: frame, isBack: false)
        return frame
    }

    /// Puts a masked frame's pixels into the picture.
    func take(_ frame: VideoFrame) throws(ProgramFailure) {
        guard frame.format == format, frame.width == picture.width, frame.height == picture.height else {
            throw ProgramFailure(.failed, "faceanon gave out a picture of another size or format")
        }
        exchange(with: frame, isBack: true)
    }

    private func exchange(with frame: VideoFrame, isBack: Bool) {
        switch way {
        case .same(let order):
            for (index, own) in order.enumerated() { copy(own, frame, index, isBack) }
        case .greyAlpha:
            picture.raw.depth == 16
                ? greyAlpha(frame, isBack, UInt16.self) : greyAlpha(frame, isBack, UInt8.self)
        case .deepRGB: deepRGB(frame, isBack)
        case .fullChroma:
            copy(0, frame, 0, isBack)
            for index in 1...2 { isBack ? narrow(index, frame) : widen(index, frame) }
        }
    }

    private func copy(_ own: Int, _ frame: VideoFrame, _ index: Int, _ isBack: Bool) {
        let plane = picture.plane(own)
        let count = Int(plane.width) * Int(plane.step)
        let stride = Int(libav_stride(frame.pointer, Int32(index)))
        guard let base = plane.base, let other = libav_plane(frame.pointer, Int32(index)) else { return }
        for y in 0..<Int(plane.height) {
            let (mine, theirs) = (base + y * count, other + y * stride)
            if isBack { mine.update(from: theirs, count: count) } else { theirs.update(from: mine, count: count) }
        }
    }

    private func rows<Sample>(
        _ frame: VideoFrame, _ type: Sample.Type,
        _ body: (UnsafeMutablePointer<Sample>, UnsafeMutablePointer<Sample>) -> Void
    ) {
        let plane = picture.plane(0)
        let stride = Int(libav_stride(frame.pointer, 0))
        guard let base = plane.base, let other = libav_plane(frame.pointer, 0) else { return }
        for y in 0..<Int(plane.height) {
            // Rows of words are aligned: both allocators align, and a row of words has an even length.
            let mine = UnsafeMutableRawPointer(base + y * Int(plane.width) * Int(plane.step))
            let theirs = UnsafeMutableRawPointer(other + y * stride)
            body(mine.assumingMemoryBound(to: type), theirs.assumingMemoryBound(to: type))
        }
    }

    private func greyAlpha<Sample: FixedWidthInteger & UnsignedInteger>(
        _ frame: VideoFrame, _ isBack: Bool, _ type: Sample.Type
    ) {
        let width = picture.width
        rows(frame, type) { mine, theirs in
            for x in 0..<width {
                if isBack {
                    // A mask may be coloured: BT.601's luma, which is exact for grey since the weights make 65536.
                    let red = 19595 * UInt64(theirs[4 * x])
                    let green = 38470 * UInt64(theirs[4 * x + 1])
                    let blue = 7471 * UInt64(theirs[4 * x + 2])
                    mine[2 * x] = Sample(truncatingIfNeeded: (red + green + blue + 32768) >> 16)
                    mine[2 * x + 1] = theirs[4 * x + 3]
                } else {
                    for channel in 0..<3 { theirs[4 * x + channel] = mine[2 * x] }
                    theirs[4 * x + 3] = mine[2 * x + 1]
                }
            }
        }
    }

    private func deepRGB(_ frame: VideoFrame, _ isBack: Bool) {
        let width = picture.width
        rows(frame, UInt16.self) { mine, theirs in
            for x in 0..<width {
                for channel in 0..<3 {
                    if isBack {
                        mine[3 * x + channel] = theirs[4 * x + channel]
                    } else {
                        theirs[4 * x + channel] = mine[3 * x + channel]
                    }
                }
                if !isBack { theirs[4 * x + 3] = UInt16.max }
            }
        }
    }

    private func widen(_ index: Int, _ frame: VideoFrame) {
        let plane = picture.plane(index)
        let (across, down) = (Int(picture.raw.horizontal_sampling), Int(picture.raw.vertical_sampling))
        let stride = Int(libav_stride(frame.pointer, Int32(index)))
        guard let base = plane.base, let other = libav_plane(frame.pointer, Int32(index)) else { return }
        for y in 0..<picture.height {
            let (mine, theirs) = (base + y / down * Int(plane.width), other + y * stride)
            for x in 0..<picture.width { theirs[x] = mine[x / across] }
        }
    }

    private func narrow(_ index: Int, _ frame: VideoFrame) {
        let plane = picture.plane(index)
        let (across, down) = (Int(picture.raw.horizontal_sampling), Int(picture.raw.vertical_sampling))
        let stride = Int(libav_stride(frame.pointer, Int32(index)))
        guard let base = plane.base, let other = libav_plane(frame.pointer, Int32(index)) else { return }
        for y in 0..<Int(plane.height) {
            let ys = (y * down)..<min(y * down + down, picture.height)
            for x in 0..<Int(plane.width) {
                let xs = (x * across)..<min(x * across + across, picture.width)
                var sum = 0
                for row in ys { for column in xs { sum += Int(other[row * stride + column]) } }
                let count = max(ys.count * xs.count, 1)
                base[y * Int(plane.width) + x] = UInt8(truncatingIfNeeded: (sum + count / 2) / count)
            }
        }
    }
}
