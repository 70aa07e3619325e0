// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Testing
import VideoFrames

/// Frames, regions and expectations that the tests of masks share.
enum MaskCase {
    /// How rows may lie in memory: padding behind them, and whether they run upwards.
    static let memories = [(0, false), (5, false), (0, true), (7, true)]

    static let styles = [MaskStyle.mosaic, .blur, .fill]

    /// Noise with a step in it, the same samples for each way of lying in memory; noise in the padding bits too.
    static func frame(
        _ format: PixelFormat, _ size: (Int, Int), padding: Int = 0, isUpward: Bool = false
    ) -> FrameBuffer {
        let frame = FrameBuffer(format, width: size.0, height: size.1, padding: padding, isUpward: isUpward)
        frame.fillWithNoise(seed: 5)
        frame.fillSamples { component, x, y in
            let noise = (x &* 7919 &+ y &* 104_729 &+ component &* 1_299_709) % 97
            let isRight = (x << frame.layout.components[component].horizontalShift) * 2 > size.0 + y
            // Below a step of 8 bits everything is noise as well.
            let fine = (x &* 5003 &+ y &* 3001 &+ component) % frame.unit
            return UInt16(((isRight ? 140 : 10) + noise) * frame.unit + fine)
        }
        if frame.paddingBits != 0 {
            for component in frame.layout.components.indices {
                let (width, height) = frame.size(component: component)
                for y in 0..<height {
                    for x in 0..<width {
                        let word = frame.word(component: component, x: x, y: y)
                        let noise = UInt16(truncatingIfNeeded: x &* 40_503 &+ y &* 9973) & frame.paddingBits
                        frame.setWord(word | noise, component: component, x: x, y: y)
                    }
                }
            }
        }
        return frame
    }

    /// Regions within a frame, over its sides and corners, larger than it, and of less than a pixel.
    static func regions(_ frame: FrameBuffer, margin: Double = 0.2) throws -> [MaskRegion] {
        let view = try #require(frame.view())
        let (width, height) = (Double(frame.width), Double(frame.height))
        return [
            (0.26, 0.23, 0.55, 0.68), (-0.3, -0.2, 0.3, 0.35), (0.7, 0.6, 1.4, 1.3), (0.4, -1, 0.9, 0.2),
            (-1, -1, 2, 2),
        ].compactMap {
            MaskRegion(
                x1: $0.0 * width, y1: $0.1 * height, x2: $0.2 * width, y2: $0.3 * height, margin: margin, frame: view)
        }
            + [
                MaskRegion(
                    x1: width / 2, y1: height / 2, x2: width / 2 + 0.4, y2: height / 2 + 0.4, margin: 0, frame: view)
            ].compactMap { $0 }
    }

    /// The region of a box of these corners, without a margin.
    static func region(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, of frame: FrameBuffer
    ) throws -> MaskRegion {
        let view = try #require(frame.view())
        return try #require(MaskRegion(x1: x1, y1: y1, x2: x2, y2: y2, margin: 0, frame: view))
    }

    static func settings(
        _ style: MaskStyle, shape: MaskShape = .rectangle, change: (inout MaskSettings) -> Void = { _ in }
    ) -> MaskSettings {
        var settings = MaskSettings()
        settings.style = style
        settings.shape = shape
        change(&settings)
        return settings
    }

    static func paint(
        _ regions: [MaskRegion], zones: [MaskRegion] = [], clearing: [PixelRectangle] = [], of frame: FrameBuffer,
        _ settings: MaskSettings
    ) throws {
        let view = try #require(frame.view(colorimetry: frame.format.usualColorimetry))
        try MaskPainter().mask(regions, zones: zones, clearing: clearing, of: view, settings: settings)
        #expect(frame.guardsAreIntact)
    }

    /// The samples of a component that show a part of a rectangle of luma px.
    static func samples(_ range: Range<Int>, shift: Int) -> Range<Int> {
        (range.lowerBound >> shift)..<((range.upperBound + (1 << shift) - 1) >> shift)
    }

    /// The samples of a component that show a part of a region.
    static func samples(
        _ region: MaskRegion, of frame: FrameBuffer, component index: Int
    ) -> (columns: Range<Int>, rows: Range<Int>) {
        let component = frame.layout.components[index]
        return (
            samples(region.visibleX, shift: component.horizontalShift),
            samples(region.visibleY, shift: component.verticalShift)
        )
    }

    /// The bytes of a frame that changed outside of the samples of some regions, padding and all.
    static func changedOutside(_ regions: [MaskRegion], of frame: FrameBuffer, from before: [[UInt8]]) -> Int {
        var isInside = before.map { [Bool](repeating: false, count: $0.count) }
        for region in regions {
            for index in frame.layout.components.indices {
                let (columns, rows) = samples(region, of: frame, component: index)
                let plane = frame.layout.components[index].plane
                for y in rows {
                    for x in columns {
                        let offset = frame.offset(component: index, x: x, y: y)
                        for byte in 0..<frame.layout.sample.bytes { isInside[plane][offset + byte] = true }
                    }
                }
            }
        }
        let after = frame.bytes
        return before.indices.reduce(0) { count, plane in
            count + before[plane].indices.count { !isInside[plane][$0] && before[plane][$0] != after[plane][$0] }
        }
    }
}
