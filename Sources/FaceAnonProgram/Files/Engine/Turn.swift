// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// How a picture has to be turned to be upright: one of the eight ways that keep its sides straight.
package struct Turn: Equatable, Sendable {
    /// Rows become columns, before the others.
    package private(set) var isTransposed = false
    /// Left and right change places, then top and bottom.
    package private(set) var isMirrored = false
    package private(set) var isUpsideDown = false

    package var isNone: Bool { self == Turn() }

    /// The nearest to a display matrix: nine numbers, of which the first, second, fourth and fifth (16.16) say where
    /// right and down go (libavutil/display.h).
    package init(matrix: UnsafePointer<Int32>) {
        let (right, rightDown, downRight, down) = (matrix[0], matrix[1], matrix[3], matrix[4])
        if right.magnitude >= rightDown.magnitude {
            isMirrored = right < 0
            isUpsideDown = down < 0
        } else {
            isTransposed = true
            isMirrored = downRight < 0
            isUpsideDown = rightDown < 0
        }
    }

    /// Upright already.
    package init() {}

    /// The orientation of EXIF, 1 to 8; nil for any other number.
    package init?(exif: Int) {
        switch exif {
        case 1: break
        case 2: isMirrored = true
        case 3: (isMirrored, isUpsideDown) = (true, true)
        case 4: isUpsideDown = true
        case 5: isTransposed = true
        case 6: (isTransposed, isMirrored) = (true, true)
        case 7: (isTransposed, isMirrored, isUpsideDown) = (true, true, true)
        case 8: (isTransposed, isUpsideDown) = (true, true)
        default: return nil
        }
    }

    /// A format in which this turn moves whole pixels of each plane; the same where it already is one.
    func format(for format: AVPixelFormat) -> AVPixelFormat {
        let isPackedPair = [AV_PIX_FMT_YUYV422, AV_PIX_FMT_UYVY422, AV_PIX_FMT_YVYU422, AV_PIX_FMT_Y210LE]
            .contains(format)
        if isNone { return format }
        let isSquare = libav_chroma_shift_x(format) == libav_chroma_shift_y(format)
        guard isPackedPair || isTransposed && !isSquare else { return format }
        let isDeep = libav_depth(format) > 8
        if !isTransposed { return isDeep ? AV_PIX_FMT_YUV422P10LE : AV_PIX_FMT_YUV422P }
        guard isDeep else { return AV_PIX_FMT_YUV444P }
        return libav_depth(format) > 10 ? AV_PIX_FMT_YUV444P12LE : AV_PIX_FMT_YUV444P10LE
    }

    /// Copies a plane, turned. Both have room for `columns` x `rows` pixels of `step` bytes, `to` with its sides
    /// changed where this transposes.
    package func copy(
        from: UnsafePointer<UInt8>, stride fromStride: Int, to: UnsafeMutablePointer<UInt8>, stride toStride: Int,
        columns: Int, rows: Int, step: Int
    ) {
        func run<Pixel>(_ type: Pixel.Type) {
            turn(
                UnsafeRawPointer(from), fromStride, UnsafeMutableRawPointer(to), toStride, columns, rows,
                step: step, as: type)
        }
        switch step {
        case 1: run(UInt8.self)
        case 2: run(UInt16.self)
        case 3: run((UInt8, UInt8, UInt8).self)
        case 4: run(UInt32.self)
        case 6: run((UInt16, UInt16, UInt16).self)
        default: run(UInt64.self)
        }
    }

    /// Rows and columns are gone through in tiles, so that what is read and what is written stays in the cache.
    private static let tile = 32

    @inline(__always)
    private func turn<Pixel>(
        _ from: UnsafeRawPointer, _ fromStride: Int, _ to: UnsafeMutableRawPointer, _ toStride: Int, _ columns: Int,
        _ rows: Int, step: Int, as type: Pixel.Type
    ) {
        let width = isTransposed ? rows : columns
        let height = isTransposed ? columns : rows
        for top in stride(from: 0, to: rows, by: Self.tile) {
            for left in stride(from: 0, to: columns, by: Self.tile) {
                for row in top..<min(top + Self.tile, rows) {
                    let source = from + row &* fromStride
                    for column in left..<min(left + Self.tile, columns) {
                        var (x, y) = isTransposed ? (row, column) : (column, row)
                        if isMirrored { x = width &- 1 &- x }
                        if isUpsideDown { y = height &- 1 &- y }
                        let pixel = (source + column &* step).loadUnaligned(as: type)
                        (to + y &* toStride + x &* step).storeBytes(of: pixel, as: type)
                    }
                }
            }
        }
    }
}
