// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import VideoFrames

/// Reads levels and crops of a frame as the networks want them, red, green and blue planes of (v - 127.5) / 128, from the
/// frame's own components: no colour conversion of the whole frame, and no copy of it. Of samples deeper than 8 bits the 8
/// highest are read.
package final class FrameSampler {
    private let integrals = FrameIntegrals()
    private var frame: FrameView?
    private var orientation = Orientation.upright
    private var sampling = Sampling.area
    private var componentCount = 0

    /// Pixels of the upright picture.
    package var width: Int { (orientation.isTransposed ? frame?.height : frame?.width) ?? 0 }
    package var height: Int { (orientation.isTransposed ? frame?.width : frame?.height) ?? 0 }

    /// Whether samples of the whole frame are means over their areas, not points.
    var isAveraging: Bool { sampling == .area }

    package init() {}

    /// Takes a frame, which has to stay mapped until `unload`. Its sums are made by the threads of the pool.
    package func load(
        _ frame: FrameView, orientation: Orientation, sampling: Sampling, pool: WorkerPool = WorkerPool(threads: 1)
    ) throws(DetectionError) {
        self.frame = frame
        self.orientation = orientation
        self.sampling = sampling
        componentCount = frame.layout.model == .luminance ? 1 : 3
        if sampling == .area { try integrals.load(frame, count: componentCount, pool: pool) }
    }

    /// Lets go of the frame.
    package func unload() { frame = nil }

    /// Writes some rows of the picture scaled to `levelWidth` x `levelHeight`, 3 planes one after the other.
    package func writeLevel(
        width levelWidth: Int, height levelHeight: Int, rows: Range<Int>? = nil, scratch: SamplingScratch,
        into output: UnsafeMutablePointer<Float>
    ) throws(DetectionError) {
        let rows = rows ?? 0..<levelHeight
        let columnStep = Double(width) / Double(levelWidth)
        let rowStep = Double(height) / Double(levelHeight)
        // Both kinds start at the frame's first pixel: its edge for tiles; its centre for points, as the reference has it,
        // without the half pixel.
        try write(
            columns: Run(count: levelWidth, start: 0, step: columnStep),
            rows: Run(count: rows.count, start: Double(rows.lowerBound) * rowStep, step: rowStep),
            averaging: sampling == .area, scratch: scratch, into: output)
    }

    /// Writes the whole frame as it is stored, not upright, scaled to `levelWidth` x `levelHeight`, 3 planes one after the
    /// other; nothing where it has fewer pixels.
    func writeStored(
        width levelWidth: Int, height levelHeight: Int, scratch: SamplingScratch,
        into output: UnsafeMutablePointer<Float>
    ) throws(DetectionError) -> Bool {
        guard let frame, frame.width >= levelWidth, frame.height >= levelHeight else { return false }
        let turned = orientation
        orientation = .upright
        defer { orientation = turned }
        try writeLevel(width: levelWidth, height: levelHeight, scratch: scratch, into: output)
        return true
    }

    /// Writes `side` x `side` samples of a box, 3 planes one after the other: the first and the last sample lie on the
    /// box's sides. What lies outside the frame is mid grey.
    package func writeCrop(
        _ box: FaceBox, side: Int, scratch: SamplingScratch, into output: UnsafeMutablePointer<Float>
    ) throws(DetectionError) {
        // As TensorFlow's crop_and_resize, which the reference uses: positions are shares of the last pixel's.
        func run(_ low: Float, _ high: Float, _ length: Int) -> Run {
            let share = Double(length - 1) / Double(length)
            return Run(
                count: side, start: Double(low) * share, step: Double(high - low) * share / Double(side - 1))
        }
        var columns = run(box.x1, box.x2, width)
        var rows = run(box.y1, box.y2, height)
        let averaging = sampling == .area && columns.step > 1 && rows.step > 1
        let outside = Outside(columns: columns, rows: rows, width: width, height: height)
        if averaging {
            // A tile is one step wide, round its point; pixel k reaches from k to k + 1.
            columns.start += 0.5 - columns.step / 2
            rows.start += 0.5 - rows.step / 2
        }
        try write(columns: columns, rows: rows, averaging: averaging, scratch: scratch, into: output)
        try greyOut(outside, side: side, into: output)
    }

    // MARK: - Grids

    /// Equally spaced samples along an upright axis, px.
    private struct Run {
        var count: Int
        var start: Double
        var step: Double

        /// The same samples counted along a native axis of `length` px that runs the other way. Tiles are spaced from
        /// edge to edge, points from centre to centre.
        func reversed(length: Int, averaging: Bool) -> Run {
            averaging
                ? Run(count: count, start: Double(length) - start - Double(count) * step, step: step)
                : Run(count: count, start: Double(length - 1) - start - Double(count - 1) * step, step: step)
        }
    }

    private func write(
        columns: Run, rows: Run, averaging: Bool, scratch: SamplingScratch, into output: UnsafeMutablePointer<Float>
    ) throws(DetectionError) {
        guard let frame else { return }
        // From upright to native: which run lies along which native axis, and where in the output its samples go.
        let plane = columns.count * rows.count
        var nativeColumns = orientation.isTransposed ? rows : columns
        var nativeRows = orientation.isTransposed ? columns : rows
        var columnStep = orientation.isTransposed ? columns.count : 1
        var rowStep = orientation.isTransposed ? 1 : columns.count
        var origin = 0
        if orientation.flipsColumns {
            nativeColumns = nativeColumns.reversed(length: frame.width, averaging: averaging)
            origin += (nativeColumns.count - 1) * columnStep
            columnStep = -columnStep
        }
        if orientation.flipsRows {
            nativeRows = nativeRows.reversed(length: frame.height, averaging: averaging)
            origin += (nativeRows.count - 1) * rowStep
            rowStep = -rowStep
        }
        let grid = Grid(
            columns: nativeColumns, rows: nativeRows, output: output + origin, plane: plane, rowStep: rowStep,
            columnStep: columnStep)
        if averaging {
            try writeMeans(frame, grid, scratch)
        } else {
            switch frame.layout.sample.word {
            case .byte, .bigEndian: try writePoints(frame, grid, scratch, ByteReader())
            case .littleEndian: try writePoints(frame, grid, scratch, WordReader(frame.layout.sample))
            }
        }
        normalize(output, count: plane, frame: frame)
    }

    /// Samples along the native axes, and where each goes: sample (row i, column j) of component k lies at
    /// `output + k * plane + i * rowStep + j * columnStep`.
    private struct Grid {
        let columns: Run
        let rows: Run
        let output: UnsafeMutablePointer<Float>
        let plane: Int
        let rowStep: Int
        let columnStep: Int
    }

    private func writeMeans(_ frame: FrameView, _ grid: Grid, _ scratch: SamplingScratch) throws(DetectionError) {
        func tiles(_ axis: SamplingAxis, _ run: Run, _ length: Int, _ shift: Int) throws(DetectionError)
            -> SamplingAxis.Tiles
        {
            try axis.tiles(count: run.count, start: run.start, step: run.step, length: length, shift: shift)
        }
        let luma = frame.component(0)
        let lumaColumns = try tiles(scratch.columns.luma, grid.columns, luma.width, 0)
        let lumaRows = try tiles(scratch.rows.luma, grid.rows, luma.height, 0)
        var chromaColumns = lumaColumns
        var chromaRows = lumaRows
        if componentCount > 1, frame.layout.horizontalShift > 0 {
            let chroma = frame.component(1)
            chromaColumns = try tiles(scratch.columns.chroma, grid.columns, chroma.width, chroma.horizontalShift)
            chromaRows = try tiles(scratch.rows.chroma, grid.rows, chroma.height, chroma.verticalShift)
        }
        for index in 0..<componentCount {
            try integrals.components[index].writeMeans(
                columns: index == 0 ? lumaColumns : chromaColumns, rows: index == 0 ? lumaRows : chromaRows,
                scratch: scratch, output: grid.output + index * grid.plane, rowStep: grid.rowStep,
                columnStep: grid.columnStep)
        }
    }

    private func writePoints<Reader: SampleReader>(
        _ frame: FrameView, _ grid: Grid, _ scratch: SamplingScratch, _ reader: Reader
    ) throws(DetectionError) {
        for index in 0..<componentCount {
            let component = frame.component(index)
            let x = try scratch.columns.luma.points(
                count: grid.columns.count, start: grid.columns.start, step: grid.columns.step, length: component.width,
                shift: component.horizontalShift)
            let y = try scratch.rows.luma.points(
                count: grid.rows.count, start: grid.rows.start, step: grid.rows.step, length: component.height,
                shift: component.verticalShift)
            let target = grid.output + index * grid.plane
            let step = component.step
            for i in 0..<y.count {
                let above = component.row(Int(y.first[i]))
                let below = component.row(Int(y.second[i]))
                let weight = y.weight[i]
                let line = target + i &* grid.rowStep
                for j in 0..<x.count {
                    let left = Int(x.first[j]) &* step
                    let right = Int(x.second[j]) &* step
                    let across = x.weight[j]
                    let (a1, a2) = (Float(reader.byte(above + left)), Float(reader.byte(above + right)))
                    let (b1, b2) = (Float(reader.byte(below + left)), Float(reader.byte(below + right)))
                    let a = a1 + (a2 - a1) * across
                    let b = b1 + (b2 - b1) * across
                    line[j &* grid.columnStep] = a + (b - a) * weight
                }
            }
        }
    }

    // MARK: - Colours

    /// Turns sampled components, 0 to 255, into red, green and blue of (v - 127.5) / 128, in place.
    private func normalize(_ output: UnsafeMutablePointer<Float>, count: Int, frame: FrameView) {
        let first = output
        let second = output + count
        let third = second + count
        switch frame.layout.model {
        case .rgb:
            for i in 0..<3 &* count { output[i] = (output[i] - 127.5) * (1 / 128) }
        case .luminance:
            let decoding = frame.colorimetry.decoding
            for i in 0..<count {
                let value = Self.normalized((first[i] - decoding.black) * decoding.y)
                first[i] = value
                second[i] = value
                third[i] = value
            }
        case .yuv:
            let decoding = frame.colorimetry.decoding
            for i in 0..<count {
                let y = (first[i] - decoding.black) * decoding.y
                let u = second[i] - 128
                let v = third[i] - 128
                first[i] = Self.normalized(y + v * decoding.redFromV)
                second[i] = Self.normalized(y + u * decoding.greenFromU + v * decoding.greenFromV)
                third[i] = Self.normalized(y + u * decoding.blueFromU)
            }
        }
    }

    @inline(__always)
    private static func normalized(_ value: Float) -> Float {
        (min(max(value, 0), 255) - 127.5) * (1 / 128)
    }

    // MARK: - Outside the frame

    /// Which rows and columns of samples lie outside the frame.
    private struct Outside {
        let columns: Range<Int>
        let rows: Range<Int>

        init(columns: Run, rows: Run, width: Int, height: Int) {
            self.columns = Self.inside(columns, length: width)
            self.rows = Self.inside(rows, length: height)
        }

        /// The samples with positions from 0 to length - 1.
        private static func inside(_ run: Run, length: Int) -> Range<Int> {
            var first = 0
            while first < run.count, run.start + Double(first) * run.step < 0 { first += 1 }
            var end = run.count
            while end > first, run.start + Double(end - 1) * run.step > Double(length - 1) { end -= 1 }
            return first..<end
        }
    }

    private func greyOut(_ inside: Outside, side: Int, into output: UnsafeMutablePointer<Float>) throws(DetectionError)
    {
        guard inside.columns.count < side || inside.rows.count < side else { return }
        for channel in 0..<3 {
            for y in 0..<side {
                let row = output + (channel * side + y) * side
                if inside.rows.contains(y) {
                    row.update(repeating: 0, count: inside.columns.lowerBound)
                    (row + inside.columns.upperBound).update(repeating: 0, count: side - inside.columns.upperBound)
                } else {
                    row.update(repeating: 0, count: side)
                }
            }
        }
    }
}

/// What one thread needs to sample: memory that is kept from frame to frame.
package final class SamplingScratch {
    let columns = (luma: SamplingAxis(), chroma: SamplingAxis())
    let rows = (luma: SamplingAxis(), chroma: SamplingAxis())
    let boundaries = ScratchBuffer<Int32>()
    let cuts = ScratchBuffer<Float>()

    package init() {}
}
