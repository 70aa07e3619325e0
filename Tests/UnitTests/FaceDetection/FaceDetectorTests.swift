// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import Testing
import VideoFrames

@Suite struct FaceDetectorTests {
    private static func settings(
        _ sampling: Sampling = .area, minimumSize: Int = 40
    ) -> DetectorSettings {
        var settings = DetectorSettings()
        settings.sampling = sampling
        settings.minimumSize = minimumSize
        return settings
    }

    /// What a detector finds; a new one where none is given.
    private static func detect(
        _ frame: FrameBuffer, _ settings: DetectorSettings, with detector: FaceDetector? = nil
    ) throws -> [FaceBox] {
        let view = try #require(frame.view(colorimetry: frame.format.usualColorimetry))
        let detector = try detector ?? FaceDetector(models: try TestModels.load())
        defer { detector.release() }
        return try detector.detect(in: view, settings: settings)
    }

    // MARK: - What is found

    @Test("sampling=reference gives the reference system's boxes", arguments: TestPicture.allCases, [40, 20])
    func parity(picture: TestPicture, minimumSize: Int) throws {
        let expected = try #require(picture.reference(minimumSize: minimumSize))
        let faces = try Self.detect(try picture.frame(), Self.settings(.reference, minimumSize: minimumSize))
        #expect(faces.count == 1)
        let face = try #require(faces.first)
        #expect(abs(face.x1 - expected.x1) < 0.1)
        #expect(abs(face.y1 - expected.y1) < 0.1)
        #expect(abs(face.x2 - expected.x2) < 0.1)
        #expect(abs(face.y2 - expected.y2) < 0.1)
        #expect(abs(face.score - expected.score) < 0.001)
    }

    @Test("sampling=area finds the same faces", arguments: TestPicture.allCases, [40, 20])
    func area(picture: TestPicture, minimumSize: Int) throws {
        let expected = try #require(picture.reference(minimumSize: minimumSize))
        let faces = try Self.detect(try picture.frame(), Self.settings(minimumSize: minimumSize))
        #expect(faces.count == 1)
        #expect(try #require(faces.first).intersectionOverUnion(expected) >= 0.7)
    }

    @Test(
        "a deep picture has exactly the boxes of its 8 highest bits",
        arguments: [
            (PixelFormat.i420Deep10, .i420), (.i420Deep12, .i420), (.p010, .nv12), (.p016, .nv12), (.y210, .yuy2),
            (.gbrDeep12, .gbr), (.rgba64LE, .rgba), (.gray16LE, .gray8), (.gray16BE, .gray8),
        ] as [(PixelFormat, PixelFormat)], [Sampling.area, .reference])
    func deep(formats: (deep: PixelFormat, plain: PixelFormat), sampling: Sampling) throws {
        let plain = try TestPicture.astronaut.frame(formats.plain)
        let frame = FrameBuffer(formats.deep, width: plain.width, height: plain.height, padding: 3)
        // What lies below, and in padding bits, is noise.
        frame.fillWithNoise()
        for component in frame.layout.components.indices {
            let (width, height) = frame.size(component: component)
            let below = frame.layout.sample.shift + frame.layout.sample.depth - 8
            for y in 0..<height {
                for x in 0..<width {
                    let noise = frame.word(component: component, x: x, y: y) & ~(255 << UInt16(below))
                    let word = plain[component, x, y] << UInt16(below) | noise
                    frame.setWord(word, component: component, x: x, y: y)
                }
            }
        }
        let detector = try FaceDetector(models: try TestModels.load())
        let expected = try Self.detect(plain, Self.settings(sampling), with: detector)
        #expect(expected.count == 1)
        #expect(try Self.detect(frame, Self.settings(sampling), with: detector) == expected)
    }

    @Test("the same face is found in every format", arguments: PixelFormat.allCases)
    func formats(format: PixelFormat) throws {
        let expected = try #require(TestPicture.astronaut.reference(minimumSize: 40))
        let frame = try TestPicture.astronaut.frame(format)
        let detector = try FaceDetector(models: try TestModels.load())
        for sampling in [Sampling.reference, .area] {
            let faces = try Self.detect(frame, Self.settings(sampling), with: detector)
            #expect(faces.count == 1)
            #expect(try #require(faces.first).intersectionOverUnion(expected) >= 0.8)
        }
    }

    @Test(
        "padding and rows that run upwards change nothing", arguments: [PixelFormat.rgb, .nv12, .yuy2, .i420],
        [Sampling.reference, .area])
    func strides(format: PixelFormat, sampling: Sampling) throws {
        let plain = try TestPicture.astronaut.frame(format)
        let detector = try FaceDetector(models: try TestModels.load())
        let expected = try Self.detect(plain, Self.settings(sampling), with: detector)
        #expect(!expected.isEmpty)
        for (padding, isUpward) in [(13, false), (0, true), (7, true)] {
            let frame = FrameBuffer(
                format, width: plain.width, height: plain.height, padding: padding, isUpward: isUpward)
            frame.fillWithNoise()
            frame.copySamples(of: plain)
            let before = frame.bytes
            #expect(try Self.detect(frame, Self.settings(sampling), with: detector) == expected)
            #expect(frame.bytes == before && frame.guardsAreIntact, "nothing is written")
        }
    }

    @Test("a detector gives the same boxes again, also after frames of other sizes and settings")
    func repeats() throws {
        let detector = try FaceDetector(models: try TestModels.load())
        let (first, second) = (try TestPicture.astronaut.frame(), try TestPicture.hopper.frame(.nv12))
        let views = (try #require(first.view(colorimetry: .fullRange)), try #require(second.view()))
        let expected = try detector.detect(in: views.0, settings: Self.settings())
        let other = try detector.detect(in: views.1, settings: Self.settings(.reference, minimumSize: 60))
        #expect(expected.count == 1 && other.count == 1)
        for _ in 0..<2 {
            #expect(try detector.detect(in: views.0, settings: Self.settings()) == expected)
            #expect(try detector.detect(in: views.1, settings: Self.settings(.reference, minimumSize: 60)) == other)
        }
    }

    @Test("thresholds are strict: at 1 nothing is left")
    func thresholds() throws {
        let frame = try TestPicture.astronaut.frame()
        for path in [
            \DetectorSettings.proposalThreshold, \.refinementThreshold, \.outputThreshold, \.scoreThreshold,
        ] {
            var settings = Self.settings()
            settings[keyPath: path] = 1
            #expect(try Self.detect(frame, settings).isEmpty)
        }
    }

    @Test("lower thresholds find at least as many, by falling score and within the frame")
    func order() throws {
        var settings = Self.settings(minimumSize: 20)
        settings.proposalThreshold = 0.3
        settings.refinementThreshold = 0.05
        settings.outputThreshold = 0.01
        settings.scoreThreshold = 0.01
        let faces = try Self.detect(try TestPicture.astronaut.frame(), settings)
        #expect(faces.count > 1)
        #expect(zip(faces, faces.dropFirst()).allSatisfy { $0.score >= $1.score })
        #expect(faces.allSatisfy { $0.x1 >= 0 && $0.y1 >= 0 && $0.x2 <= 512 && $0.y2 <= 512 && $0.area > 0 })
    }

    // MARK: - Looking again

    @Test("a lost face is confirmed where it is, and nowhere else")
    func confirm() throws {
        let frame = try TestPicture.astronaut.frame()
        let detector = try FaceDetector(models: try TestModels.load())
        let settings = DetectorSettings()
        let view = try #require(frame.view(colorimetry: .fullRange))
        let face = try #require(try detector.detect(in: view, settings: settings).first)
        var wrong = face
        (wrong.x1, wrong.x2) = (face.x1 + 200, face.x2 + 200)
        var outside = face
        (outside.y1, outside.y2) = (face.y1 - 4000, face.y2 - 4000)
        var confirmed: [Int: FaceBox] = [:]
        try detector.confirm([wrong, outside, face], settings: settings) { confirmed[$0] = $1 }
        #expect(Array(confirmed.keys) == [2])
        #expect(try #require(confirmed[2]).intersectionOverUnion(face) > 0.6)
    }

    // MARK: - Frames without a face

    @Test(
        "frames of any size are inspected: no crash, no face in grey",
        arguments: [
            (1, 1), (11, 11), (12, 12), (13, 13), (13, 200), (40, 40), (41, 41), (41, 43), (8192, 16), (16, 8192),
        ])
    func anySize(size: (Int, Int)) throws {
        let detector = try FaceDetector(models: try TestModels.load())
        let formats = size.0 * size.1 > 10_000 ? [.gray8, .i420, .uyvy] : PixelFormat.allCases
        for minimumSize in [12, 40] {
            for format in formats {
                let frame = FrameBuffer(format, width: size.0, height: size.1)
                frame.fillSamples { _, _, _ in 128 }
                for sampling in [Sampling.area, .reference] {
                    let settings = Self.settings(sampling, minimumSize: minimumSize)
                    #expect(try Self.detect(frame, settings, with: detector).isEmpty)
                }
            }
        }
    }

    @Test("noise of any size is inspected", arguments: [(12, 12), (13, 29), (41, 41)])
    func noise(size: (Int, Int)) throws {
        var settings = Self.settings(minimumSize: 12)
        settings.proposalThreshold = 0
        settings.refinementThreshold = 0.01
        let detector = try FaceDetector(models: try TestModels.load())
        for sampling in [Sampling.area, .reference] {
            settings.sampling = sampling
            for format in [PixelFormat.i420, .uyvy, .bgr] {
                let frame = FrameBuffer(format, width: size.0, height: size.1)
                frame.fillWithNoise()
                _ = try Self.detect(frame, settings, with: detector)
            }
        }
    }

    @Test("a frame in which no face of the minimum size fits has no faces, and is no error")
    func tooSmall() throws {
        let frame = try TestPicture.astronaut.frame()
        #expect(try Self.detect(frame, Self.settings(minimumSize: 512)).isEmpty)
        #expect(try Self.detect(frame, Self.settings(minimumSize: 8192)).isEmpty)
        #expect(!FaceDetector.hasLevels(width: 640, height: 512, settings: Self.settings(minimumSize: 512)))
        #expect(FaceDetector.hasLevels(width: 640, height: 513, settings: Self.settings(minimumSize: 512)))
    }

    @Test("a scale factor close to 1 is an error that says what to do, and the next frame works")
    func tooManyLevels() throws {
        let detector = try FaceDetector(models: try TestModels.load())
        let frame = try TestPicture.astronaut.frame()
        let view = try #require(frame.view(colorimetry: .fullRange))
        var settings = DetectorSettings()
        settings.scaleFactor = 0.999
        let error = #expect(throws: DetectionError.tooManyLevels(limit: 64)) {
            try detector.detect(in: view, settings: settings)
        }
        let text = try #require(error).description
        #expect(text.contains("64") && text.contains("scale-factor") && text.contains("min-size"))
        #expect(try detector.detect(in: view, settings: DetectorSettings()).count == 1)
    }

    @Test(
        "the thumbnail is the frame as it is stored, and there is none without levels",
        arguments: [Sampling.area, .reference])
    func thumbnail(sampling: Sampling) throws {
        let detector = try FaceDetector(models: try TestModels.load())
        let frame = try TestPicture.astronaut.frame()
        let view = try #require(frame.view(colorimetry: .fullRange))
        var settings = DetectorSettings()
        settings.sampling = sampling
        func values(_ width: Int, _ height: Int, orientation: Orientation = .upright) throws -> [Float]? {
            _ = try detector.detect(in: view, orientation: orientation, settings: settings)
            return try detector.withThumbnail(width: width, height: height) { Array($0) }
        }
        let upright = try #require(try values(64, 32))
        #expect(upright.count == 64 * 32 && upright.allSatisfy { abs($0) <= 127.5 / 128 } && Set(upright).count > 100)
        // Each value is the mean of green over 8 x 16 px, or nearly so where points are taken.
        for (x, y) in [(0, 0), (20, 9), (63, 31)] {
            var sum: Float = 0
            for row in 16 * y..<16 * (y + 1) {
                for column in 8 * x..<8 * (x + 1) { sum += Float(frame[1, column, row]) }
            }
            #expect(abs(upright[y * 64 + x] - (sum / 128 - 127.5) / 128) < (sampling == .area ? 0.001 : 0.2))
        }
        let turned = try values(64, 32, orientation: Orientation(isTransposed: true, flipsRows: true))
        #expect(turned == upright)
        let tooWide = try values(520, 32)
        settings.minimumSize = 600
        let withoutLevels = try values(64, 32)
        #expect(tooWide == nil && withoutLevels == nil)
    }
}
