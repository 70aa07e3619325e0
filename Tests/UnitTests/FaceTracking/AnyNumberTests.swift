// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import FaceTracking
import Testing

/// Any number may come: nothing traps, no face of a frame is missing, and no mask is without a place.
@Suite struct AnyNumberTests {
    private static let times: [UInt64] = [
        0, 1, 40_000_000, 1 << 32, 1 << 62, (1 << 62) + 1, 1 << 63, .max - 1, .max,
    ]
    private static let numbers: [Float] = [
        0, -0.0, 1e-30, 1e-3, 1, 17, 640, 1e6, 1e20, 3e38, -1e-3, -17, -1e6, -1e20, -3e38,
    ]

    private static func time(after last: UInt64, _ numbers: inout Numbers) -> UInt64 {
        switch Int.random(in: 0..<8, using: &numbers) {
        case 0: times.randomElement(using: &numbers) ?? 0
        case 1: UInt64.random(in: 0 ... .max, using: &numbers)
        case 2: last
        case 3: last &- UInt64.random(in: 0...2_000_000_000, using: &numbers)
        default: last &+ UInt64.random(in: 0...200_000_000, using: &numbers)
        }
    }

    private static func box(_ numbers: inout Numbers) -> FaceBox {
        func number() -> Float {
            Int.random(in: 0..<3, using: &numbers) == 0
                ? Self.numbers.randomElement(using: &numbers) ?? 0 : Float.random(in: -100...700, using: &numbers)
        }
        return FaceBox(
            x1: number(), y1: number(), x2: number(), y2: number(), score: Float.random(in: 0...1, using: &numbers))
    }

    private static func step(_ numbers: inout Numbers) -> SceneStep {
        func number() -> Float { Self.numbers.randomElement(using: &numbers) ?? 0 }
        let motion = CameraMotion(scale: number(), x: number(), y: number())
        let grid = PlaceGrid(cells: .random(in: 0 ... .max, using: &numbers), width: 640, height: 360)
        return switch Int.random(in: 0..<8, using: &numbers) {
        case 0: SceneStep(.cut, unchanged: grid, motion: motion)
        case 1: SceneStep(.doubtful)
        case 2: SceneStep(motion: motion)
        case 3: SceneStep(motion: CameraMotion(scale: .random(in: 0.8...1.25, using: &numbers), x: 40, y: -9))
        default: SceneStep()
        }
    }

    @Test("any times, boxes, holds and motions", arguments: (1...60).map(UInt64.init))
    func anything(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let tracker = FaceTracker()
        var masks: [TrackedFace] = []
        var time: UInt64 = 0
        for _ in 0..<150 {
            time = Self.time(after: time, &numbers)
            if Int.random(in: 0..<5, using: &numbers) == 0 {
                tracker.hold = [0, 1, 500_000_000, 10_000_000_000, .max].randomElement(using: &numbers) ?? 0
                tracker.lookahead = [0, 1, 1_000_000_000, .max].randomElement(using: &numbers) ?? 0
                tracker.frameSize = [nil, (640, 360), (0, 0), (.max, 1)].randomElement(using: &numbers) ?? nil
            }
            let boxes = (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in Self.box(&numbers) }
            tracker.begin(at: time, step: Self.step(&numbers))
            tracker.associate(boxes, at: time)
            var lost: [(Int, FaceBox)] = []
            tracker.lost(at: time) { lost.append(($0, $1)) }
            for (index, place) in lost {
                tracker.sight(index, Bool.random(using: &numbers) ? place : Self.box(&numbers), at: time)
            }
            tracker.finish(at: time)
            tracker.faces(at: time, into: &masks)
            #expect(masks.filter { $0.source == .detected }.count >= boxes.count)
            #expect(masks.allSatisfy { $0.box.isFinite })
            tracker.faces(at: Self.time(after: time, &numbers), into: &masks)
            #expect(masks.allSatisfy { $0.box.isFinite })
        }
    }
}
