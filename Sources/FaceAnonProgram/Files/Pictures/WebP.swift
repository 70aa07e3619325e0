// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// WebP, by libwebp: with loss as the Y, Cb, Cr that it stores, without loss as RGB.
enum WebP {
    private static let notWebP = PictureProblem.damaged("its data are not those of a WebP picture")

    private static func check(_ code: VP8StatusCode) throws(PictureProblem) {
        switch code {
        case VP8_STATUS_OK: return
        case VP8_STATUS_OUT_OF_MEMORY: throw .noMemory
        case VP8_STATUS_UNSUPPORTED_FEATURE: throw .refused("a WebP of a sort that libwebp does not know")
        case VP8_STATUS_NOT_ENOUGH_DATA: throw .damaged("its data end early")
        default: throw notWebP
        }
    }

    // MARK: - Reading

    static func read(_ bytes: [UInt8], into picture: Picture, headerOnly: Bool) throws(PictureProblem) {
        var config = WebPDecoderConfig()
        guard WebPInitDecoderConfig(&config) != 0 else { throw .failed("libwebp is of another version") }
        try check(WebPGetFeatures(bytes, bytes.count, &config.input))
        let facts = config.input
        guard facts.has_animation == 0 else {
            throw .refused("an animated WebP: turn it into GIF, APNG or a video first")
        }
        picture.raw.width = UInt32(facts.width)
        picture.raw.height = UInt32(facts.height)
        picture.raw.depth = 8
        picture.raw.orientation = 1
        picture.raw.has_alpha = facts.has_alpha
        // 1 is VP8, with loss; 2 is VP8L, without.
        let isLossless = facts.format != 1
        picture.raw.is_lossless = isLossless ? 1 : 0
        picture.raw.model = isLossless ? PICTURES_RGB : PICTURES_YUV_PLANES
        let sampling: Int32 = isLossless ? 1 : 2
        (picture.raw.horizontal_sampling, picture.raw.vertical_sampling) = (sampling, sampling)
        let count = end(of: bytes)
        picture.raw.trailing = bytes.count - count
        picture.profile = try profile(bytes, count)
        guard !headerOnly else { return }

        config.output.is_external_memory = 1
        try isLossless ? offerPixels(of: picture, to: &config.output) : offerPlanes(of: picture, to: &config.output)
        // As the samples are: no smoothing of what is stored.
        config.options.no_fancy_upsampling = 1
        let code = WebPDecode(bytes, count, &config)
        WebPFreeDecBuffer(&config.output)
        try check(code)
    }

    /// Where the picture ends, bytes: the RIFF header (4 bytes of name, 4 of the length that follows) tells it.
    private static func end(of bytes: [UInt8]) -> Int {
        var file = PictureBytes(bytes: bytes)
        file.isBigEndian = false
        guard bytes.starts(with: "RIFF".utf8), let length = file.long(4) else { return bytes.count }
        return min(8 + length, bytes.count)
    }

    private static func profile(_ bytes: [UInt8], _ count: Int) throws(PictureProblem) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { buffer throws(PictureProblem) in
            var data = WebPData(bytes: buffer.baseAddress, size: count)
            guard let mux = WebPMuxCreate(&data, 0) else {
                throw .damaged("its parts do not fit together, or end early")
            }
            defer { WebPMuxDelete(mux) }
            var profile = WebPData()
            guard WebPMuxGetChunk(mux, "ICCP", &profile) == WEBP_MUX_OK else { return [] }
            return Array(UnsafeBufferPointer(start: profile.bytes, count: profile.size))
        }
    }

    private static func offerPixels(of picture: Picture, to output: inout WebPDecBuffer) throws(PictureProblem) {
        picture.raw.plane_count = 1
        let step = picture.hasAlpha ? 4 : 3
        try picture.makePlane(0, width: picture.width, height: picture.height, step: step)
        output.colorspace = picture.hasAlpha ? MODE_RGBA : MODE_RGB
        output.u.RGBA = WebPRGBABuffer(
            rgba: picture.plane(0).base, stride: Int32(picture.width * step),
            size: picture.width * picture.height * step)
    }

    private static func offerPlanes(of picture: Picture, to output: inout WebPDecBuffer) throws(PictureProblem) {
        picture.raw.plane_count = picture.hasAlpha ? 4 : 3
        let (width, height) = (picture.width, picture.height)
        let (halfWidth, halfHeight) = ((width + 1) / 2, (height + 1) / 2)
        try picture.makePlane(0, width: width, height: height, step: 1)
        try picture.makePlane(1, width: halfWidth, height: halfHeight, step: 1)
        try picture.makePlane(2, width: halfWidth, height: halfHeight, step: 1)
        if picture.hasAlpha { try picture.makePlane(3, width: width, height: height, step: 1) }
        output.colorspace = picture.hasAlpha ? MODE_YUVA : MODE_YUV
        output.u.YUVA = WebPYUVABuffer(
            y: picture.plane(0).base, u: picture.plane(1).base, v: picture.plane(2).base, a: picture.plane(3).base,
            y_stride: Int32(width), u_stride: Int32(halfWidth), v_stride: Int32(halfWidth), a_stride: Int32(width),
            y_size: width * height, u_size: halfWidth * halfHeight, v_size: halfWidth * halfHeight,
            a_size: picture.hasAlpha ? width * height : 0)
    }

    // MARK: - Writing

    /// The picture with its profile and nothing else.
    static func bytes(of picture: Picture) throws(PictureProblem) -> [UInt8] {
        var config = WebPConfig()
        var source = WebPPicture()
        guard WebPConfigInit(&config) != 0, WebPPictureInit(&source) != 0 else {
            throw .failed("libwebp is of another version")
        }
        defer { WebPPictureFree(&source) }
        config.lossless = picture.raw.is_lossless
        // Colours below alpha 0 are kept as they are: masked like all others, and equal to the source's elsewhere.
        config.exact = 1
        config.quality = picture.raw.is_lossless != 0 ? 75 : Float(picture.raw.quality)
        config.alpha_quality = 100
        var writer = WebPMemoryWriter()
        WebPMemoryWriterInit(&writer)
        defer { WebPMemoryWriterClear(&writer) }
        guard take(picture, into: &source) else { throw unwritten(source) }
        let isEncoded = withUnsafeMutablePointer(to: &writer) { writer in
            source.writer = WebPMemoryWrite
            source.custom_ptr = UnsafeMutableRawPointer(writer)
            return WebPEncode(&config, &source) != 0
        }
        guard isEncoded else { throw unwritten(source) }
        let encoded = WebPData(bytes: UnsafePointer(writer.mem), size: writer.size)
        let profile = picture.profile
        guard !profile.isEmpty else { return Array(UnsafeBufferPointer(start: encoded.bytes, count: encoded.size)) }
        guard let whole = adding(profile, to: encoded) else { throw unwritten(source) }
        return whole
    }

    private static func unwritten(_ picture: WebPPicture) -> PictureProblem {
        .failed("libwebp does not write it (its error \(picture.error_code.rawValue))")
    }

    private static func take(_ picture: Picture, into target: inout WebPPicture) -> Bool {
        target.width = Int32(picture.width)
        target.height = Int32(picture.height)
        target.use_argb = picture.raw.is_lossless
        guard picture.raw.is_lossless == 0 else {
            let plane = picture.plane(0)
            let stride = Int32(plane.width * plane.step)
            return picture.hasAlpha
                ? WebPPictureImportRGBA(&target, plane.base, stride) != 0
                : WebPPictureImportRGB(&target, plane.base, stride) != 0
        }
        target.colorspace = picture.hasAlpha ? WEBP_YUV420A : WEBP_YUV420
        guard WebPPictureAlloc(&target) != 0 else { return false }
        let targets = [
            (target.y, target.y_stride), (target.u, target.uv_stride), (target.v, target.uv_stride),
            (target.a, target.a_stride),
        ]
        for (index, (base, stride)) in targets.prefix(Int(picture.raw.plane_count)).enumerated() {
            let plane = picture.plane(index)
            guard let base, let from = plane.base else { return false }
            for y in 0..<Int(plane.height) {
                (base + y * Int(stride)).update(from: from + y * Int(plane.width), count: Int(plane.width))
            }
        }
        return true
    }

    private static func adding(_ profile: [UInt8], to encoded: WebPData) -> [UInt8]? {
        var encoded = encoded
        guard let mux = WebPMuxCreate(&encoded, 0) else { return nil }
        defer { WebPMuxDelete(mux) }
        return profile.withUnsafeBufferPointer { buffer in
            // The profile is not copied: it is there until the file is assembled.
            var chunk = WebPData(bytes: buffer.baseAddress, size: buffer.count)
            var whole = WebPData()
            defer { WebPDataClear(&whole) }
            guard WebPMuxSetChunk(mux, "ICCP", &chunk, 0) == WEBP_MUX_OK,
                WebPMuxAssemble(mux, &whole) == WEBP_MUX_OK
            else { return nil }
            return Array(UnsafeBufferPointer(start: whole.bytes, count: whole.size))
        }
    }
}
