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
    private let pool: WorkerPool
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

    /// - Parameter pool: the threads that help with each frame; none help where it is left out.
    package init(models: ModelFiles, pool: WorkerPool = WorkerPool(threads: 1)) throws(DetectionError) {
        self.pool = pool
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
        let upright = orientation.isTransposed ? (frame.height, frame.width) : (frame.width, frame.height)
        try proposal.prepare(width: upright.0, height: upright.1, settings: settings, workers: pool.workers)
        guard !proposal.isEmpty else { return }

        let start = faceanon_monotonic_ns()
        try sampler.load(frame, orientation: orientation, sampling: settings.sampling, pool: pool)
        let loaded = faceanon_monotonic_ns()
        try proposal.propose(in: pool, into: &candidates)
        times.pyramid = loaded - start + proposal.times.sampling
        times.proposal = proposal.times.proposal

        let proposed = faceanon_monotonic_ns()
        try refine(settings)
        let refined = faceanon_monotonic_ns()
        try decide(settings)
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
        for place in places {
            let square = place.squared()
            guard square.isFinite else {
                throw .senseless(network: output.name, reason: "no place to look at")
            }
            output.add(square.hasPlace ? square : Self.outside)
        }
        try output.run(in: pool)
        for index in places.indices where places[index].squared().hasPlace {
            let answer = output.answer(index)
            let score = Score.probability(answer[1] - answer[0])
            guard score > threshold else { continue }
            let offsets = (answer[2], answer[3], answer[4], answer[5])
            let candidate = Candidate(box: places[index].squared(), offsets: offsets)
            var box = try Self.regressed(candidate, by: output.name)
            box.score = score
            box = box.clipped(width: sampler.width, height: sampler.height)
            if box.area > 0 { found(index, box) }
        }
        times.output += faceanon_monotonic_ns() - start
    }

    /// Where nothing of any frame is: a face that moves fast may be expected farther away than can be computed with.
    private static let outside = FaceBox(x1: -2, y1: -2, x2: -1, y2: -1, score: 0)

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
    private func refine(_ settings: DetectorSettings) throws(DetectionError) {
        try squareCandidates(from: ProposalStage.name)
        try judge(with: refinement, threshold: settings.refinementThreshold)
        suppression.apply(to: &candidates, threshold: 0.7)
    }

    /// O-Net on what is left: the faces.
    private func decide(_ settings: DetectorSettings) throws(DetectionError) {
        try squareCandidates(from: refinement.name)
        try judge(with: output, threshold: settings.outputThreshold)
        for index in candidates.indices {
            candidates[index].box = try Self.regressed(candidates[index], by: output.name)
        }
        suppression.apply(to: &candidates, threshold: 0.6)
    }

    /// Where a network puts the candidates, as squares.
    private func squareCandidates(from network: String) throws(DetectionError) {
        for index in candidates.indices {
            candidates[index].box = try Self.regressed(candidates[index], by: network).squared()
        }
    }

    /// A candidate's box moved by its network's offsets. Finite offsets, too, can move it out of all numbers: then it would
    /// be clipped, suppressed and masked nowhere, as if there was no face.
    private static func regressed(_ candidate: Candidate, by network: String) throws(DetectionError) -> FaceBox {
        let box = candidate.regressed
        guard box.hasPlace else { throw .senseless(network: network, reason: "a face that lies nowhere") }
        return box
    }

    /// Keeps the candidates that a network scores more than the threshold, with its score and offsets.
    private func judge(with stage: CropStage, threshold: Double) throws(DetectionError) {
        survivors.removeAll(keepingCapacity: true)
        let threshold = Float(threshold)
        stage.begin()
        for candidate in candidates { stage.add(candidate.box) }
        try stage.run(in: pool)
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
