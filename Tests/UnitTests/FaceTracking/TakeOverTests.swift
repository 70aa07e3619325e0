// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import FaceTracking
import Testing

/// A face that was seen is masked for `hold` where it was, whoever else turns up, and not much more than that.
@Suite struct TakeOverTests {
    private static let frame: UInt64 = 40_000_000
    private static let face = FaceBox(x1: 200, y1: 100, x2: 280, y2: 200, score: 0.99)

    /// Frames one after the other.
    private struct Stream {
        let tracker = FaceTracker()
        private(set) var time: UInt64 = 0
        private(set) var masks: [TrackedFace] = []

        init(hold: UInt64 = 1_000_000_000) { tracker.hold = hold }

        mutating func frame(_ detections: [FaceBox], step: SceneStep = SceneStep()) {
            time += TakeOverTests.frame
            tracker.begin(at: time, step: step)
            tracker.associate(detections, at: time)
            tracker.finish(at: time)
            tracker.faces(at: time, into: &masks)
        }
    }

    /// The share of a box that some mask covers, with the default margin of 0.2.
    private static func covered(_ box: FaceBox, by masks: [TrackedFace]) -> Float {
        masks.map { mask in
            let (w, h) = (mask.box.width * 0.2, mask.box.height * 0.2)
            return FaceBox(
                x1: mask.box.x1 - w, y1: mask.box.y1 - h, x2: mask.box.x2 + w, y2: mask.box.y2 + h, score: 1
            ).sharedArea(box) / box.area
        }.max() ?? 0
    }

    private static func moved(_ box: FaceBox, _ x: Float, _ y: Float, scale: Float = 1, score: Float = 0.99) -> FaceBox
    {
        let (width, height) = (box.width * scale, box.height * scale)
        let (centreX, centreY) = (box.x1 + box.width / 2 + x * box.width, box.y1 + box.height / 2 + y * box.height)
        return FaceBox(
            x1: centreX - width / 2, y1: centreY - height / 2, x2: centreX + width / 2, y2: centreY + height / 2,
            score: score)
    }

    @Test(
        "L23: a face beside a lost one takes nothing from it, wherever and however large it is, for one frame or for good",
        arguments: (1...200).map(UInt64.init))
    func beside(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        var stream = Stream()
        for _ in 0..<Int.random(in: 1...12, using: &numbers) { stream.frame([Self.face]) }
        let other = Self.moved(
            Self.face, Float.random(in: -1.5...1.5, using: &numbers), Float.random(in: -1.5...1.5, using: &numbers),
            scale: Float.random(in: 0.5...2, using: &numbers), score: Float.random(in: 0.5...1, using: &numbers))
        let isForGood = Bool.random(using: &numbers)
        let start = Int.random(in: 0..<20, using: &numbers)
        for frame in 0..<25 {
            stream.frame(frame == start || (frame > start && isForGood) ? [other] : [])
            #expect(Self.covered(Self.face, by: stream.masks) >= 0.8, "frame \(frame) of \(other) from \(start)")
        }
    }

    @Test("L23: two faces that come so close that one of them is lost: both places stay masked")
    func crossing() {
        var stream = Stream()
        for frame in 0..<10 { stream.frame([Self.face, Self.moved(Self.face, 2.0 - 0.15 * Float(frame), 0)]) }
        for frame in 10..<30 {
            let walker = Self.moved(Self.face, 2.0 - 0.15 * Float(frame), 0)
            stream.frame([walker])
            #expect(Self.covered(walker, by: stream.masks) >= 0.8)
            #expect(Self.covered(Self.face, by: stream.masks) >= 0.8, "frame \(frame)")
        }
    }

    @Test("what was seen once neither moves nor grows by more than a tenth of its side, for as long as it is held")
    func seenOnce() throws {
        var stream = Stream()
        stream.frame([Self.face])
        for _ in 0..<25 {
            stream.frame([])
            let mask = try #require(stream.masks.first)
            #expect(stream.masks.count == 1 && mask.source == .held)
            #expect(Self.face.sharedArea(mask.box) == Self.face.area)
            #expect(mask.box.area <= Self.face.area * 1.2 * 1.2 * 1.001)
        }
        stream.frame([])
        #expect(stream.masks.isEmpty)
    }

    @Test(
        "what never scored 0.7 is held the longer the more often it was seen, and fully from the eighth time on",
        arguments: 1...10)
    func unsure(times: Int) {
        var stream = Stream(hold: 800_000_000)
        for _ in 0..<times { stream.frame([Self.moved(Self.face, 0, 0, score: 0.69)]) }
        var held = 0
        for _ in 0..<30 {
            stream.frame([])
            held += stream.masks.count
        }
        // 100 ms a time: two and a half frames.
        #expect(held == min(times, 8) * 5 / 2)
    }

    @Test(
        "boxes that jitter by a tenth of the side do not send a mask away, nor make it large",
        arguments: (1...100).map(UInt64.init))
    func jitter(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        var stream = Stream()
        for _ in 0..<Int.random(in: 2...10, using: &numbers) {
            stream.frame([
                Self.moved(
                    Self.face, Float.random(in: -0.1...0.1, using: &numbers),
                    Float.random(in: -0.1...0.1, using: &numbers), scale: Float.random(in: 0.9...1.1, using: &numbers))
            ])
        }
        for frame in 0..<25 {
            stream.frame([])
            #expect(Self.covered(Self.face, by: stream.masks) >= 0.7, "frame \(frame)")
            let area = stream.masks.reduce(0) { $0 + $1.box.area }
            #expect(area <= 4 * Self.face.area, "frame \(frame)")
        }
    }

    @Test("a face that goes on evenly is followed, and is masked also where it stops")
    func followed() {
        for speed: Float in [-2, -0.8, 0.5, 1.5] {
            var stream = Stream(hold: 500_000_000)
            func box(_ frame: Int) -> FaceBox { Self.moved(Self.face, speed * Float(frame) / 25, 0) }
            for frame in 0..<10 { stream.frame([box(frame)]) }
            for frame in 10..<22 {
                stream.frame([])
                #expect(Self.covered(box(frame), by: stream.masks) >= 0.8, "frame \(frame) at \(speed)")
            }
        }
    }

    @Test("a face that the frame's side cuts off keeps its size, and comes back whole with the camera")
    func cutOff() {
        var stream = Stream()
        stream.tracker.frameSize = (640, 360)
        var place = Self.face
        // The camera turns right by 20 px a frame, so that the face leaves on the left, and then back.
        for frame in 0..<36 {
            let x: Float = frame == 0 ? 0 : frame <= 13 ? -20 : frame <= 18 ? 0 : 20
            place = FaceBox(x1: place.x1 + x, y1: place.y1, x2: place.x2 + x, y2: place.y2, score: 0.99)
            let visible = place.clipped(width: 640, height: 360)
            let isSeen = frame < 16 && visible.width > 15
            stream.frame(
                isSeen ? [visible] : [], step: SceneStep(motion: CameraMotion(scale: 1, x: x, y: 0)))
            if visible.area > 0 {
                #expect(Self.covered(visible, by: stream.masks) >= 0.8, "frame \(frame) at \(place.x1)")
                let isNear = stream.masks.contains { $0.box.intersectionOverUnion(place) > 0.6 }
                #expect(isNear || frame == 0, "frame \(frame) at \(place.x1): \(stream.masks)")
            }
        }
    }

    @Test("with the camera's motion known, a face seen once is masked where it is, later and before")
    func panned() {
        let tracker = FaceTracker()
        tracker.hold = 1_000_000_000
        tracker.lookahead = 1_000_000_000
        let zoom = CameraMotion(scale: 1.01, x: 4, y: -3)
        // Where the face is in each frame.
        var places = [Self.face]
        for _ in 1..<40 {
            let last = places[places.count - 1]
            places.append(
                FaceBox(
                    x1: last.x1 * 1.01 + 4, y1: last.y1 * 1.01 - 3, x2: last.x2 * 1.01 + 4, y2: last.y2 * 1.01 - 3,
                    score: 0.99))
        }
        var masks: [TrackedFace] = []
        for frame in 0..<40 {
            let time = UInt64(frame) * Self.frame
            tracker.begin(at: time, step: SceneStep(motion: frame == 0 ? .none : zoom))
            tracker.associate(frame == 20 ? [places[20]] : [], at: time)
            tracker.finish(at: time)
        }
        for frame in 0..<40 {
            tracker.faces(at: UInt64(frame) * Self.frame, into: &masks)
            #expect(masks.count == 1, "frame \(frame)")
            #expect(masks.allSatisfy { $0.box.sharedArea(places[frame]) > 0.99 * places[frame].area }, "frame \(frame)")
            #expect(masks.allSatisfy { $0.box.area < 1.5 * places[frame].area }, "frame \(frame)")
        }
    }
}
