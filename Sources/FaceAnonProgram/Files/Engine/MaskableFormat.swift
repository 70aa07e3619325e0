// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// The pixel formats that the element masks where they are, in FFmpeg's and in GStreamer's names: those with the same
/// bytes in the same places.
enum MaskableFormat {
    /// GStreamer's name of a format; nil where the element does not take it as it is.
    static func name(of format: AVPixelFormat) -> String? { names[format.rawValue] }

    /// All of them, as FFmpeg calls them.
    static let all: [AVPixelFormat] = table.map(\.0)

    /// A format of FFmpeg's that says "full range" in its name, as the one that says it in the frame's fields.
    static func plain(_ format: AVPixelFormat) -> AVPixelFormat {
        switch format {
        case AV_PIX_FMT_YUVJ420P: AV_PIX_FMT_YUV420P
        case AV_PIX_FMT_YUVJ422P: AV_PIX_FMT_YUV422P
        case AV_PIX_FMT_YUVJ444P: AV_PIX_FMT_YUV444P
        case AV_PIX_FMT_YUVJ440P: AV_PIX_FMT_YUV440P
        case AV_PIX_FMT_YUVJ411P: AV_PIX_FMT_YUV411P
        default: format
        }
    }

    static func isFullRangeByName(_ format: AVPixelFormat) -> Bool { plain(format) != format }

    private static let names = Dictionary(uniqueKeysWithValues: table.map { ($0.0.rawValue, $0.1) })

    private static let table: [(AVPixelFormat, String)] = [
        (AV_PIX_FMT_YUV420P, "I420"), (AV_PIX_FMT_YUV422P, "Y42B"), (AV_PIX_FMT_YUV444P, "Y444"),
        (AV_PIX_FMT_YUV411P, "Y41B"), (AV_PIX_FMT_YUV410P, "YUV9"),
        (AV_PIX_FMT_NV12, "NV12"), (AV_PIX_FMT_NV21, "NV21"), (AV_PIX_FMT_NV16, "NV16"), (AV_PIX_FMT_NV24, "NV24"),
        (AV_PIX_FMT_YUYV422, "YUY2"), (AV_PIX_FMT_UYVY422, "UYVY"), (AV_PIX_FMT_YVYU422, "YVYU"),
        (AV_PIX_FMT_RGB24, "RGB"), (AV_PIX_FMT_BGR24, "BGR"),
        (AV_PIX_FMT_RGB0, "RGBx"), (AV_PIX_FMT_BGR0, "BGRx"), (AV_PIX_FMT_0RGB, "xRGB"), (AV_PIX_FMT_0BGR, "xBGR"),
        (AV_PIX_FMT_RGBA, "RGBA"), (AV_PIX_FMT_BGRA, "BGRA"), (AV_PIX_FMT_ARGB, "ARGB"), (AV_PIX_FMT_ABGR, "ABGR"),
        (AV_PIX_FMT_GRAY8, "GRAY8"), (AV_PIX_FMT_YUVA420P, "A420"),
        (AV_PIX_FMT_GBRP, "GBR"), (AV_PIX_FMT_GBRAP, "GBRA"),
        (AV_PIX_FMT_YUV420P10LE, "I420_10LE"), (AV_PIX_FMT_YUV420P12LE, "I420_12LE"),
        (AV_PIX_FMT_YUV422P10LE, "I422_10LE"), (AV_PIX_FMT_YUV422P12LE, "I422_12LE"),
        (AV_PIX_FMT_YUV444P10LE, "Y444_10LE"), (AV_PIX_FMT_YUV444P12LE, "Y444_12LE"),
        (AV_PIX_FMT_YUV444P16LE, "Y444_16LE"),
        (AV_PIX_FMT_YUVA420P10LE, "A420_10LE"), (AV_PIX_FMT_YUVA422P10LE, "A422_10LE"),
        (AV_PIX_FMT_YUVA444P10LE, "A444_10LE"),
        (AV_PIX_FMT_P010LE, "P010_10LE"), (AV_PIX_FMT_P016LE, "P016_LE"), (AV_PIX_FMT_Y210LE, "Y210"),
        (AV_PIX_FMT_GBRP10LE, "GBR_10LE"), (AV_PIX_FMT_GBRP12LE, "GBR_12LE"),
        (AV_PIX_FMT_GBRAP10LE, "GBRA_10LE"), (AV_PIX_FMT_GBRAP12LE, "GBRA_12LE"),
        (AV_PIX_FMT_RGBA64LE, "RGBA64_LE"), (AV_PIX_FMT_BGRA64LE, "BGRA64_LE"),
        (AV_PIX_FMT_GRAY16LE, "GRAY16_LE"), (AV_PIX_FMT_GRAY16BE, "GRAY16_BE"),
    ]

    /// The maskable format, of those in `choice`, that loses least of `format`; nil where there is none.
    ///
    /// - Parameters:
    ///   - choice: what an encoder takes; nil: anything.
    static func best(for format: AVPixelFormat, among choice: [AVPixelFormat]?) -> AVPixelFormat? {
        let plain = plain(format)
        var candidates = choice.map { $0.filter { name(of: $0) != nil } } ?? all
        if candidates.contains(plain) { return plain }
        // RGB only where there is nothing else: the way there and back costs colours.
        let isColored = libav_component_count(plain) >= 3
        let others = candidates.filter {
            (libav_is_rgb($0) != 0) == (libav_is_rgb(plain) != 0) && (!isColored || libav_component_count($0) >= 3)
        }
        if !others.isEmpty { candidates = others }
        // Depth first: a mask on fewer bits than the picture had is a loss that nothing gives back.
        let depth = libav_depth(plain)
        let deep = candidates.filter { libav_depth($0) >= depth }
        var loss: Int32 = 0
        let hasAlpha = libav_has_alpha(plain)
        var list = (deep.isEmpty ? candidates : deep) + [AV_PIX_FMT_NONE]
        let found = list.withUnsafeMutableBufferPointer {
            avcodec_find_best_pix_fmt_of_list($0.baseAddress, plain, hasAlpha, &loss)
        }
        return found == AV_PIX_FMT_NONE ? nil : found
    }
}
