// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Testing
import VideoFrames

@Suite struct MaskPainterTests {
    static let box = (x1: 33.3, y1: 21.7, x2: 70.9, y2: 64.2)

    private static func noisy(_ format: PixelFormat, width: Int = 127, height: Int = 95, padding: Int = 5)
        -> FrameBuffer
    {
        let frame = FrameBuffer(format, width: width, height: height, padding: padding)
        var numbers = Numbers(seed: 7)
        frame.fill { _, _ in UInt8.random(in: 1...254, using: &numbers) }
        return frame
    }

    private static func region(_ view: FrameView, margin: Double = 0.2) throws -> MaskRegion {
        try #require(MaskRegion(x1: box.x1, y1: box.y1, x2: box.x2, y2: box.y2, margin: margin, frame: view))
    }

    @Test("regions are rounded outward to the chroma grid and clamped to the frame")
    func regions() throws {
        let region = try #require(
            MaskRegion(
                x1: 10.5, y1: -20, x2: 31.5, y2: 5.1, margin: 0, frameWidth: 30, frameHeight: 40, horizontalShift: 1,
                verticalShift: 1))
        #expect(region.left == 10 && region.right == 32 && region.top == -20 && region.bottom == 6)
        #expect(region.visibleX == 10..<30 && region.visibleY == 0..<6)
        for (x1, x2) in [(50.0, 60.0), (-60, -50), (.nan, 5), (5, 5), (-.infinity, .infinity)] {
            #expect(
                MaskRegion(
                    x1: x1, y1: 0, x2: x2, y2: 10, margin: 0, frameWidth: 30, frameHeight: 40, horizontalShift: 0,
                    verticalShift: 0) == nil)
        }
    }

    @Test(
        "outside of the region every byte stays, within it the masks cover",
        arguments: PixelFormat.allCases, [MaskStyle.mosaic, .blur, .fill])
    func onlyTheRegion(format: PixelFormat, style: MaskStyle) throws {
        for shape in [MaskShape.rectangle, .ellipse] {
            let frame = Self.noisy(format)
            let before = frame.bytes
            let view = try #require(frame.view())
            let region = try Self.region(view)
            var settings = MaskSettings()
            settings.style = style
            settings.shape = shape
            settings.fillColor = 0xff00_0000
            try MaskPainter().mask([region], of: view, settings: settings)
            var inside = Set<Int>()
            for index in view.layout.components.indices {
                let component = view.layout.components[index]
                let stride = frame.stride(plane: component.plane)
                func samples(_ range: Range<Int>, _ shift: Int) -> Range<Int> {
                    (range.lowerBound >> shift)..<((range.upperBound + (1 << shift) - 1) >> shift)
                }
                let columns = samples(region.visibleX, component.horizontalShift)
                let rows = samples(region.visibleY, component.verticalShift)
                for y in rows {
                    for x in columns {
                        inside.insert(component.plane << 32 | (y * stride + component.offset + x * component.step))
                    }
                }
            }
            let after = frame.bytes
            var changed = 0
            for plane in before.indices {
                for offset in before[plane].indices where before[plane][offset] != after[plane][offset] {
                    changed += 1
                    #expect(inside.contains(plane << 32 | offset), "plane \(plane) byte \(offset)")
                }
            }
            // Noise is hardly ever what a mask makes of it.
            #expect(changed > inside.count * (shape == .rectangle ? 9 : 6) / 10)
        }
    }

    @Test("a mosaic's cells are true means, as many as asked for", arguments: [1, 3, 7, 10])
    func mosaic(level: Int) throws {
        let frame = Self.noisy(.gray8, padding: 0)
        let before = frame.bytes[0]
        let view = try #require(frame.view())
        let region = try Self.region(view)
        var settings = MaskSettings()
        settings.mosaicLevel = level
        try MaskPainter().mask([region], of: view, settings: settings)
        let after = frame.bytes[0]
        for j in 0..<level {
            for i in 0..<level {
                let columns = (region.left + i * region.width / level)..<(region.left + (i + 1) * region.width / level)
                let rows = (region.top + j * region.height / level)..<(region.top + (j + 1) * region.height / level)
                let samples = rows.flatMap { y in columns.map { Int(before[y * 127 + $0]) } }
                let mean = Double(samples.reduce(0, +)) / Double(samples.count)
                for y in rows {
                    for x in columns { #expect(abs(Double(after[y * 127 + x]) - mean) <= 0.51) }
                }
            }
        }
    }

    @Test("a blur is a Gaussian of the region alone, mirrored at its sides")
    func blur() throws {
        let frame = FrameBuffer(.gray8, width: 200, height: 160)
        frame.fill { _, index in index % 200 > 100 ? 220 : 30 }
        let view = try #require(frame.view())
        let region = try #require(MaskRegion(x1: 50, y1: 30, x2: 150, y2: 130, margin: 0, frame: view))
        let before = frame.bytes[0]
        var settings = MaskSettings()
        settings.style = .blur
        settings.blurLevel = 30
        try MaskPainter().mask([region], of: view, settings: settings)
        let after = frame.bytes[0]
        // Along a row, as the picture is the same in every row.
        for x in 0..<100 {
            var (sum, weights) = (0.0, 0.0)
            for offset in -120...120 {
                var position = (x + offset) % 200
                if position < 0 { position += 200 }
                if position >= 100 { position = 199 - position }
                let weight = gaussian(Double(offset) / 30)
                sum += weight * Double(before[80 * 200 + 50 + position])
                weights += weight
            }
            #expect(abs(Double(after[80 * 200 + 50 + x]) - sum / weights) < 3, "column \(x)")
        }
        // What lies outside of the region has no say.
        let other = FrameBuffer(.gray8, width: 200, height: 160)
        other.fill { _, index in
            let (x, y) = (index % 200, index / 200)
            return (50..<150).contains(x) && (30..<130).contains(y) ? (x > 100 ? 220 : 30) : 255
        }
        try MaskPainter().mask([region], of: try #require(other.view()), settings: settings)
        for y in 30..<130 { for x in 50..<150 { #expect(other.bytes[0][y * 200 + x] == after[y * 200 + x]) } }
    }

    /// exp(-x²/2), by its series, so that no library is needed.
    private func gaussian(_ x: Double) -> Double {
        let halved = -x * x / 2 / 64
        var (term, sum) = (1.0, 1.0)
        for k in 1..<20 {
            term *= halved / Double(k)
            sum += term
        }
        var power = sum
        for _ in 0..<6 { power *= power }
        return power
    }

    @Test("overlapping regions are each masked from the clear picture")
    func overlapping() throws {
        let view = try #require(Self.noisy(.gray8).view())
        let first = try #require(MaskRegion(x1: 10, y1: 10, x2: 60, y2: 60, margin: 0, frame: view))
        let second = try #require(MaskRegion(x1: 30, y1: 30, x2: 80, y2: 80, margin: 0, frame: view))
        let together = Self.noisy(.gray8)
        try MaskPainter().mask([first, second], of: try #require(together.view()), settings: MaskSettings())
        let alone = Self.noisy(.gray8)
        try MaskPainter().mask([second], of: try #require(alone.view()), settings: MaskSettings())
        let stride = alone.stride(plane: 0)
        for y in 30..<80 {
            for x in 30..<80 { #expect(together.bytes[0][y * stride + x] == alone.bytes[0][y * stride + x]) }
        }
    }

    @Test("cover makes every format black", arguments: PixelFormat.allCases)
    func cover(format: PixelFormat) throws {
        let frame = Self.noisy(format, padding: 0)
        let view = try #require(frame.view(colorimetry: format.layout.model == .rgb ? .fullRange : .bt601))
        MaskPainter().cover(view)
        for index in view.layout.components.indices {
            let component = view.component(index)
            let expected: UInt8 =
                switch format.layout.model {
                case .rgb: index == 3 ? 255 : 0
                case .yuv: index == 0 ? 16 : 128
                case .luminance: 16
                }
            for y in 0..<component.height {
                for x in 0..<component.width { #expect(component.row(y)[x * component.step] == expected) }
            }
        }
    }
}
