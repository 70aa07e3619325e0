// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

/// Reads a frame as a thumbnail, into memory that is kept.
final class ThumbnailSampler {
    private let scratch = SamplingScratch()
    private let samples = ScratchBuffer<Float>()
    private let means = ScratchBuffer<Float>()

    /// Where the sampler takes points, so many of them along each side make a value: a single one would be another one
    /// with any motion.
    private static let fineness = 4

    /// The green plane of the sampler's frame, as it is stored; nil where that has fewer pixels than values.
    func withValues<Result>(
        of sampler: FrameSampler, width: Int, height: Int, _ body: (UnsafeBufferPointer<Float>) -> Result
    ) throws(DetectionError) -> Result? {
        let fineness = sampler.isAveraging ? 1 : Self.fineness
        let plane = width * fineness * height * fineness
        try samples.ensure(3 * plane)
        try means.ensure(width * height)
        guard
            try sampler.writeStored(
                width: width * fineness, height: height * fineness, scratch: scratch, into: samples.base)
        else { return nil }
        for y in 0..<height {
            for x in 0..<width {
                var sum: Float = 0
                for row in y * fineness..<(y + 1) * fineness {
                    let first = plane + row * width * fineness + x * fineness
                    for column in first..<first + fineness { sum += samples.base[column] }
                }
                means.base[y * width + x] = sum / Float(fineness * fineness)
            }
        }
        return body(UnsafeBufferPointer(start: means.base, count: width * height))
    }
}
