// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

/// Where the samples of one axis of a level or a crop lie in one component: in the component's own samples, ascending.
///
/// The same two kinds serve levels and crops, luma and chroma, upright and turned frames.
final class SamplingAxis {
    /// Tiles side by side: tile i reaches from boundary i to boundary i + 1.
    struct Tiles {
        let count: Int
        /// count + 1 boundaries, each `index + fraction`; the index is below the component's length, the fraction at most 1.
        let index: UnsafeMutablePointer<Int32>
        let fraction: UnsafeMutablePointer<Float>
        /// For each tile, 1 / the length within the frame; 0 where nothing of it is in the frame.
        let inverseLength: UnsafeMutablePointer<Float>
    }

    /// Points to interpolate at.
    struct Points {
        let count: Int
        /// The samples on either side of each point, and the weight of the second.
        let first: UnsafeMutablePointer<Int32>
        let second: UnsafeMutablePointer<Int32>
        let weight: UnsafeMutablePointer<Float>
    }

    private let first = ScratchBuffer<Int32>()
    private let second = ScratchBuffer<Int32>()
    private let fraction = ScratchBuffer<Float>()
    private let inverse = ScratchBuffer<Float>()
    private let weight = ScratchBuffer<Float>()

    /// Tiles of `step` frame px from `start` on, both along the native axis; the component has one sample for 2^shift px.
    func tiles(count: Int, start: Double, step: Double, length: Int, shift: Int) throws(DetectionError) -> Tiles {
        let tiles = Tiles(
            count: count, index: try first.ensure(count + 1), fraction: try fraction.ensure(count + 1),
            inverseLength: try inverse.ensure(count))
        let scale = 1 / Double(1 << shift)
        let end = Double(length)
        var previous = 0.0
        for i in 0...count {
            let boundary = min(max((start + Double(i) * step) * scale, 0), end)
            let index = min(Int(boundary), length - 1)
            tiles.index[i] = Int32(truncatingIfNeeded: index)
            tiles.fraction[i] = Float(boundary - Double(index))
            if i > 0 {
                let covered = boundary - previous
                tiles.inverseLength[i - 1] = covered > 0 ? Float(1 / covered) : 0
            }
            previous = boundary
        }
        return tiles
    }

    /// Points at `start`, `start + step` and so on, counted in px from the centre of the first one, clamped at the ends.
    func points(count: Int, start: Double, step: Double, length: Int, shift: Int) throws(DetectionError) -> Points {
        let points = Points(
            count: count, first: try first.ensure(count), second: try second.ensure(count),
            weight: try weight.ensure(count))
        let scale = 1 / Double(1 << shift)
        for i in 0..<count {
            // Chroma samples lie in the middle of the pixels they stand for.
            let centred = (start + Double(i) * step + 0.5) * scale - 0.5
            let position = min(max(centred, 0), Double(length - 1))
            let index = Int(position)
            points.first[i] = Int32(truncatingIfNeeded: index)
            points.second[i] = Int32(truncatingIfNeeded: min(index + 1, length - 1))
            points.weight[i] = Float(position - Double(index))
        }
        return points
    }
}
