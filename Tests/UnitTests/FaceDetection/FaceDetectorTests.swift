// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import Foundation
import Testing
import VideoFrames

/// Pictures that packages ship, decoded by GStreamer to packed bytes.
enum TestPicture {
    static var root: String {
        ProcessInfo.processInfo.environment["FACEANON_ROOT"] ?? FileManager.default.currentDirectoryPath
    }

    static func load(_ name: String, _ format: PixelFormat, width: Int, height: Int) throws -> FrameBuffer {
        let raw = NSTemporaryDirectory() + "faceanon-\(UUID().uuidString).raw"
        defer { try? FileManager.default.removeItem(atPath: raw) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "timeout", "60", "gst-launch-1.0", "-q", "filesrc", "location=\(root)/build/test-data/\(name)", "!",
            "pngdec", "!",
            "videoconvert", "!", "video/x-raw,format=\(format.rawValue),width=\(width),height=\(height)", "!",
            "filesink",
            "location=\(raw)",
        ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let bytes = [UInt8](try #require(FileManager.default.contents(atPath: raw)))
        let frame = FrameBuffer(format, width: width, height: height)
        // 512 wide: no format has padding.
        var offset = 0
        var starts: [Int] = []
        for plane in frame.bytes {
            starts.append(offset)
            offset += plane.count
        }
        try #require(bytes.count == offset)
        frame.fill { bytes[starts[$0] + $1] }
        return frame
    }

    static func models() throws -> ModelFiles {
        try ModelFiles(
            directory: try #require(ProcessInfo.processInfo.environment["FACEANON_MODEL_DIR"], "run make test"))
    }
}

@Suite struct FaceDetectorTests {
    /// The boxes of PeekingDuck 1.3.0.post1 (`model.mtcnn`) for scikit-image's astronaut.png, at min_size 40 and 20.
    @Test(
        "sampling=reference gives the reference system's boxes",
        arguments: [
            (40, FaceBox(x1: 181.031, y1: 59.302, x2: 266.973, y2: 173.431, score: 0.99981)),
            (20, FaceBox(x1: 180.554, y1: 58.717, x2: 266.62, y2: 173.341, score: 0.99989)),
        ])
    func parity(minimumSize: Int, expected: FaceBox) throws {
        let frame = try TestPicture.load("astronaut.png", .rgb, width: 512, height: 512)
        let detector = try FaceDetector(models: try TestPicture.models())
        var settings = DetectorSettings()
        settings.sampling = .reference
        settings.minimumSize = minimumSize
        let faces = try detector.detect(in: try #require(frame.view(colorimetry: .fullRange)), settings: settings)
        #expect(faces.count == 1)
        let face = try #require(faces.first)
        for (found, wanted) in [
            (face.x1, expected.x1), (face.y1, expected.y1), (face.x2, expected.x2), (face.y2, expected.y2),
        ] {
            #expect(abs(found - wanted) < 0.1)
        }
        #expect(abs(face.score - expected.score) < 0.001)
    }

    @Test("the same face is found in every format", arguments: [PixelFormat.i420, .nv12, .y444, .yuy2, .bgrx, .rgb])
    func formats(format: PixelFormat) throws {
        let expected = FaceBox(x1: 181.031, y1: 59.302, x2: 266.973, y2: 173.431, score: 1)
        let frame = try TestPicture.load("astronaut.png", format, width: 512, height: 512)
        let detector = try FaceDetector(models: try TestPicture.models())
        for sampling in [Sampling.reference, .area] {
            var settings = DetectorSettings()
            settings.sampling = sampling
            let faces = try detector.detect(in: try #require(frame.view()), settings: settings)
            #expect(faces.count == 1)
            #expect(try #require(faces.first).intersectionOverUnion(expected) > 0.8)
        }
    }

    @Test("thresholds are strict, and a scale factor near 1 is refused")
    func limits() throws {
        let frame = try TestPicture.load("astronaut.png", .rgb, width: 512, height: 512)
        let view = try #require(frame.view(colorimetry: .fullRange))
        let detector = try FaceDetector(models: try TestPicture.models())
        var settings = DetectorSettings()
        settings.scoreThreshold = 1
        #expect(try detector.detect(in: view, settings: settings).isEmpty)
        settings = DetectorSettings()
        settings.scaleFactor = 0.999
        #expect(throws: DetectionError.tooManyLevels(limit: 64)) { try detector.detect(in: view, settings: settings) }
    }

    @Test("a lost face is confirmed where it is, and nowhere else")
    func confirm() throws {
        let frame = try TestPicture.load("astronaut.png", .rgb, width: 512, height: 512)
        let detector = try FaceDetector(models: try TestPicture.models())
        let settings = DetectorSettings()
        let view = try #require(frame.view(colorimetry: .fullRange))
        let face = try #require(
            try detector.detect(in: view, settings: settings).first)
        var wrong = face
        (wrong.x1, wrong.x2) = (face.x1 + 200, face.x2 + 200)
        var confirmed: [Int: FaceBox] = [:]
        try detector.confirm([wrong, face], settings: settings) { confirmed[$0] = $1 }
        #expect(Array(confirmed.keys) == [1])
        #expect(try #require(confirmed[1]).intersectionOverUnion(face) > 0.6)
    }
}

@Suite struct SuppressionTests {
    /// The rules of the reference, restated the slow way.
    static func restated(_ boxes: [FaceBox], threshold: Float) -> [FaceBox] {
        let order = boxes.indices.sorted {
            boxes[$0].score == boxes[$1].score ? $0 < $1 : boxes[$0].score > boxes[$1].score
        }
        var kept: [FaceBox] = []
        for index in order where kept.count < 1000 {
            if kept.allSatisfy({ $0.intersectionOverUnion(boxes[index]) <= threshold }) { kept.append(boxes[index]) }
        }
        return kept
    }

    @Test("suppression follows its rules on random boxes", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func random(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let boxes = (0..<1500).map { _ in
            let (x, y) = (Float.random(in: 0..<900, using: &numbers), Float.random(in: 0..<900, using: &numbers))
            // Few scores, so that ties come up; some boxes without area.
            return FaceBox(
                x1: x, y1: y, x2: x + Float(Int.random(in: 0..<60, using: &numbers)),
                y2: y + Float(Int.random(in: 0..<60, using: &numbers)),
                score: Float(Int.random(in: 0..<20, using: &numbers)) / 20)
        }
        var candidates = boxes.map { Candidate(box: $0, offsets: (0, 0, 0, 0)) }
        NonMaximumSuppression().apply(to: &candidates, threshold: 0.5)
        #expect(candidates.map(\.box) == Self.restated(boxes, threshold: 0.5))
        #expect(candidates.count <= 1000)
    }
}

@Suite struct SamplingTests {
    /// The mean of a rectangle of a component with fractions of pixels at its sides, the slow way.
    private static func mean(_ frame: FrameBuffer, _ x: ClosedRange<Double>, _ y: ClosedRange<Double>) -> Double {
        let bytes = frame.bytes[0]
        var (sum, area) = (0.0, 0.0)
        for row in Int(y.lowerBound)..<min(frame.height, Int(y.upperBound.rounded(.up))) {
            let high = min(y.upperBound, Double(row + 1)) - max(y.lowerBound, Double(row))
            for column in Int(x.lowerBound)..<min(frame.width, Int(x.upperBound.rounded(.up))) {
                let wide = min(x.upperBound, Double(column + 1)) - max(x.lowerBound, Double(column))
                sum += high * wide * Double(bytes[row * frame.stride(plane: 0) + column])
                area += high * wide
            }
        }
        return sum / area
    }

    @Test("area sampling is the true mean", arguments: [(64, 48, 17, 13), (101, 77, 30, 12), (333, 211, 12, 99)])
    func area(width: Int, height: Int, levelWidth: Int, levelHeight: Int) throws {
        let frame = FrameBuffer(.gray8, width: width, height: height, padding: 3)
        var numbers = Numbers(seed: UInt64(width))
        frame.fill { _, _ in UInt8.random(in: 0...255, using: &numbers) }
        let sampler = FrameSampler()
        try sampler.load(try #require(frame.view(colorimetry: .fullRange)), orientation: .upright, sampling: .area)
        var output = [Float](repeating: 0, count: 3 * levelWidth * levelHeight)
        try output.withUnsafeMutableBufferPointer {
            try sampler.writeLevel(width: levelWidth, height: levelHeight, into: try #require($0.baseAddress))
        }
        let (stepX, stepY) = (Double(width) / Double(levelWidth), Double(height) / Double(levelHeight))
        for i in 0..<levelHeight {
            for j in 0..<levelWidth {
                let expected = Self.mean(
                    frame, (Double(j) * stepX)...(Double(j + 1) * stepX), (Double(i) * stepY)...(Double(i + 1) * stepY))
                let found = Double(output[i * levelWidth + j]) * 128 + 127.5
                #expect(abs(found - expected) < 0.01, "row \(i) column \(j)")
            }
        }
    }

    @Test("what lies outside the frame is mid grey in a crop", arguments: [Sampling.area, .reference])
    func outside(sampling: Sampling) throws {
        let frame = FrameBuffer(.gray8, width: 100, height: 100)
        frame.fill { _, _ in 255 }
        let sampler = FrameSampler()
        try sampler.load(try #require(frame.view(colorimetry: .fullRange)), orientation: .upright, sampling: sampling)
        var output = [Float](repeating: 9, count: 3 * 24 * 24)
        try output.withUnsafeMutableBufferPointer {
            try sampler.writeCrop(
                FaceBox(x1: -50, y1: 10, x2: 46, y2: 90, score: 1), side: 24, into: try #require($0.baseAddress))
        }
        // Half of the columns lie to the left of the frame.
        #expect(output[5 * 24 + 2] == 0)
        #expect(abs(output[5 * 24 + 20] - 127.5 / 128) < 0.001)
    }
}
