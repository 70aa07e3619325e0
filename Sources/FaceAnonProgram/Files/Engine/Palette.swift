// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// Makes frames of 32 bits a pixel frames of at most 256 colours, as GIF has them: each with a palette of its own.
///
/// Where a frame has no more colours than that, all stay what they are. Else the colours are those of a median cut
/// (Heckbert 1982) through a histogram of 5 bits a component.
final class Palette {
    private let pool: PicturePool
    /// Of each bin of the histogram: pixels, and the sums of their blue, green and red.
    private var bins = [(count: Int, blue: Int, green: Int, red: Int)](repeating: (0, 0, 0, 0), count: 1 << 15)
    private var indices = [UInt8](repeating: 0, count: 1 << 15)
    /// One place is kept for "nothing to see here".
    private static let mostColors = 255
    private static let transparent = UInt8(255)

    init(width: Int, height: Int) throws(ProgramFailure) {
        pool = try PicturePool(format: AV_PIX_FMT_PAL8, width: width, height: height)
    }

    /// A frame with the same picture. `frame` is BGRA.
    func apply(to frame: VideoFrame) throws(ProgramFailure) -> VideoFrame {
        let target = try pool.take()
        guard av_frame_copy_props(target.pointer, frame.pointer) >= 0 else { throw LibAV.outOfMemory }
        target.time = frame.time
        target.duration = frame.duration
        guard let source = libav_plane(frame.pointer, 0), let pixels = libav_plane(target.pointer, 0),
            let colors = libav_plane(target.pointer, 1)
        else { throw ProgramFailure(.failed, "a masked frame has no pixels") }
        let rows = Rows(
            source: source, sourceStride: Int(libav_stride(frame.pointer, 0)), target: pixels,
            targetStride: Int(libav_stride(target.pointer, 0)), width: pool.width, height: pool.height)
        var palette = [UInt32](repeating: 0, count: 256)
        if !exact(rows, &palette) { cut(rows, &palette) }
        colors.withMemoryRebound(to: UInt32.self, capacity: 256) { to in
            for index in 0..<256 { to[index] = palette[index] }
        }
        return target
    }

    private struct Rows {
        let source: UnsafeMutablePointer<UInt8>
        let sourceStride: Int
        let target: UnsafeMutablePointer<UInt8>
        let targetStride: Int
        let width: Int
        let height: Int

        /// Calls `body` with each pixel's blue, green, red and alpha; its answer is written.
        @inline(__always)
        func map(_ body: (UInt8, UInt8, UInt8, UInt8) -> UInt8?) -> Bool {
            for row in 0..<height {
                let from = source + row &* sourceStride
                let to = target + row &* targetStride
                for column in 0..<width {
                    let pixel = from + column &* 4
                    guard let index = body(pixel[0], pixel[1], pixel[2], pixel[3]) else { return false }
                    to[column] = index
                }
            }
            return true
        }
    }

    /// False: there are more colours than a palette holds.
    private func exact(_ rows: Rows, _ palette: inout [UInt32]) -> Bool {
        var known: [UInt32: UInt8] = [:]
        var last: (color: UInt32, index: UInt8) = (0, Self.transparent)
        let fits = rows.map { blue, green, red, alpha in
            guard alpha >= 128 else { return Self.transparent }
            let color = 0xff00_0000 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
            if color == last.color { return last.index }
            if let index = known[color] {
                last = (color, index)
                return index
            }
            guard known.count < Self.mostColors else { return nil }
            let index = UInt8(known.count)
            known[color] = index
            last = (color, index)
            return index
        }
        guard fits else { return false }
        for (color, index) in known { palette[Int(index)] = color }
        return true
    }

    private func cut(_ rows: Rows, _ palette: inout [UInt32]) {
        for index in bins.indices { bins[index] = (0, 0, 0, 0) }
        _ = rows.map { blue, green, red, alpha in
            guard alpha >= 128 else { return Self.transparent }
            let bin = Self.bin(blue, green, red)
            bins[bin].count += 1
            bins[bin].blue += Int(blue)
            bins[bin].green += Int(green)
            bins[bin].red += Int(red)
            return 0
        }
        var boxes = [bins.indices.filter { bins[$0].count > 0 }]
        while boxes.count < Self.mostColors,
            let widest = boxes.indices.max(by: { weight(boxes[$0]) < weight(boxes[$1]) }),
            boxes[widest].count > 1
        {
            let (low, high) = halves(boxes[widest])
            boxes[widest] = low
            boxes.append(high)
        }
        for (index, box) in boxes.enumerated() {
            var sum = (count: 0, blue: 0, green: 0, red: 0)
            for bin in box {
                indices[bin] = UInt8(index)
                sum.count += bins[bin].count
                sum.blue += bins[bin].blue
                sum.green += bins[bin].green
                sum.red += bins[bin].red
            }
            let count = max(sum.count, 1)
            palette[index] =
                0xff00_0000 | UInt32(sum.red / count) << 16 | UInt32(sum.green / count) << 8 | UInt32(sum.blue / count)
        }
        _ = rows.map { blue, green, red, alpha in
            alpha >= 128 ? indices[Self.bin(blue, green, red)] : Self.transparent
        }
    }

    private static func bin(_ blue: UInt8, _ green: UInt8, _ red: UInt8) -> Int {
        Int(red >> 3) << 10 | Int(green >> 3) << 5 | Int(blue >> 3)
    }

    private static func component(_ bin: Int, _ shift: Int) -> Int { bin >> shift & 31 }

    /// How far a box's colours are apart, and how many pixels have them; 0 where it is one colour.
    private func weight(_ box: [Int]) -> Int {
        guard box.count > 1 else { return 0 }
        return range(box).extent * box.reduce(0) { $0 + bins[$1].count }
    }

    private func range(_ box: [Int]) -> (shift: Int, extent: Int) {
        var widest = (shift: 0, extent: -1)
        for shift in [0, 5, 10] {
            let values = box.map { Self.component($0, shift) }
            let extent = (values.max() ?? 0) - (values.min() ?? 0)
            if extent > widest.extent { widest = (shift, extent) }
        }
        return widest
    }

    /// Cuts a box of two bins or more where half of its pixels are on each side.
    private func halves(_ box: [Int]) -> ([Int], [Int]) {
        let shift = range(box).shift
        let sorted = box.sorted { Self.component($0, shift) < Self.component($1, shift) }
        let half = sorted.reduce(0) { $0 + bins[$1].count } / 2
        var sum = 0
        var place = 0
        while place < sorted.count - 1, sum + bins[sorted[place]].count <= half || place == 0 {
            sum += bins[sorted[place]].count
            place += 1
        }
        return (Array(sorted[..<place]), Array(sorted[place...]))
    }
}
