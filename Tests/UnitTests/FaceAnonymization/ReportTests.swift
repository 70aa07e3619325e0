// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import FaceDetection
import Foundation
import Testing

@Suite struct ReportTests {
    private static func object(_ report: FrameReport) throws -> [String: Any] {
        #expect(!report.json.contains("\n"), "one line")
        return try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    }

    private static let line = FrameReport(frame: 0, pts: nil, width: 1, height: 1, outcome: .masked, faces: [])

    // MARK: - Lines

    @Test("a line is JSON with the fields that are promised, and no others")
    func fields() throws {
        let face = MaskedFace(box: FaceBox(x1: 1.5, y1: 2, x2: 11.5, y2: 22, score: 0.5), source: .held, track: 3)
        let report = FrameReport(
            frame: 12, pts: 480_000_000, width: 1280, height: 720, outcome: .masked, faces: [face, face])
        let object = try Self.object(report)
        #expect(Set(object.keys) == ["frame", "pts", "width", "height", "outcome", "faces"])
        #expect(object["frame"] as? Int == 12 && object["pts"] as? Int == 480_000_000)
        #expect(object["width"] as? Int == 1280 && object["height"] as? Int == 720)
        #expect(object["outcome"] as? String == "masked")
        let faces = try #require(object["faces"] as? [[String: Any]])
        #expect(faces.count == 2)
        let first = try #require(faces.first)
        #expect(Set(first.keys) == ["x", "y", "width", "height", "score", "source", "track"])
        #expect(first["x"] as? Double == 1.5 && first["y"] as? Double == 2)
        #expect(first["width"] as? Double == 10 && first["height"] as? Double == 20)
        #expect(first["score"] as? Double == 0.5)
        #expect(first["source"] as? String == "held" && first["track"] as? Int == 3)
    }

    @Test("a still has no pts, and a dropped frame no faces")
    func still() {
        let still = FrameReport(frame: 0, pts: nil, width: 1, height: 1, outcome: .dropped, faces: [])
        #expect(still.json == #"{"frame":0,"pts":null,"width":1,"height":1,"outcome":"dropped","faces":[]}"#)
    }

    @Test(
        "outcomes and sources have the names that are promised",
        arguments: [
            (FrameOutcome.masked, "masked", MaskedFace.Source.detected, "detected"),
            (.covered, "covered", .held, "held"), (.dropped, "dropped", .ahead, "ahead"),
            (.masked, "masked", .roi, "roi"), (.masked, "masked", .zone, "zone"),
        ])
    func names(outcome: FrameOutcome, outcomeName: String, source: MaskedFace.Source, sourceName: String) throws {
        let face = MaskedFace(box: FaceBox(x1: 0, y1: 0, x2: 1, y2: 1, score: 1), source: source)
        let report = FrameReport(frame: 1, pts: 0, width: 8, height: 8, outcome: outcome, faces: [face])
        let object = try Self.object(report)
        #expect(object["outcome"] as? String == outcomeName)
        let first = try #require((object["faces"] as? [[String: Any]])?.first)
        #expect(first["source"] as? String == sourceName && first["track"] is NSNull)
    }

    @Test(
        "numbers of any size are JSON, and come back",
        arguments: [0, 1e-7, 0.1, 1234.5678, 16_777_216, 1e10, -3.25, .leastNonzeroMagnitude] as [Float])
    func numbers(value: Float) throws {
        let face = MaskedFace(
            box: FaceBox(x1: value, y1: value, x2: value + 1, y2: value + 1, score: value), source: .detected)
        let object = try Self.object(
            FrameReport(frame: .max, pts: .max, width: 1, height: 1, outcome: .masked, faces: [face]))
        #expect(object["frame"] as? UInt64 == .max && object["pts"] as? UInt64 == .max)
        let first = try #require((object["faces"] as? [[String: Any]])?.first)
        #expect((first["x"] as? Double).map { Float($0) } == value)
        #expect((first["score"] as? Double).map { Float($0) } == value)
    }

    // MARK: - Files

    @Test("a file is made anew, and has one line a frame as soon as it was written")
    func file() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/report.jsonl"
        try Data("what was there before\n".utf8).write(to: URL(fileURLWithPath: path))
        let file = try ReportFile(path: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8).isEmpty)
        for frame in 0..<3 as Range<UInt64> {
            var line = Self.line
            line.frame = frame
            try file.write(line)
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == Int(frame) + 1 && lines.last.map(String.init) == line.json)
        }
    }

    @Test(
        "a file that cannot be made is named, with the reason and what to do",
        arguments: [
            ("/nonexistent/directory/report.jsonl", "No such file or directory"), ("/tmp", "Is a directory"),
            ("/dev/null/report.jsonl", "Not a directory"),
        ])
    func unmade(path: String, reason: String) throws {
        let error = try #require(throws: ReportError.self) { _ = try ReportFile(path: path) }
        #expect(error.path == path && error.reason == reason)
        #expect("\(error)".contains(path) && "\(error)".contains(reason) && "\(error)".contains("report-location"))
    }

    @Test("a full disk is an error of the line that did not fit")
    func full() throws {
        let full = try ReportFile(path: "/dev/full")
        for _ in 0..<2 {
            let error = try #require(throws: ReportError.self) { try full.write(Self.line) }
            #expect(error.path == "/dev/full" && error.reason == "No space left on device")
        }
    }
}
