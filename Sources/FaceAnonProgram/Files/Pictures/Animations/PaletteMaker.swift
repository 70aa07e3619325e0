// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Makes a palette for a frame of RGBA. A frame of at most 256 colours (255 where parts of it are transparent) keeps each.
/// One of more gets its colours by median cut: boxes of colours are split where they differ most, weighed by how many
/// pixels have them. P. Heckbert, Color Image Quantization for Frame Buffer Display, 1982.
struct PaletteMaker {
    struct Indexed {
        var indices: [UInt8]
        /// Red, green, blue of each entry.
        var palette: [UInt8]
        /// The entry that stands for transparent pixels; nil where there are none.
        var transparent: Int?
    }

    private struct Colour {
        var value: UInt32
        var count: Int
        func channel(_ index: Int) -> Int { Int(value >> UInt32(16 - 8 * index) & 255) }
    }

    /// A run of colours, and how far they are from their mean.
    private struct Box {
        var range: Range<Int>
        var axis = 0
        var error = 0.0
        var mean: [UInt8] = [0, 0, 0]
    }

    /// Alpha below this is transparent: GIF knows no more.
    static let opaque: UInt8 = 128

    /// The frame in indices. Its pixels become what the palette holds: opaque or all transparent.
    func indexed(_ pixels: UnsafeMutableBufferPointer<UInt8>) -> Indexed {
        var counts: [UInt32: Int] = [:]
        var hasTransparent = false
        // Runs of one colour are common, and need one look-up.
        var (run, length): (UInt32, Int) = (0, 0)
        for at in stride(from: 0, to: pixels.count - 3, by: 4) {
            guard pixels[at + 3] >= Self.opaque else {
                hasTransparent = true
                continue
            }
            let colour = Self.colour(pixels, at)
            if colour == run {
                length += 1
            } else {
                if length > 0 { counts[run, default: 0] += length }
                (run, length) = (colour, 1)
            }
        }
        if length > 0 { counts[run, default: 0] += length }
        var table: [UInt32: UInt8] = [:]
        let palette = Self.palette(of: counts, room: hasTransparent ? 255 : 256, table: &table)
        return paint(pixels, palette, table, hasTransparent: hasTransparent)
    }

    private static func colour(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ at: Int) -> UInt32 {
        UInt32(pixels[at]) << 16 | UInt32(pixels[at + 1]) << 8 | UInt32(pixels[at + 2])
    }

    private func paint(
        _ pixels: UnsafeMutableBufferPointer<UInt8>, _ colours: [UInt8], _ table: [UInt32: UInt8], hasTransparent: Bool
    ) -> Indexed {
        let transparent = hasTransparent ? colours.count / 3 : nil
        let palette = hasTransparent ? colours + [0, 0, 0] : colours
        var indices = [UInt8](repeating: 0, count: pixels.count / 4)
        var (last, lastIndex): (UInt32?, UInt8) = (nil, 0)
        for pixel in indices.indices {
            let at = 4 * pixel
            guard pixels[at + 3] >= Self.opaque else {
                indices[pixel] = UInt8(truncatingIfNeeded: transparent ?? 0)
                for channel in 0..<4 { pixels[at + channel] = 0 }
                continue
            }
            let colour = Self.colour(pixels, at)
            if colour != last { (last, lastIndex) = (colour, table[colour] ?? 0) }
            indices[pixel] = lastIndex
            for channel in 0..<3 { pixels[at + channel] = palette[3 * Int(lastIndex) + channel] }
            pixels[at + 3] = 255
        }
        return Indexed(indices: indices, palette: palette, transparent: transparent)
    }

    private static func palette(of counts: [UInt32: Int], room: Int, table: inout [UInt32: UInt8]) -> [UInt8] {
        // Sorted: the same frame gives the same palette, whatever order the dictionary has.
        var colours = counts.map { Colour(value: $0.key, count: $0.value) }.sorted { $0.value < $1.value }
        var palette: [UInt8] = []
        guard colours.count > room else {
            for (index, colour) in colours.enumerated() {
                table[colour.value] = UInt8(truncatingIfNeeded: index)
                for channel in 0..<3 { palette.append(UInt8(truncatingIfNeeded: colour.channel(channel))) }
            }
            return palette
        }
        var boxes = [measured(Box(range: colours.indices), colours)]
        while boxes.count < room, let worst = boxes.indices.max(by: { boxes[$0].error < boxes[$1].error }),
            boxes[worst].range.count > 1
        {
            let (low, high) = split(boxes[worst], &colours)
            boxes[worst] = measured(low, colours)
            boxes.append(measured(high, colours))
        }
        for (index, box) in boxes.enumerated() {
            palette += box.mean
            for colour in colours[box.range] { table[colour.value] = UInt8(truncatingIfNeeded: index) }
        }
        return palette
    }

    /// The mean of a box, the axis along which its colours differ most, and by how much (the sum of squares).
    private static func measured(_ box: Box, _ colours: [Colour]) -> Box {
        var box = box
        var weight = 0.0
        var sums = [0.0, 0.0, 0.0]
        var squares = [0.0, 0.0, 0.0]
        for colour in colours[box.range] {
            let count = Double(colour.count)
            weight += count
            for channel in 0..<3 {
                let value = Double(colour.channel(channel))
                sums[channel] += value * count
                squares[channel] += value * value * count
            }
        }
        guard weight > 0 else { return box }
        let spread = (0..<3).map { squares[$0] - sums[$0] * sums[$0] / weight }
        box.axis = (0..<3).max { spread[$0] < spread[$1] } ?? 0
        // A box of one colour has no error but that of rounding, and cannot be split.
        box.error = box.range.count > 1 ? spread.reduce(0, +) : -1
        box.mean = sums.map { UInt8(min(max(($0 / weight).rounded(), 0), 255)) }
        return box
    }

    /// Two boxes that have as many pixels each as can be, cut across the axis.
    private static func split(_ box: Box, _ colours: inout [Colour]) -> (Box, Box) {
        colours[box.range].sort { ($0.channel(box.axis), $0.value) < ($1.channel(box.axis), $1.value) }
        let half = colours[box.range].reduce(0) { $0 + $1.count } / 2
        var cut = box.range.lowerBound + 1
        var sum = colours[box.range.lowerBound].count
        while cut < box.range.upperBound - 1, sum + colours[cut].count / 2 < half {
            sum += colours[cut].count
            cut += 1
        }
        return (Box(range: box.range.lowerBound..<cut), Box(range: cut..<box.range.upperBound))
    }
}
