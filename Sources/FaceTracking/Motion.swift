// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
internal import FaceDetection

/// The even motion of a face, told from a few sightings by least squares. Of its size nothing is told: a mask keeps the
/// size that was seen.
struct Motion {
    /// So many sightings tell it.
    static let samples = 8
    /// A face keeps moving for about so long, s: motion fades as exp(-t/fading).
    private static let fading = 0.5
    /// Nobody goes on evenly for longer, s, nor for more than so many times as long as he was seen to.
    private static let longestEven = 1.0
    private static let longestShare = 4.0
    /// Nobody moves faster, in sides of the face a second.
    private static let fastest = 3.0
    /// How far off a detector's boxes are at least, as a share of the side: what moves by less may not move at all.
    private static let jitter = 0.05
    /// What the sides grow by on each side in a second without a sighting, and at most, as shares of themselves.
    private static let growth = 0.1
    private static let largestGrowth = 0.1

    /// The centre's speed, px a second; zero where it is not known.
    private var x = 0.0
    private var y = 0.0
    /// For how long that may go on, s.
    private var longest = 0.0

    /// - Parameter place: which of a sighting's places: with the camera's motion taken out, or as it was in its frame.
    init(of sightings: ArraySlice<Sighting>, _ place: (Sighting) -> FaceBox) {
        guard let first = sightings.first, let last = sightings.last, sightings.count > 1 else { return }
        longest = min(Double(last.time - first.time) / 1e9 * Self.longestShare, Self.longestEven)
        let side = Double(max(1, (place(last).width + place(last).height) / 2))
        x = Self.speed(of: sightings, side: side) { Double(place($0).x1 + place($0).x2) / 2 }
        y = Self.speed(of: sightings, side: side) { Double(place($0).y1 + place($0).y2) / 2 }
        let speed = (x * x + y * y).squareRoot()
        guard speed.isFinite else {
            (x, y) = (0, 0)
            return
        }
        if speed > Self.fastest * side {
            x *= Self.fastest * side / speed
            y *= Self.fastest * side / speed
        }
    }

    /// The slope of the line through the values, less what chance makes of boxes that jitter: with the slope's variance
    /// s^2, its best estimate is 1 - s^2 / slope^2 of itself (James and Stein 1961).
    private static func speed(
        of sightings: ArraySlice<Sighting>, side: Double, _ value: (Sighting) -> Double
    ) -> Double {
        let start = sightings[sightings.startIndex].time
        let count = Double(sightings.count)
        var (meanTime, meanValue) = (0.0, 0.0)
        for sighting in sightings {
            meanTime += Double(sighting.time - start) / 1e9 / count
            meanValue += value(sighting) / count
        }
        var (spread, product, squares) = (0.0, 0.0, 0.0)
        for sighting in sightings {
            let time = Double(sighting.time - start) / 1e9 - meanTime
            let offset = value(sighting) - meanValue
            spread += time * time
            product += time * offset
            squares += offset * offset
        }
        guard spread > 1e-6 else { return 0 }
        let slope = product / spread
        // Few sightings say little of their own scatter: it counts for more then.
        let scatter = count > 2 ? max(0, squares - slope * product) * count / ((count - 2) * (count - 2)) : 0
        let variance = max(scatter, (jitter * side) * (jitter * side)) / spread
        return slope * max(0, 1 - variance / max(slope * slope, .leastNormalMagnitude))
    }

    /// Where a box is after so many seconds, or was before as many (negative): gone on evenly, and slowed down.
    func places(of box: FaceBox, after elapsed: Double) -> (even: FaceBox, slowed: FaceBox) {
        let distance = min(abs(elapsed), longest)
        let even = distance * (elapsed < 0 ? -1 : 1)
        let slowed = Self.fading * (1 - exp(-distance / Self.fading)) * (elapsed < 0 ? -1 : 1)
        return (
            box.moved(x: Float(x * even), y: Float(y * even)), box.moved(x: Float(x * slowed), y: Float(y * slowed))
        )
    }

    /// Both of these places and all between them, grown by how uncertain they are.
    func moved(_ box: FaceBox, by elapsed: Double) -> FaceBox {
        let places = places(of: box, after: elapsed)
        return places.even.union(places.slowed).grown(by: Self.uncertainty(abs(elapsed)))
    }

    /// What a face's sides grow by on each side when it was not seen for so long, s.
    static func uncertainty(_ elapsed: Double) -> Float { Float(min(growth * elapsed, largestGrowth)) }
}
