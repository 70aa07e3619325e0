// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import FaceDetection
import FaceMasking
import Testing
import VideoFrames

/// What the masks are for: the detector itself, looking harder than it would, does not find the face again.
@Suite struct MaskHidesTests {
    /// The surroundings of each face, 2.6 and 1.8 times as wide as it.
    private static func part(_ picture: TestPicture) -> PixelRectangle {
        switch picture {
        case .astronaut: PixelRectangle(x: 112, y: 0, width: 224, height: 232)
        case .hopper: PixelRectangle(x: 104, y: 56, width: 312, height: 312)
        }
    }

    /// A picture whose face is `faceWidth` px wide.
    private static func frame(_ picture: TestPicture, faceWidth: Int, _ format: PixelFormat) throws -> FrameBuffer {
        let part = part(picture)
        let face = try #require(picture.reference(minimumSize: 40))
        let scale = Float(faceWidth) / face.width / 8
        let size = (Int(Float(part.width) * scale) * 8, Int(Float(part.height) * scale) * 8)
        return try picture.frame(format, part: part, size: size)
    }

    @Test(
        "a masked face is not found again, at any size and with any mask", arguments: TestPicture.allCases,
        [45, 90, 180, 360, 720, 1080])
    func hides(picture: TestPicture, faceWidth: Int) throws {
        let models = try TestModels.load()
        let (anonymizer, attacker) = (try Anonymizer(models: models), try FaceDetector(models: models))
        var attack = DetectorSettings()
        attack.minimumSize = 20
        attack.proposalThreshold = 0.5
        attack.refinementThreshold = 0.5
        attack.outputThreshold = 0.5
        attack.scoreThreshold = 0.5

        let clear = try Self.frame(picture, faceWidth: faceWidth, .rgb)
        let clearView = try #require(clear.view(colorimetry: .fullRange))
        var settings = AnonymizerSettings()
        let faces = try anonymizer.inspect(clearView, at: nil, settings: settings)
        let box = try #require(faces.first).box
        #expect(faces.count == 1 && abs(box.width - Float(faceWidth)) < 0.25 * Float(faceWidth))
        let (marginX, marginY) = (0.2 * box.width, 0.2 * box.height)
        let region = FaceBox(
            x1: box.x1 - marginX, y1: box.y1 - marginY, x2: box.x2 + marginX, y2: box.y2 + marginY, score: 1
        ).clipped(width: clear.width, height: clear.height)

        for style in MaskCase.styles {
            // What shows on large faces shows on small ones, for a twentieth of the time.
            for shape in faceWidth < 300 ? [MaskShape.rectangle, .ellipse] : [.rectangle] {
                settings.mask.style = style
                settings.mask.shape = shape
                let frame = FrameBuffer(.rgb, width: clear.width, height: clear.height)
                frame.copySamples(of: clear)
                let view = try #require(frame.view(colorimetry: .fullRange))
                try anonymizer.mask(faces, of: view, settings: settings)
                for sampling in faceWidth < 300 ? [Sampling.area, .reference] : [.area] {
                    attack.sampling = sampling
                    let found = try attacker.detect(in: view, settings: attack)
                    let worst = found.map { $0.intersectionOverUnion(region) }.max() ?? 0
                    #expect(worst <= 0.3, "\(style) \(shape) \(sampling): \(found)")
                }
            }
        }
    }
}
