// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// Colours that JPEG's writers and the element have no room for become Y, Cb, Cr in full size.
enum JPEGColours {
    /// Does nothing where they are kept as the file stores them, or where there are no pixels.
    static func convert(_ picture: Picture) throws(PictureProblem) {
        let conversion = picture.raw.conversion
        guard conversion != PICTURES_KEPT else { return }
        let source = Picture(.jpeg)
        source.replacePlane(0, with: picture.plane(0))
        picture.forgetPlane(0)
        let (width, height, step) = (picture.width, picture.height, Int(source.plane(0).step))
        picture.raw.plane_count = 3
        for index in 0..<3 { try picture.makePlane(index, width: width, height: height, step: 1) }
        guard let from = source.plane(0).base, let luma = picture.plane(0).base, let blue = picture.plane(1).base,
            let red = picture.plane(2).base
        else { throw .noMemory }
        for pixel in 0..<width * height {
            let colour = yuv(from + step * pixel, conversion)
            (luma[pixel], blue[pixel], red[pixel]) = (colour.y, colour.cb, colour.cr)
        }
        picture.raw.conversion = PICTURES_KEPT
    }

    private static func yuv(
        _ pixel: UnsafePointer<UInt8>, _ conversion: pictures_conversion
    ) -> (y: UInt8, cb: UInt8, cr: UInt8) {
        switch conversion {
        case PICTURES_FROM_RGB: return yuv(Int(pixel[0]), Int(pixel[1]), Int(pixel[2]))
        case PICTURES_FROM_CMYK, PICTURES_FROM_INVERTED_CMYK:
            let flip = conversion == PICTURES_FROM_CMYK ? 255 : 0
            let black = Int(pixel[3]) ^ flip
            func light(_ channel: Int) -> Int { ((Int(pixel[channel]) ^ flip) * black + 127) / 255 }
            return yuv(light(0), light(1), light(2))
        default: return (pixel[0], pixel[1], pixel[2])
        }
    }

    /// JFIF's conversion, in 1/65536. https://www.w3.org/Graphics/JPEG/jfif3.pdf
    private static func yuv(_ red: Int, _ green: Int, _ blue: Int) -> (y: UInt8, cb: UInt8, cr: UInt8) {
        (
            UInt8(truncatingIfNeeded: (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16),
            UInt8(truncatingIfNeeded: (-11059 * red - 21709 * green + 32768 * blue + (128 << 16) + 32767) >> 16),
            UInt8(truncatingIfNeeded: (32768 * red - 27439 * green - 5329 * blue + (128 << 16) + 32767) >> 16)
        )
    }
}
