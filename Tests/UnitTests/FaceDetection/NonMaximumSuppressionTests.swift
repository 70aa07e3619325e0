// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import Testing

@Suite struct NonMaximumSuppressionTests {
    /// The rules of the reference (falling score, ties by lower index; a box goes when its IoU with one that stays is more
    /// than the threshold; no area, no suppression; at most 1000), the slow way and with nothing of the code under test.
    private static func restated(_ boxes: [FaceBox], threshold: Float) -> [Int] {
        func overlap(_ a: FaceBox, _ b: FaceBox) -> Float {
            let areas = [a, b].map { ($0.x2 - $0.x1) * ($0.y2 - $0.y1) }
            guard a.x2 > a.x1, a.y2 > a.y1, b.x2 > b.x1, b.y2 > b.y1 else { return 0 }
            let width = min(a.x2, b.x2) - max(a.x1, b.x1)
            let height = min(a.y2, b.y2) - max(a.y1, b.y1)
            guard width > 0, height > 0 else { return 0 }
            return width * height / (areas[0] + areas[1] - width * height)
        }
        let order = boxes.indices.sorted {
            boxes[$0].score == boxes[$1].score ? $0 < $1 : boxes[$0].score > boxes[$1].score
        }
        var kept: [Int] = []
        for index in order where kept.count < 1000 {
            if kept.allSatisfy({ overlap(boxes[$0], boxes[index]) <= threshold }) { kept.append(index) }
        }
        return kept
    }

    /// Which boxes stay, by index: the index travels as an offset.
    private static func apply(_ boxes: [FaceBox], threshold: Float) -> [Int] {
        var candidates = boxes.enumerated().map { Candidate(box: $1, offsets: (Float($0), 0, 0, 0)) }
        NonMaximumSuppression().apply(to: &candidates, threshold: threshold)
        return candidates.map { Int($0.offsets.0) }
    }

    /// Boxes on a coarse grid with few scores, so that ties, equal boxes and overlaps of just the threshold come up; some
    /// have no area, or a negative one.
    private static func random(_ count: Int, spread: Float, seed: UInt64) -> [FaceBox] {
        var numbers = Numbers(seed: seed)
        return (0..<count).map { _ in
            let x = Float.random(in: 0..<spread, using: &numbers).rounded()
            let y = Float.random(in: 0..<spread, using: &numbers).rounded()
            return FaceBox(
                x1: x, y1: y, x2: x + Float(Int.random(in: -2..<16, using: &numbers)),
                y2: y + Float(Int.random(in: -2..<16, using: &numbers)),
                score: Float(Int.random(in: 0..<20, using: &numbers)) / 20)
        }
    }

    @Test(
        "it follows its rules on random boxes", arguments: (1...8).map(UInt64.init), [0.3, 0.5, 0.7] as [Float])
    func random(seed: UInt64, threshold: Float) {
        for (count, spread) in [(0, 1), (1, 1), (2, 4), (17, 12), (400, 60), (1400, 300)] as [(Int, Float)] {
            let boxes = Self.random(count, spread: spread, seed: seed)
            #expect(Self.apply(boxes, threshold: threshold) == Self.restated(boxes, threshold: threshold))
        }
    }

    @Test("of equal scores the lower index stays")
    func ties() {
        let box = FaceBox(x1: 0, y1: 0, x2: 10, y2: 10, score: 0.9)
        #expect(Self.apply([box, box, box], threshold: 0.5) == [0])
        let apart = (0..<64).map { FaceBox(x1: 20 * Float($0), y1: 0, x2: 20 * Float($0) + 9, y2: 9, score: 0.5) }
        #expect(Self.apply(apart, threshold: 0.5) == Array(0..<64))
    }

    @Test("an overlap of just the threshold stays")
    func strict() {
        let boxes = [
            FaceBox(x1: 0, y1: 0, x2: 10, y2: 10, score: 0.9), FaceBox(x1: 0, y1: 0, x2: 10, y2: 5, score: 0.8),
        ]
        #expect(Self.apply(boxes, threshold: 0.5) == [0, 1])
        #expect(Self.apply(boxes, threshold: 0.4999) == [0])
    }

    @Test("boxes without area neither suppress nor go")
    func noArea() {
        let line = FaceBox(x1: 2, y1: 0, x2: 2, y2: 10, score: 0.9)
        let reversed = FaceBox(x1: 9, y1: 9, x2: 1, y2: 1, score: 0.8)
        let box = FaceBox(x1: 0, y1: 0, x2: 10, y2: 10, score: 0.7)
        #expect(Self.apply([line, line, reversed, reversed, box], threshold: 0) == [0, 1, 2, 3, 4])
    }

    @Test("the 1000 best stay")
    func limit() {
        let boxes = (0..<1500).map {
            FaceBox(x1: 20 * Float($0), y1: 0, x2: 20 * Float($0) + 9, y2: 9, score: Float($0) / 1500)
        }
        #expect(Self.apply(boxes, threshold: 0.5) == (500..<1500).reversed())
        #expect(NonMaximumSuppression.limit == 1000)
    }

    @Test("one instance serves many frames")
    func repeats() {
        let suppression = NonMaximumSuppression()
        for seed in 1...5 as ClosedRange<UInt64> {
            let boxes = Self.random(Int(seed) * 40, spread: 40, seed: seed)
            var candidates = boxes.map { Candidate(box: $0, offsets: (0, 0, 0, 0)) }
            suppression.apply(to: &candidates, threshold: 0.5)
            #expect(candidates.map(\.box) == Self.restated(boxes, threshold: 0.5).map { boxes[$0] })
        }
    }
}
