// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The pixel formats that are inspected and masked in place, by GStreamer's names: all that decoders and cameras of
/// GStreamer 1.22 give in which each sample fills a byte or two and belongs to one pixel, or one group of pixels, alone.
///
/// Left to videoconvert are formats that keep parts of several samples in a byte (RGB16, v210, Y410, RGB10A2_LE,
/// NV12_10LE32), tiles (NV12_64Z32), palettes (RGB8P), and big-endian ones but for GRAY16_BE, which pngdec gives.
package enum PixelFormat: String, CaseIterable, Sendable {
    case i420 = "I420"
    case yv12 = "YV12"
    case nv12 = "NV12"
    case nv21 = "NV21"
    case y42b = "Y42B"
    case y444 = "Y444"
    case yuy2 = "YUY2"
    case uyvy = "UYVY"
    case rgb = "RGB"
    case bgr = "BGR"
    case rgbx = "RGBx"
    case bgrx = "BGRx"
    case xrgb = "xRGB"
    case xbgr = "xBGR"
    case rgba = "RGBA"
    case bgra = "BGRA"
    case argb = "ARGB"
    case abgr = "ABGR"
    case gray8 = "GRAY8"
    // 8 bits: less common layouts.
    case nv16 = "NV16"
    case nv61 = "NV61"
    case nv24 = "NV24"
    case av12 = "AV12"
    case a420 = "A420"
    case y41b = "Y41B"
    case yuv9 = "YUV9"
    case yvu9 = "YVU9"
    case yvyu = "YVYU"
    case vyuy = "VYUY"
    case ayuv = "AYUV"
    case vuya = "VUYA"
    case gbr = "GBR"
    case gbra = "GBRA"
    // More than 8 bits.
    case i420Deep10 = "I420_10LE"
    case i420Deep12 = "I420_12LE"
    case i422Deep10 = "I422_10LE"
    case i422Deep12 = "I422_12LE"
    case y444Deep10 = "Y444_10LE"
    case y444Deep12 = "Y444_12LE"
    case y444Deep16 = "Y444_16LE"
    case a420Deep10 = "A420_10LE"
    case a422Deep10 = "A422_10LE"
    case a444Deep10 = "A444_10LE"
    case p010 = "P010_10LE"
    case p012 = "P012_LE"
    case p016 = "P016_LE"
    case y210 = "Y210"
    case y212 = "Y212_LE"
    case y412 = "Y412_LE"
    case ayuv64 = "AYUV64"
    case gbrDeep10 = "GBR_10LE"
    case gbrDeep12 = "GBR_12LE"
    case gbraDeep10 = "GBRA_10LE"
    case gbraDeep12 = "GBRA_12LE"
    case argb64 = "ARGB64"
    case argb64LE = "ARGB64_LE"
    case rgba64LE = "RGBA64_LE"
    case bgra64LE = "BGRA64_LE"
    case abgr64LE = "ABGR64_LE"
    case gray16LE = "GRAY16_LE"
    case gray16BE = "GRAY16_BE"
}

extension PixelFormat {
    /// The layout, from the one table of formats.
    package var layout: PixelLayout { Self.layouts[self] ?? PixelLayout(.luminance, .byte, []) }

    private static let layouts: [PixelFormat: PixelLayout] = [
        .i420: .planar(.yuv, .c420),
        .yv12: .planar(.yuv, .c420, planes: [0, 2, 1]),
        .nv12: .semiplanar(.c420),
        .nv21: .semiplanar(.c420, u: 1, v: 0),
        .y42b: .planar(.yuv, .c422),
        .y444: .planar(.yuv),
        .yuy2: .pairs(y: 0, u: 1, v: 3),
        .uyvy: .pairs(y: 1, u: 0, v: 2),
        .rgb: .packed(.rgb, [0, 1, 2]),
        .bgr: .packed(.rgb, [2, 1, 0]),
        .rgbx: .packed(.rgb, [0, 1, 2, 3]),
        .bgrx: .packed(.rgb, [2, 1, 0, 3]),
        .xrgb: .packed(.rgb, [1, 2, 3, 0]),
        .xbgr: .packed(.rgb, [3, 2, 1, 0]),
        .rgba: .packed(.rgb, [0, 1, 2, 3]),
        .bgra: .packed(.rgb, [2, 1, 0, 3]),
        .argb: .packed(.rgb, [1, 2, 3, 0]),
        .abgr: .packed(.rgb, [3, 2, 1, 0]),
        .gray8: .planar(.luminance, planes: [0]),

        .nv16: .semiplanar(.c422),
        .nv61: .semiplanar(.c422, u: 1, v: 0),
        .nv24: .semiplanar(.c444),
        .av12: .semiplanar(.c420, hasAlpha: true),
        .a420: .planar(.yuv, .c420, planes: [0, 1, 2, 3]),
        .y41b: .planar(.yuv, .c411),
        .yuv9: .planar(.yuv, .c410),
        .yvu9: .planar(.yuv, .c410, planes: [0, 2, 1]),
        .yvyu: .pairs(y: 0, u: 3, v: 1),
        .vyuy: .pairs(y: 1, u: 2, v: 0),
        .ayuv: .packed(.yuv, [1, 2, 3, 0]),
        .vuya: .packed(.yuv, [2, 1, 0, 3]),
        .gbr: .planar(.rgb, planes: [2, 0, 1]),
        .gbra: .planar(.rgb, planes: [2, 0, 1, 3]),

        .i420Deep10: .planar(.yuv, .c420, .low(10)),
        .i420Deep12: .planar(.yuv, .c420, .low(12)),
        .i422Deep10: .planar(.yuv, .c422, .low(10)),
        .i422Deep12: .planar(.yuv, .c422, .low(12)),
        .y444Deep10: .planar(.yuv, .c444, .low(10)),
        .y444Deep12: .planar(.yuv, .c444, .low(12)),
        .y444Deep16: .planar(.yuv, .c444, .littleEndian16),
        .a420Deep10: .planar(.yuv, .c420, planes: [0, 1, 2, 3], .low(10)),
        .a422Deep10: .planar(.yuv, .c422, planes: [0, 1, 2, 3], .low(10)),
        .a444Deep10: .planar(.yuv, .c444, planes: [0, 1, 2, 3], .low(10)),
        .p010: .semiplanar(.c420, .high(10)),
        .p012: .semiplanar(.c420, .high(12)),
        .p016: .semiplanar(.c420, .littleEndian16),
        .y210: .pairs(y: 0, u: 1, v: 3, .high(10)),
        .y212: .pairs(y: 0, u: 1, v: 3, .high(12)),
        .y412: .packed(.yuv, [1, 0, 2, 3], .high(12)),
        .ayuv64: .packed(.yuv, [1, 2, 3, 0], .native16),
        .gbrDeep10: .planar(.rgb, planes: [2, 0, 1], .low(10)),
        .gbrDeep12: .planar(.rgb, planes: [2, 0, 1], .low(12)),
        .gbraDeep10: .planar(.rgb, planes: [2, 0, 1, 3], .low(10)),
        .gbraDeep12: .planar(.rgb, planes: [2, 0, 1, 3], .low(12)),
        .argb64: .packed(.rgb, [1, 2, 3, 0], .native16),
        .argb64LE: .packed(.rgb, [1, 2, 3, 0], .littleEndian16),
        .rgba64LE: .packed(.rgb, [0, 1, 2, 3], .littleEndian16),
        .bgra64LE: .packed(.rgb, [2, 1, 0, 3], .littleEndian16),
        .abgr64LE: .packed(.rgb, [3, 2, 1, 0], .littleEndian16),
        .gray16LE: .planar(.luminance, planes: [0], .littleEndian16),
        .gray16BE: .planar(.luminance, planes: [0], .bigEndian16),
    ]
}
