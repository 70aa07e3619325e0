// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Testing
import VideoFrames

/// The order of the samples of each format, written down once more from GStreamer's page of raw video formats: for each
/// plane the samples of one group of pixels, in the order of memory, and the group's size in pixels. A dot is padding.
private struct WrittenPlane {
    let samples: String
    let columns: Int
    let rows: Int

    init(_ samples: String, _ columns: Int = 1, _ rows: Int = 1) {
        self.samples = samples
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
    .nv16: [WrittenPlane("Y"), WrittenPlane("UV", 2)],
    .nv61: [WrittenPlane("Y"), WrittenPlane("VU", 2)],
    .nv24: [WrittenPlane("Y"), WrittenPlane("UV")],
    .av12: [WrittenPlane("Y"), WrittenPlane("UV", 2, 2), WrittenPlane("A")],
    .a420: [WrittenPlane("Y"), WrittenPlane("U", 2, 2), WrittenPlane("V", 2, 2), WrittenPlane("A")],
    .y41b: [WrittenPlane("Y"), WrittenPlane("U", 4), WrittenPlane("V", 4)],
    .yuv9: [WrittenPlane("Y"), WrittenPlane("U", 4, 4), WrittenPlane("V", 4, 4)],
    .yvu9: [WrittenPlane("Y"), WrittenPlane("V", 4, 4), WrittenPlane("U", 4, 4)],
    .yvyu: [WrittenPlane("YVYU", 2)],
    .vyuy: [WrittenPlane("VYUY", 2)],
    .ayuv: [WrittenPlane("AYUV")],
    .vuya: [WrittenPlane("VUYA")],
    .gbr: [WrittenPlane("G"), WrittenPlane("B"), WrittenPlane("R")],
    .gbra: [WrittenPlane("G"), WrittenPlane("B"), WrittenPlane("R"), WrittenPlane("A")],
    .i420Deep10: [WrittenPlane("Y"), WrittenPlane("U", 2, 2), WrittenPlane("V", 2, 2)],
    .i420Deep12: [WrittenPlane("Y"), WrittenPlane("U", 2, 2), WrittenPlane("V", 2, 2)],
    .i422Deep10: [WrittenPlane("Y"), WrittenPlane("U", 2), WrittenPlane("V", 2)],
    .i422Deep12: [WrittenPlane("Y"), WrittenPlane("U", 2), WrittenPlane("V", 2)],
    .y444Deep10: [WrittenPlane("Y"), WrittenPlane("U"), WrittenPlane("V")],
    .y444Deep12: [WrittenPlane("Y"), WrittenPlane("U"), WrittenPlane("V")],
    .y444Deep16: [WrittenPlane("Y"), WrittenPlane("U"), WrittenPlane("V")],
    .a420Deep10: [WrittenPlane("Y"), WrittenPlane("U", 2, 2), WrittenPlane("V", 2, 2), WrittenPlane("A")],
    .a422Deep10: [WrittenPlane("Y"), WrittenPlane("U", 2), WrittenPlane("V", 2), WrittenPlane("A")],
    .a444Deep10: [WrittenPlane("Y"), WrittenPlane("U"), WrittenPlane("V"), WrittenPlane("A")],
    .p010: [WrittenPlane("Y"), WrittenPlane("UV", 2, 2)],
    .p012: [WrittenPlane("Y"), WrittenPlane("UV", 2, 2)],
    .p016: [WrittenPlane("Y"), WrittenPlane("UV", 2, 2)],
    .y210: [WrittenPlane("YUYV", 2)],
    .y212: [WrittenPlane("YUYV", 2)],
    .y412: [WrittenPlane("UYVA")],
    .ayuv64: [WrittenPlane("AYUV")],
    .gbrDeep10: [WrittenPlane("G"), WrittenPlane("B"), WrittenPlane("R")],
    .gbrDeep12: [WrittenPlane("G"), WrittenPlane("B"), WrittenPlane("R")],
    .gbraDeep10: [WrittenPlane("G"), WrittenPlane("B"), WrittenPlane("R"), WrittenPlane("A")],
    .gbraDeep12: [WrittenPlane("G"), WrittenPlane("B"), WrittenPlane("R"), WrittenPlane("A")],
    .argb64: [WrittenPlane("ARGB")],
    .argb64LE: [WrittenPlane("ARGB")],
    .rgba64LE: [WrittenPlane("RGBA")],
    .bgra64LE: [WrittenPlane("BGRA")],
    .abgr64LE: [WrittenPlane("ABGR")],
    .gray16LE: [WrittenPlane("Y")],
    .gray16BE: [WrittenPlane("Y")],
]

/// The formats of words: how many significant bits a word has, and how many padding bits lie below them.
private let words: [PixelFormat: (depth: Int, shift: Int)] = [
    .i420Deep10: (10, 0), .i420Deep12: (12, 0), .i422Deep10: (10, 0), .i422Deep12: (12, 0), .y444Deep10: (10, 0),
    .y444Deep12: (12, 0), .y444Deep16: (16, 0), .a420Deep10: (10, 0), .a422Deep10: (10, 0), .a444Deep10: (10, 0),
    .p010: (10, 6), .p012: (12, 4), .p016: (16, 0), .y210: (10, 6), .y212: (12, 4), .y412: (12, 4), .ayuv64: (16, 0),
    .gbrDeep10: (10, 0), .gbrDeep12: (12, 0), .gbraDeep10: (10, 0), .gbraDeep12: (12, 0), .argb64: (16, 0),
    .argb64LE: (16, 0), .rgba64LE: (16, 0), .bgra64LE: (16, 0), .abgr64LE: (16, 0), .gray16LE: (16, 0),
    .gray16BE: (16, 0),
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
            case .yuv: [["Y"], ["U"], ["V"], ["A"]]
            case .luminance: [["Y"]]
            }
        #expect(layout.components.count == Set(planes.flatMap(\.samples)).count)
        let bytes = words[format] == nil ? 1 : 2
        #expect(layout.sample.bytes == bytes)
        #expect(layout.sample.depth == words[format]?.depth ?? 8)
        #expect(layout.sample.shift == words[format]?.shift ?? 0)
        #expect((layout.sample.word == .bigEndian) == format.rawValue.hasSuffix("_BE"))
        for (component, names) in zip(layout.components, names) {
            let plane = planes[component.plane]
            let places = plane.samples.enumerated().filter { names.contains($0.element) }.map(\.offset)
            #expect(component.offset == places.first.map { $0 * bytes })
            #expect(component.step == plane.samples.count / places.count * bytes)
            // A group with a component twice has two of its samples side by side.
            #expect((1 << component.horizontalShift) * places.count == plane.columns)
            #expect(1 << component.verticalShift == plane.rows)
        }
    }

    @Test("every byte of a pixel belongs to exactly one component", arguments: PixelFormat.allCases)
    func cover(format: PixelFormat) {
        let (width, height) = (16, 8)
        let layout = format.layout
        for plane in 0..<layout.planeCount {
            let rowBytes = layout.rowBytes(plane: plane, width: width)
            let rows = layout.rows(plane: plane, height: height)
            var owners = [Int](repeating: 0, count: rowBytes * rows)
            for component in layout.components where component.plane == plane {
                for y in 0..<height >> component.verticalShift {
                    for x in 0..<width >> component.horizontalShift {
                        let offset = y * rowBytes + component.offset + x * component.step
                        for byte in 0..<layout.sample.bytes { owners[offset + byte] += 1 }
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
                #expect(
                    format.layout.rowBytes(plane: index, width: width) == groups * plane.samples.count
                        * (words[format] == nil ? 1 : 2))
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
