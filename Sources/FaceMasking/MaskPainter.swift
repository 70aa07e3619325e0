// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import VideoFrames

/// Why a frame could not be masked.
package enum MaskingError: Error, Equatable {
    case outOfMemory(bytes: Int)
}

/// Writes masks into frames. All regions of a frame are measured before the first is painted, so that overlapping faces
/// are each masked from the clear picture. One painter serves one stream; after the first frames it allocates nothing.
package final class MaskPainter {
    private let cells = ScratchBuffer<Float>()
    private let scratch = ScratchBuffer<Float>()
    private let knots = ScratchBuffer<Int32>()
    private let weights = ScratchBuffer<Float>()
    private let kept = ScratchBuffer<UInt8>()

    package init() {}

    /// Masks regions of a frame, in place. Where regions overlap the later one is seen: give larger ones, whose cells are
    /// coarser, last.
    ///
    /// - Parameters:
    ///   - regions: what is masked but for what lies in `clearing`.
    ///   - zones: what is masked in any case, as rectangles.
    ///   - clearing: what keeps its pixels; rounded inward to whole chroma samples.
    package func mask(
        _ regions: [MaskRegion], zones: [MaskRegion] = [], clearing: [PixelRectangle] = [], of frame: FrameView,
        settings: MaskSettings
    ) throws(MaskingError) {
        var zoneSettings = settings
        zoneSettings.shape = .rectangle
        let perRegion = cellCount(settings) * frame.layout.components.count
        _ = try ensure(cells, (regions.count + zones.count) * perRegion)
        _ = try ensure(scratch, 3 * CellGrid.blurCells * CellGrid.blurCells)
        try ensureKnots(frame.width)
        let work = Work(
            frame: frame, settings: settings, zoneSettings: zoneSettings, regions: regions, zones: zones,
            clearing: clearing)
        switch frame.layout.sample.word {
        case .byte: try mask(work, ByteSamples())
        case .littleEndian: try mask(work, WordSamples<LittleEndian>(frame.layout.sample))
        case .bigEndian: try mask(work, WordSamples<BigEndian>(frame.layout.sample))
        }
    }

    /// What is masked where.
    private struct Work {
        let frame: FrameView
        let settings: MaskSettings
        let zoneSettings: MaskSettings
        let regions: [MaskRegion]
        let zones: [MaskRegion]
        let clearing: [PixelRectangle]
    }

    private func mask<Samples: SampleAccess>(_ work: Work, _ access: Samples) throws(MaskingError) {
        let (frame, settings, zoneSettings) = (work.frame, work.settings, work.zoneSettings)
        let zoneCells = cells.base + work.regions.count * cellCount(settings) * frame.layout.components.count
        measure(work.regions, of: frame, settings, access, into: cells.base)
        measure(work.zones, of: frame, zoneSettings, access, into: zoneCells)
        try keep(work.clearing, of: frame, access)
        paint(work.regions, of: frame, settings, access, from: cells.base)
        restore(work.clearing, of: frame, access)
        paint(work.zones, of: frame, zoneSettings, access, from: zoneCells)
    }

    /// Makes the whole frame black.
    package func cover(_ frame: FrameView) {
        var settings = MaskSettings()
        settings.style = .fill
        let whole = [MaskRegion(wholeOf: frame)]
        switch frame.layout.sample.word {
        case .byte: paint(whole, of: frame, settings, ByteSamples(), from: cells.base)
        case .littleEndian:
            paint(whole, of: frame, settings, WordSamples<LittleEndian>(frame.layout.sample), from: cells.base)
        case .bigEndian:
            paint(whole, of: frame, settings, WordSamples<BigEndian>(frame.layout.sample), from: cells.base)
        }
    }

    private func cellCount(_ settings: MaskSettings) -> Int {
        switch settings.style {
        case .mosaic: settings.mosaicLevel * settings.mosaicLevel
        case .blur: CellGrid.blurCells * CellGrid.blurCells
        case .fill: 0
        }
    }

    private func measure<Samples: SampleAccess>(
        _ regions: [MaskRegion], of frame: FrameView, _ settings: MaskSettings, _ access: Samples,
        into cells: UnsafeMutablePointer<Float>
    ) {
        guard settings.style != .fill else { return }
        var next = cells
        for region in regions {
            for index in frame.layout.components.indices {
                measure(region, frame.component(index), settings, access, into: next)
                next += cellCount(settings)
            }
        }
    }

    private func paint<Samples: SampleAccess>(
        _ regions: [MaskRegion], of frame: FrameView, _ settings: MaskSettings, _ access: Samples,
        from cells: UnsafeMutablePointer<Float>
    ) {
        var next = cells
        for region in regions {
            guard settings.style != .fill else {
                fill(region, of: frame, settings, access)
                continue
            }
            for index in frame.layout.components.indices {
                let component = frame.component(index)
                if settings.style == .mosaic {
                    paintMosaic(region, component, settings, access, from: next)
                } else {
                    paintBlur(region, component, settings, access, from: next)
                }
                next += cellCount(settings)
            }
        }
    }

    // MARK: - What stays clear

    /// Keeps all bits of the samples, with their padding.
    private func keep<Samples: SampleAccess>(
        _ rectangles: [PixelRectangle], of frame: FrameView, _ access: Samples
    ) throws(MaskingError) {
        guard !rectangles.isEmpty else { return }
        var count = 0
        forEachRow(of: rectangles, in: frame) { _, _, samples in count += samples * Samples.bytes }
        var next = try ensure(kept, count)
        forEachRow(of: rectangles, in: frame) { line, step, samples in
            for x in 0..<samples {
                for byte in 0..<Samples.bytes { next[x &* Samples.bytes &+ byte] = line[x &* step &+ byte] }
            }
            next += samples * Samples.bytes
        }
    }

    private func restore<Samples: SampleAccess>(
        _ rectangles: [PixelRectangle], of frame: FrameView, _ access: Samples
    ) {
        var next = kept.base
        forEachRow(of: rectangles, in: frame) { line, step, samples in
            for x in 0..<samples {
                for byte in 0..<Samples.bytes { line[x &* step &+ byte] = next[x &* Samples.bytes &+ byte] }
            }
            next += samples * Samples.bytes
        }
    }

    private func forEachRow(
        of rectangles: [PixelRectangle], in frame: FrameView,
        _ body: (_ line: UnsafeMutablePointer<UInt8>, _ step: Int, _ samples: Int) -> Void
    ) {
        for rectangle in rectangles {
            for index in frame.layout.components.indices {
                let component = frame.component(index)
                let columns = rectangle.inward(
                    \.x, \.width, shift: component.horizontalShift, grid: frame.layout.horizontalShift,
                    length: frame.width)
                let rows = rectangle.inward(
                    \.y, \.height, shift: component.verticalShift, grid: frame.layout.verticalShift,
                    length: frame.height)
                for y in rows where !columns.isEmpty {
                    body(component.row(y) + columns.lowerBound * component.step, component.step, columns.count)
                }
            }
        }
    }

    // MARK: - Measuring

    private func measure<Samples: SampleAccess>(
        _ whole: MaskRegion, _ component: ComponentView, _ settings: MaskSettings, _ access: Samples,
        into cells: UnsafeMutablePointer<Float>
    ) {
        let region = component.region(whole)
        guard settings.style == .blur else {
            CellGrid(mosaic: region, of: whole, level: settings.mosaicLevel)
                .measure(component, access, in: region, into: cells)
            return
        }
        let grid = CellGrid(blur: region)
        grid.measure(component, access, in: region, into: cells)
        let deviation = max(settings.blurLevel, MaskSettings.minimumBlurShare * Double(max(whole.width, whole.height)))
        grid.smooth(
            cells, deviationX: deviation / Double(1 << component.horizontalShift),
            deviationY: deviation / Double(1 << component.verticalShift), scratch: scratch.base)
    }

    // MARK: - Painting

    private func paintMosaic<Samples: SampleAccess>(
        _ whole: MaskRegion, _ component: ComponentView, _ settings: MaskSettings, _ access: Samples,
        from cells: UnsafeMutablePointer<Float>
    ) {
        let region = component.region(whole)
        let grid = CellGrid(mosaic: region, of: whole, level: settings.mosaicLevel)
        for j in 0..<grid.rows {
            for y in (grid.row(j)..<grid.row(j + 1)).clamped(to: region.rows) {
                let covered = region.columns(row: y, shape: settings.shape, of: whole)
                let line = component.row(y)
                for i in 0..<grid.columns {
                    let samples = (grid.column(i)..<grid.column(i + 1)).clamped(to: covered)
                    guard !samples.isEmpty else { continue }
                    let value = Self.rounded(cells[j * grid.columns + i], access)
                    Self.set(line, samples, step: component.step, to: value, access)
                }
            }
        }
    }

    private func paintBlur<Samples: SampleAccess>(
        _ whole: MaskRegion, _ component: ComponentView, _ settings: MaskSettings, _ access: Samples,
        from cells: UnsafeMutablePointer<Float>
    ) {
        let region = component.region(whole)
        let grid = CellGrid(blur: region)
        // Between which columns of cells each sample lies, and the weight of the second.
        let knots = knots.base
        let weights = weights.base
        let line = weights + grid.width
        for x in 0..<grid.width {
            let (first, weight) = Self.knot(x, length: grid.width, cells: grid.columns)
            knots[x] = Int32(truncatingIfNeeded: first)
            weights[x] = weight
        }
        for y in region.rows {
            let covered = region.columns(row: y, shape: settings.shape, of: whole)
            guard !covered.isEmpty else { continue }
            let (first, weight) = Self.knot(y - grid.top, length: grid.height, cells: grid.rows)
            let above = cells + first * grid.columns
            let below = cells + min(first + 1, grid.rows - 1) * grid.columns
            for i in 0..<grid.columns { line[i] = above[i] + (below[i] - above[i]) * weight }
            let samples = component.row(y)
            for x in covered {
                let position = x &- grid.left
                let knot = Int(knots[position])
                let left = line[knot]
                let right = line[min(knot &+ 1, grid.columns &- 1)]
                let value = Self.rounded(left + (right - left) * weights[position], access)
                access.write(value, to: samples + x &* component.step)
            }
        }
    }

    private func fill<Samples: SampleAccess>(
        _ whole: MaskRegion, of frame: FrameView, _ settings: MaskSettings, _ access: Samples
    ) {
        let values = frame.values(argb: settings.fillColor)
        for index in frame.layout.components.indices {
            let component = frame.component(index)
            let region = component.region(whole)
            let value = index == 0 ? values.0 : index == 1 ? values.1 : index == 2 ? values.2 : values.3
            for y in region.rows {
                let covered = region.columns(row: y, shape: settings.shape, of: whole)
                Self.set(component.row(y), covered, step: component.step, to: value, access)
            }
        }
    }

    // MARK: - Samples

    /// The cell whose centre is left of a sample's centre, and how far the sample is on its way to the next one's.
    private static func knot(_ sample: Int, length: Int, cells: Int) -> (first: Int, weight: Float) {
        let position = (Float(sample) + 0.5) * Float(cells) / Float(length) - 0.5
        let first = max(0, Int(position.rounded(.down)))
        return (min(first, cells - 1), min(max(position - Float(first), 0), 1))
    }

    @inline(__always)
    private static func rounded<Samples: SampleAccess>(_ value: Float, _ access: Samples) -> UInt16 {
        UInt16(min(max(value + 0.5, 0), access.maximum))
    }

    @inline(__always)
    private static func set<Samples: SampleAccess>(
        _ line: UnsafeMutablePointer<UInt8>, _ samples: Range<Int>, step: Int, to value: UInt16, _ access: Samples
    ) {
        if step == Samples.bytes {
            // Samples side by side: the compiler writes many at once.
            for x in samples { access.write(value, to: line + x &* Samples.bytes) }
        } else {
            for x in samples { access.write(value, to: line + x &* step) }
        }
    }

    private func ensureKnots(_ width: Int) throws(MaskingError) {
        _ = try ensure(knots, width)
        _ = try ensure(weights, width + CellGrid.blurCells)
    }

    private func ensure<Value>(
        _ buffer: ScratchBuffer<Value>, _ count: Int
    ) throws(MaskingError) -> UnsafeMutablePointer<Value> {
        guard !FaultInjection.fails(.masking), buffer.reserve(count) else {
            throw .outOfMemory(bytes: count * MemoryLayout<Value>.stride)
        }
        return buffer.base
    }
}

extension ComponentView {
    fileprivate func region(_ whole: MaskRegion) -> ComponentRegion {
        ComponentRegion(whole, horizontalShift: horizontalShift, verticalShift: verticalShift)
    }
}

extension FrameView {
    /// The values of a colour in the order of the format's components, at the format's depth.
    fileprivate func values(argb: UInt32) -> (UInt16, UInt16, UInt16, UInt16) {
        let alpha = UInt8(truncatingIfNeeded: argb >> 24)
        let red = UInt8(truncatingIfNeeded: argb >> 16)
        let green = UInt8(truncatingIfNeeded: argb >> 8)
        let blue = UInt8(truncatingIfNeeded: argb)
        let sample = layout.sample
        func scaled(_ value: UInt8) -> UInt16 {
            UInt16(truncatingIfNeeded: (Int(value) * Int(sample.maximum) + 127) / 255)
        }
        guard layout.model != .rgb else { return (scaled(red), scaled(green), scaled(blue), scaled(alpha)) }
        let (y, u, v) = colorimetry.encode(red: red, green: green, blue: blue, depth: sample.depth)
        return (y, u, v, scaled(alpha))
    }
}
