// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import FaceTracking
import Testing

/// Random faces, seen now and then, in frames at random times: what was masked on both sides of a gap is masked in it.
@Suite struct TrackingInTimeTests {
    private static let width: Float = 640
    private static let height: Float = 360

    /// A face that walks evenly, wherever the frame's border is.
    private struct Face {
        var x: Float
        var y: Float
        var speedX: Float
        var speedY: Float
        var side: Float

        /// Where it is, s; the part within the frame, as a detector tells it. Nil where less than 60 % of it can be seen.
        func seen(_ seconds: Float) -> FaceBox? {
            let whole = box(seconds)
            let part = whole.clipped(width: Int(width), height: Int(height))
            return part.area >= 0.6 * whole.area ? part : nil
        }

        func visible(_ seconds: Float) -> FaceBox {
            box(seconds).clipped(width: Int(width), height: Int(height))
        }

        private func box(_ seconds: Float) -> FaceBox {
            let (left, top) = (x + speedX * seconds, y + speedY * seconds)
            return FaceBox(x1: left, y1: top, x2: left + side, y2: top + side * 1.2, score: 0.9)
        }
    }

    /// The share of a visible part that the masks with their default margin cover.
    private static func covered(_ part: FaceBox, _ masks: [TrackedFace]) -> Float {
        guard part.area > 0 else { return 1 }
        return masks.map { mask in
            let (w, h) = (mask.box.width * 0.2, mask.box.height * 0.2)
            let grown = FaceBox(
                x1: mask.box.x1 - w, y1: mask.box.y1 - h, x2: mask.box.x2 + w, y2: mask.box.y2 + h, score: 1)
            return grown.sharedArea(part) / part.area
        }.max() ?? 0
    }

    /// The frames' times: 5 to 120 a second, at random.
    private static func times(_ count: Int, _ numbers: inout Numbers) -> [UInt64] {
        var time: UInt64 = 0
        return (0..<count).map { _ in
            time += UInt64.random(in: 8_000_000...200_000_000, using: &numbers)
            return time
        }
    }

    @Test("a face that leaves over the border is masked to the last visible part", arguments: (1...40).map(UInt64.init))
    func leaving(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let side = Float.random(in: 50..<120, using: &numbers)
        let isLeft = Bool.random(using: &numbers)
        let speed = Float.random(in: 0.8..<2.5, using: &numbers) * side
        let face = Face(
            x: isLeft ? side * 2 : Self.width - side * 3, y: Float.random(in: -0.2 * side..<200, using: &numbers),
            speedX: isLeft ? -speed : speed, speedY: 0, side: side)
        let tracker = FaceTracker()
        tracker.hold = 1_000_000_000
        var masks: [TrackedFace] = []
        for frame in 0..<100 {
            let time = UInt64(frame) * 40_000_000
            let seconds = Float(time) / 1e9
            tracker.begin(at: time)
            tracker.associate(face.seen(seconds).map { [$0] } ?? [], at: time)
            tracker.finish(at: time)
            tracker.faces(at: time, into: &masks)
            #expect(Self.covered(face.visible(seconds), masks) >= 0.8, "frame \(frame) of \(face)")
        }
    }

    @Test(
        "with lookahead a face that comes in over the border is masked from its first visible part on",
        arguments: (1...40).map(UInt64.init))
    func entering(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let side = Float.random(in: 50..<120, using: &numbers)
        let isLeft = Bool.random(using: &numbers)
        let speed = Float.random(in: 0.8..<2.5, using: &numbers) * side
        let face = Face(
            x: isLeft ? -side * 2 : Self.width + side, y: Float.random(in: 0..<200, using: &numbers),
            speedX: isLeft ? speed : -speed, speedY: 0, side: side)
        let tracker = FaceTracker()
        tracker.hold = 500_000_000
        tracker.lookahead = 1_000_000_000
        var masks: [TrackedFace] = []
        for frame in 0..<75 {
            let time = UInt64(frame) * 40_000_000
            tracker.begin(at: time)
            tracker.associate(face.seen(Float(time) / 1e9).map { [$0] } ?? [], at: time)
            tracker.finish(at: time)
            guard frame >= 25 else { continue }
            let leaving = time - 1_000_000_000
            tracker.faces(at: leaving, into: &masks)
            #expect(Self.covered(face.visible(Float(leaving) / 1e9), masks) >= 0.8, "frame \(frame - 25) of \(face)")
        }
    }

    @Test(
        "at random times: nothing is open between two sightings within hold, nor within lookahead before one",
        arguments: (1...60).map(UInt64.init))
    func randomTimes(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let tracker = FaceTracker()
        tracker.hold = [0, 80_000_000, 500_000_000, 2_000_000_000].randomElement(using: &numbers) ?? 0
        tracker.lookahead = [0, 120_000_000, 400_000_000].randomElement(using: &numbers) ?? 0
        let side = Float.random(in: 50..<120, using: &numbers)
        let face = Face(
            x: 250, y: 120, speedX: Float.random(in: -0.4..<0.4, using: &numbers) * side,
            speedY: Float.random(in: -0.2..<0.2, using: &numbers) * side, side: side)
        let times = Self.times(60, &numbers)
        let isSeen = times.map { _ in Int.random(in: 0..<3, using: &numbers) == 0 }
        var next = 0
        var masks: [TrackedFace] = []
        for (frame, time) in times.enumerated() {
            // The frames to which this one has nothing to add are decided before it.
            func decide(before end: UInt64) {
                while next < frame, times[next] + tracker.lookahead < end {
                    check(next)
                    next += 1
                }
            }
            func check(_ index: Int) {
                let moment = times[index]
                let before = (0...index).last { isSeen[$0] }.map { times[$0] }
                let after = (index..<60).first { isSeen[$0] }.map { times[$0] }
                var isOwed = before.map { moment - $0 <= tracker.hold } ?? false
                if let after, after - moment <= tracker.lookahead { isOwed = true }
                guard isOwed else { return }
                tracker.faces(at: moment, into: &masks)
                let seconds = Float(moment) / 1e9
                #expect(Self.covered(face.visible(seconds), masks) >= 0.8, "frame \(index), \(moment) ns")
            }
            decide(before: time)
            tracker.begin(at: time)
            tracker.associate(isSeen[frame] ? [face.visible(Float(time) / 1e9)] : [], at: time)
            tracker.finish(at: time)
            if tracker.lookahead == 0 {
                check(frame)
                next = frame + 1
            }
        }
    }

    @Test("a cut hides no face that is seen in the new scene, and masks ahead no farther than to the cut")
    func cut() {
        let tracker = FaceTracker()
        tracker.hold = 500_000_000
        tracker.lookahead = 500_000_000
        let face = FaceBox(x1: 100, y1: 100, x2: 160, y2: 170, score: 0.9)
        var masks: [TrackedFace] = []
        for frame in 0..<12 {
            let time = UInt64(frame) * 40_000_000
            tracker.begin(at: time, step: SceneStep(frame == 4 ? .cut : .none))
            // The same place before and after: the tracker may take it for one face, or for two.
            tracker.associate(frame < 3 || frame > 6 ? [face] : [], at: time)
            tracker.finish(at: time)
        }
        for frame in 0..<12 {
            tracker.faces(at: UInt64(frame) * 40_000_000, into: &masks)
            #expect(!masks.isEmpty, "frame \(frame)")
        }
    }
}
