// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Testing
import VideoFrames

@Suite struct FillTests {
    @Test(
        "a fill is the samples of its colour, in every format, at its full depth and without padding bits",
        arguments: PixelFormat.allCases, [0xff00_0000, 0xffff_0000, 0x8000_ff20, 0x0012_34ff, 0xffff_ffff] as [UInt32])
    func colours(format: PixelFormat, colour: UInt32) throws {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: colour >> (24 - 8 * UInt32($0))) }
        let colorimetries = format.layout.model == .rgb ? [Colorimetry.fullRange] : ColorimetryTests.all
        for colorimetry in colorimetries {
            let frame = MaskCase.frame(format, (63, 47))
            let depth = frame.layout.sample.depth
            let yuv = colorimetry.encode(red: bytes[1], green: bytes[2], blue: bytes[3], depth: depth)
            let scaled = bytes.map { UInt16((Double($0) / 255 * Double(frame.maximum)).rounded()) }
            let expected =
                frame.layout.model == .rgb
                ? [scaled[1], scaled[2], scaled[3], scaled[0]] : [yuv.y, yuv.u, yuv.v, scaled[0]]
            let regions = try MaskCase.regions(frame)
            let view = try #require(frame.view(colorimetry: colorimetry))
            let settings = MaskCase.settings(.fill) { $0.fillColor = colour }
            try MaskPainter().mask(regions, of: view, settings: settings)
            for region in regions {
                for index in frame.layout.components.indices {
                    let (columns, rows) = MaskCase.samples(region, of: frame, component: index)
                    let word = expected[index] << UInt16(frame.layout.sample.shift)
                    for y in rows {
                        #expect(columns.allSatisfy { frame.word(component: index, x: $0, y: y) == word })
                    }
                }
            }
        }
    }
}
