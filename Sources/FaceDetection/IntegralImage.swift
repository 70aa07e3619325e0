// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

/// Sums over one component of a frame: the sum over any rectangle, with fractions of pixels at its sides, then costs the
/// same, however large it is (Crow 1984, "Summed-area tables"). Pyramid levels and crops are both read from it.
///
/// The sums run modulo 2^32. Only differences are used, over single samples and over pixel rows and columns: below 2^31 for
/// all frames up to `FrameView.maximumPixelCount`, since a sample is at most a 12th of a side wide and high. This holds for
/// bytes: of deeper samples the 8 highest bits are summed, which is all that the networks were trained with.
final class IntegralImage {
    private let sums = ScratchBuffer<UInt32>()
    private(set) var width = 0
    private(set) var height = 0
    private var pitch: Int { width + 1 }

    /// Makes room for the sums over a component. The memory is kept from frame to frame.
    func prepare(_ component: ComponentView) throws(DetectionError) {
        width = component.width
        height = component.height
        try sums.ensure(pitch * (height + 1)).update(repeating: 0, count: pitch)
    }

    /// Writes the sums of some columns. Slabs of columns depend on nothing of each other, so that threads may share a frame.
    func sum(_ component: ComponentView, columns: Range<Int>) {
        switch component.sample.word {
        case .byte, .bigEndian: sumBytes(component, columns)
        case .littleEndian: sumWords(component, columns)
        }
    }

    // Each step of the table of formats by itself, so that the compiler knows it.

    private func sumBytes(_ component: ComponentView, _ columns: Range<Int>) {
        switch component.step {
        case 1: sum(component, columns, step: 1, ByteReader())
        case 2: sum(component, columns, step: 2, ByteReader())
        case 3: sum(component, columns, step: 3, ByteReader())
        default: sum(component, columns, step: 4, ByteReader())
        }
    }

    private func sumWords(_ component: ComponentView, _ columns: Range<Int>) {
        let reader = WordReader(component.sample)
        switch component.step {
        case 2: sum(component, columns, step: 2, reader)
        case 4: sum(component, columns, step: 4, reader)
        default: sum(component, columns, step: 8, reader)
        }
    }

    @inline(__always)
    private func sum<Reader: SampleReader>(
        _ component: ComponentView, _ columns: Range<Int>, step: Int, _ reader: Reader
    ) {
        let pitch = self.pitch
        let (first, count) = (columns.lowerBound, columns.count)
        for y in 0..<height {
            let samples = component.row(y)
            var sum: UInt32 = 0
            var x = 0
            while x < first {
                sum &+= UInt32(reader.byte(samples + x &* step))
                x &+= 1
            }
            let above = sums.base + y &* pitch + first
            let row = above + pitch
            if first == 0 { row[0] = 0 }
            let slab = samples + first &* step
            x = 0
            while x < count {
                sum &+= UInt32(reader.byte(slab + x &* step))
                x &+= 1
                row[x] = above[x] &+ sum
            }
        }
    }

    /// Writes the means of the tiles between the boundaries of two axes; 0 for a tile outside the frame.
    ///
    /// - Parameters:
    ///   - output: tile (row i, column j) goes to `output[i * rowStep + j * columnStep]`; the steps may be negative.
    func writeMeans(
        columns: SamplingAxis.Tiles, rows: SamplingAxis.Tiles, scratch: SamplingScratch,
        output: UnsafeMutablePointer<Float>, rowStep: Int, columnStep: Int
    ) throws(DetectionError) {
        let count = columns.count
        let room = count + 1
        let memory = try scratch.boundaries.ensure(2 * BoundaryRow.arrays * room)
        let cuts = try scratch.cuts.ensure(room)
        var upper = BoundaryRow(memory, room: room)
        var lower = BoundaryRow(memory + BoundaryRow.arrays * room, room: room)
        read(row: rows.index[0], columns, into: upper)
        var i = 0
        while i < rows.count {
            read(row: rows.index[i &+ 1], columns, into: lower)
            let (above, below) = (rows.fraction[i], rows.fraction[i &+ 1])
            // At each boundary of columns: the part of the pixel column that it cuts.
            var j = 0
            while j < room {
                let whole = Float(lower.pixelColumn[j] &- upper.pixelColumn[j])
                cuts[j] =
                    columns.fraction[j]
                    * (whole + (below * Float(lower.pixel[j]) - above * Float(upper.pixel[j])))
                j &+= 1
            }
            let target = output + i &* rowStep
            if columnStep == 1 {
                writeRow(upper, lower, (above, below), columns, rows.inverseLength[i], cuts, target, step: 1)
            } else {
                writeRow(upper, lower, (above, below), columns, rows.inverseLength[i], cuts, target, step: columnStep)
            }
            swap(&upper, &lower)
            i &+= 1
        }
    }

    @inline(__always)
    private func writeRow(
        _ upper: BoundaryRow, _ lower: BoundaryRow, _ fractions: (above: Float, below: Float),
        _ columns: SamplingAxis.Tiles, _ inverse: Float, _ cuts: UnsafeMutablePointer<Float>,
        _ target: UnsafeMutablePointer<Float>, step: Int
    ) {
        var j = 0
        while j < columns.count {
            // All differences are of whole numbers, exact modulo 2^32 as long as a tile's sum is below 2^31.
            let whole = Float(
                lower.sum[j &+ 1] &- upper.sum[j &+ 1] &- lower.sum[j] &+ upper.sum[j])
            let below = fractions.below * Float(lower.pixelRow[j &+ 1] &- lower.pixelRow[j])
            let above = fractions.above * Float(upper.pixelRow[j &+ 1] &- upper.pixelRow[j])
            target[j &* step] =
                (whole + (below - above) + (cuts[j &+ 1] - cuts[j])) * (inverse * columns.inverseLength[j])
            j &+= 1
        }
    }

    /// Reads what is known at one boundary of rows and all boundaries of columns.
    @inline(__always)
    private func read(row: Int32, _ columns: SamplingAxis.Tiles, into boundary: BoundaryRow) {
        let above = sums.base + Int(row) &* pitch
        let below = above + pitch
        var j = 0
        while j <= columns.count {
            let column = Int(columns.index[j])
            let sum = Int32(truncatingIfNeeded: above[column])
            let right = Int32(truncatingIfNeeded: above[column &+ 1])
            let pixelRow = Int32(truncatingIfNeeded: below[column]) &- sum
            boundary.sum[j] = sum
            boundary.pixelColumn[j] = right &- sum
            boundary.pixelRow[j] = pixelRow
            boundary.pixel[j] = Int32(truncatingIfNeeded: below[column &+ 1]) &- right &- pixelRow
            j &+= 1
        }
    }
}

/// Whole numbers at the crossings of one boundary of rows with all boundaries of columns. A crossing lies in a pixel.
private struct BoundaryRow {
    static let arrays = 4
    /// Of all that is above and left of the pixel, modulo 2^32.
    let sum: UnsafeMutablePointer<Int32>
    /// Of the pixels above it.
    let pixelColumn: UnsafeMutablePointer<Int32>
    /// Of the pixels left of it.
    let pixelRow: UnsafeMutablePointer<Int32>
    /// The pixel itself.
    let pixel: UnsafeMutablePointer<Int32>

    init(_ memory: UnsafeMutablePointer<Int32>, room: Int) {
        sum = memory
        pixelColumn = memory + room
        pixelRow = memory + 2 * room
        pixel = memory + 3 * room
    }
}
