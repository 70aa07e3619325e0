// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import FaceDetection
import FaceMasking
import Testing
import VideoFrames

@Suite struct AnonymizerTests {
    private static let frameTime: UInt64 = 40_000_000

    private static func view(_ frame: FrameBuffer) throws -> FrameView {
        try #require(frame.view(colorimetry: frame.format.usualColorimetry))
    }

    private static func copy(_ frame: FrameBuffer, padding: Int = 0, isUpward: Bool = false) -> FrameBuffer {
        let copy = FrameBuffer(
            frame.format, width: frame.width, height: frame.height, padding: padding, isUpward: isUpward)
        copy.copySamples(of: frame)
        return copy
    }

    private static func region(_ face: MaskedFace, of frame: FrameBuffer, margin: Double = 0.2) throws -> MaskRegion {
        try #require(
            MaskRegion(
                x1: Double(face.box.x1), y1: Double(face.box.y1), x2: Double(face.box.x2), y2: Double(face.box.y2),
                margin: margin, frame: try view(frame)))
    }

    private static func face(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float) -> MaskedFace {
        MaskedFace(box: FaceBox(x1: x1, y1: y1, x2: x2, y2: y2, score: 0.9), source: .detected)
    }

    // MARK: - Stills

    @Test("a still's face is found and masked, and only the face changes", arguments: PixelFormat.allCases)
    func still(format: PixelFormat) throws {
        let frame = Self.copy(try TestPicture.astronaut.frame(format), padding: 6, isUpward: true)
        let before = frame.bytes
        let anonymizer = try Anonymizer(models: try TestModels.load())
        let settings = AnonymizerSettings()
        let view = try Self.view(frame)
        let faces = try anonymizer.inspect(view, at: nil, settings: settings)
        #expect(frame.bytes == before, "inspecting writes nothing")
        #expect(faces.count == 1 && faces.first?.source == .detected && faces.first?.track == nil)
        let face = try #require(faces.first)
        #expect(face.box.intersectionOverUnion(try #require(TestPicture.astronaut.reference(minimumSize: 40))) > 0.8)
        try anonymizer.mask(faces, of: view, settings: settings)
        #expect(MaskCase.changedOutside([try Self.region(face, of: frame)], of: frame, from: before) == 0)
        #expect(frame.bytes != before && frame.guardsAreIntact)
        #expect(try anonymizer.inspect(view, at: nil, settings: settings).isEmpty)
    }

    @Test("a turned still is masked where its face lies", arguments: Orientation.all)
    func turned(orientation: Orientation) throws {
        let upright = try TestPicture.astronaut.frame(part: PixelRectangle(x: 96, y: 0, width: 384, height: 248))
        let native = orientation.turned(upright)
        let anonymizer = try Anonymizer(models: try TestModels.load())
        let settings = AnonymizerSettings()
        let view = try Self.view(native)
        let faces = try anonymizer.inspect(view, at: nil, orientation: orientation, settings: settings)
        let expected = try #require(TestPicture.astronaut.reference(minimumSize: 40))
        var place = expected
        (place.x1, place.x2) = (expected.x1 - 96, expected.x2 - 96)
        let wanted = orientation.native(place, width: native.width, height: native.height)
        #expect(faces.contains { $0.box.intersectionOverUnion(wanted) > 0.8 })
        try anonymizer.mask(faces, of: view, settings: settings)
        // The middle of the face is not what it was.
        let (x, y) = (Int(wanted.x1 + wanted.width / 2), Int(wanted.y1 + wanted.height / 2))
        let clear = orientation.turned(upright)
        #expect((0..<20).contains { native[0, x + $0, y] != clear[0, x + $0, y] })
    }

    @Test("a picture that lies upright although its tag says otherwise is masked as well")
    func wrongTag() throws {
        let frame = try TestPicture.astronaut.frame()
        let anonymizer = try Anonymizer(models: try TestModels.load())
        let faces = try anonymizer.inspect(
            try Self.view(frame), at: nil, orientation: Orientation(isTransposed: true, flipsRows: true),
            settings: AnonymizerSettings())
        let expected = try #require(TestPicture.astronaut.reference(minimumSize: 40))
        #expect(faces.contains { $0.box.intersectionOverUnion(expected) > 0.7 })
    }

    @Test("stills have nothing to do with each other: a face is not held")
    func stills() throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        let (picture, empty) = (try TestPicture.astronaut.frame(), FrameBuffer(.rgb, width: 512, height: 512))
        let settings = AnonymizerSettings()
        #expect(try anonymizer.inspect(try Self.view(picture), at: nil, settings: settings).count == 1)
        #expect(try anonymizer.inspect(try Self.view(empty), at: nil, settings: settings).isEmpty)
    }

    // MARK: - Streams

    @Test("a face that is gone from the picture stays masked for hold, with its identity")
    func held() throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        var settings = AnonymizerSettings()
        settings.hold = 3 * Self.frameTime
        let picture = try TestPicture.astronaut.frame()
        // The same place without the face, so that it is no other scene.
        let gone = Self.copy(picture)
        gone.fillSamples { picture[$0, $1, $2] }
        for y in 40..<190 { for x in 165..<285 { for c in 0..<3 { gone[c, x, y] = 120 } } }
        var sources: [MaskedFace.Source?] = []
        var tracks: Set<UInt32?> = []
        for index in 0..<8 {
            let time = UInt64(index) * Self.frameTime
            let view = try Self.view(index < 3 ? picture : gone)
            #expect(try anonymizer.inspect(view, at: time, settings: settings).isEmpty)
            let faces = anonymizer.faces(at: time, width: 512, height: 512)
            #expect(faces.count <= 1)
            sources.append(faces.first?.source)
            if let face = faces.first { tracks.insert(face.track) }
        }
        #expect(sources == [.detected, .detected, .detected, .held, .held, .held, nil, nil])
        #expect(tracks.count == 1 && tracks.first != .some(nil))
    }

    /// Where the astronaut's face is, and more of the picture.
    private static let place = FaceBox(x1: 181, y1: 59, x2: 267, y2: 173, score: 1)

    /// The share of the astronaut's face that is masked with the default margin.
    private static func covered(_ faces: [MaskedFace]) -> Float {
        faces.map { face in
            let (w, h) = (face.box.width * 0.2, face.box.height * 0.2)
            return FaceBox(
                x1: face.box.x1 - w, y1: face.box.y1 - h, x2: face.box.x2 + w, y2: face.box.y2 + h, score: 1
            ).sharedArea(place) / place.area
        }.max() ?? 0
    }

    /// The picture with noise over the face: a person is there whom nobody finds.
    private static func hidden(_ picture: FrameBuffer) -> FrameBuffer {
        let hidden = copy(picture)
        var numbers = Numbers(seed: 5)
        for y in 50..<185 {
            for x in 170..<280 { for c in 0..<3 { hidden[c, x, y] = UInt16.random(in: 0...255, using: &numbers) } }
        }
        return hidden
    }

    @Test(
        "L23: a face that is found beside a lost one takes nothing from it", arguments: [(100, 0), (60, 0), (40, 100)])
    func beside(x: Int, y: Int) throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        let picture = try TestPicture.astronaut.frame()
        let lost = Self.hidden(picture)
        let beside = Self.copy(lost)
        for row in 50..<185 {
            for column in 170..<280 {
                for c in 0..<3 { beside[c, column + x, row + y] = picture[c, column, row] }
            }
        }
        for (index, frame) in [picture, picture, beside, beside, lost, lost, lost].enumerated() {
            let time = UInt64(index) * Self.frameTime
            _ = try anonymizer.inspect(try Self.view(frame), at: time, settings: AnonymizerSettings())
            let faces = anonymizer.faces(at: time, width: 512, height: 512)
            #expect(Self.covered(faces) >= 0.8, "frame \(index)")
            #expect(faces.count == (index < 2 ? 1 : 2), "frame \(index)")
        }
    }

    @Test(
        "L24: a face is held, and masked ahead, through a flash, a lamp and an object that covers half of the picture",
        arguments: [0..<512, 200..<512, 0..<48], [UInt16(255), 0])
    func noCut(rows: Range<Int>, value: UInt16) throws {
        let picture = try TestPicture.astronaut.frame()
        let lost = Self.hidden(picture)
        let event = Self.copy(lost)
        for y in rows { for x in 0..<512 { for c in 0..<3 { event[c, x, y] = value } } }
        var settings = AnonymizerSettings()
        settings.lookahead = 500_000_000
        for frames in [[picture, picture, event, event, lost, lost], [lost, event, event, lost, picture, picture]] {
            let anonymizer = try Anonymizer(models: try TestModels.load())
            for (index, frame) in frames.enumerated() {
                _ = try anonymizer.inspect(
                    try Self.view(frame), at: UInt64(index) * Self.frameTime, settings: settings)
            }
            for index in frames.indices {
                let faces = anonymizer.faces(at: UInt64(index) * Self.frameTime, width: 512, height: 512)
                #expect(Self.covered(faces) >= 0.8, "frame \(index)")
            }
        }
    }

    @Test("a cut ends the hold of a face whose place has changed, once a second frame confirms it")
    func cut() throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        let settings = AnonymizerSettings()
        let picture = try TestPicture.astronaut.frame()
        // The lower part of another picture, without its face.
        let other = try TestPicture.hopper.frame(
            part: PixelRectangle(x: 0, y: 340, width: 512, height: 256), size: (512, 512))
        var counts: [Int] = []
        for (index, frame) in [picture, picture, other, other].enumerated() {
            let time = UInt64(index) * Self.frameTime
            _ = try anonymizer.inspect(try Self.view(frame), at: time, settings: settings)
            counts.append(anonymizer.faces(at: time, width: 512, height: 512).count)
        }
        #expect(counts == [1, 1, 1, 0])
    }

    @Test("after a reset nothing is held")
    func reset() throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        let settings = AnonymizerSettings()
        let (picture, empty) = (try TestPicture.astronaut.frame(), FrameBuffer(.rgb, width: 512, height: 512))
        _ = try anonymizer.inspect(try Self.view(picture), at: 0, settings: settings)
        #expect(anonymizer.faces(at: 0, width: 512, height: 512).count == 1)
        anonymizer.reset()
        _ = try anonymizer.inspect(try Self.view(empty), at: Self.frameTime, settings: settings)
        #expect(anonymizer.faces(at: Self.frameTime, width: 512, height: 512).isEmpty)
    }

    // MARK: - Masks

    @Test("where masks overlap the larger one is seen, whatever the order", arguments: MaskCase.styles)
    func largerLast(style: MaskStyle) throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        var settings = AnonymizerSettings()
        settings.mask.style = style
        let (large, small) = (Self.face(20, 20, 120, 120), Self.face(90, 90, 130, 130))
        let results = try [[large, small], [small, large]].map { faces in
            let frame = MaskCase.frame(.i420, (200, 160))
            try anonymizer.mask(faces, of: try Self.view(frame), settings: settings)
            return frame.samples
        }
        #expect(results[0] == results[1])
        let alone = MaskCase.frame(.i420, (200, 160))
        try anonymizer.mask([large], of: try Self.view(alone), settings: settings)
        #expect((0..<140).allSatisfy { results[0][0][110 * 200 + $0] == alone[0, $0, 110] })
    }

    @Test("a face without a place stops the frame: nothing is passed", arguments: [Float.nan, .infinity, -.infinity])
    func noPlace(value: Float) throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        let frame = MaskCase.frame(.rgb, (64, 48))
        for face in [Self.face(value, 1, 9, 9), Self.face(1, 1, 9, value)] {
            #expect(throws: AnonymizationError.self) {
                try anonymizer.mask([face], of: try Self.view(frame), settings: AnonymizerSettings())
            }
        }
    }

    @Test("zones are masked without a margin and as rectangles; clear zones spare faces, not zones")
    func zones() throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        var settings = AnonymizerSettings()
        settings.mask.style = .fill
        settings.mask.shape = .ellipse
        settings.clearZones = [PixelRectangle(x: 0, y: 0, width: 60, height: 160)]
        var zone = Self.face(40, 40, 80, 80)
        zone.source = .zone
        let (frame, clear) = (MaskCase.frame(.rgb, (200, 160)), MaskCase.frame(.rgb, (200, 160)))
        try anonymizer.mask([Self.face(20, 20, 130, 130), zone], of: try Self.view(frame), settings: settings)
        for y in 40..<80 { #expect((40..<80).allSatisfy { frame[0, $0, y] == 0 }) }
        for y in 0..<160 where !(40..<80).contains(y) {
            #expect((0..<60).allSatisfy { frame[0, $0, y] == clear[0, $0, y] })
        }
        #expect(frame[0, 100, 75] == 0 && frame[0, 39, 60] == clear[0, 39, 60])
    }

    @Test("what cannot be inspected is an error that says why")
    func errors() throws {
        let anonymizer = try Anonymizer(models: try TestModels.load())
        var settings = AnonymizerSettings()
        settings.detector.scaleFactor = 0.9999
        let view = try Self.view(try TestPicture.astronaut.frame())
        let error = try #require(throws: AnonymizationError.self) {
            _ = try anonymizer.inspect(view, at: nil, settings: settings)
        }
        #expect(error == .detection(.tooManyLevels(limit: 64)) && error.description.contains("scale-factor"))
    }
}
