// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
internal import VideoFrames

/// A component of a region in few values: the true mean of each cell, so that what is between them is gone for good.
///
/// A mosaic shows the cells as they are. A blur smooths them and interpolates between them: as the Gaussian is never
/// narrower than a quarter of the region, 32 cells per side are enough for any strength, and the cost does not grow with it.
struct CellGrid {
    /// Cells along x and y.
    let columns: Int
    let rows: Int
    /// The samples that the cells divide: the whole region for a mosaic, its visible part for a blur.
    let left: Int
    let top: Int
    let width: Int
    let height: Int

    /// Blurs are made from so many cells per side.
    static let blurCells = 32

    var count: Int { columns * rows }

    init(mosaic region: ComponentRegion, of whole: MaskRegion, level: Int) {
        columns = min(level, max(1, whole.width / MaskSettings.minimumCell), region.width)
        rows = min(level, max(1, whole.height / MaskSettings.minimumCell), region.height)
        (left, top, width, height) = (region.left, region.top, region.width, region.height)
    }

    init(blur region: ComponentRegion) {
        columns = min(Self.blurCells, region.columns.count)
        rows = min(Self.blurCells, region.rows.count)
        (left, top) = (region.columns.lowerBound, region.rows.lowerBound)
        (width, height) = (region.columns.count, region.rows.count)
    }

    /// The first sample of column `index` of cells; `index` may be `columns` for the end of the last one.
    @inline(__always)
    func column(_ index: Int) -> Int { left + index * width / columns }
    @inline(__always)
    func row(_ index: Int) -> Int { top + index * height / rows }

    /// Writes the mean of each cell's samples within the frame; cells outside of it are left alone.
    func measure<Samples: SampleAccess>(
        _ component: ComponentView, _ access: Samples, in region: ComponentRegion,
        into cells: UnsafeMutablePointer<Float>
    ) {
        for j in 0..<rows {
            let lines = (row(j)..<row(j + 1)).clamped(to: region.rows)
            for i in 0..<columns {
                let samples = (column(i)..<column(i + 1)).clamped(to: region.columns)
                let count = lines.count * samples.count
                guard count > 0 else { continue }
                var sum = 0
                for y in lines {
                    let line = component.row(y) + samples.lowerBound &* component.step
                    sum &+= Self.sum(line, count: samples.count, step: component.step, access)
                }
                cells[j * columns + i] = Float(sum) / Float(count)
            }
        }
    }

    /// Of at most 2^15 samples of 16 bits (`FrameView.maximumSide`): below 2^31.
    @inline(__always)
    private static func sum<Samples: SampleAccess>(
        _ line: UnsafeMutablePointer<UInt8>, count: Int, step: Int, _ access: Samples
    ) -> Int {
        var sum: UInt32 = 0
        var x = 0
        if step == Samples.bytes {
            while x < count {
                sum &+= access.value(line + x &* Samples.bytes)
                x &+= 1
            }
        } else {
            while x < count {
                sum &+= access.value(line + x &* step)
                x &+= 1
            }
        }
        return Int(sum)
    }

    // MARK: - Smoothing

    /// Convolves the cells with a Gaussian of the given standard deviations, in samples; at the region's sides it is
    /// mirrored, so that nothing from outside comes in. `scratch` has room for `3 * blurCells^2` values.
    func smooth(
        _ cells: UnsafeMutablePointer<Float>, deviationX: Double, deviationY: Double,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let weights = scratch
        let table = scratch + Self.blurCells * Self.blurCells
        let temporary = table + 2 * Self.blurCells
        Self.fill(weights, table, count: columns, deviation: Self.cellDeviation(deviationX, width, columns))
        for j in 0..<rows {
            for i in 0..<columns {
                var sum: Float = 0
                for k in 0..<columns { sum += weights[i * columns + k] * cells[j * columns + k] }
                temporary[j * columns + i] = sum
            }
        }
        Self.fill(weights, table, count: rows, deviation: Self.cellDeviation(deviationY, height, rows))
        for j in 0..<rows {
            for i in 0..<columns { cells[j * columns + i] = 0 }
            for k in 0..<rows {
                let weight = weights[j * rows + k]
                for i in 0..<columns { cells[j * columns + i] += weight * temporary[k * columns + i] }
            }
        }
    }

    /// The deviation left to the smoothing, in cells: averaging over cells and interpolating between them widen as well,
    /// by a 12th and a 6th of a cell squared (the variances of a box and of a triangle).
    private static func cellDeviation(_ deviation: Double, _ length: Int, _ cells: Int) -> Double {
        let cell = Double(length) / Double(cells)
        let widened = cells < length ? cell * cell / 4 : 0
        return max(deviation * deviation - widened, 0.01).squareRoot() / cell
    }

    /// The matrix of a Gaussian over `count` cells, mirrored at both ends; each row sums to 1.
    private static func fill(
        _ weights: UnsafeMutablePointer<Float>, _ table: UnsafeMutablePointer<Float>, count: Int, deviation: Double
    ) {
        guard deviation < 2 * Double(count) else {
            // So wide that every cell weighs the same.
            weights.update(repeating: 1 / Float(count), count: count * count)
            return
        }
        let period = 2 * count
        let reach = Int((4 * deviation / Double(period)).rounded(.up)) + 1
        for distance in 0..<period {
            var sum = 0.0
            for turn in -reach...reach {
                let x = Double(distance + turn * period) / deviation
                sum += exp(-0.5 * x * x)
            }
            table[distance] = Float(sum)
        }
        for i in 0..<count {
            var total: Float = 0
            for k in 0..<count {
                let weight = table[abs(i - k)] + table[i + k + 1]
                weights[i * count + k] = weight
                total += weight
            }
            for k in 0..<count { weights[i * count + k] /= total }
        }
    }
}
