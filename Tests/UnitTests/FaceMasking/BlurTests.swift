// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Foundation
import Testing
import VideoFrames

@Suite struct BlurTests {
    /// A Gaussian over `count` samples that are mirrored at both ends, as a matrix, each row summing to 1.
    private static func gaussian(_ count: Int, deviation: Double) -> [[Double]] {
        let reach = Int(5 * deviation) + 1
        return (0..<count).map { i in
            var weights = [Double](repeating: 0, count: count)
            for offset in -reach...reach {
                var position = (i + offset) % (2 * count)
                if position < 0 { position += 2 * count }
                if position >= count { position = 2 * count - 1 - position }
                weights[position] += exp(-0.5 * Double(offset * offset) / (deviation * deviation))
            }
            let sum = weights.reduce(0, +)
            return weights.map { $0 / sum }
        }
    }

    /// How far a blurred region is at most from a true Gaussian of the clear picture's region, in steps of 8 bits.
    private static func worst(
        _ frame: FrameBuffer, _ clear: FrameBuffer, _ region: MaskRegion, deviation: Double
    ) -> Double {
        var worst = 0.0
        for (index, component) in frame.layout.components.enumerated() {
            let (columns, rows) = MaskCase.samples(region, of: frame, component: index)
            let across = gaussian(columns.count, deviation: deviation / Double(1 << component.horizontalShift))
            let down = gaussian(rows.count, deviation: deviation / Double(1 << component.verticalShift))
            let lines = rows.map { y in
                across.map { weights in
                    zip(weights, columns).reduce(0) { $0 + $1.0 * Double(clear[index, $1.1, y]) }
                }
            }
            for (y, weights) in zip(rows, down) {
                for (i, x) in columns.enumerated() {
                    let value = zip(weights, lines).reduce(0) { $0 + $1.0 * $1.1[i] }
                    worst = max(worst, abs(Double(frame[index, x, y]) - value) / Double(frame.unit))
                }
            }
        }
        return worst
    }

    /// Steps of a byte. Half of one is the rounding to bytes; the rest comes of 32 cells per side, which are of 3 and 4
    /// samples in a region of 100, but weigh the same. The step in the picture has a height of 130.
    private static let tolerance = 3.5

    @Test(
        "a blur is a Gaussian of the region alone, in every format, also over the frame's sides",
        arguments: PixelFormat.allCases, [(64, 48), (63, 47), (33, 2), (1, 1)])
    func formats(format: PixelFormat, size: (Int, Int)) throws {
        let clear = MaskCase.frame(format, size)
        for region in try MaskCase.regions(clear) {
            // As narrow as a blur of the region may be.
            let deviation = max(1, 0.25 * Double(max(region.width, region.height)))
            let frame = MaskCase.frame(format, size)
            try MaskCase.paint([region], of: frame, MaskCase.settings(.blur) { $0.blurLevel = 1 })
            let worst = Self.worst(frame, clear, region, deviation: deviation)
            #expect(worst < Self.tolerance, "\(region)")
        }
    }

    @Test("blur-level is the standard deviation, px", arguments: [30, 50, 80, 300])
    func deviation(level: Double) throws {
        for format in [PixelFormat.gray8, .i420, .p010, .gray16BE] {
            let clear = MaskCase.frame(format, (200, 160))
            let frame = MaskCase.frame(format, (200, 160))
            let region = try MaskCase.region(50, 30, 150, 130, of: frame)
            try MaskCase.paint([region], of: frame, MaskCase.settings(.blur) { $0.blurLevel = level })
            #expect(Self.worst(frame, clear, region, deviation: level) < Self.tolerance)
            // It does blur: another deviation by a half is told apart, as long as there is anything left to see.
            if level <= 50 {
                #expect(Self.worst(frame, clear, region, deviation: 1.5 * level) > 2 * Self.tolerance)
            }
        }
    }

    @Test("the deviation is never less than a quarter of the region's longer side", arguments: [(160, 80), (80, 160)])
    func floor(size: (Double, Double)) throws {
        func blurred(_ level: Double) throws -> FrameBuffer {
            let frame = MaskCase.frame(.rgb, (200, 200))
            let region = try MaskCase.region(
                100 - size.0 / 2, 100 - size.1 / 2, 100 + size.0 / 2, 100 + size.1 / 2, of: frame)
            try MaskCase.paint([region], of: frame, MaskCase.settings(.blur) { $0.blurLevel = level })
            return frame
        }
        let least = try blurred(40).samples
        for level in [1, 20, 39.9] { #expect(try blurred(level).samples == least) }
        #expect(try blurred(60).samples != least)
    }

    @Test("the deviation of a region that the frame cuts goes by the whole region")
    func cut() throws {
        let clear = MaskCase.frame(.gray8, (200, 160))
        let frame = MaskCase.frame(.gray8, (200, 160))
        let region = try MaskCase.region(-100, 20, 60, 120, of: frame)
        try MaskCase.paint([region], of: frame, MaskCase.settings(.blur) { $0.blurLevel = 1 })
        #expect(Self.worst(frame, clear, region, deviation: 40) < Self.tolerance)
    }

    @Test(
        "a region of one colour keeps it", arguments: [PixelFormat.i420, .p010, .i420Deep12, .y444Deep16],
        [0, 1, 128, 255])
    func flat(format: PixelFormat, byte: Int) throws {
        let frame = FrameBuffer(format, width: 63, height: 47)
        let value = byte == 255 ? frame.maximum : UInt16(byte * frame.unit + byte % frame.unit)
        frame.fillSamples { _, _, _ in value }
        for region in try MaskCase.regions(frame) {
            try MaskCase.paint([region], of: frame, MaskCase.settings(.blur))
            #expect(frame.samples.allSatisfy { $0.allSatisfy { $0 == value } })
        }
    }
}
