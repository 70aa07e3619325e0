// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
package import VideoFrames

/// Nanoseconds a frame spent in each stage of the cascade.
package struct StageTimes: Sendable, Equatable {
    /// Sums over the frame, and the levels read from them.
    package var pyramid: Int64 = 0
    /// P-Net and its suppression.
    package var proposal: Int64 = 0
    /// R-Net with its crops.
    package var refinement: Int64 = 0
    /// O-Net with its crops.
    package var output: Int64 = 0

    package init() {}
}

/// The MTCNN cascade (Zhang et al. 2016, arXiv 1604.02878), with the rules of PeekingDuck's graph: no rounding and no
/// clipping between the stages, suppression by intersection over union everywhere.
///
/// One detector serves one stream: it is not for two threads at once. After the first frames of a size it allocates nothing.
package final class FaceDetector {
    private let models: ModelFiles
    private let sampler = FrameSampler()
    private let suppression = NonMaximumSuppression()
    private let refinement: BatchedNetwork
    private let output: BatchedNetwork

    /// What the levels and their networks were made for.
    private struct PyramidKey: Equatable {
        var width: Int
        var height: Int
        var minimumSize: Int
        var scaleFactor: Double
    }
    private var pyramidKey: PyramidKey?
    private var pyramid: [(level: PyramidLevel, network: Network)] = []

    private var candidates: [Candidate] = []
    private var levelCandidates: [Candidate] = []
    private var survivors: [Candidate] = []

    /// Of the last frame.
    package private(set) var times = StageTimes()

    package init(models: ModelFiles) throws(DetectionError) {
        self.models = models
        refinement = BatchedNetwork(name: "R-Net", model: models.refinement, side: 24, channels: 6, largestBatch: 64)
        output = BatchedNetwork(name: "O-Net", model: models.output, side: 48, channels: 16, largestBatch: 16)
        try refinement.prepare(batch: 1)
        try output.prepare(batch: 1)
    }

    /// Whether a face of the minimum size fits into frames of that size at all.
    package static func hasLevels(width: Int, height: Int, settings: DetectorSettings) -> Bool {
        min(width, height) > settings.minimumSize
    }

    /// Finds the faces of a frame, by falling score: boxes in px of the upright picture, clipped to it.
    ///
    /// The frame stays taken, for `confirm` and `thumbnail`, and has to stay mapped until `release`.
    package func detect(
        in frame: FrameView, orientation: Orientation = .upright, settings: DetectorSettings
    ) throws(DetectionError) -> [FaceBox] {
        times = StageTimes()
        let upright = orientation.isTransposed ? (frame.height, frame.width) : (frame.width, frame.height)
        try preparePyramid(width: upright.0, height: upright.1, settings: settings)
        candidates.removeAll(keepingCapacity: true)
        guard !pyramid.isEmpty else { return [] }

        let start = faceanon_monotonic_ns()
        try sampler.load(frame, orientation: orientation, sampling: settings.sampling)
        times.pyramid = faceanon_monotonic_ns() - start

        try propose(settings)
        let proposed = faceanon_monotonic_ns()
        try refine(settings)
        let refined = faceanon_monotonic_ns()
        try decide(settings)
        times.refinement = refined - proposed
        times.output = faceanon_monotonic_ns() - refined

        let scoreThreshold = Float(settings.scoreThreshold)
        var faces: [FaceBox] = []
        for candidate in candidates where candidate.box.score > scoreThreshold {
            let box = candidate.box.clipped(width: upright.0, height: upright.1)
            if box.area > 0 { faces.append(box) }
        }
        return faces
    }

    /// Looks for single faces where they should be, with O-Net alone: the cascade may have lost them in a small network.
    ///
    /// - Parameters:
    ///   - places: boxes in px of the upright picture.
    ///   - found: gets the place's index and the box that is there.
    package func confirm(
        _ places: [FaceBox], settings: DetectorSettings, found: (_ index: Int, _ box: FaceBox) -> Void
    ) throws(DetectionError) {
        guard !pyramid.isEmpty, !places.isEmpty else { return }
        let start = faceanon_monotonic_ns()
        let threshold = Float(min(settings.outputThreshold, settings.scoreThreshold))
        try output.run(count: places.count) { index, crop throws(DetectionError) in
            try sampler.writeCrop(places[index].squared(), side: output.side, into: crop)
        } read: { index, answer in
            let score = Self.probability(answer[1] - answer[0])
            guard score > threshold else { return }
            var box = places[index].squared().regressed(answer[2], answer[3], answer[4], answer[5])
            box.score = score
            box = box.clipped(width: sampler.width, height: sampler.height)
            if box.area > 0 { found(index, box) }
        }
        times.output += faceanon_monotonic_ns() - start
    }

    /// The green plane of the smallest pyramid level, (v - 127.5) / 128: what the frame shows, in few values. Nil for
    /// frames without levels.
    package func withThumbnail<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result? {
        guard let (level, network) = pyramid.last else { return nil }
        let count = level.width * level.height
        return body(UnsafeBufferPointer(start: network.input.base + count, count: count))
    }

    /// Lets go of the frame.
    package func release() { sampler.unload() }

    // MARK: - Stages

    /// P-Net on every level: the cells that look like a face, as squares.
    private func propose(_ settings: DetectorSettings) throws(DetectionError) {
        for (level, network) in pyramid {
            let start = faceanon_monotonic_ns()
            try sampler.writeLevel(width: level.width, height: level.height, into: network.input.base)
            let sampled = faceanon_monotonic_ns()
            let answer = try network.run()
            try collectCells(of: answer, level: level, settings: settings)
            suppression.apply(to: &levelCandidates, threshold: 0.5)
            candidates.append(contentsOf: levelCandidates)
            times.pyramid += sampled - start
            times.proposal += faceanon_monotonic_ns() - sampled
        }
        suppression.apply(to: &candidates, threshold: 0.7)
        for index in candidates.indices { candidates[index].box = candidates[index].regressed.squared() }
    }

    private func collectCells(
        of answer: Network.Output, level: PyramidLevel, settings: DetectorSettings
    ) throws(DetectionError) {
        let keepingBorder = settings.sampling == .area
        let rows = PyramidLevel.cells(along: level.height, keepingBorder: keepingBorder)
        let columns = PyramidLevel.cells(along: level.width, keepingBorder: keepingBorder)
        guard answer.channels == 6, answer.height >= rows, answer.width >= columns else {
            throw .inference(
                network: "P-Net",
                reason: "\(answer.channels) x \(answer.height) x \(answer.width) values for \(rows) x \(columns) cells")
        }
        levelCandidates.removeAll(keepingCapacity: true)
        let plane = answer.height * answer.width
        let threshold = Float(settings.proposalThreshold)
        let margin = Self.logit(settings.proposalThreshold)
        let scale = Float(level.scale)
        for i in 0..<rows {
            let cell = answer.values + i * answer.width
            for j in 0..<columns {
                // Nothing but a comparison for the many cells without a face.
                let difference = cell[plane + j] - cell[j]
                guard difference >= margin else { continue }
                let score = Self.probability(difference)
                guard score > threshold else { continue }
                let box = FaceBox(
                    x1: Float(PyramidLevel.stride * j + 1) / scale, y1: Float(PyramidLevel.stride * i + 1) / scale,
                    x2: Float(PyramidLevel.stride * j + PyramidLevel.cell) / scale,
                    y2: Float(PyramidLevel.stride * i + PyramidLevel.cell) / scale, score: score)
                let offsets = (
                    cell[2 * plane + j], cell[3 * plane + j], cell[4 * plane + j], cell[5 * plane + j]
                )
                levelCandidates.append(Candidate(box: box, offsets: offsets))
            }
        }
    }

    /// R-Net on every proposal: those that still look like a face, as squares.
    private func refine(_ settings: DetectorSettings) throws(DetectionError) {
        try judge(with: refinement, threshold: settings.refinementThreshold)
        suppression.apply(to: &candidates, threshold: 0.7)
        for index in candidates.indices { candidates[index].box = candidates[index].regressed.squared() }
    }

    /// O-Net on what is left: the faces.
    private func decide(_ settings: DetectorSettings) throws(DetectionError) {
        try judge(with: output, threshold: settings.outputThreshold)
        for index in candidates.indices { candidates[index].box = candidates[index].regressed }
        suppression.apply(to: &candidates, threshold: 0.6)
    }

    /// Keeps the candidates that a network scores more than the threshold, with its score and offsets.
    private func judge(with network: BatchedNetwork, threshold: Double) throws(DetectionError) {
        survivors.removeAll(keepingCapacity: true)
        let threshold = Float(threshold)
        try network.run(count: candidates.count) { index, crop throws(DetectionError) in
            try sampler.writeCrop(candidates[index].box, side: network.side, into: crop)
        } read: { index, answer in
            let score = Self.probability(answer[1] - answer[0])
            guard score > threshold else { return }
            var survivor = candidates[index]
            survivor.box.score = score
            survivor.offsets = (answer[2], answer[3], answer[4], answer[5])
            survivors.append(survivor)
        }
        swap(&candidates, &survivors)
    }

    // MARK: - Preparation

    private func preparePyramid(width: Int, height: Int, settings: DetectorSettings) throws(DetectionError) {
        let key = PyramidKey(
            width: width, height: height, minimumSize: settings.minimumSize, scaleFactor: settings.scaleFactor)
        guard key != pyramidKey else { return }
        pyramidKey = nil
        pyramid = []
        for level in try PyramidLevel.levels(width: width, height: height, settings: settings) {
            let network = try Network(
                name: "P-Net", model: models.proposal, batch: 1, height: level.height, width: level.width)
            pyramid.append((level, network))
        }
        pyramidKey = key
    }

    // MARK: - Scores

    /// The softmax of two logits, from their difference.
    private static func probability(_ difference: Float) -> Float { 1 / (1 + expf(-difference)) }

    /// The difference of logits below which no score is above the threshold; a little less, so that rounding drops none.
    private static func logit(_ threshold: Double) -> Float {
        threshold <= 0 ? -.infinity : threshold >= 1 ? .infinity : Float(log(threshold / (1 - threshold))) - 0.001
    }
}
