// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import FaceDetection
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// Numbers that are none: from the networks, and from who sets properties.
    @Suite struct Numbers {
        /// What a network answers in one cell: a network, the part of its answer, and the value.
        struct Case: Sendable, CustomTestStringConvertible {
            let network: String
            let part: String
            let value: Float

            var answer: WrongAnswer {
                let channels = ["logits": 0..<2, "face logit": 1..<2, "offsets": 2..<6, "landmarks": 6..<16]
                return WrongAnswer(network: network, channels: channels[part] ?? 0..<0, value: value)
            }
            var testDescription: String { "\(network) \(part) \(value)" }
        }

        private static let values: [Float] = [.nan, -.nan, .signalingNaN, .infinity, -.infinity]

        static let cases =
            ["P-Net", "R-Net", "O-Net"].flatMap { network in
                ["logits", "face logit", "offsets"].flatMap { part in
                    values.map { Case(network: network, part: part, value: $0) }
                }
            } + [Case(network: "O-Net", part: "landmarks", value: .nan)]

        private let picture = Picture.astronaut()

        // MARK: - The detector

        private func withFrame(_ body: (FrameView, FaceDetector) throws -> Void) throws {
            let models = try ModelFiles(
                directory: ProcessInfo.processInfo.environment["FACEANON_MODEL_DIR"] ?? "build/faceanon-models")
            var bytes = picture.bytes
            try bytes.withUnsafeMutableBytes { memory in
                let base = try #require(memory.baseAddress?.assumingMemoryBound(to: UInt8.self))
                let sides = (picture.width, picture.height)
                let chroma = sides.0 / 2 * sides.1 / 2
                let planes = [0, sides.0 * sides.1, sides.0 * sides.1 + chroma].map { base + $0 }
                let view = try #require(
                    FrameView(
                        format: .i420, width: sides.0, height: sides.1, colorimetry: .bt601,
                        planes: (
                            PlaneMemory(base: planes[0], stride: sides.0),
                            PlaneMemory(base: planes[1], stride: sides.0 / 2),
                            PlaneMemory(base: planes[2], stride: sides.0 / 2), nil
                        )))
                try body(view, try FaceDetector(models: models, pool: WorkerPool(threads: 2)))
            }
        }

        @Test("L28: what is no number, out of any network, is a failed inspection", arguments: cases)
        func detection(wrong: Case) throws {
            try withFrame { view, detector in
                var faces: [FaceBox] = []
                FaultInjection.setAnswer(wrong.answer)
                defer { FaultInjection.setAnswer(nil) }
                let error = #expect(throws: DetectionError.self) {
                    try detector.detect(in: view, settings: DetectorSettings(), into: &faces)
                }
                guard case .senseless(wrong.network, _) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(error?.description.contains(wrong.network) == true)
                FaultInjection.setAnswer(nil)
                try detector.detect(in: view, settings: DetectorSettings(), into: &faces)
                #expect(faces.count == 1)
            }
        }

        @Test("L28: the same where a lost face is looked for", arguments: cases.filter { $0.network == "O-Net" })
        func confirmation(wrong: Case) throws {
            try withFrame { view, detector in
                var faces: [FaceBox] = []
                try detector.detect(in: view, settings: DetectorSettings(), into: &faces)
                FaultInjection.setAnswer(wrong.answer)
                defer { FaultInjection.setAnswer(nil) }
                #expect(throws: DetectionError.self) {
                    try detector.confirm(faces, settings: DetectorSettings()) { _, _ in }
                }
            }
        }

        @Test(
            "L28: finite offsets that move a face out of all numbers are a failed inspection",
            arguments: ["P-Net", "R-Net", "O-Net"], [3e38 as Float, -3e38, 1e30, 1e7])
        func overflow(network: String, offset: Float) throws {
            try withFrame { view, detector in
                var faces: [FaceBox] = []
                try detector.detect(in: view, settings: DetectorSettings(), into: &faces)
                let places = faces
                // One cell that is certainly a face, and lies nowhere.
                FaultInjection.setAnswers([
                    WrongAnswer(network: network, channels: 0..<1, value: -50),
                    WrongAnswer(network: network, channels: 1..<2, value: 50),
                    WrongAnswer(network: network, channels: 2..<6, value: offset),
                ])
                defer { FaultInjection.setAnswers([]) }
                #expect(throws: DetectionError.self) {
                    try detector.detect(in: view, settings: DetectorSettings(), into: &faces)
                }
                guard network == "O-Net" else { return }
                #expect(throws: DetectionError.self) {
                    try detector.confirm(places, settings: DetectorSettings()) { _, _ in }
                }
            }
        }

        @Test("L28: places that are no places are refused where a lost face is looked for; far ones are empty")
        func places() throws {
            try withFrame { view, detector in
                var faces: [FaceBox] = []
                try detector.detect(in: view, settings: DetectorSettings(), into: &faces)
                let face = try #require(faces.first)
                for value in Self.values + [3e38] {
                    var place = face
                    place.x2 = value
                    if value == 3e38 { place.x1 = -value }
                    #expect(throws: DetectionError.self) {
                        try detector.confirm([face, place], settings: DetectorSettings()) { _, _ in }
                    }
                }
                var far = face
                (far.x1, far.x2) = (1e20, 1.1e20)
                var confirmed: [Int] = []
                try detector.confirm([far, face], settings: DetectorSettings()) { index, _ in confirmed.append(index) }
                #expect(confirmed == [1])
            }
        }

        // MARK: - The element

        private static let elementCases = cases.filter { $0.value.isNaN || $0.part == "offsets" }

        @Test(
            "L28: such a frame falls under the failure policy",
            arguments: elementCases, ["error", "cover", "drop"])
        func policy(wrong: Case, policy: String) throws {
            let harness = try FaceHarness(
                picture.caps, FaceHarness.white.merging(["failure-policy": policy]) { $1 })
            harness.push(picture, frame: 0)
            #expect(try picture.isMasked(#require(harness.pullBytes())))
            FaultInjection.setAnswer(wrong.answer)
            defer { FaultInjection.setAnswer(nil) }
            let flow = harness.push(picture, frame: 1)
            FaultInjection.setAnswer(nil)
            let output = harness.pullBytes()
            let kind = policy == "error" ? GST_MESSAGE_ERROR : GST_MESSAGE_WARNING
            let texts = harness.messages(kind)
            #expect(texts.count == 1 && texts.allSatisfy { $0.contains(wrong.network) }, "\(texts)")
            switch policy {
            case "error": #expect(flow == GST_FLOW_ERROR && output == nil)
            case "cover":
                let covered = try #require(output)
                #expect(flow == GST_FLOW_OK && covered.prefix(320 * 320).allSatisfy { $0 == 16 })
            default: #expect(flow == GST_FLOW_OK && output == nil && harness.statistic("dropped") == 1)
            }
        }

        // MARK: - Properties

        private static let doubles = [
            "scale-factor", "pnet-threshold", "rnet-threshold", "onet-threshold", "score-threshold", "blur-level",
            "margin",
        ]

        /// GLib refuses what is no number itself, with a warning; `AnonymizerSettings.problem` stands behind it.
        @Test("L28: no property becomes what is no number, and faces are masked on", arguments: doubles)
        func property(name: String) throws {
            let harness = try FaceHarness(picture.caps)
            let before = harness.value(name)
            for value in [Double.nan, -.nan, .infinity, -.infinity] {
                check_set_double(harness.element, name, value)
                #expect(harness.value(name) == before)
                harness.push(picture, frame: 0)
                #expect(try picture.isMasked(#require(harness.pullBytes())))
            }
        }

        @Test("L28: nor do thresholds in an array", arguments: ["<nan,0.7,0.7>", "<0.6,inf,0.7>", "<0.6,0.7,-nan>"])
        func array(text: String) throws {
            let harness = try FaceHarness(picture.caps)
            harness.set("network-thresholds", text)
            let value = harness.value("network-thresholds")
            #expect(!value.contains("nan") && !value.contains("inf"))
            harness.push(picture, frame: 0)
            #expect(try picture.isMasked(#require(harness.pullBytes())))
        }
    }
}
