// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Testing
import VideoFrames

/// What holds for every style.
@Suite struct MaskPainterTests {
    @Test(
        "outside of the region every byte stays, and the memory's layout changes nothing",
        arguments: PixelFormat.allCases, [(64, 48), (63, 47), (33, 2), (1, 9), (1, 1)])
    func onlyTheRegion(format: PixelFormat, size: (Int, Int)) throws {
        for style in MaskCase.styles {
            for shape in [MaskShape.rectangle, .ellipse] {
                let settings = MaskCase.settings(style, shape: shape)
                for region in try MaskCase.regions(FrameBuffer(format, width: size.0, height: size.1)) {
                    let plain = MaskCase.frame(format, size)
                    try MaskCase.paint([region], of: plain, settings)
                    let expected = plain.samples
                    for (padding, isUpward) in MaskCase.memories {
                        let frame = MaskCase.frame(format, size, padding: padding, isUpward: isUpward)
                        let before = frame.bytes
                        try MaskCase.paint([region], of: frame, settings)
                        #expect(frame.samples == expected, "\(style) \(shape) \(region)")
                        #expect(
                            MaskCase.changedOutside([region], of: frame, from: before) == 0,
                            "\(style) \(shape) \(region)")
                    }
                }
            }
        }
    }

    @Test(
        "what lies outside of the region has no say", arguments: PixelFormat.allCases, [MaskStyle.mosaic, .blur])
    func isolated(format: PixelFormat, style: MaskStyle) throws {
        let size = (61, 45)
        for region in try MaskCase.regions(FrameBuffer(format, width: size.0, height: size.1)) {
            let frames = [false, true].map { isWhite in
                let frame = MaskCase.frame(format, size)
                let inside = MaskCase.frame(format, size)
                frame.fillSamples { _, _, _ in isWhite ? frame.maximum : 0 }
                for index in frame.layout.components.indices {
                    let (columns, rows) = MaskCase.samples(region, of: frame, component: index)
                    for y in rows { for x in columns { frame[index, x, y] = inside[index, x, y] } }
                }
                return frame
            }
            for frame in frames { try MaskCase.paint([region], of: frame, MaskCase.settings(style)) }
            for index in frames[0].layout.components.indices {
                let (columns, rows) = MaskCase.samples(region, of: frames[0], component: index)
                for y in rows { #expect(columns.allSatisfy { frames[0][index, $0, y] == frames[1][index, $0, y] }) }
            }
        }
    }

    @Test(
        "overlapping regions are each masked from the clear picture, and the later one is seen",
        arguments: [PixelFormat.i420, .nv21, .uyvy, .rgb, .argb, .gray8, .yuv9, .p010, .y210, .gbraDeep12],
        MaskCase.styles)
    func overlapping(format: PixelFormat, style: MaskStyle) throws {
        let size = (97, 75)
        let view = try #require(FrameBuffer(format, width: size.0, height: size.1).view())
        let regions = [(10.0, 10.0, 50.0, 50.0), (30, 20, 80, 70), (5, 40, 45, 75), (-20, -20, 33, 33)].compactMap {
            MaskRegion(x1: $0.0, y1: $0.1, x2: $0.2, y2: $0.3, margin: 0, frame: view)
        }
        for shape in [MaskShape.rectangle, .ellipse] {
            let settings = MaskCase.settings(style, shape: shape)
            let together = MaskCase.frame(format, size)
            try MaskCase.paint(regions, of: together, settings)
            // The same, put together from masks of one region each.
            let expected = MaskCase.frame(format, size)
            for region in regions {
                let alone = MaskCase.frame(format, size)
                let covered = FrameBuffer(format, width: size.0, height: size.1)
                covered.fillSamples { _, _, _ in 77 }
                try MaskCase.paint([region], of: alone, settings)
                // White on 77: tells what the mask covers.
                try MaskCase.paint([region], of: covered, MaskCase.settings(.fill, shape: shape) { $0.fillColor = ~0 })
                for index in alone.layout.components.indices {
                    let (columns, rows) = MaskCase.samples(region, of: alone, component: index)
                    for y in rows {
                        for x in columns where covered[index, x, y] != 77 {
                            expected[index, x, y] = alone[index, x, y]
                        }
                    }
                }
            }
            #expect(together.samples == expected.samples)
        }
    }

    @Test(
        "an ellipse covers every pixel of it, and little else", arguments: PixelFormat.allCases, [(64, 48), (63, 47)])
    func ellipse(format: PixelFormat, size: (Int, Int)) throws {
        for region in try MaskCase.regions(FrameBuffer(format, width: size.0, height: size.1)) {
            let frame = FrameBuffer(format, width: size.0, height: size.1)
            frame.fillSamples { _, _, _ in 77 }
            try MaskCase.paint([region], of: frame, MaskCase.settings(.fill, shape: .ellipse) { $0.fillColor = ~0 })
            /// Where a point lies, in units of the ellipse: below 1 is inside.
            func distance(_ x: Double, _ y: Double, grown: Double = 0) -> Double {
                let a = Double(region.width) / 2 + grown
                let b = Double(region.height) / 2 + grown
                let dx = (x - Double(region.left) - Double(region.width) / 2) / a
                let dy = (y - Double(region.top) - Double(region.height) / 2) / b
                return dx * dx + dy * dy
            }
            for (index, component) in frame.layout.components.enumerated() {
                let (stepX, stepY) = (1 << component.horizontalShift, 1 << component.verticalShift)
                let (width, height) = frame.size(component: index)
                var wrong = 0
                for y in 0..<height {
                    for x in 0..<width {
                        let isCovered = frame[index, x, y] != 77
                        var hasInside = false
                        var isNear = false
                        for py in y * stepY..<min((y + 1) * stepY, size.1) {
                            for px in x * stepX..<min((x + 1) * stepX, size.0) {
                                if distance(Double(px) + 0.5, Double(py) + 0.5) < 1 { hasInside = true }
                                if distance(Double(px) + 0.5, Double(py) + 0.5, grown: 2) < 1 { isNear = true }
                            }
                        }
                        if hasInside && !isCovered || isCovered && !isNear { wrong += 1 }
                    }
                }
                #expect(wrong == 0, "component \(index), \(region)")
            }
        }
    }

    @Test("an ellipse shows what the rectangle would, where it covers", arguments: MaskCase.styles)
    func ellipseOfRectangle(style: MaskStyle) throws {
        let frame = MaskCase.frame(.i420, (63, 47))
        let region = try #require(try MaskCase.regions(frame).first)
        let clear = frame.samples
        let rectangle = MaskCase.frame(.i420, (63, 47))
        try MaskCase.paint([region], of: frame, MaskCase.settings(style, shape: .ellipse))
        try MaskCase.paint([region], of: rectangle, MaskCase.settings(style))
        for (component, samples) in frame.samples.enumerated() {
            let other = rectangle.samples[component]
            #expect(samples.indices.allSatisfy { samples[$0] == other[$0] || samples[$0] == clear[component][$0] })
        }
    }

    @Test(
        "no padding bit of a masked sample keeps what it was",
        arguments: PixelFormat.allCases.filter { $0.layout.sample.depth % 8 != 0 }, MaskCase.styles)
    func paddingBits(format: PixelFormat, style: MaskStyle) throws {
        let frame = MaskCase.frame(format, (63, 47), padding: 3)
        let region = MaskRegion(wholeOf: try #require(frame.view()))
        func words() -> [UInt16] {
            frame.layout.components.indices.flatMap { component in
                let (width, height) = frame.size(component: component)
                return (0..<height).flatMap { y in
                    (0..<width).map { frame.word(component: component, x: $0, y: y) }
                }
            }
        }
        #expect(words().contains { $0 & frame.paddingBits != 0 })
        try MaskCase.paint([region], of: frame, MaskCase.settings(style))
        #expect(words().allSatisfy { $0 & frame.paddingBits == 0 })
    }

    @Test("without regions nothing changes", arguments: MaskCase.styles)
    func nothing(style: MaskStyle) throws {
        let frame = MaskCase.frame(.nv12, (63, 47), padding: 3)
        let before = frame.bytes
        try MaskCase.paint([], of: frame, MaskCase.settings(style))
        #expect(frame.bytes == before)
    }

    @Test("a painter that has served large frames and many regions serves small ones the same")
    func repeats() throws {
        let painter = MaskPainter()
        for size in [(16, 16), (640, 480), (63, 47), (200, 100)] {
            for style in MaskCase.styles {
                let (frame, other) = (MaskCase.frame(.yuy2, size), MaskCase.frame(.yuy2, size))
                let regions = try MaskCase.regions(frame)
                try painter.mask(
                    regions, of: try #require(frame.view()), settings: MaskCase.settings(style))
                try MaskCase.paint(regions, of: other, MaskCase.settings(style))
                #expect(frame.bytes == other.bytes)
            }
        }
    }

    @Test(
        "cover makes every format black, and leaves the padding", arguments: PixelFormat.allCases, [(64, 48), (63, 47)])
    func cover(format: PixelFormat, size: (Int, Int)) throws {
        for (padding, isUpward) in MaskCase.memories {
            let frame = MaskCase.frame(format, size, padding: padding, isUpward: isUpward)
            let before = frame.bytes
            let view = try #require(frame.view(colorimetry: format.usualColorimetry))
            MaskPainter().cover(view)
            for (index, samples) in frame.samples.enumerated() {
                let expected =
                    switch frame.layout.model {
                    case .rgb: index == 3 ? Int(frame.maximum) : 0
                    case .yuv: index == 3 ? Int(frame.maximum) : (index == 0 ? 16 : 128) * frame.unit
                    case .luminance: 16 * frame.unit
                    }
                #expect(samples.allSatisfy { Int($0) == expected })
            }
            #expect(MaskCase.changedOutside([MaskRegion(wholeOf: view)], of: frame, from: before) == 0)
            #expect(frame.guardsAreIntact)
        }
    }
}
