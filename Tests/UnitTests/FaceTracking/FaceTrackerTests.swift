// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import FaceTracking
import Testing

@Suite struct FaceTrackerTests {
    private static let frame: UInt64 = 40_000_000

    /// A face on its way: even motion with noise, within a frame of 640x360.
    private struct Walk {
        let x: Float
        let y: Float
        let speedX: Float
        let speedY: Float
        let side: Float

        init(_ numbers: inout Numbers) {
            x = Float.random(in: 100..<500, using: &numbers)
            y = Float.random(in: 80..<250, using: &numbers)
            // Up to a quarter of the face's side a frame.
            side = Float.random(in: 40..<120, using: &numbers)
            speedX = Float.random(in: -0.1..<0.1, using: &numbers) * side
            speedY = Float.random(in: -0.05..<0.05, using: &numbers) * side
        }

        func box(_ frame: Int) -> FaceBox {
            let (left, top) = (x + speedX * Float(frame), y + speedY * Float(frame))
            return FaceBox(x1: left, y1: top, x2: left + side, y2: top + side * 1.2, score: 0.9)
        }
    }

    /// The share of a face that the masks with their default margin cover.
    private static func covered(_ face: FaceBox, _ masks: [TrackedFace]) -> Float {
        masks.map { mask in
            let (w, h) = (mask.box.width * 0.2, mask.box.height * 0.2)
            let grown = FaceBox(
                x1: mask.box.x1 - w, y1: mask.box.y1 - h, x2: mask.box.x2 + w, y2: mask.box.y2 + h, score: 1)
            return grown.sharedArea(face) / face.area
        }.max() ?? 0
    }

    @Test(
        "a face masked in frames n and n+k, k up to hold, is not open in between", arguments: (1...40).map(UInt64.init))
    func noGaps(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let tracker = FaceTracker()
        tracker.hold = 500_000_000
        let walk = Walk(&numbers)
        var masks: [TrackedFace] = []
        var lastSeen = -100
        for frame in 0..<80 {
            let isSeen = frame < 4 || Int.random(in: 0..<3, using: &numbers) == 0 || frame - lastSeen >= 12
            let time = UInt64(frame) * Self.frame
            tracker.begin(at: time)
            tracker.associate(isSeen ? [walk.box(frame)] : [], at: time)
            tracker.finish(at: time)
            if isSeen { lastSeen = frame }
            tracker.faces(at: time, into: &masks)
            #expect(Self.covered(walk.box(frame), masks) >= 0.8, "frame \(frame), last seen \(lastSeen)")
            #expect(Set(masks.map(\.identifier)).count == 1, "one face, one identity")
        }
    }

    @Test(
        "with lookahead no face is open in the frames before its first detection, from the fourth one on",
        arguments: (1...20).map(UInt64.init))
    func lookahead(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let tracker = FaceTracker()
        tracker.hold = 500_000_000
        tracker.lookahead = 400_000_000
        let walk = Walk(&numbers)
        let first = Int.random(in: 12..<30, using: &numbers)
        var masks: [TrackedFace] = []
        for frame in 0..<60 {
            let time = UInt64(frame) * Self.frame
            tracker.begin(at: time)
            tracker.associate(frame >= first ? [walk.box(frame)] : [], at: time)
            tracker.finish(at: time)
            // The frame that leaves now.
            let leaving = frame - 10
            guard leaving >= 0 else { continue }
            tracker.faces(at: UInt64(leaving) * Self.frame, into: &masks)
            if leaving >= first - 7 {
                #expect(Self.covered(walk.box(leaving), masks) >= 0.8, "frame \(leaving), first seen \(first)")
            } else if leaving >= first - 10 {
                // Seen three times or less: how it moves is not sure yet.
                #expect(masks.count == 1)
            } else {
                #expect(masks.isEmpty)
            }
        }
    }

    @Test("a scene cut ends from its second frame on what was not seen since; new faces do not reach back over it")
    func cut() {
        let tracker = FaceTracker()
        tracker.hold = 500_000_000
        tracker.lookahead = 500_000_000
        let old = FaceBox(x1: 10, y1: 10, x2: 60, y2: 70, score: 0.9)
        let new = FaceBox(x1: 300, y1: 200, x2: 360, y2: 270, score: 0.9)
        var masks: [TrackedFace] = []
        for frame in 0..<10 {
            let time = UInt64(frame) * Self.frame
            tracker.begin(at: time, step: SceneStep(frame == 5 ? .cut : .none))
            tracker.associate(frame < 5 ? [old] : frame > 5 ? [new] : [], at: time)
            tracker.finish(at: time)
            guard frame == 5 else { continue }
            tracker.faces(at: time, into: &masks)
            #expect(masks.map(\.source) == [.held], "one frame may be a damaged one")
        }
        tracker.faces(at: 4 * Self.frame, into: &masks)
        #expect(masks.count == 1 && masks.first?.source == .detected)
        tracker.faces(at: 5 * Self.frame, into: &masks)
        #expect(masks.map(\.source) == [.ahead], "the next frame has shown that it was not")
        tracker.faces(at: 6 * Self.frame, into: &masks)
        #expect(masks.map(\.source) == [.detected])
        tracker.faces(at: 7 * Self.frame, into: &masks)
        #expect(masks.count == 1 && masks.first?.box.x1 == 300)
    }

    @Test("two faces that pass each other keep their identities")
    func identities() {
        let tracker = FaceTracker()
        tracker.hold = 500_000_000
        var identifiers: [Set<UInt32>] = [[], []]
        var masks: [TrackedFace] = []
        for frame in 0..<30 {
            let time = UInt64(frame) * Self.frame
            let upper = FaceBox(x1: Float(10 * frame), y1: 50, x2: Float(10 * frame + 60), y2: 120, score: 0.9)
            let lower = FaceBox(x1: Float(300 - 10 * frame), y1: 160, x2: Float(360 - 10 * frame), y2: 230, score: 0.9)
            tracker.begin(at: time)
            tracker.associate(frame % 2 == 0 ? [upper, lower] : [lower, upper], at: time)
            tracker.finish(at: time)
            tracker.faces(at: time, into: &masks)
            for mask in masks { identifiers[mask.box.y1 < 140 ? 0 : 1].insert(mask.identifier) }
        }
        #expect(identifiers[0].count == 1 && identifiers[1].count == 1)
        #expect(identifiers[0] != identifiers[1])
    }

    @Test("time that runs back, or stands still, ends no hold and forgets nobody")
    func backwards() {
        let tracker = FaceTracker()
        tracker.hold = 500_000_000
        let box = FaceBox(x1: 10, y1: 10, x2: 60, y2: 70, score: 0.9)
        var masks: [TrackedFace] = []
        func frame(_ time: UInt64, _ detections: [FaceBox] = []) -> [TrackedFace] {
            tracker.begin(at: time)
            tracker.associate(detections, at: time)
            tracker.finish(at: time)
            tracker.faces(at: time, into: &masks)
            return masks
        }
        #expect(frame(100 * Self.frame, [box]).map(\.source) == [.detected])
        #expect(frame(100 * Self.frame).map(\.source) == [.detected])
        #expect(frame(30 * Self.frame).map(\.source) == [.held])
        #expect(frame(30 * Self.frame + 499_999_999).map(\.source) == [.held])
        #expect(frame(30 * Self.frame + 500_000_000).isEmpty)
    }
}
