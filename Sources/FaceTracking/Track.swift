// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import FaceDetection

/// A face seen at a moment.
struct Sighting {
    /// Stream time, ns.
    private(set) var time: UInt64
    /// Where it was in its own frame.
    private(set) var seen: FaceBox
    /// Where that place is in the frame that came last: the camera may have moved since.
    private(set) var box: FaceBox

    init(time: UInt64, box: FaceBox) {
        self.time = time
        seen = box
        self.box = box
    }

    mutating func carry(along motion: CameraMotion) { box = motion.carried(box) }

    mutating func rescale(x: Float, y: Float) {
        seen = seen.scaled(x: x, y: y)
        box = box.scaled(x: x, y: y)
    }

    mutating func shift(back span: UInt64) { time = time.subtracting(span) }
}

/// One face through time: where it was seen, and from that where it has to be when it is not.
///
/// All places are those of the frame that came last (`carry`), so that what moves is the face and not the camera.
struct Track {
    let identifier: UInt32
    /// Ascending in time; never empty. Old ones are forgotten.
    private(set) var sightings: [Sighting]
    /// Nothing is known of the face from this moment on: the scene may have ended, or has.
    private(set) var end: UInt64?
    /// Nothing is known of the face before this moment: the scene began then.
    var sceneStart: UInt64
    /// The first change of the scene since the face was last seen.
    private(set) var change: (number: Int, time: UInt64)?
    /// From when on the face has gone with its scene, if the next frame confirms that there is another one.
    private var leaving: UInt64?
    /// Whether it may have gone with its scene.
    var isLeaving: Bool { leaving != nil }
    /// How sure it is that this is a face at all, up to `sure`: how often it was seen; at once with a high score.
    private var certainty: UInt64
    /// The size that is masked. It shrinks slowly, so that the mask and its cells stay with the face.
    private var width: Float
    private var height: Float

    init(identifier: UInt32, sighting: Sighting, sceneStart: UInt64) {
        self.identifier = identifier
        self.sceneStart = sceneStart
        certainty = sighting.seen.score < Self.sureScore ? 1 : Self.sure
        sightings = []
        sightings.reserveCapacity(Self.usualSightings)
        sightings.append(sighting)
        width = sighting.box.width
        height = sighting.box.height
    }

    /// What `hold` keeps at 30 frames a second, and what `forget` leaves before it drops the oldest.
    private static let usualSightings = 64
    /// The element's own `score-threshold`: what scores less is found only where somebody has lowered that.
    private static let sureScore: Float = 0.7
    /// What has been seen so often with low scores only is a face as well as any: a third of a second at 25 frames a second.
    private static let sure: UInt64 = 8

    /// How much of a hold or a look-ahead, ns, the face gets: all of it, if it is sure to be one.
    func share(of span: UInt64) -> UInt64 { certainty < Self.sure ? span / Self.sure * certainty : span }

    var last: Sighting { sightings[sightings.count - 1] }

    /// What of its size a mask keeps from one sighting to the next smaller one.
    private static let shrinkage: Float = 0.95

    /// Takes a new sighting, later than all others.
    mutating func see(_ box: FaceBox, at time: UInt64, steadily: Bool, within size: (width: Int, height: Int)?) {
        var box = box
        if steadily {
            // What is cut off by the frame's side is still there: the face does not shrink.
            let sides = FrameSides(of: box, within: size)
            width = max(box.width, width * (sides.cutX ? 1 : Self.shrinkage))
            height = max(box.height, height * (sides.cutY ? 1 : Self.shrinkage))
            let steady = box.resized(width: width, height: height, keeping: sides)
            if steady.isFinite { box = steady }
        }
        sightings.append(Sighting(time: time, box: box))
        certainty = box.score < Self.sureScore ? min(certainty + 1, Self.sure) : Self.sure
        stay()
    }

    /// Nothing has changed since it was last seen.
    private mutating func stay() {
        end = nil
        change = nil
        leaving = nil
    }

    /// The scene has changed, or may have: the face is held no longer than `doubtfulHold`, or only until a second frame
    /// confirms that its scene has gone.
    mutating func doubt(from time: UInt64, number: Int, isLeaving: Bool) {
        change = change ?? (number, time)
        end = min(end ?? .max, time.adding(FaceTracker.doubtfulHold))
        if isLeaving { leaving = leaving ?? time }
    }

    /// Ends the track if it was to leave with its scene: with that scene's last frame, which matters to frames that wait for
    /// their look-ahead.
    mutating func leave() {
        guard let leaving else { return }
        end = min(end ?? .max, leaving)
    }

    /// The change of that number and all since were none. What was in doubt before that stays in doubt.
    mutating func undo(number: Int) {
        guard let change else { return }
        if change.number == number { return stay() }
        guard change.number < number else { return }
        end = change.time.adding(FaceTracker.doubtfulHold)
        leaving = nil
    }

    /// Forgets what was seen before `time`, but for the few sightings that motion is told from.
    mutating func forget(before time: UInt64) {
        guard sightings.count > 2 * Motion.samples, sightings[Motion.samples].time < time else { return }
        let old = sightings.prefix { $0.time < time }.count
        sightings.removeFirst(max(0, min(old, sightings.count - Motion.samples)))
    }

    /// Carries the sightings over to frames of another size.
    mutating func rescale(x: Float, y: Float) {
        for index in sightings.indices { sightings[index].rescale(x: x, y: y) }
        width *= x
        height *= y
    }

    /// Carries all places into the next frame.
    mutating func carry(along motion: CameraMotion) {
        for index in sightings.indices { sightings[index].carry(along: motion) }
        width *= motion.scale
        height *= motion.scale
    }

    /// Time has run back by so much, ns: what was seen stays as long ago as it was.
    mutating func shift(back span: UInt64) {
        for index in sightings.indices { sightings[index].shift(back: span) }
        end = end.map { $0.subtracting(span) }
        change = change.map { ($0.number, $0.time.subtracting(span)) }
        leaving = leaving.map { $0.subtracting(span) }
        sceneStart = sceneStart.subtracting(span)
    }

    // MARK: - Places

    /// The places where the face may be at a moment after it was last seen, before `time`: as it was carried along with the
    /// camera, and as it was not; the second is nil where there is no doubt.
    func predicted(at time: UInt64, _ frames: FrameHistory) -> (FaceBox, FaceBox?) {
        let seen = sightings.lastIndex { $0.time < time } ?? sightings.count - 1
        let place = frames.carried(sightings[seen].seen, from: sightings[seen].time, to: time)
        let elapsed = Self.seconds(from: sightings[seen].time, to: time)
        return places(place, of: sightings[...seen].suffix(Motion.samples), after: elapsed)
    }

    private func places(
        _ place: CarriedPlace, of sightings: ArraySlice<Sighting>, after elapsed: Double
    ) -> (FaceBox, FaceBox?) {
        if place.isCarried { return (Motion(of: sightings, { $0.box }).moved(place.carried, by: elapsed), nil) }
        let still = Motion(of: sightings, { $0.seen }).moved(place.still, by: elapsed)
        if place.isStill { return (still, nil) }
        return (Motion(of: sightings, { $0.box }).moved(place.carried, by: elapsed), still)
    }

    /// How well a box overlaps with where the face should be at that moment, by intersection over union: gone on evenly,
    /// slowed down or stopped. Zero where it does not clearly do so.
    func likeness(_ box: FaceBox, at time: UInt64, _ frames: FrameHistory) -> Float {
        let place = frames.carried(last.seen, from: last.time, to: time)
        let elapsed = Self.seconds(from: last.time, to: time)
        func overlap(_ place: FaceBox, _ motion: Motion) -> Float {
            let places = motion.places(of: place, after: elapsed)
            return max(places.even.intersectionOverUnion(box), places.slowed.intersectionOverUnion(box))
        }
        let sightings = sightings.suffix(Motion.samples)
        var best: Float = 0
        if !place.isStill || place.isCarried { best = overlap(place.carried, Motion(of: sightings, { $0.box })) }
        if !place.isCarried { best = max(best, overlap(place.still, Motion(of: sightings, { $0.seen }))) }
        return best >= Self.clearOverlap ? best : 0
    }

    /// A box of the same size that overlaps less with a face's place is more than a third of a side away, and leaves part of
    /// that place open even with the usual margin of 0.2 round it. It may be another face's: then both are masked.
    private static let clearOverlap: Float = 0.5

    /// The places where the face may have been at a moment before it was seen, for the first time or again.
    func retraced(from sighting: Sighting, to time: UInt64, _ frames: FrameHistory) -> (FaceBox, FaceBox?) {
        let place = frames.carriedBack(sighting.seen, from: sighting.time, to: time)
        let later = sightings.drop { $0.time < sighting.time }.prefix(Motion.samples)
        return places(place, of: later, after: Self.seconds(from: sighting.time, to: time))
    }

    /// The places where the face may have been at a moment between two sightings.
    func interpolated(
        _ before: Sighting, _ after: Sighting, at time: UInt64, _ frames: FrameHistory
    ) -> (FaceBox, FaceBox?) {
        let place = frames.carried(before.seen, from: before.time, to: after.time)
        let still = Self.blended((before.time, before.seen), (after.time, after.seen), at: time)
        if place.isStill, !place.isCarried { return (still, nil) }
        let carried = Self.blended((before.time, before.box), (after.time, after.box), at: time)
        return (frames.atTime(time, carried), place.isCarried ? nil : still)
    }

    private static func blended(
        _ before: (time: UInt64, box: FaceBox), _ after: (time: UInt64, box: FaceBox), at time: UInt64
    ) -> FaceBox {
        let share = Float(seconds(from: before.time, to: time) / seconds(from: before.time, to: after.time))
        func blend(_ a: Float, _ b: Float) -> Float { a + (b - a) * share }
        let box = FaceBox(
            x1: blend(before.box.x1, after.box.x1), y1: blend(before.box.y1, after.box.y1),
            x2: blend(before.box.x2, after.box.x2), y2: blend(before.box.y2, after.box.y2),
            score: min(before.box.score, after.box.score))
        let nearest = min(seconds(from: before.time, to: time), seconds(from: time, to: after.time))
        return box.grown(by: Motion.uncertainty(nearest))
    }

    /// Seconds from one moment to another, negative where that is earlier.
    private static func seconds(from start: UInt64, to end: UInt64) -> Double {
        end >= start ? Double(end - start) / 1e9 : -Double(start - end) / 1e9
    }
}

/// The sides of a frame that a box touches: what is behind them cannot be seen.
struct FrameSides {
    var (left, right, top, bottom) = (false, false, false, false)

    /// None where the frame's size, px, is not known.
    init(of box: FaceBox, within size: (width: Int, height: Int)?) {
        guard let size else { return }
        let (nearX, nearY) = (1 + Self.near * box.width, 1 + Self.near * box.height)
        left = box.x1 <= nearX
        right = box.x2 >= Float(size.width) - nearX
        top = box.y1 <= nearY
        bottom = box.y2 >= Float(size.height) - nearY
    }

    var cutX: Bool { left || right }
    var cutY: Bool { top || bottom }

    /// Boxes jitter by so much, as a share of their side.
    private static let near: Float = 0.03
}

extension UInt64 {
    /// The sum, or the largest number where it would be larger.
    func adding(_ other: UInt64) -> UInt64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }

    /// The difference, or zero where it would be negative.
    func subtracting(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}

extension FaceBox {
    func scaled(x: Float, y: Float) -> FaceBox {
        FaceBox(x1: x1 * x, y1: y1 * y, x2: x2 * x, y2: y2 * y, score: score)
    }

    func moved(x: Float, y: Float) -> FaceBox {
        FaceBox(x1: x1 + x, y1: y1 + y, x2: x2 + x, y2: y2 + y, score: score)
    }

    /// A box of that size round the same centre, or beyond the sides of the frame that cut it off.
    func resized(width: Float, height: Float, keeping sides: FrameSides) -> FaceBox {
        var (left, top) = ((x1 + x2 - width) / 2, (y1 + y2 - height) / 2)
        if sides.left != sides.right { left = sides.left ? x2 - width : x1 }
        if sides.top != sides.bottom { top = sides.top ? y2 - height : y1 }
        return FaceBox(x1: left, y1: top, x2: left + width, y2: top + height, score: score)
    }

    /// The smallest box round both.
    func union(_ other: FaceBox) -> FaceBox {
        FaceBox(
            x1: min(x1, other.x1), y1: min(y1, other.y1), x2: max(x2, other.x2), y2: max(y2, other.y2), score: score)
    }

    /// Wider by a share of each side, on each side.
    func grown(by share: Float) -> FaceBox {
        FaceBox(
            x1: x1 - share * width, y1: y1 - share * height, x2: x2 + share * width, y2: y2 + share * height,
            score: score)
    }
}
