// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Tells scene cuts: the moment at which two frames show different places.
///
/// Thumbnails of successive frames are compared by normalised cross-correlation, which a flash, a fade or a moving camera
/// leave high.
package struct SceneCutDetector {
    private var previous: [Float] = []

    /// Below this correlation two frames are of different scenes.
    package static let threshold: Float = 0.4
    /// A thumbnail that varies less than this, in units of 128, shows nothing to tell scenes by.
    private static let flat: Float = 0.01

    package init() {}

    /// Forgets the frame before.
    package mutating func reset() { previous.removeAll(keepingCapacity: true) }

    /// Takes the next frame's thumbnail; true where a new scene begins with it.
    package mutating func isCut(_ thumbnail: UnsafeBufferPointer<Float>) -> Bool {
        defer {
            previous.removeAll(keepingCapacity: true)
            previous.append(contentsOf: thumbnail)
        }
        guard previous.count == thumbnail.count, !thumbnail.isEmpty else { return false }
        let count = Float(thumbnail.count)
        var (meanA, meanB): (Float, Float) = (0, 0)
        for i in thumbnail.indices {
            meanA += previous[i]
            meanB += thumbnail[i]
        }
        meanA /= count
        meanB /= count
        var (product, squareA, squareB): (Float, Float, Float) = (0, 0, 0)
        for i in thumbnail.indices {
            let a = previous[i] - meanA
            let b = thumbnail[i] - meanB
            product += a * b
            squareA += a * a
            squareB += b * b
        }
        let floor = Self.flat * Self.flat * count
        guard squareA > floor, squareB > floor else { return false }
        return product < Self.threshold * (squareA * squareB).squareRoot()
    }
}
