// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Testing
import VideoFrames

/// Zones that are always masked, and zones that stay clear.
@Suite struct ZoneTests {
    private static let clearZones = [
        PixelRectangle(x: 11, y: 9, width: 21, height: 17), PixelRectangle(x: 12, y: 10, width: 8, height: 6),
        PixelRectangle(x: -5, y: -7, width: 20, height: 22), PixelRectangle(x: 40, y: 31, width: 100, height: 100),
        PixelRectangle(x: 13, y: 13, width: 1, height: 1), PixelRectangle(x: 62, y: 46, width: 1, height: 1),
        PixelRectangle(x: 500, y: 500, width: 5, height: 5), PixelRectangle(x: -50, y: 3, width: 20, height: 5),
        PixelRectangle(x: -1, y: -1, width: 400, height: 400),
    ]

    /// Whether a sample shows nothing but what stays clear: the zone is rounded inward to the grid of the format, and the
    /// frame's own end is an end of the grid.
    private static func isClear(
        _ frame: FrameBuffer, _ zone: PixelRectangle, component index: Int, x: Int, y: Int
    ) -> Bool {
        func isWithin(_ position: Int, _ shift: Int, _ grid: Int, _ low: Int, _ high: Int, _ length: Int) -> Bool {
            // All luma px of the grid's cells that the sample belongs to.
            let first = ((position << shift) >> grid) << grid
            let end = min((((position << shift) >> grid) + 1) << grid, length)
            return first >= low && end <= high
        }
        let component = frame.layout.components[index]
        return isWithin(
            x, component.horizontalShift, frame.layout.horizontalShift, zone.x, zone.x + zone.width, frame.width)
            && isWithin(
                y, component.verticalShift, frame.layout.verticalShift, zone.y, zone.y + zone.height, frame.height)
    }

    @Test(
        "a clear zone keeps its pixels and nothing else", arguments: PixelFormat.allCases, [(64, 48), (63, 47)])
    func clear(format: PixelFormat, size: (Int, Int)) throws {
        let clear = MaskCase.frame(format, size)
        let regions = try MaskCase.regions(clear)
        for style in MaskCase.styles {
            let masked = MaskCase.frame(format, size)
            try MaskCase.paint(regions, of: masked, MaskCase.settings(style))
            for (padding, isUpward) in MaskCase.memories {
                for zone in Self.clearZones {
                    let frame = MaskCase.frame(format, size, padding: padding, isUpward: isUpward)
                    try MaskCase.paint(regions, clearing: [zone], of: frame, MaskCase.settings(style))
                    var wrong = 0
                    for index in frame.layout.components.indices {
                        let (width, height) = frame.size(component: index)
                        for y in 0..<height {
                            for x in 0..<width {
                                let expected =
                                    Self.isClear(frame, zone, component: index, x: x, y: y) ? clear : masked
                                if frame[index, x, y] != expected[index, x, y] { wrong += 1 }
                            }
                        }
                    }
                    #expect(wrong == 0, "\(style) \(zone)")
                }
                // What stays clear keeps its padding bits as well.
                let everything = PixelRectangle(x: 0, y: 0, width: size.0, height: size.1)
                let kept = MaskCase.frame(format, size, padding: padding, isUpward: isUpward)
                let before = kept.bytes
                try MaskCase.paint(regions, clearing: [everything], of: kept, MaskCase.settings(style))
                #expect(MaskCase.changedOutside([], of: kept, from: before) == 0, "\(style)")
            }
        }
    }

    @Test("clear zones that overlap are all clear", arguments: [PixelFormat.i420, .rgb, .rgba64LE, .gbrDeep10])
    func overlapping(format: PixelFormat) throws {
        let (clear, frame) = (MaskCase.frame(format, (64, 48)), MaskCase.frame(format, (64, 48)))
        let zones = [
            PixelRectangle(x: 10, y: 10, width: 20, height: 20), PixelRectangle(x: 20, y: 20, width: 20, height: 20),
        ]
        let whole = MaskRegion(wholeOf: try #require(frame.view()))
        try MaskCase.paint([whole], clearing: zones, of: frame, MaskCase.settings(.fill))
        for zone in zones {
            for y in zone.y..<zone.y + zone.height {
                for x in zone.x..<zone.x + zone.width { #expect(frame[0, x, y] == clear[0, x, y]) }
            }
        }
        #expect(frame[0, 9, 9] != clear[0, 9, 9] && frame[0, 35, 15] != clear[0, 35, 15])
    }

    @Test(
        "a mask zone is a rectangle, is measured from the clear picture, and wins over a clear one",
        arguments: [PixelFormat.nv12, .yuy2, .rgbx, .gray8, .av12, .p012, .y444Deep10], MaskCase.styles)
    func zones(format: PixelFormat, style: MaskStyle) throws {
        let size = (63, 47)
        let frame = MaskCase.frame(format, size)
        let before = frame.bytes
        let view = try #require(frame.view())
        let zone = try #require(MaskRegion(x1: 20, y1: 10, x2: 50, y2: 40, margin: 0, frame: view))
        let face = try #require(MaskRegion(x1: 8, y1: 8, x2: 36, y2: 30, margin: 0, frame: view))
        let everything = PixelRectangle(x: 0, y: 0, width: 63, height: 47)
        try MaskCase.paint(
            [face], zones: [zone], clearing: [everything], of: frame, MaskCase.settings(style, shape: .ellipse))
        let alone = MaskCase.frame(format, size)
        try MaskCase.paint([zone], of: alone, MaskCase.settings(style))
        #expect(frame.samples == alone.samples)
        #expect(MaskCase.changedOutside([zone], of: frame, from: before) == 0)
    }
}
