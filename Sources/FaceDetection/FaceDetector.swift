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
    private let sampler = FrameSampler()
    private let suppression = NonMaximumSuppression()
    private let proposal: ProposalStage
    private let refinement: CropStage
    private let output: CropStage
    private var candidates: [Candidate] = []
    private var survivors: [Candidate] = []
    private let thumbnail = ThumbnailSampler()

    /// Of the last frame.
    package private(set) var times = StageTimes()

    package init(models: ModelFiles) throws(DetectionError) {
        proposal = ProposalStage(model: models.proposal, sampler: sampler)
        refinement = try CropStage(
            name: "R-Net", model: models.refinement, sampler: sampler, side: 24, channels: 6, batch: 8)
        output = try CropStage(name: "O-Net", model: models.output, sampler: sampler, side: 48, channels: 16, batch: 2)
    }

    /// Whether a face of the minimum size fits into frames of that size at all.
    package static func hasLevels(width: Int, height: Int, settings: DetectorSettings) -> Bool {
        min(width, height) > settings.minimumSize
    }

    /// Finds the faces of a frame, by falling score: boxes in px of the upright picture, clipped to it.
    ///
    /// The frame stays taken, for `confirm` and `withThumbnail`, and has to stay mapped until `release`.
    ///
    /// - Parameters:
    ///   - faces: gets them; what was in it goes, its memory stays.
    package func detect(
        in frame: FrameView, orientation: Orientation = .upright, settings: DetectorSettings,
        into faces: inout [FaceBox]
    ) throws(DetectionError) {
        times = StageTimes()
        faces.removeAll(keepingCapacity: true)
        let workers = InferenceThreads.count
        let upright = orientation.isTransposed ? (frame.height, frame.width) : (frame.width, frame.height)
        try proposal.prepare(width: upright.0, height: upright.1, settings: settings, workers: workers)
        guard !proposal.isEmpty else { return }

        let start = faceanon_monotonic_ns()
        try sampler.load(frame, orientation: orientation, sampling: settings.sampling, workers: workers)
        let loaded = faceanon_monotonic_ns()
        try proposal.propose(workers: workers, into: &candidates)
        times.pyramid = loaded - start + proposal.times.sampling
        times.proposal = proposal.times.proposal

        let proposed = faceanon_monotonic_ns()
        try refine(settings, workers: workers)
        let refined = faceanon_monotonic_ns()
        try decide(settings, workers: workers)
        times.refinement = refined - proposed
        times.output = faceanon_monotonic_ns() - refined

        let scoreThreshold = Float(settings.scoreThreshold)
        for candidate in candidates where candidate.box.score > scoreThreshold {
            let box = candidate.box.clipped(width: upright.0, height: upright.1)
            if box.area > 0 { faces.append(box) }
        }
    }

    /// Looks for single faces where they should be, with O-Net alone: the cascade may have lost them in a small network.
    ///
    /// - Parameters:
    ///   - places: boxes in px of the upright picture.
    ///   - found: gets the place's index and the box that is there.
    package func confirm(
        _ places: [FaceBox], settings: DetectorSettings, found: (_ index: Int, _ box: FaceBox) -> Void
    ) throws(DetectionError) {
        guard !proposal.isEmpty, !places.isEmpty else { return }
        let start = faceanon_monotonic_ns()
        let threshold = Float(min(settings.outputThreshold, settings.scoreThreshold))
        output.begin()
        for place in places { output.add(place.squared()) }
        try output.run(workers: InferenceThreads.count)
        for index in places.indices {
            let answer = output.answer(index)
            let score = Score.probability(answer[1] - answer[0])
            guard score > threshold else { continue }
            var box = places[index].squared().regressed(answer[2], answer[3], answer[4], answer[5])
            box.score = score
            box = box.clipped(width: sampler.width, height: sampler.height)
            if box.area > 0 { found(index, box) }
        }
        times.output += faceanon_monotonic_ns() - start
    }

    /// What the frame shows in few values: green, (v - 127.5) / 128, as the frame is stored. Nil for frames in which no
    /// face fits, and for those with fewer pixels than values.
    package func withThumbnail<Result>(
        width: Int, height: Int, _ body: (UnsafeBufferPointer<Float>) -> Result
    ) throws(DetectionError) -> Result? {
        guard !proposal.isEmpty else { return nil }
        return try thumbnail.withValues(of: sampler, width: width, height: height, body)
    }

    /// Lets go of the frame.
    package func release() { sampler.unload() }

    // MARK: - Stages

    /// R-Net on every proposal: those that still look like a face.
    private func refine(_ settings: DetectorSettings, workers: Int) throws(DetectionError) {
        squareCandidates()
        try judge(with: refinement, threshold: settings.refinementThreshold, workers: workers)
        suppression.apply(to: &candidates, threshold: 0.7)
    }

    /// O-Net on what is left: the faces.
    private func decide(_ settings: DetectorSettings, workers: Int) throws(DetectionError) {
        squareCandidates()
        try judge(with: output, threshold: settings.outputThreshold, workers: workers)
        for index in candidates.indices { candidates[index].box = candidates[index].regressed }
        suppression.apply(to: &candidates, threshold: 0.6)
    }

    private func squareCandidates() {
        for index in candidates.indices { candidates[index].box = candidates[index].regressed.squared() }
    }

    /// Keeps the candidates that a network scores more than the threshold, with its score and offsets.
    private func judge(with stage: CropStage, threshold: Double, workers: Int) throws(DetectionError) {
        survivors.removeAll(keepingCapacity: true)
        let threshold = Float(threshold)
        stage.begin()
        for candidate in candidates { stage.add(candidate.box) }
        try stage.run(workers: workers)
        for index in candidates.indices {
            let answer = stage.answer(index)
            let score = Score.probability(answer[1] - answer[0])
            guard score > threshold else { continue }
            var survivor = candidates[index]
            survivor.box.score = score
            survivor.offsets = (answer[2], answer[3], answer[4], answer[5])
            survivors.append(survivor)
        }
        swap(&candidates, &survivors)
    }
}

/// What two logits say.
enum Score {
    /// Their softmax, from their difference.
    static func probability(_ difference: Float) -> Float { 1 / (1 + expf(-difference)) }

    /// The difference of logits below which no score is above the threshold; a little less, so that rounding drops none.
    static func logit(_ threshold: Double) -> Float {
        threshold <= 0 ? -.infinity : threshold >= 1 ? .infinity : Float(log(threshold / (1 - threshold))) - 0.001
    }
}
