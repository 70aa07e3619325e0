// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
internal import FaceDetection

/// A face seen at a moment.
struct Sighting {
    /// Stream time, ns.
    let time: UInt64
    let box: FaceBox
}

/// One face through time: where it was seen, and from that where it has to be when it is not.
struct Track {
    let identifier: UInt32
    /// Ascending in time; never empty. Old ones are forgotten.
    private(set) var sightings: [Sighting]
    /// Nothing is known of the face from this moment on: a scene cut.
    var end: UInt64?
    /// Nothing is known of the face before this moment: the scene began then.
    let sceneStart: UInt64
    /// The size that is masked. It shrinks slowly, so that the mask and its cells stay with the face.
    private var width: Float
    private var height: Float

    init(identifier: UInt32, sighting: Sighting, sceneStart: UInt64) {
        self.identifier = identifier
        self.sceneStart = sceneStart
        sightings = []
        sightings.reserveCapacity(Self.usualSightings)
        sightings.append(sighting)
        width = sighting.box.width
        height = sighting.box.height
    }

    /// What `hold` keeps at 30 frames a second, and what `forget` leaves before it drops the oldest.
    private static let usualSightings = 64

    var last: Sighting { sightings[sightings.count - 1] }

    /// What of its size a mask keeps from one sighting to the next smaller one.
    private static let shrinkage: Float = 0.95

    /// Takes a new sighting, later than all others.
    mutating func see(_ box: FaceBox, at time: UInt64, steadily: Bool) {
        var box = box
        if steadily {
            width = max(box.width, width * Self.shrinkage)
            height = max(box.height, height * Self.shrinkage)
            box = box.resized(width: width, height: height)
        }
        sightings.append(Sighting(time: time, box: box))
    }

    /// Forgets what was seen before `time`, but for the few sightings that motion is told from.
    mutating func forget(before time: UInt64) {
        guard sightings.count > 2 * Motion.samples, sightings[Motion.samples].time < time else { return }
        let old = sightings.prefix { $0.time < time }.count
        sightings.removeFirst(max(0, min(old, sightings.count - Motion.samples)))
    }

    /// Carries the sightings over to frames of another size.
    mutating func rescale(x: Float, y: Float) {
        for index in sightings.indices {
            var box = sightings[index].box
            (box.x1, box.x2, box.y1, box.y2) = (box.x1 * x, box.x2 * x, box.y1 * y, box.y2 * y)
            sightings[index] = Sighting(time: sightings[index].time, box: box)
        }
        width *= x
        height *= y
    }

    // MARK: - Places

    /// Where the face is at a moment after it was last seen.
    func predicted(at time: UInt64) -> FaceBox {
        Motion(of: sightings.suffix(Motion.samples)).moved(last, to: time)
    }

    /// Where the face was at a moment before it was seen, for the first time or again.
    func retraced(from sighting: Sighting, to time: UInt64) -> FaceBox {
        Motion(of: sightings.drop { $0.time < sighting.time }.prefix(Motion.samples)).moved(sighting, to: time)
    }

    /// Where the face was at a moment between two sightings.
    static func interpolated(_ before: Sighting, _ after: Sighting, at time: UInt64) -> FaceBox {
        let share = Float(Double(time - before.time) / Double(after.time - before.time))
        func blend(_ a: Float, _ b: Float) -> Float { a + (b - a) * share }
        let box = FaceBox(
            x1: blend(before.box.x1, after.box.x1), y1: blend(before.box.y1, after.box.y1),
            x2: blend(before.box.x2, after.box.x2), y2: blend(before.box.y2, after.box.y2),
            score: min(before.box.score, after.box.score))
        return box.grown(by: Motion.uncertainty(min(time - before.time, after.time - time)))
    }
}

/// The even motion of a face, told from a few sightings by least squares.
struct Motion {
    /// So many sightings tell it.
    static let samples = 6
    /// A face keeps moving for about so long, s: motion fades as exp(-t/fading).
    private static let fading = 0.5
    /// Nobody goes on evenly for longer, s.
    private static let longestEven = 1.0
    /// What the sides grow by on each side in a second without a sighting, as a share of themselves.
    private static let growth = 0.5

    /// The same before the only sighting of a face, whose motion nobody knows: a frame leaves once, and has to cover it.
    private static let unknownGrowth = 1.5

    /// Whether there were sightings enough to tell.
    private var isKnown = false
    /// Per second: the centre in px, the sides as shares of themselves.
    private var x = 0.0
    private var y = 0.0
    private var size = 0.0

    init(of sightings: ArraySlice<Sighting>) {
        guard let origin = sightings.first, sightings.count > 1 else { return }
        let count = Double(sightings.count)
        var (time, squares) = (0.0, 0.0)
        var (sumX, sumY, sumSize) = (0.0, 0.0, 0.0)
        var (timesX, timesY, timesSize) = (0.0, 0.0, 0.0)
        let scale = max(1, Double(origin.box.width + origin.box.height))
        for sighting in sightings {
            let t = seconds(from: origin.time, to: sighting.time)
            let centreX = Double(sighting.box.x1 + sighting.box.x2) / 2
            let centreY = Double(sighting.box.y1 + sighting.box.y2) / 2
            let side = Double(sighting.box.width + sighting.box.height) / scale
            time += t
            squares += t * t
            sumX += centreX
            sumY += centreY
            sumSize += side
            timesX += t * centreX
            timesY += t * centreY
            timesSize += t * side
        }
        let spread = squares - time * time / count
        guard spread > 1e-6 else { return }
        isKnown = true
        x = (timesX - time * sumX / count) / spread
        y = (timesY - time * sumY / count) / spread
        size = (timesSize - time * sumSize / count) / spread
    }

    /// A sighting moved to another moment, later or earlier, and grown by how uncertain that is.
    func moved(_ sighting: Sighting, to time: UInt64) -> FaceBox {
        let elapsed = seconds(from: sighting.time, to: time)
        let distance = abs(elapsed)
        let direction = elapsed < 0 ? -1.0 : 1.0
        let fading = Self.fading * (1 - exp(-distance / Self.fading))
        let scale = Float(min(max(1 + size * fading * direction, 0.5), 2))
        let sized = sighting.box.resized(width: sighting.box.width * scale, height: sighting.box.height * scale)
        // Slowed down, or gone on as it went: both places and all between them.
        let slowed = sized.moved(x: Float(x * fading * direction), y: Float(y * fading * direction))
        let even = min(distance, Self.longestEven) * direction
        return slowed.union(sized.moved(x: Float(x * even), y: Float(y * even)))
            .grown(by: Float((isKnown || elapsed > 0 ? Self.growth : Self.unknownGrowth) * distance))
    }

    /// What a face's sides grow by on each side when it was not seen for so long, ns.
    static func uncertainty(_ elapsed: UInt64) -> Float { Float(growth * Double(elapsed) / 1e9) }
}

/// Seconds from one moment to another, negative where that is earlier.
private func seconds(from start: UInt64, to end: UInt64) -> Double {
    end >= start ? Double(end - start) / 1e9 : -Double(start - end) / 1e9
}

extension FaceBox {
    func moved(x: Float, y: Float) -> FaceBox {
        FaceBox(x1: x1 + x, y1: y1 + y, x2: x2 + x, y2: y2 + y, score: score)
    }

    /// A box of that size round the same centre.
    func resized(width: Float, height: Float) -> FaceBox {
        let (centreX, centreY) = ((x1 + x2) / 2, (y1 + y2) / 2)
        return FaceBox(
            x1: centreX - width / 2, y1: centreY - height / 2, x2: centreX + width / 2, y2: centreY + height / 2,
            score: score)
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
