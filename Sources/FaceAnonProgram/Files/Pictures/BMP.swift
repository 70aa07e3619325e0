// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// The header of a Windows bitmap, and where its pixels are. No library of Debian's reads BMP strictly: FFmpeg's goes on
/// with what it has where pixels are missing.
/// https://learn.microsoft.com/windows/win32/gdi/bitmap-header-types
struct BMPHeader {
    private let width: Int
    private let height: Int
    private let isTopDown: Bool
    private let bits: Int
    /// Red, green, blue, alpha: which bits of a pixel hold them.
    private let masks: [UInt32]
    private let pixels: Int
    private let stride: Int
    private let palette: [[UInt8]]
    private let profile: Range<Int>?
    private let density: (x: Int, y: Int)
    private let end: Int

    /// The letters BM, and a header of a length that there is.
    static func isBMP(_ head: [UInt8]) -> Bool {
        var file = PictureBytes(bytes: head)
        file.isBigEndian = false
        return head.starts(with: "BM".utf8) && [12, 40, 52, 56, 64, 108, 124].contains(file.long(14) ?? 0)
    }

    init(_ bytes: [UInt8]) throws(PictureProblem) {
        var file = PictureBytes(bytes: bytes)
        file.isBigEndian = false
        guard let offset = file.long(10), let length = file.long(14), let depth = file.word(length == 12 ? 24 : 28)
        else { throw Self.short }
        bits = depth
        let compression: Int
        if length == 12 {
            guard let wide = file.word(18), let high = file.word(20) else { throw Self.short }
            (width, height, isTopDown, compression, density) = (wide, high, false, 0, (0, 0))
        } else {
            guard let wide = file.long(18), let high = file.long(22), let way = file.long(30), let x = file.long(38),
                let y = file.long(42)
            else { throw Self.short }
            let signed = Int(Int32(truncatingIfNeeded: high))
            (width, height, isTopDown) = (Int(Int32(truncatingIfNeeded: wide)), abs(signed), signed < 0)
            (compression, density) = (way, (x, y))
        }
        try PictureLimits.check(width: width, height: height)
        // 0: plain; 3 and 6: plain with masks.
        guard [0, 3, 6].contains(compression) else {
            throw .refused("a BMP with compressed pixels: write it as a plain BMP or as PNG first")
        }
        guard [1, 4, 8, 16, 24, 32].contains(bits) else { throw .damaged("it says that a pixel has \(bits) bits") }
        masks = try Self.masks(file, bits: bits, length: length, hasMasks: compression != 0)
        palette = try bits > 8 ? [] : Self.palette(file, bits: bits, headerLength: length)
        profile = length == 124 && file.long(14 + 56) == 0x4d42_4544 ? Self.profile(file) : nil
        pixels = offset
        stride = (width * bits + 31) / 32 * 4
        end = offset + stride * height
        guard offset >= 14 + length, end <= bytes.count else {
            throw .damaged("its pixels end early: \(end - bytes.count) bytes are missing")
        }
    }

    private static let short = PictureProblem.damaged("its header ends early")

    private static func masks(
        _ file: PictureBytes, bits: Int, length: Int, hasMasks: Bool
    ) throws(PictureProblem) -> [UInt32] {
        guard bits == 16 || bits == 32 else { return [] }
        guard hasMasks else { return bits == 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0xff00_0000] }
        // Behind the short header, or part of the long ones, at the same place; alpha in the long ones only.
        var masks: [UInt32] = []
        for index in 0..<4 {
            guard index < 3 || length >= 56 else { return masks + [0] }
            guard let mask = file.long(54 + 4 * index) else { throw short }
            masks.append(UInt32(truncatingIfNeeded: mask))
        }
        return masks
    }

    private static func palette(
        _ file: PictureBytes, bits: Int, headerLength: Int
    ) throws(PictureProblem) -> [[UInt8]] {
        let size = headerLength == 12 ? 3 : 4
        let used = headerLength == 12 ? 0 : file.long(46) ?? 0
        let count = used > 0 ? min(used, 1 << bits) : 1 << bits
        var colours: [[UInt8]] = []
        for index in 0..<count {
            let at = 14 + headerLength + size * index
            guard at + 2 < file.bytes.count else { throw short }
            colours.append([file.bytes[at + 2], file.bytes[at + 1], file.bytes[at]])
        }
        return colours
    }

    private static func profile(_ file: PictureBytes) -> Range<Int>? {
        guard let offset = file.long(14 + 112), let count = file.long(14 + 116), count > 0,
            14 + offset + count <= file.bytes.count
        else { return nil }
        return 14 + offset..<14 + offset + count
    }

    func read(_ bytes: [UInt8], into picture: Picture, headerOnly: Bool) throws(PictureProblem) {
        picture.raw.width = UInt32(width)
        picture.raw.height = UInt32(height)
        picture.raw.model = PICTURES_RGB
        picture.raw.depth = 8
        picture.raw.is_lossless = 1
        picture.raw.orientation = 1
        picture.raw.horizontal_sampling = 1
        picture.raw.vertical_sampling = 1
        (picture.raw.density_x, picture.raw.density_y) = (Double(density.x), Double(density.y))
        picture.raw.density_unit = 3
        picture.raw.trailing = bytes.count - max(end, profile?.upperBound ?? 0)
        if bits <= 8 { picture.raw.notes |= UInt32(PICTURES_WAS_PALETTE) }
        if bits == 16 { picture.raw.notes |= UInt32(PICTURES_WAS_SHALLOW) }
        if let profile { picture.profile = Array(bytes[profile]) }
        picture.raw.has_alpha = hasAlpha(bytes) ? 1 : 0
        guard !headerOnly else { return }
        let step = picture.hasAlpha ? 4 : 3
        picture.raw.plane_count = 1
        try picture.makePlane(0, width: width, height: height, step: step)
        guard let base = picture.plane(0).base else { throw .noMemory }
        let channels = masks.map(Channel.init)
        for y in 0..<height {
            let from = pixels + stride * (isTopDown ? y : height - 1 - y)
            let row = base + y * width * step
            switch bits {
            case ...8: try readIndices(bytes, from, into: row)
            case 24: readBytes(bytes, from, into: row)
            default: readMasked(bytes, from, channels, step, into: row)
            }
        }
    }

    /// A fourth byte that nothing declares as alpha is alpha where it is not 0 everywhere, as other programs take it.
    private func hasAlpha(_ bytes: [UInt8]) -> Bool {
        guard bits == 32 || bits == 16, masks.count == 4, masks[3] != 0 else { return false }
        guard masks == [0xff0000, 0xff00, 0xff, 0xff00_0000] else { return true }
        return (0..<height).contains { y in (0..<width).contains { bytes[pixels + stride * y + 4 * $0 + 3] != 0 } }
    }

    private func readIndices(_ bytes: [UInt8], _ from: Int, into row: UnsafeMutablePointer<UInt8>)
        throws(PictureProblem)
    {
        let perByte = 8 / bits
        for x in 0..<width {
            let shift = 8 - bits * (x % perByte + 1)
            let index = Int(bytes[from + x / perByte]) >> shift & (1 << bits - 1)
            guard index < palette.count else { throw .damaged("a pixel has a colour that its palette has not") }
            for channel in 0..<3 { row[3 * x + channel] = palette[index][channel] }
        }
    }

    private func readBytes(_ bytes: [UInt8], _ from: Int, into row: UnsafeMutablePointer<UInt8>) {
        for x in 0..<width {
            for channel in 0..<3 { row[3 * x + channel] = bytes[from + 3 * x + 2 - channel] }
        }
    }

    /// A mask as a shift and the largest value.
    private struct Channel {
        let shift: UInt32
        let maximum: UInt32

        init(_ mask: UInt32) {
            shift = mask == 0 ? 0 : UInt32(mask.trailingZeroBitCount)
            maximum = mask >> shift
        }

        func value(_ pixel: UInt32) -> UInt8 {
            guard maximum > 0 else { return 0 }
            let value = UInt64(pixel >> shift & maximum)
            return UInt8(truncatingIfNeeded: (value * 255 + UInt64(maximum / 2)) / UInt64(maximum))
        }
    }

    private func readMasked(
        _ bytes: [UInt8], _ from: Int, _ channels: [Channel], _ step: Int, into row: UnsafeMutablePointer<UInt8>
    ) {
        let size = bits / 8
        for x in 0..<width {
            let at = from + size * x
            var pixel = UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8
            if size == 4 { pixel |= UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24 }
            for channel in 0..<step { row[step * x + channel] = channels[channel].value(pixel) }
        }
    }
}

/// Writes plain bitmaps of 24 bits, or of 32 with alpha.
enum BMPWriter {
    static func bytes(of picture: Picture) -> [UInt8] {
        let (width, height) = (picture.width, picture.height)
        let step = picture.hasAlpha ? 4 : 3
        let profile = picture.profile
        // The long header says what alpha is and has room for a profile; the short one is read everywhere.
        let headerLength = picture.hasAlpha || !profile.isEmpty ? 124 : 40
        let stride = (width * step + 3) / 4 * 4
        let offset = 14 + headerLength
        var file: [UInt8] = []
        file.reserveCapacity(offset + stride * height + profile.count)
        file += "BM".utf8
        put(&file, offset + stride * height + profile.count, 0, offset, headerLength, width, height)
        file += [1, 0, UInt8(8 * step), 0]
        put(&file, picture.hasAlpha ? 3 : 0, stride * height, Int(picture.raw.density_x), Int(picture.raw.density_y))
        put(&file, 0, 0)
        if headerLength == 124 {
            let masks = picture.hasAlpha ? [0xff0000, 0xff00, 0xff, 0xff00_0000] : [0, 0, 0, 0]
            for mask in masks { put(&file, mask) }
            // MBED, a profile in the file, or sRGB.
            put(&file, profile.isEmpty ? 0x7352_4742 : 0x4d42_4544)
            file += [UInt8](repeating: 0, count: 36 + 12)
            put(&file, 4, profile.isEmpty ? 0 : headerLength + stride * height, profile.count, 0)
        }
        let plane = picture.plane(0)
        guard let base = plane.base else { return [] }
        let gap = [UInt8](repeating: 0, count: stride - width * step)
        for y in (0..<height).reversed() {
            let row = base + y * width * step
            for x in 0..<width {
                file.append(row[step * x + 2])
                file.append(row[step * x + 1])
                file.append(row[step * x])
                if step == 4 { file.append(row[step * x + 3]) }
            }
            file += gap
        }
        return file + profile
    }

    private static func put(_ file: inout [UInt8], _ numbers: Int...) {
        for number in numbers {
            for shift in [0, 8, 16, 24] { file.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
    }
}
