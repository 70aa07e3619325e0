// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import FaceDetection
import FaceMasking
import Testing

@Suite struct AnonymizerSettingsTests {
    /// A setting, what it may be, and what it may not.
    struct Limits: Sendable, CustomTestStringConvertible {
        let name: String
        let good: [Double]
        let bad: [Double]
        let set: @Sendable (inout AnonymizerSettings, Double) -> Void
        /// What a sentence about it has to tell: the ends of the range.
        let told: [String]

        var testDescription: String { name }
    }

    private static let tenSeconds = 10_000_000_000.0

    static let limits = [
        Limits(
            name: "min-size", good: [12, 40, 8192], bad: [11, 0, -1, 8193],
            set: { $0.detector.minimumSize = Int($1) }, told: ["12", "8192"]),
        Limits(
            name: "scale-factor", good: [0.001, 0.709, 0.999], bad: [0, 1, 1.5, -0.5, .nan, .infinity],
            set: { $0.detector.scaleFactor = $1 }, told: ["0", "1"]),
        Limits(
            name: "pnet-threshold", good: [0, 0.6, 1], bad: [-0.001, 1.001, .nan, .infinity],
            set: { $0.detector.proposalThreshold = $1 }, told: ["0", "1"]),
        Limits(
            name: "rnet-threshold", good: [0, 0.7, 1], bad: [-0.001, 1.001, .nan],
            set: { $0.detector.refinementThreshold = $1 }, told: ["0", "1"]),
        Limits(
            name: "onet-threshold", good: [0, 0.7, 1], bad: [-0.001, 1.001, .nan],
            set: { $0.detector.outputThreshold = $1 }, told: ["0", "1"]),
        Limits(
            name: "score-threshold", good: [0, 0.7, 1], bad: [-0.001, 1.001, .nan],
            set: { $0.detector.scoreThreshold = $1 }, told: ["0", "1"]),
        Limits(
            name: "mosaic-level", good: [1, 7, 64], bad: [0, -7, 65],
            set: { $0.mask.mosaicLevel = Int($1) }, told: ["1", "64"]),
        Limits(
            name: "blur-level", good: [1, 50, 1000], bad: [0, 0.99, -50, 1001, .nan, .infinity],
            set: { $0.mask.blurLevel = $1 }, told: ["1", "1000"]),
        Limits(
            name: "margin", good: [0, 0.2, 2], bad: [-0.01, 2.01, .nan, .infinity],
            set: { $0.mask.margin = $1 }, told: ["0", "2"]),
        Limits(
            name: "hold", good: [0, 5e8, tenSeconds], bad: [tenSeconds + 4],
            set: { $0.hold = UInt64($1) }, told: ["10000000000"]),
        Limits(
            name: "lookahead", good: [0, 5e8, tenSeconds], bad: [tenSeconds + 4],
            set: { $0.lookahead = UInt64($1) }, told: ["10000000000"]),
        Limits(
            name: "mask-zones", good: [1, 500], bad: [0, -3],
            set: { $0.maskZones = [PixelRectangle(x: 0, y: -5, width: Int($1), height: 7)] }, told: ["at least 1"]),
        Limits(
            name: "clear-zones", good: [1, 500], bad: [0, -3],
            set: { $0.clearZones = [PixelRectangle(x: 0, y: -5, width: 7, height: Int($1))] }, told: ["at least 1"]),
    ]

    @Test("a value that cannot work is named, with what can; the ends of the range work", arguments: limits)
    func problems(limits: Limits) throws {
        for value in limits.good {
            var settings = AnonymizerSettings()
            limits.set(&settings, value)
            #expect(settings.problem == nil, "\(value)")
        }
        for value in limits.bad {
            var settings = AnonymizerSettings()
            limits.set(&settings, value)
            let problem = try #require(settings.problem, "\(value)")
            #expect(problem.hasPrefix(limits.name) && problem.hasSuffix("."))
            for word in limits.told { #expect(problem.contains(word)) }
        }
    }

    @Test("the defaults are the ones that are promised, and work")
    func defaults() {
        let settings = AnonymizerSettings()
        #expect(settings.problem == nil)
        let detector = settings.detector
        #expect(detector.minimumSize == 40 && detector.scaleFactor == 0.709 && detector.sampling == .area)
        #expect(detector.proposalThreshold == 0.6 && detector.refinementThreshold == 0.7)
        #expect(detector.outputThreshold == 0.7 && detector.scoreThreshold == 0.7)
        let mask = settings.mask
        #expect(mask.style == .mosaic && mask.mosaicLevel == 7 && mask.blurLevel == 50 && mask.margin == 0.2)
        #expect(mask.fillColor == 0xff00_0000 && mask.shape == .rectangle)
        #expect(settings.hold == 500_000_000 && settings.lookahead == 0)
        #expect(settings.maskZones.isEmpty && settings.clearZones.isEmpty)
    }
}
