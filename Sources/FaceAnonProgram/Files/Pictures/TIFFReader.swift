// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures
internal import Foundation

/// Reads a TIFF of one picture: RGB, grey or with a palette, of 8 or 16 bits.
struct TIFFReader {
    private let file: TIFFFile
    private let picture: Picture
    private let bits: Int
    /// Of a pixel.
    private let samples: Int
    private let photometric: Int32
    private let compression: Int32
    private let isTiled: Bool
    /// Whether each sample has blocks of its own.
    private let isSeparate: Bool

    static func read(_ bytes: [UInt8], into picture: Picture, headerOnly: Bool) throws(PictureProblem) {
        try bytes.withUnsafeBufferPointer { bytes throws(PictureProblem) in
            let file = try TIFFFile(reading: bytes)
            let reader = try TIFFReader(file, picture)
            if !headerOnly { try reader.readPixels() }
            // An error that a call has not answered with a failure is one all the same.
            guard file.error == nil else { throw file.damage }
        }
    }

    private init(_ file: TIFFFile, _ picture: Picture) throws(PictureProblem) {
        self.file = file
        self.picture = picture
        try Self.checkPages(file, picture)
        guard let width = file.long(TIFFTAG_IMAGEWIDTH), let height = file.long(TIFFTAG_IMAGELENGTH) else {
            throw .damaged("it does not say how large the picture is")
        }
        bits = file.short(TIFFTAG_BITSPERSAMPLE) ?? 0
        samples = file.short(TIFFTAG_SAMPLESPERPIXEL) ?? 0
        photometric = Int32(file.short(TIFFTAG_PHOTOMETRIC) ?? Int(PHOTOMETRIC_MINISBLACK))
        compression = Int32(file.short(TIFFTAG_COMPRESSION) ?? 0)
        isTiled = TIFFIsTiled(file.tiff) != 0
        isSeparate = samples > 1 && file.short(TIFFTAG_PLANARCONFIG) == Int(PLANARCONFIG_SEPARATE)
        try checkSamples()
        try checkColours()
        picture.raw.width = UInt32(width)
        picture.raw.height = UInt32(height)
        picture.raw.depth = Int32(bits)
        (picture.raw.horizontal_sampling, picture.raw.vertical_sampling) = (1, 1)
        picture.raw.compression = compression
        picture.raw.is_lossless = compression == COMPRESSION_JPEG ? 0 : 1
        let orientation = file.short(TIFFTAG_ORIENTATION) ?? 1
        picture.raw.orientation = (1...8).contains(orientation) ? Int32(orientation) : 1
        if let x = file.float(TIFFTAG_XRESOLUTION), let y = file.float(TIFFTAG_YRESOLUTION), x > 0, y > 0 {
            (picture.raw.density_x, picture.raw.density_y) = (x, y)
            let unit = Int32(file.short(TIFFTAG_RESOLUTIONUNIT) ?? Int(RESUNIT_INCH))
            picture.raw.density_unit = unit == RESUNIT_INCH ? 1 : unit == RESUNIT_CENTIMETER ? 2 : 0
        }
        picture.profile = file.profile
    }

    // MARK: - Checks

    /// Other pictures of the file: previews are left out, pages are refused.
    private static func checkPages(_ file: TIFFFile, _ picture: Picture) throws(PictureProblem) {
        let (isReduced, isMask) = (Int(FILETYPE_REDUCEDIMAGE), Int(FILETYPE_MASK))
        guard (file.long(TIFFTAG_SUBFILETYPE) ?? 0) & isReduced == 0 else {
            throw .refused(
                "a TIFF that begins with a preview, as the raw pictures of cameras do: "
                    + "develop it to JPEG, PNG or TIFF first")
        }
        var pages = 1
        var hasPreviews = file.hasChildren
        while TIFFReadDirectory(file.tiff) != 0 {
            if (file.long(TIFFTAG_SUBFILETYPE) ?? 0) & (isReduced | isMask) != 0 {
                hasPreviews = true
            } else {
                pages += 1
            }
        }
        if hasPreviews { picture.raw.notes |= UInt32(PICTURES_HAD_PREVIEWS) }
        guard pages == 1 else {
            throw .refused("a TIFF of \(pages) pages: write each page to a file of its own (tiffsplit does)")
        }
        guard TIFFSetDirectory(file.tiff, 0) != 0 else { throw file.damage }
    }

    /// PHOTOMETRIC_LINEARRAW of DNG, which this version of libtiff has no name for.
    private static let linearRaw: Int32 = 34892

    private func checkSamples() throws(PictureProblem) {
        guard photometric != PHOTOMETRIC_CFA, photometric != Self.linearRaw, pictures_tiff_is_dng(file.tiff) == 0 else {
            throw .refused("the raw picture of a camera: develop it to JPEG, PNG or TIFF first")
        }
        guard TIFFIsCODECConfigured(UInt16(compression)) != 0, compression != COMPRESSION_OJPEG else {
            throw .refused("a TIFF compressed in a way (number \(compression)) that is not read here")
        }
        let format = Int32(file.short(TIFFTAG_SAMPLEFORMAT) ?? 0)
        guard format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_VOID else {
            let name = format == SAMPLEFORMAT_IEEEFP ? "floating-point" : "signed or complex"
            throw .refused("a TIFF of \(name) numbers: only whole numbers of 8 or 16 bits are masked")
        }
        guard bits == 8 || bits == 16 else {
            throw .refused("a TIFF with samples of \(bits) bits: only 8 and 16 are masked")
        }
    }

    private func checkColours() throws(PictureProblem) {
        var colours = 1
        picture.raw.model = PICTURES_GREY
        switch photometric {
        case PHOTOMETRIC_MINISWHITE: picture.raw.notes |= UInt32(PICTURES_WAS_WHITE_IS_ZERO)
        case PHOTOMETRIC_MINISBLACK: break
        case PHOTOMETRIC_PALETTE:
            guard bits == 8 else { throw .refused("a TIFF with a palette of more than 8 bits") }
            picture.raw.notes |= UInt32(PICTURES_WAS_PALETTE)
            picture.raw.model = PICTURES_RGB
        case PHOTOMETRIC_YCBCR where compression != COMPRESSION_JPEG: throw Self.refused("YCbCr")
        case PHOTOMETRIC_YCBCR, PHOTOMETRIC_RGB:
            colours = 3
            picture.raw.model = PICTURES_RGB
        case PHOTOMETRIC_SEPARATED: throw Self.refused("CMYK")
        case PHOTOMETRIC_CIELAB, PHOTOMETRIC_ICCLAB, PHOTOMETRIC_ITULAB: throw Self.refused("Lab")
        default: throw .refused("a TIFF with colours of an unknown sort (number \(photometric))")
        }
        let further = samples - colours
        guard further >= 0 else { throw file.damage }
        guard further == 0 || further == 1 && photometric != PHOTOMETRIC_PALETTE else {
            throw .refused("a TIFF with \(further) further samples a pixel: only alpha is masked with it")
        }
        picture.raw.has_alpha = Int32(further)
        let isPremultiplied = further == 1 && file.extraSamples.first.map(Int32.init) == EXTRASAMPLE_ASSOCALPHA
        picture.raw.is_premultiplied = isPremultiplied ? 1 : 0
    }

    private static func refused(_ colours: String) -> PictureProblem {
        .refused("a TIFF in \(colours): only RGB, grey and palettes are masked")
    }

    // MARK: - Pixels

    private var sampleBytes: Int { bits / 8 }

    private func readPixels() throws(PictureProblem) {
        let (width, height) = (picture.width, picture.height)
        picture.raw.plane_count = 1
        if photometric == PHOTOMETRIC_YCBCR { try file.set(TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB) }
        guard photometric == PHOTOMETRIC_PALETTE else {
            try picture.makePlane(0, width: width, height: height, step: sampleBytes * samples)
            try readBlocks(into: picture.plane(0))
            if photometric == PHOTOMETRIC_MINISWHITE { invert(picture.plane(0)) }
            return
        }
        let indices = Picture(.tiff)
        try indices.makePlane(0, width: width, height: height, step: 1)
        try picture.makePlane(0, width: width, height: height, step: 3)
        try readBlocks(into: indices.plane(0))
        guard let palette = file.palette, let from = indices.plane(0).base, let into = picture.plane(0).base else {
            throw file.damage
        }
        for pixel in 0..<width * height {
            let colour = palette[Int(from[pixel])]
            for channel in 0..<3 { into[3 * pixel + channel] = colour[channel] }
        }
    }

    /// White becomes the largest value; alpha stays.
    private func invert(_ plane: pictures_plane) {
        guard let base = plane.base else { return }
        for pixel in 0..<Int(plane.width) * Int(plane.height) {
            for byte in 0..<sampleBytes { base[pixel * Int(plane.step) + byte] ^= 255 }
        }
    }

    /// The strips or tiles of the file.
    private struct Blocks {
        let width: Int
        let height: Int
        /// Bytes from one pixel to the next.
        let step: Int
        /// Bytes of a row, and of a block.
        let row: Int
        let size: Int
    }

    private func blocks(of plane: pictures_plane) throws(PictureProblem) -> Blocks {
        var (width, height) = (Int(plane.width), Int(plane.height))
        if isTiled {
            (width, height) = (file.long(TIFFTAG_TILEWIDTH) ?? 0, file.long(TIFFTAG_TILELENGTH) ?? 0)
        } else if let rows = file.long(TIFFTAG_ROWSPERSTRIP) {
            height = min(height, rows)
        }
        let step = isSeparate ? sampleBytes : Int(plane.step)
        let (row, isWide) = width.multipliedReportingOverflow(by: step)
        let (size, isLarge) = row.multipliedReportingOverflow(by: height)
        let own = isTiled ? TIFFTileSize(file.tiff) : TIFFStripSize(file.tiff)
        guard width > 0, height > 0, !isWide, !isLarge, own == size else { throw file.damage }
        return Blocks(width: width, height: height, step: step, row: row, size: size)
    }

    private func readBlocks(into plane: pictures_plane) throws(PictureProblem) {
        let blocks = try blocks(of: plane)
        // Cleared: what a decoder leaves out is never what the memory held before.
        guard let block = calloc(blocks.size, 1) else { throw .noMemory }
        defer { free(block) }
        for sample in 0..<(isSeparate ? samples : 1) {
            for top in stride(from: 0, to: Int(plane.height), by: blocks.height) {
                for left in stride(from: 0, to: Int(plane.width), by: blocks.width) {
                    let part = Canvas.Part(
                        left: left, top: top, width: min(blocks.width, Int(plane.width) - left),
                        height: min(blocks.height, Int(plane.height) - top))
                    let wanted = isTiled ? blocks.size : blocks.row * part.height
                    guard read(part, sample, into: block, wanted) >= wanted else { throw file.damage }
                    place(block, blocks, part, on: plane, offset: sample * sampleBytes)
                }
            }
        }
    }

    /// How many bytes of the block at hand were read; below 0 where it is damaged.
    private func read(_ part: Canvas.Part, _ sample: Int, into block: UnsafeMutableRawPointer, _ wanted: Int) -> Int {
        let (left, top, sample) = (UInt32(part.left), UInt32(part.top), UInt16(sample))
        guard isTiled else {
            let strip = TIFFComputeStrip(file.tiff, top, sample)
            return Int(TIFFReadEncodedStrip(file.tiff, strip, block, tmsize_t(wanted)))
        }
        let tile = TIFFComputeTile(file.tiff, left, top, 0, sample)
        return Int(TIFFReadEncodedTile(file.tiff, tile, block, tmsize_t(wanted)))
    }

    private func place(
        _ block: UnsafeMutableRawPointer, _ blocks: Blocks, _ part: Canvas.Part, on plane: pictures_plane, offset: Int
    ) {
        guard let base = plane.base else { return }
        let from = block.assumingMemoryBound(to: UInt8.self)
        let step = Int(plane.step)
        for y in 0..<part.height {
            let row = from + y * blocks.row
            let target = base + ((part.top + y) * Int(plane.width) + part.left) * step + offset
            guard blocks.step != step else {
                target.update(from: row, count: part.width * step)
                continue
            }
            for x in 0..<part.width {
                for byte in 0..<blocks.step { target[x * step + byte] = row[x * blocks.step + byte] }
            }
        }
    }
}
