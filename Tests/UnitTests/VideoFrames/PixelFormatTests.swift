// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Testing
import VideoFrames

/// The order of the bytes of each format, written down once more from GStreamer's page of raw video formats: for each
/// plane the bytes of one group of pixels, in the order of memory, and the group's size in pixels. A dot is padding.
private struct WrittenPlane {
    let bytes: String
    let columns: Int
    let rows: Int

    init(_ bytes: String, _ columns: Int = 1, _ rows: Int = 1) {
        self.bytes = bytes
        self.columns = columns
        self.rows = rows
    }
}

private let written: [PixelFormat: [WrittenPlane]] = [
    .i420: [WrittenPlane("Y"), WrittenPlane("U", 2, 2), WrittenPlane("V", 2, 2)],
    .yv12: [WrittenPlane("Y"), WrittenPlane("V", 2, 2), WrittenPlane("U", 2, 2)],
    .nv12: [WrittenPlane("Y"), WrittenPlane("UV", 2, 2)],
    .nv21: [WrittenPlane("Y"), WrittenPlane("VU", 2, 2)],
    .y42b: [WrittenPlane("Y"), WrittenPlane("U", 2), WrittenPlane("V", 2)],
    .y444: [WrittenPlane("Y"), WrittenPlane("U"), WrittenPlane("V")],
    .yuy2: [WrittenPlane("YUYV", 2)],
    .uyvy: [WrittenPlane("UYVY", 2)],
    .rgb: [WrittenPlane("RGB")],
    .bgr: [WrittenPlane("BGR")],
    .rgbx: [WrittenPlane("RGB.")],
    .bgrx: [WrittenPlane("BGR.")],
    .xrgb: [WrittenPlane(".RGB")],
    .xbgr: [WrittenPlane(".BGR")],
    .rgba: [WrittenPlane("RGBA")],
    .bgra: [WrittenPlane("BGRA")],
    .argb: [WrittenPlane("ARGB")],
    .abgr: [WrittenPlane("ABGR")],
    .gray8: [WrittenPlane("Y")],
]

@Suite struct PixelFormatTests {
    @Test("the table says what GStreamer's page of formats says", arguments: PixelFormat.allCases)
    func table(format: PixelFormat) throws {
        let planes = try #require(written[format])
        let layout = format.layout
        #expect(layout.planeCount == planes.count)
        let names: [[Character]] =
            switch layout.model {
            case .rgb: [["R"], ["G"], ["B"], ["A", "."]]
            case .yuv: [["Y"], ["U"], ["V"]]
            case .luminance: [["Y"]]
            }
        #expect(layout.components.count == Set(planes.flatMap(\.bytes)).count)
        for (component, names) in zip(layout.components, names) {
            let plane = planes[component.plane]
            let places = plane.bytes.enumerated().filter { names.contains($0.element) }.map(\.offset)
            #expect(component.offset == places.first)
            #expect(component.step == plane.bytes.count / places.count)
            // A group with a component twice has two of its samples side by side.
            #expect((1 << component.horizontalShift) * places.count == plane.columns)
            #expect(1 << component.verticalShift == plane.rows)
        }
    }

    @Test("every byte of a pixel belongs to exactly one component", arguments: PixelFormat.allCases)
    func cover(format: PixelFormat) {
        let (width, height) = (16, 6)
        let layout = format.layout
        for plane in 0..<layout.planeCount {
            let rowBytes = layout.rowBytes(plane: plane, width: width)
            let rows = layout.rows(plane: plane, height: height)
            var owners = [Int](repeating: 0, count: rowBytes * rows)
            for component in layout.components where component.plane == plane {
                for y in 0..<height >> component.verticalShift {
                    for x in 0..<width >> component.horizontalShift {
                        owners[y * rowBytes + component.offset + x * component.step] += 1
                    }
                }
            }
            #expect(owners.allSatisfy { $0 == 1 })
        }
    }

    @Test("odd sizes have a chroma sample for their last column and row", arguments: PixelFormat.allCases)
    func oddSizes(format: PixelFormat) throws {
        let planes = try #require(written[format])
        for (width, height) in [(1, 1), (7, 5), (8, 5), (7, 6)] {
            for (index, plane) in planes.enumerated() {
                let groups = (width + plane.columns - 1) / plane.columns
                #expect(format.layout.rowBytes(plane: index, width: width) == groups * plane.bytes.count)
                #expect(format.layout.rows(plane: index, height: height) == (height + plane.rows - 1) / plane.rows)
            }
        }
    }

    @Test("a mask's grid is that of the coarsest component", arguments: PixelFormat.allCases)
    func grid(format: PixelFormat) throws {
        let planes = try #require(written[format])
        #expect(1 << format.layout.horizontalShift == planes.map(\.columns).max())
        #expect(1 << format.layout.verticalShift == planes.map(\.rows).max())
    }
}
