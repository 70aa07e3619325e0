// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import FaceDetection
import FaceTracking
import Testing

@Suite struct SceneObserverTests {
    private static let (width, height) = SceneObserver.thumbnailSize

    /// A picture with something to see everywhere, at any place and size.
    private struct Picture {
        private var waves: [(x: Float, y: Float, phase: Float, height: Float)] = []
        private let seed: UInt64

        init(_ seed: UInt64) {
            self.seed = seed
            var numbers = Numbers(seed: seed)
            for index in 0..<36 {
                let finest: Float = index < 12 ? 0.4 : 1.4
                waves.append(
                    (
                        Float.random(in: -finest...finest, using: &numbers),
                        Float.random(in: -finest...finest, using: &numbers),
                        Float.random(in: 0..<6.28, using: &numbers), Float.random(in: 0.02...0.08, using: &numbers)
                    ))
            }
        }

        func value(_ x: Float, _ y: Float) -> Float {
            waves.reduce(0) { $0 + $1.height * sine($1.x * x + $1.y * y + $1.phase) }
        }

        /// What a camera sees of it that looks from (x, y), cells, with a zoom round the middle, and noise of a level.
        func thumbnail(x: Float = 0, y: Float = 0, zoom: Float = 1, noise: UInt64 = 1) -> [Float] {
            var numbers = Numbers(seed: noise)
            return (0..<height * width).map { index in
                let (column, row) = (Float(index % width) - 31.5, Float(index / width) - 17.5)
                return value(column / zoom + x, row / zoom + y) + Float.random(in: -0.004...0.004, using: &numbers)
            }
        }

        /// Good to three digits, without a C library.
        private func sine(_ angle: Float) -> Float {
            var turn = angle / 6.2831853
            turn -= turn.rounded(.down)
            let x = turn < 0.5 ? turn * 4 - 1 : 3 - turn * 4
            return (1.5708 - (0.64596 - 0.07969 * x * x) * x * x) * -x
        }
    }

    private static func steps(_ thumbnails: [[Float]]) -> [SceneStep] {
        var observer = SceneObserver()
        return thumbnails.map { values in
            values.withUnsafeBufferPointer { observer.step(to: $0, width: 640, height: 360) }
        }
    }

    private static func changes(_ thumbnails: [[Float]]) -> [SceneStep.Change] { steps(thumbnails).map(\.change) }

    /// The thumbnail with a part of it made otherwise.
    private static func changed(
        _ thumbnail: [Float], columns: Range<Int> = 0..<width, rows: Range<Int> = 0..<height, _ value: (Float) -> Float
    ) -> [Float] {
        thumbnail.indices.map { index in
            let isInside = columns.contains(index % width) && rows.contains(index / width)
            return isInside ? min(max(value(thumbnail[index]), -1), 1) : thumbnail[index]
        }
    }

    private static let picture = Picture(1).thumbnail()
    private static let other = Picture(2).thumbnail()

    // MARK: - Cuts

    @Test("another picture is a cut, once; the first frame is none, nor is one like the one before", arguments: 2...30)
    func cut(seed: Int) {
        let other = Picture(UInt64(seed)).thumbnail()
        let changes = Self.changes([Self.picture, Self.picture, other, other])
        #expect(changes == [.none, .none, .cut, .none])
        #expect(Self.steps([Self.picture, other])[1].motion == .none)
    }

    /// What happens in one and the same scene.
    private static let events: [(name: String, thumbnail: [Float])] = [
        ("a flash over all of it", changed(picture) { $0 * 0.7 + 0.5 }),
        ("a flash that leaves nothing to see", changed(picture) { _ in 1 }),
        ("a flash beside it", changed(picture, rows: 20..<36) { _ in 1 }),
        ("darkness", changed(picture) { $0 * 0.1 - 0.8 }),
        ("black", changed(picture) { _ in -1 }),
        ("a screen that lights up", changed(picture, columns: 5..<40, rows: 3..<25) { _ in 0.9 }),
        ("a film on that screen", picture.indices.map { $0 % width < 40 && $0 / width < 25 ? other[$0] : picture[$0] }),
        ("an object from the left", picture.indices.map { $0 % width < 30 ? other[$0] : picture[$0] }),
        ("an object from the right", picture.indices.map { $0 % width > 36 ? other[$0] : picture[$0] }),
        ("an object from above", picture.indices.map { $0 / width < 16 ? other[$0] : picture[$0] }),
        ("an object from below", picture.indices.map { $0 / width > 20 ? other[$0] : picture[$0] }),
        ("a black object over most of it", changed(picture, columns: 10..<64) { _ in -0.9 }),
    ]

    @Test("L24: what happens within a scene is no cut, when it comes and when it goes", arguments: events.map(\.name))
    func noCut(name: String) throws {
        let event = try #require(Self.events.first { $0.name == name }).thumbnail
        let steps = Self.steps([Self.picture, event, event, Self.picture])
        #expect(steps.allSatisfy { $0.change == .none })
        #expect(steps.allSatisfy { $0.motion == .none }, "no camera has moved")
    }

    @Test("L24: a fade, also to another picture, is no cut")
    func fade() {
        let dissolve = (0...25).map { share in
            zip(Self.picture, Self.other).map { $0 + ($1 - $0) * Float(share) / 25 }
        }
        #expect(Self.changes(dissolve).allSatisfy { $0 != .cut })
        let out = (0...25).map { share in Self.picture.map { $0 * (1 - Float(share) / 25) - Float(share) / 25 } }
        #expect(Self.changes(out + out.reversed()).allSatisfy { $0 == .none })
    }

    @Test("L24: a pan too fast to follow, sharp or smeared, is no cut")
    func whipPan() {
        let scene = Picture(1)
        for speed: Float in [18, 25, 32, -28] {
            let sharp = (0..<4).map { scene.thumbnail(x: speed * Float($0)) }
            let changes = Self.changes(sharp)
            #expect(changes.allSatisfy { $0 != .cut }, "\(speed) cells a frame: \(changes)")
        }
        // The mean over what the camera sees on its way from one frame to the next, faster than it can be found again.
        let smeared = (0..<5).map { frame in
            let parts = (0..<20).map { scene.thumbnail(x: 60 * (Float(frame) + Float($0) / 20)) }
            return parts[0].indices.map { index in parts.reduce(0) { $0 + $1[index] } / 20 }
        }
        #expect(Self.changes([Self.picture] + smeared + [scene.thumbnail(x: 300)]).allSatisfy { $0 != .cut })
    }

    @Test("L24: a cut says which places have stayed as they were: a picture within the picture")
    func unchanged() {
        // The lower right two by two blocks stay.
        let next = Self.picture.indices.map { index in
            index % Self.width >= 48 && index / Self.width >= 24 ? Self.picture[index] : Self.other[index]
        }
        let step = Self.steps([Self.picture, next])[1]
        #expect(step.change == .cut)
        let corner: UInt64 = [38, 39, 46, 47].reduce(0) { $0 | 1 << $1 }
        #expect(step.unchanged.cells & corner == corner)
        #expect((step.unchanged.cells & ~corner).nonzeroBitCount <= 4)
    }

    // MARK: - Pictures that come back

    @Test("L24: a picture that is back after others undoes their cuts, the camera moved or not", arguments: 1...20)
    func undone(frames: Int) {
        let scene = Picture(1)
        let garbage = (0..<frames).map { Picture(UInt64(100 + min($0, 2))).thumbnail() }
        for x: Float in [0, 0.5, 3] {
            let steps = Self.steps([Self.picture] + garbage + [scene.thumbnail(x: x, noise: 2)])
            #expect(steps[1].change == .cut)
            #expect(steps.last?.change == .undone && steps.last?.number == steps[1].number, "\(x) cells")
            // A cell is 10 px.
            #expect(abs((steps.last?.motion.x ?? 0) + 10 * x) < 6, "\(x) cells")
        }
        let next = Self.steps([Self.picture] + garbage + [Self.picture, Self.picture, Self.other])
        #expect(next.suffix(3).map(\.change) == [.undone, .none, .cut])
    }

    // MARK: - The camera

    /// Sends thumbnails through an observer and a tracker, with a face that is seen in one of them only. Returns the masks
    /// of each frame, with all that is known in the end.
    private static func masks(_ thumbnails: [[Float]], face: FaceBox, seenIn seen: Int) -> [[TrackedFace]] {
        let tracker = FaceTracker()
        (tracker.hold, tracker.lookahead) = (1_000_000_000, 1_000_000_000)
        for (index, step) in steps(thumbnails).enumerated() {
            let time = UInt64(index) * 40_000_000
            tracker.begin(at: time, step: step)
            tracker.associate(index == seen ? [face] : [], at: time)
            tracker.finish(at: time)
        }
        return thumbnails.indices.map { index in
            var masks: [TrackedFace] = []
            tracker.faces(at: UInt64(index) * 40_000_000, into: &masks)
            return masks
        }
    }

    private static func covered(_ face: FaceBox, by masks: [TrackedFace]) -> Float {
        masks.map { $0.box.sharedArea(face) / face.area }.max() ?? 0
    }

    /// A face in the middle of 640x360 px, 4 to 16 cells wide.
    private static func face(cells: Int, x: Float = 0) -> FaceBox {
        let half = Float(cells) * 5
        return FaceBox(x1: 320 - half + x, y1: 180 - half, x2: 320 + half + x, y2: 180 + half, score: 0.9)
    }

    @Test(
        "L24: a lost face stays masked where it is when the background moves behind it, later and before",
        arguments: [1, 2, 4, 8, 12], [Float(0.5), 1.5, -3])
    func background(cells: Int, speed: Float) {
        let (scene, person) = (Picture(1), Picture(5).thumbnail())
        let frames = (0..<20).map { frame in
            let behind = scene.thumbnail(x: speed * Float(frame), noise: UInt64(frame + 1))
            // The person is a cell wider than the face all round.
            let columns = 31 - cells / 2...32 + cells / 2
            let rows = 17 - cells / 2...18 + cells / 2
            return behind.indices.map { index in
                columns.contains(index % Self.width) && rows.contains(index / Self.width)
                    ? person[index] : behind[index]
            }
        }
        #expect(Self.steps(frames).dropFirst().allSatisfy { $0.motion != .none }, "the background is what moves")
        let face = Self.face(cells: cells)
        for seen in [0, 19] {
            for (frame, masks) in Self.masks(frames, face: face, seenIn: seen).enumerated() {
                #expect(Self.covered(face, by: masks) >= 0.8, "frame \(frame), seen in \(seen): \(masks)")
            }
        }
    }

    @Test("a lost face that moves with the camera is masked where it goes, and little else", arguments: [4, 8, 12])
    func carried(cells: Int) {
        let scene = Picture(1)
        let frames = (0..<20).map { scene.thumbnail(x: 0.7 * Float($0), noise: UInt64($0 + 1)) }
        for seen in [0, 19] {
            let all = Self.masks(frames, face: Self.face(cells: cells), seenIn: seen)
            for (frame, masks) in all.enumerated() {
                let face = Self.face(cells: cells, x: -7 * Float(frame - seen))
                #expect(Self.covered(face, by: masks) >= 0.8, "frame \(frame), seen in \(seen): \(masks)")
                let area = masks.reduce(0) { $0 + $1.box.area }
                #expect(area < 2.5 * face.area, "frame \(frame), seen in \(seen): \(masks)")
            }
        }
    }

    @Test("a lost face that leaves the picture with the camera leaves no mask behind", arguments: [Float(1.5), 4, 7])
    func left(speed: Float) {
        let scene = Picture(1)
        let frames = (0..<20).map { scene.thumbnail(y: speed * Float($0), noise: UInt64($0 + 1)) }
        let face = FaceBox(x1: 280, y1: 20, x2: 360, y2: 100, score: 0.9)
        let picture = FaceBox(x1: 0, y1: 0, x2: 640, y2: 360, score: 1)
        for (frame, masks) in Self.masks(frames, face: face, seenIn: 0).enumerated() {
            let up = 10 * speed * Float(frame)
            let now = FaceBox(x1: face.x1, y1: face.y1 - up, x2: face.x2, y2: face.y2 - up, score: 1)
            let shown = now.sharedArea(picture)
            let masked = masks.reduce(0) { $0 + $1.box.sharedArea(picture) }
            #expect(masked < 1.5 * shown + 0.1 * face.area, "frame \(frame): \(masks)")
        }
    }

    @Test("L24: a face is held, and masked ahead, over frames of other pictures", arguments: 1...3)
    func garbage(frames: Int) {
        let garbage = (0..<frames).map { Picture(UInt64(100 + $0)).thumbnail() }
        let thumbnails = [Self.picture, Self.picture] + garbage + [Self.picture, Self.picture]
        let face = Self.face(cells: 8)
        for seen in [1, thumbnails.count - 1] {
            let all = Self.masks(thumbnails, face: face, seenIn: seen)
            for (frame, masks) in all.enumerated() {
                #expect(Self.covered(face, by: masks) >= 0.8, "frame \(frame), seen in \(seen): \(masks)")
            }
        }
        // Another scene that goes on is another scene.
        let cut = Self.masks([Self.picture, Self.picture, Self.other, Self.other], face: face, seenIn: 1)
        #expect(cut.map(\.count) == [1, 1, 0, 0])
    }

    @Test(
        "the camera's motion is told to a fiftieth of a side of the picture, slow or fast",
        arguments: (1...40).map(UInt64.init))
    func motion(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let scene = Picture(seed)
        let (x, y) = (Float.random(in: -3...3, using: &numbers), Float.random(in: -2...2, using: &numbers))
        let zoom = Float.random(in: 0.95...1.05, using: &numbers)
        guard abs(x) + abs(y) > 0.5 else { return }
        let step = Self.steps([scene.thumbnail(), scene.thumbnail(x: x, y: y, zoom: zoom, noise: 2)])[1]
        #expect(step.change == .none && step.motion != .none)
        // Cell p of the first is at zoom * (p - (x, y)) of the second, both from the middle; a cell is 10 px.
        for (column, row) in [(Float(100), Float(80)), (320, 180), (500, 300)] {
            let expectedX = 320 + zoom * (column - 320 - 10 * x)
            let expectedY = 180 + zoom * (row - 180 - 10 * y)
            #expect(abs(step.motion.scale * column + step.motion.x - expectedX) < 3)
            #expect(abs(step.motion.scale * row + step.motion.y - expectedY) < 3)
        }
    }

    @Test("who walks through a still picture moves no camera")
    func walker() {
        let person = Picture(5)
        let frames = (0..<20).map { frame in
            let shown = person.thumbnail(x: -2 * Float(frame))
            let columns = 2 * frame..<2 * frame + 20
            return Self.picture.indices.map {
                columns.contains($0 % Self.width) && $0 / Self.width > 4 ? shown[$0] : Self.picture[$0]
            }
        }
        #expect(Self.steps(frames).allSatisfy { $0 == SceneStep() })
        // Nor before a wall with nothing on it.
        let plain = frames.map { frame in
            frame.indices.map { index in frame[index] == Self.picture[index] ? 0.1 : frame[index] }
        }
        #expect(Self.steps(plain).allSatisfy { $0 == SceneStep() })
    }

    @Test("frames of another size, and those after a reset, have none before them")
    func reset() {
        let changes = Self.changes([Self.picture, Array(Self.other.dropLast()), Self.other, []])
        #expect(changes == [.none, .none, .none, .none])
        var observer = SceneObserver()
        func step(_ values: [Float]) -> SceneStep {
            values.withUnsafeBufferPointer { observer.step(to: $0, width: 640, height: 360) }
        }
        _ = step(Self.picture)
        observer.reset()
        #expect(step(Self.other) == SceneStep())
    }

    @Test("no values upset it", arguments: [Float.infinity, -.infinity, .nan, 1e30, 0])
    func anyValues(value: Float) {
        let strange = Self.picture.indices.map { $0 % 7 == 0 ? value : Self.picture[$0] }
        for step in Self.steps([Self.picture, strange, strange, Self.other, Self.picture]) {
            #expect(step.motion.scale.isFinite && step.motion.x.isFinite && step.motion.y.isFinite)
        }
    }
}
