// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// Writes a TIFF of one picture, with its profile and its resolution and nothing else.
enum TIFFWriter {
    static func bytes(of picture: Picture) throws(PictureProblem) -> [UInt8] {
        let file = try TIFFFile()
        try setTags(of: picture, file)
        let plane = picture.plane(0)
        guard let base = plane.base else { throw .noMemory }
        let row = Int(plane.width) * Int(plane.step)
        for y in 0..<picture.height {
            // The predictor works in the row that it is given: a copy.
            var copy = Array(UnsafeBufferPointer(start: base + y * row, count: row))
            guard TIFFWriteScanline(file.tiff, &copy, UInt32(y), 0) == 1 else { throw file.failure }
        }
        guard TIFFWriteDirectory(file.tiff) != 0 else { throw file.failure }
        return try file.finish()
    }

    private static func setTags(of picture: Picture, _ file: TIFFFile) throws(PictureProblem) {
        let isGrey = picture.raw.model == PICTURES_GREY
        // The source's way where it is one of these.
        let kept = [COMPRESSION_NONE, COMPRESSION_LZW].contains(picture.raw.compression)
        let compression = kept ? picture.raw.compression : COMPRESSION_ADOBE_DEFLATE
        try file.set(TIFFTAG_IMAGEWIDTH, picture.width)
        try file.set(TIFFTAG_IMAGELENGTH, picture.height)
        try file.set(TIFFTAG_BITSPERSAMPLE, picture.raw.depth)
        try file.set(TIFFTAG_SAMPLESPERPIXEL, (isGrey ? 1 : 3) + (picture.hasAlpha ? 1 : 0))
        try file.set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG)
        try file.set(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT)
        try file.set(TIFFTAG_COMPRESSION, compression)
        try file.set(TIFFTAG_PHOTOMETRIC, isGrey ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB)
        if compression != COMPRESSION_NONE { try file.set(TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL) }
        if picture.hasAlpha {
            let kind = picture.raw.is_premultiplied != 0 ? EXTRASAMPLE_ASSOCALPHA : EXTRASAMPLE_UNASSALPHA
            guard pictures_tiff_set_extra(file.tiff, UInt16(kind)) != 0 else { throw file.failure }
        }
        let profile = picture.profile
        if !profile.isEmpty {
            guard let count = UInt32(exactly: profile.count),
                pictures_tiff_set_profile(file.tiff, count, profile) != 0
            else { throw file.failure }
        }
        if picture.raw.density_x > 0, picture.raw.density_y > 0 {
            let units: [Int32: Int32] = [1: RESUNIT_INCH, 2: RESUNIT_CENTIMETER]
            try file.set(TIFFTAG_XRESOLUTION, float: picture.raw.density_x)
            try file.set(TIFFTAG_YRESOLUTION, float: picture.raw.density_y)
            try file.set(TIFFTAG_RESOLUTIONUNIT, units[picture.raw.density_unit] ?? RESUNIT_NONE)
        }
        try file.set(TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(file.tiff, 0))
    }
}
