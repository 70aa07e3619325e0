// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// How the cells of a thumbnail have moved: cell p of the earlier one is at `centre + scale * (p - centre) + (x, y)` of the
/// later one.
struct CellMotion: Equatable {
    var scale: Float = 1
    /// Cells.
    var x: Float = 0
    var y: Float = 0

    static let none = CellMotion()
}

/// Tells from two thumbnails how the camera has moved, by least squares on brightness from coarse to fine (Lucas and Kanade
/// 1981, in the inverse form of Baker and Matthews 2004). What does not move along, such as a person who walks, weighs
/// little.
struct CameraMotionEstimator {
    private static let iterations = 6
    /// A change of the motion by less ends a level, cells.
    private static let enough: Float = 0.01
    /// Brightness that differs by less is noise: half a level of 255.
    private static let noise: Float = 0.5 / 128

    private var differences = [Float](repeating: 0, count: Thumbnail.count)

    /// The motion from one thumbnail to the next one: the best guess, which need not be a good one.
    mutating func estimate(from earlier: Thumbnail, to later: Thumbnail) -> CellMotion {
        var motion = CellMotion.none
        for index in earlier.levels.indices.reversed() {
            let (first, second) = (earlier.levels[index], later.levels[index])
            for _ in 0..<Self.iterations {
                guard let change = improve(&motion, first, second) else { return .none }
                if change < Self.enough { break }
            }
            if index > 0 {
                motion.x *= 2
                motion.y *= 2
            }
        }
        return motion
    }

    /// One step of the search. Returns by how much the motion has changed, cells; nil where there is no motion to be told.
    private mutating func improve(_ motion: inout CellMotion, _ first: PictureLevel, _ second: PictureLevel) -> Float? {
        let (centreX, centreY) = (Float(first.width - 1) / 2, Float(first.height - 1) / 2)
        let (mean, typical, count) = compare(motion, first, second)
        guard count * 3 >= first.values.count else { return nil }
        let limit = 2 * (typical + Self.noise)
        // The normal equations of shift and scale.
        var (xx, xy, xs, yy, ys, ss): (Float, Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0, 0)
        var (x, y, s): (Float, Float, Float) = (0, 0, 0)
        for row in 1..<first.height - 1 {
            for column in 1..<first.width - 1 {
                let index = row * first.width + column
                guard differences[index].isFinite else { continue }
                let difference = differences[index] - mean
                let outlying = difference / limit
                let weight = 1 / (1 + outlying * outlying)
                let across = (first.values[index + 1] - first.values[index - 1]) / 2
                let down = (first.values[index + first.width] - first.values[index - first.width]) / 2
                let outward = across * (Float(column) - centreX) + down * (Float(row) - centreY)
                xx += weight * across * across
                xy += weight * across * down
                xs += weight * across * outward
                yy += weight * down * down
                ys += weight * down * outward
                ss += weight * outward * outward
                x += weight * across * difference
                y += weight * down * difference
                s += weight * outward * difference
            }
        }
        let minors = (yy * ss - ys * ys, xy * ss - ys * xs, xy * ys - yy * xs)
        let determinant = xx * minors.0 - xy * minors.1 + xs * minors.2
        guard determinant > 1e-6 * xx * yy * ss, determinant.isNormal else { return nil }
        let moveX = (x * minors.0 - xy * (y * ss - ys * s) + xs * (y * ys - yy * s)) / determinant
        let moveY = (xx * (y * ss - ys * s) - x * minors.1 + xs * (xy * s - y * xs)) / determinant
        let grow = (xx * (yy * s - y * ys) - xy * (xy * s - y * xs) + x * minors.2) / determinant
        guard abs(grow) < 0.5, moveX.isFinite, moveY.isFinite else { return nil }
        motion.scale /= 1 + grow
        motion.x -= motion.scale * moveX
        motion.y -= motion.scale * moveY
        return max(abs(moveX), abs(moveY), abs(grow) * centreX)
    }

    /// Puts the differences of moved cells into `differences`, infinite for those that have left. Returns their mean, the
    /// mean of what they differ from that, and how many there are.
    private mutating func compare(
        _ motion: CellMotion, _ first: PictureLevel, _ second: PictureLevel
    ) -> (mean: Float, typical: Float, count: Int) {
        let (centreX, centreY) = (Float(first.width - 1) / 2, Float(first.height - 1) / 2)
        var (sum, count): (Float, Int) = (0, 0)
        for row in 0..<first.height {
            let y = centreY + motion.scale * (Float(row) - centreY) + motion.y
            for column in 0..<first.width {
                let index = row * first.width + column
                let x = centreX + motion.scale * (Float(column) - centreX) + motion.x
                guard let value = second.sample(x, y) else {
                    differences[index] = .infinity
                    continue
                }
                differences[index] = value - first.values[index]
                sum += differences[index]
                count += 1
            }
        }
        guard count > 0 else { return (0, 0, 0) }
        let mean = sum / Float(count)
        var typical: Float = 0
        for index in first.values.indices where differences[index].isFinite {
            typical += abs(differences[index] - mean)
        }
        return (mean, typical / Float(count), count)
    }
}
