// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import FaceDetection
import FaceMasking
import Foundation
import Testing

@Suite struct ReportTests {
    @Test("a line of the report is JSON with the fields that are promised")
    func json() throws {
        let face = MaskedFace(
            box: FaceBox(x1: 1.5, y1: 2, x2: 11.5, y2: 22, score: 0.5), source: .held, track: 3)
        let report = FrameReport(
            frame: 12, pts: 480_000_000, width: 64, height: 48, outcome: .masked, faces: [face, face])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        #expect(object["frame"] as? Int == 12 && object["pts"] as? Int == 480_000_000)
        #expect(object["outcome"] as? String == "masked")
        let first = try #require((object["faces"] as? [[String: Any]])?.first)
        #expect(first["x"] as? Double == 1.5 && first["width"] as? Double == 10 && first["height"] as? Double == 20)
        #expect(first["source"] as? String == "held" && first["track"] as? Int == 3)
        let still = FrameReport(frame: 0, pts: nil, width: 1, height: 1, outcome: .dropped, faces: [])
        #expect(still.json == #"{"frame":0,"pts":null,"width":1,"height":1,"outcome":"dropped","faces":[]}"#)
    }

    @Test("a report that cannot be written says which file and why")
    func errors() throws {
        #expect(throws: ReportError.self) { try ReportFile(path: "/nonexistent/directory/report.jsonl") }
        let full = try ReportFile(path: "/dev/full")
        let line = FrameReport(frame: 0, pts: nil, width: 1, height: 1, outcome: .masked, faces: [])
        do {
            try full.write(line)
            Issue.record("/dev/full took a line")
        } catch {
            #expect("\(error)".contains("/dev/full") && "\(error)".contains("space"))
        }
    }
}

@Suite struct SettingsTests {
    @Test("each value that cannot work is named with what can")
    func problems() {
        #expect(AnonymizerSettings().problem == nil)
        func problem(_ change: (inout AnonymizerSettings) -> Void) -> String {
            var settings = AnonymizerSettings()
            change(&settings)
            return settings.problem ?? ""
        }
        #expect(problem { $0.detector.minimumSize = 11 }.contains("min-size"))
        #expect(problem { $0.detector.scaleFactor = 1 }.contains("scale-factor"))
        #expect(problem { $0.detector.scaleFactor = .nan }.contains("scale-factor"))
        #expect(problem { $0.detector.outputThreshold = 1.1 }.contains("onet-threshold"))
        #expect(problem { $0.detector.scoreThreshold = -0.1 }.contains("score-threshold"))
        #expect(problem { $0.mask.mosaicLevel = 65 }.contains("mosaic-level"))
        #expect(problem { $0.mask.blurLevel = 0 }.contains("blur-level"))
        #expect(problem { $0.mask.margin = 3 }.contains("margin"))
        #expect(problem { $0.hold = 10_000_000_001 }.contains("hold"))
    }
}
