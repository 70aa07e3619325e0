// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

/// Sums over one component of a frame: the sum over any rectangle, with fractions of pixels at its sides, then costs the
/// same, however large it is (Crow 1984, "Summed-area tables"). Pyramid levels and crops are both read from it.
///
/// The sums run modulo 2^32. Only differences are used, over strips that are one sample wide and up to the frame's
/// height: below 2^32 for all frames up to `FrameView.maximumPixelCount`, since a sample is at most a 12th of a side wide.
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
        switch component.step {
        case 1: sum(component, columns, step: 1)
        case 2: sum(component, columns, step: 2)
        case 3: sum(component, columns, step: 3)
        default: sum(component, columns, step: 4)
        }
    }

    @inline(__always)
    private func sum(_ component: ComponentView, _ columns: Range<Int>, step: Int) {
        let pitch = self.pitch
        let (first, count) = (columns.lowerBound, columns.count)
        for y in 0..<height {
            let samples = component.row(y)
            var sum: UInt32 = 0
            var x = 0
            while x < first {
                sum &+= UInt32(samples[x &* step])
                x &+= 1
            }
            let above = sums.base + y &* pitch + first
            let row = above + pitch
            if first == 0 { row[0] = 0 }
            let slab = samples + first &* step
            x = 0
            while x < count {
                sum &+= UInt32(slab[x &* step])
                x &+= 1
                row[x] = above[x] &+ sum
            }
        }
    }

    /// Writes the means of the tiles between the boundaries of two axes; 0 for a tile outside the frame.
    ///
    /// - Parameters:
    ///   - output: tile (row i, column j) goes to `output[i * rowStep + j * columnStep]`; the steps may be negative.
    ///   - strips: room for two rows of tiles.
    func writeMeans(
        columns: SamplingAxis.Tiles, rows: SamplingAxis.Tiles, strips: UnsafeMutablePointer<Double>,
        output: UnsafeMutablePointer<Float>, rowStep: Int, columnStep: Int
    ) {
        let count = columns.count
        var upper = strips
        var lower = strips + count
        sumStrips(to: rows.index[0], fraction: rows.fraction[0], columns: columns, into: upper)
        var i = 0
        while i < rows.count {
            sumStrips(to: rows.index[i &+ 1], fraction: rows.fraction[i &+ 1], columns: columns, into: lower)
            let inverse = rows.inverseLength[i]
            let target = output + i &* rowStep
            var j = 0
            while j < count {
                target[j &* columnStep] = Float((lower[j] - upper[j]) * (inverse * columns.inverseLength[j]))
                j &+= 1
            }
            swap(&upper, &lower)
            i &+= 1
        }
    }

    /// For each column of tiles, the sum of all that lies above one boundary.
    @inline(__always)
    private func sumStrips(
        to row: Int32, fraction: Double, columns: SamplingAxis.Tiles, into strips: UnsafeMutablePointer<Double>
    ) {
        let above = sums.base + Int(row) &* pitch
        let below = above + pitch
        let index = columns.index
        let fractions = columns.fraction

        // At a boundary: the sums left of it in both rows, and the part of the pixel column that it cuts.
        var column = Int(index[0])
        var aboveSum = above[column]
        var belowSum = below[column]
        var cut = fractions[0] * Self.blend(above[column &+ 1] &- aboveSum, below[column &+ 1] &- belowSum, fraction)
        var j = 0
        while j < columns.count {
            column = Int(index[j &+ 1])
            let nextAbove = above[column]
            let nextBelow = below[column]
            let nextCut =
                fractions[j &+ 1]
                * Self.blend(above[column &+ 1] &- nextAbove, below[column &+ 1] &- nextBelow, fraction)
            strips[j] = Self.blend(nextAbove &- aboveSum, nextBelow &- belowSum, fraction) + nextCut - cut
            aboveSum = nextAbove
            belowSum = nextBelow
            cut = nextCut
            j &+= 1
        }
    }

    @inline(__always)
    private static func blend(_ above: UInt32, _ below: UInt32, _ fraction: Double) -> Double {
        let a = Double(above)
        return a + (Double(below) - a) * fraction
    }
}
