// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Testing
import VideoFrames

@Suite struct MosaicTests {
    /// The sides of `count` cells over `length` samples, as even as whole samples allow.
    private static func cells(_ start: Int, _ length: Int, _ count: Int) -> [Range<Int>] {
        (0..<count).map { (start + $0 * length / count)..<(start + ($0 + 1) * length / count) }
    }

    /// Samples that are not the mean of their cell in the clear picture, to less than a step of the format.
    private static func wrong(
        _ frame: FrameBuffer, _ clear: FrameBuffer, _ region: MaskRegion, level: Int
    ) -> Int {
        var wrong = 0
        for (index, component) in frame.layout.components.enumerated() {
            let (visibleX, visibleY) = MaskCase.samples(region, of: frame, component: index)
            let width = region.width >> component.horizontalShift
            let height = region.height >> component.verticalShift
            // A cell is at least two px and one sample wide.
            let columns = cells(
                region.left >> component.horizontalShift, width, min(level, max(1, region.width / 2), width))
            let rows = cells(
                region.top >> component.verticalShift, height, min(level, max(1, region.height / 2), height))
            for row in rows.map({ $0.clamped(to: visibleY) }) {
                for column in columns.map({ $0.clamped(to: visibleX) }) where !row.isEmpty && !column.isEmpty {
                    let sum = row.reduce(0) { sum, y in column.reduce(sum) { $0 + Int(clear[index, $1, y]) } }
                    let mean = Double(sum) / Double(row.count * column.count)
                    for y in row { wrong += column.count { abs(Double(frame[index, $0, y]) - mean) > 0.51 } }
                }
            }
        }
        return wrong
    }

    @Test(
        "cells are true means of the clear picture, in every format and size, also over the frame's sides",
        arguments: PixelFormat.allCases, [(64, 48), (63, 47), (300, 200), (33, 2), (1, 1)])
    func means(format: PixelFormat, size: (Int, Int)) throws {
        let clear = MaskCase.frame(format, size)
        for level in [1, 7, 10] {
            for region in try MaskCase.regions(clear) {
                let frame = MaskCase.frame(format, size)
                try MaskCase.paint([region], of: frame, MaskCase.settings(.mosaic) { $0.mosaicLevel = level })
                #expect(Self.wrong(frame, clear, region, level: level) == 0, "level \(level), \(region)")
            }
        }
    }

    @Test("there are as many cells per side as asked for", arguments: [1, 2, 7, 10, 64])
    func count(level: Int) throws {
        // A slope along x and y: every cell has another mean than its neighbours.
        let frame = FrameBuffer(.rgb, width: 256, height: 256)
        frame.fillSamples { component, x, y in UInt16(component == 0 ? x : component == 1 ? y : 9) }
        let region = try MaskCase.region(30, 20, 230, 240, of: frame)
        try MaskCase.paint([region], of: frame, MaskCase.settings(.mosaic) { $0.mosaicLevel = level })
        #expect(Set((30..<230).map { frame[0, $0, 100] }).count == level)
        #expect(Set((20..<240).map { frame[1, 100, $0] }).count == level)
    }

    @Test("cells are never smaller than two px, however many are asked for")
    func smallest() throws {
        let frame = FrameBuffer(.gray8, width: 40, height: 40)
        frame.fillSamples { _, x, _ in UInt16(6 * x) }
        let region = try MaskCase.region(10, 10, 30, 32, of: frame)
        try MaskCase.paint([region], of: frame, MaskCase.settings(.mosaic) { $0.mosaicLevel = 64 })
        #expect(Set((10..<30).map { frame[0, $0, 20] }).count == 10)
        #expect((10..<30).filter { $0 % 2 == 0 }.allSatisfy { frame[0, $0, 20] == frame[0, $0 + 1, 20] })
    }

    @Test("a region that the frame cuts keeps the size of its cells", arguments: [(-60.0, 80.0), (176, 316)])
    func cut(x1: Double, x2: Double) throws {
        let frame = FrameBuffer(.gray8, width: 256, height: 200)
        frame.fillSamples { _, x, _ in UInt16(x) }
        let region = try MaskCase.region(x1, 20, x2, 160, of: frame)
        try MaskCase.paint([region], of: frame, MaskCase.settings(.mosaic))
        // 140 px in 7 cells: 20 px each, 4 of them within the frame.
        let row = region.visibleX.map { frame[0, $0, 50] }
        #expect(row.count == 80 && Set(row).count == 4)
        #expect((0..<4).allSatisfy { Set(row[(20 * $0)..<(20 * $0 + 20)]).count == 1 })
    }

    @Test("a large region's sums do not run over", arguments: [PixelFormat.gray8, .gray16LE])
    func large(format: PixelFormat) throws {
        let frame = FrameBuffer(format, width: 4096, height: 4096)
        frame.fill { _, _ in 255 }
        frame[0, 0, 0] = frame.maximum - 1
        let whole = MaskRegion(wholeOf: try #require(frame.view()))
        try MaskCase.paint([whole], of: frame, MaskCase.settings(.mosaic) { $0.mosaicLevel = 1 })
        #expect(frame.bytes[0].allSatisfy { $0 == 255 })
    }

    @Test("the whole of an odd frame can be a region", arguments: PixelFormat.allCases)
    func whole(format: PixelFormat) throws {
        let (frame, clear) = (MaskCase.frame(format, (63, 47)), MaskCase.frame(format, (63, 47)))
        let region = MaskRegion(wholeOf: try #require(frame.view()))
        try MaskCase.paint([region], of: frame, MaskCase.settings(.mosaic))
        #expect(Self.wrong(frame, clear, region, level: 7) == 0)
        for (index, samples) in frame.samples.enumerated() {
            #expect(Set(samples).count <= 49, "component \(index)")
        }
    }
}
