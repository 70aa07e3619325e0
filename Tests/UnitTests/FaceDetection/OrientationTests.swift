// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import FaceMasking
import Testing
import VideoFrames

extension Orientation {
    /// The eight ways in which a picture can lie.
    static let all = [false, true].flatMap { transposed in
        [false, true].flatMap { columns in
            [false, true].map { Orientation(isTransposed: transposed, flipsColumns: columns, flipsRows: $0) }
        }
    }

    /// The frame in which an upright one lies turned: each upright sample (x, y) goes to its native place. Only for sizes
    /// and formats whose chroma grid turns onto itself.
    func turned(_ upright: FrameBuffer) -> FrameBuffer {
        let (width, height) = isTransposed ? (upright.height, upright.width) : (upright.width, upright.height)
        let native = FrameBuffer(upright.format, width: width, height: height)
        for component in upright.format.layout.components.indices {
            let size = upright.size(component: component)
            let turned = native.size(component: component)
            for y in 0..<size.height {
                for x in 0..<size.width {
                    var (column, row) = isTransposed ? (y, x) : (x, y)
                    if flipsColumns { column = turned.width - 1 - column }
                    if flipsRows { row = turned.height - 1 - row }
                    native[component, column, row] = upright[component, x, y]
                }
            }
        }
        return native
    }
}

@Suite struct OrientationTests {
    /// A part that is not square, with the face off its middle.
    private static let part = PixelRectangle(x: 96, y: 0, width: 384, height: 248)

    @Test(
        "a turned picture has the boxes of the upright one",
        arguments: [PixelFormat.rgb, .nv12, .y444, .gray8, .p010, .rgba64LE], [Sampling.area, .reference])
    func boxes(format: PixelFormat, sampling: Sampling) throws {
        let upright = try TestPicture.astronaut.frame(format, part: Self.part)
        let detector = try FaceDetector(models: try TestModels.load())
        var settings = DetectorSettings()
        settings.sampling = sampling
        let view = try #require(upright.view(colorimetry: format.usualColorimetry))
        let expected = try detector.detect(in: view, settings: settings)
        #expect(expected.count == 1)
        for orientation in Orientation.all {
            let native = orientation.turned(upright)
            let view = try #require(native.view(colorimetry: format.usualColorimetry))
            let found = try detector.detect(in: view, orientation: orientation, settings: settings)
            #expect(found.count == 1, "\(orientation)")
            for (a, b) in zip(expected, found) {
                for side in [\FaceBox.x1, \.y1, \.x2, \.y2] {
                    #expect(abs(a[keyPath: side] - b[keyPath: side]) < 0.01, "\(orientation)")
                }
                #expect(abs(a.score - b.score) < 0.0001)
            }
        }
    }

    @Test(
        "packed 4:2:2 can be mirrored and turned round",
        arguments: [PixelFormat.yuy2, .uyvy, .y42b, .y210, .i422Deep10])
    func mirrored(format: PixelFormat) throws {
        let upright = try TestPicture.astronaut.frame(format, part: Self.part)
        let detector = try FaceDetector(models: try TestModels.load())
        let view = try #require(upright.view())
        let expected = try #require(try detector.detect(in: view, settings: DetectorSettings()).first)
        for orientation in Orientation.all where !orientation.isTransposed {
            let native = orientation.turned(upright)
            let found = try detector.detect(
                in: try #require(native.view()), orientation: orientation, settings: DetectorSettings())
            #expect(found.count == 1)
            #expect(try #require(found.first).intersectionOverUnion(expected) > 0.999)
        }
    }

    @Test("a sideways face is missed where nobody says that it lies")
    func unsaid() throws {
        let native = Orientation(isTransposed: true, flipsRows: true)
            .turned(try TestPicture.astronaut.frame(part: Self.part))
        let detector = try FaceDetector(models: try TestModels.load())
        let view = try #require(native.view(colorimetry: .fullRange))
        #expect(try detector.detect(in: view, settings: DetectorSettings()).isEmpty)
    }

    @Test("a box's native place is where its pixels lie, and the way back leads back", arguments: Orientation.all)
    func places(orientation: Orientation) {
        // One pixel of the upright picture is one of the native frame.
        let (width, height) = (7, 4)
        let upright = FrameBuffer(.gray8, width: width, height: height)
        upright.fillSamples { UInt16(7 * $2 + $1 + $0) }
        let native = orientation.turned(upright)
        for y in 0..<height {
            for x in 0..<width {
                let box = FaceBox(x1: Float(x), y1: Float(y), x2: Float(x + 1), y2: Float(y + 1), score: 0.5)
                let place = orientation.native(box, width: native.width, height: native.height)
                #expect(place.width == 1 && place.height == 1 && place.score == 0.5)
                #expect(native[0, Int(place.x1), Int(place.y1)] == upright[0, x, y])
                #expect(orientation.upright(place, width: native.width, height: native.height) == box)
            }
        }
    }
}
