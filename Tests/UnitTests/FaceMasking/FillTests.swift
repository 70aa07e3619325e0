// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Testing
import VideoFrames

@Suite struct FillTests {
    @Test(
        "a fill is the bytes of its colour, in every format",
        arguments: PixelFormat.allCases, [0xff00_0000, 0xffff_0000, 0x8000_ff20, 0x0012_34ff, 0xffff_ffff] as [UInt32])
    func colours(format: PixelFormat, colour: UInt32) throws {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: colour >> (24 - 8 * UInt32($0))) }
        let colorimetries = format.layout.model == .rgb ? [Colorimetry.fullRange] : ColorimetryTests.all
        for colorimetry in colorimetries {
            let frame = MaskCase.frame(format, (63, 47))
            let yuv = colorimetry.encode(red: bytes[1], green: bytes[2], blue: bytes[3])
            let expected =
                frame.layout.model == .rgb ? [bytes[1], bytes[2], bytes[3], bytes[0]] : [yuv.y, yuv.u, yuv.v]
            let regions = try MaskCase.regions(frame)
            let view = try #require(frame.view(colorimetry: colorimetry))
            let settings = MaskCase.settings(.fill) { $0.fillColor = colour }
            try MaskPainter().mask(regions, of: view, settings: settings)
            for region in regions {
                for index in frame.layout.components.indices {
                    let (columns, rows) = MaskCase.samples(region, of: frame, component: index)
                    for y in rows { #expect(columns.allSatisfy { frame[index, $0, y] == expected[index] }) }
                }
            }
        }
    }
}
