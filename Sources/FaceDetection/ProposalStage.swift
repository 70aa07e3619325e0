// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
internal import VideoFrames

/// P-Net on every level of the pyramid: the cells that look like a face. A piece of the work is a strip of a level, from its
/// sampling to its cells; each has a network of its own, so that shapes and memory stay.
final class ProposalStage: ParallelWork {
    /// What people call the network.
    static let name = "P-Net"
    private let model: ModelFile
    private let sampler: FrameSampler
    private var strips: [Strip] = []
    private var settings = DetectorSettings()
    private let suppression = NonMaximumSuppression()
    private var levelCandidates: [Candidate] = []

    /// What the strips were made for.
    private struct Key: Equatable {
        var width: Int
        var height: Int
        var minimumSize: Int
        var scaleFactor: Double
        var workers: Int
    }
    private var key: Key?

    /// Nanoseconds of the last frame: sampling the levels, and the networks with their suppression.
    private(set) var times: (sampling: Int64, proposal: Int64) = (0, 0)

    init(model: ModelFile, sampler: FrameSampler) {
        self.model = model
        self.sampler = sampler
    }

    /// No face of the minimum size fits into the frame.
    var isEmpty: Bool { strips.isEmpty }

    /// Makes the networks for frames of a size; those of the frame before are kept where nothing has changed.
    func prepare(width: Int, height: Int, settings: DetectorSettings, workers: Int) throws(DetectionError) {
        self.settings = settings
        let key = Key(
            width: width, height: height, minimumSize: settings.minimumSize, scaleFactor: settings.scaleFactor,
            workers: workers)
        guard key != self.key else { return }
        self.key = nil
        strips = []
        let levels = try PyramidLevel.levels(width: width, height: height, settings: settings)
        let total = levels.reduce(0) { $0 + $1.width * $1.height }
        let pixels = min(max(total / (Self.piecesPerWorker * workers), Self.smallestPiece), Self.largestPiece)
        for level in levels {
            for place in level.strips(ofAtMost: pixels) {
                strips.append(Strip(place, try Network(model: model, place)))
            }
        }
        self.key = key
    }

    /// Pieces are at most such a share of a worker's part, so that workers end at about the same time.
    private static let piecesPerWorker = 2
    /// Below this many px what neighbours both compute is not worth it.
    private static let smallestPiece = 1 << 14
    /// P-Net's layers take 100 bytes a px: more would not fit into the caches, and 4K takes a hundred megabytes.
    private static let largestPiece = 1 << 17

    /// The proposals of the sampler's frame, by falling score, before they are regressed.
    func propose(in pool: WorkerPool, into candidates: inout [Candidate]) throws(DetectionError) {
        let start = faceanon_monotonic_ns()
        try run(pieces: strips.count, workers: pool.workers, in: pool)
        let end = faceanon_monotonic_ns()
        suppress(into: &candidates)

        // Threads sample and compute side by side: the time between is shared out as they spent theirs.
        var (sampling, computing): (Int64, Int64) = (0, 0)
        for strip in strips {
            sampling += strip.times.sampling
            computing += strip.times.computing
        }
        let share = Double(sampling) / Double(max(1, sampling + computing))
        let sampled = Int64(Double(end - start) * share)
        times = (sampled, faceanon_monotonic_ns() - start - sampled)
    }

    override func perform(piece: Int, worker: Int) throws(DetectionError) {
        try strips[piece].propose(from: sampler, settings: settings)
    }

    /// Suppression within each level, then over all of them.
    private func suppress(into candidates: inout [Candidate]) {
        candidates.removeAll(keepingCapacity: true)
        var index = 0
        while index < strips.count {
            let level = strips[index].place.level
            levelCandidates.removeAll(keepingCapacity: true)
            while index < strips.count, strips[index].place.level == level {
                levelCandidates.append(contentsOf: strips[index].candidates)
                index += 1
            }
            suppression.apply(to: &levelCandidates, threshold: 0.5)
            candidates.append(contentsOf: levelCandidates)
        }
        suppression.apply(to: &candidates, threshold: 0.7)
    }
}

/// A strip of a level with its network, and what was found in it.
private final class Strip {
    let place: PyramidStrip
    let network: Network
    private let scratch = SamplingScratch()
    private(set) var candidates: [Candidate] = []
    /// Nanoseconds.
    private(set) var times: (sampling: Int64, computing: Int64) = (0, 0)

    init(_ place: PyramidStrip, _ network: Network) {
        self.place = place
        self.network = network
    }

    func propose(from sampler: FrameSampler, settings: DetectorSettings) throws(DetectionError) {
        let start = faceanon_monotonic_ns()
        try sampler.writeLevel(
            width: place.level.width, height: place.level.height, rows: place.rows, scratch: scratch,
            into: network.input.base)
        let sampled = faceanon_monotonic_ns()
        try collectCells(of: try network.run(), settings: settings)
        times = (sampled - start, faceanon_monotonic_ns() - sampled)
    }

    private func collectCells(of answer: Network.Output, settings: DetectorSettings) throws(DetectionError) {
        let keepingBorder = settings.sampling == .area
        let level = place.level
        let columns = PyramidLevel.cells(along: level.width, keepingBorder: keepingBorder)
        let rows = min(
            PyramidLevel.cells(along: place.rows.count, keepingBorder: true),
            PyramidLevel.cells(along: level.height, keepingBorder: keepingBorder) - place.firstCell)
        guard answer.channels == 6, answer.height >= rows, answer.width >= columns else {
            throw .inference(
                network: ProposalStage.name,
                reason: "\(answer.channels) x \(answer.height) x \(answer.width) values for \(rows) x \(columns) cells")
        }
        candidates.removeAll(keepingCapacity: true)
        let plane = answer.height * answer.width
        let threshold = Float(settings.proposalThreshold)
        let margin = Score.logit(settings.proposalThreshold)
        let scale = Float(level.scale)
        for i in 0..<rows {
            let cell = answer.values + i * answer.width
            let y = Float(PyramidLevel.stride * (place.firstCell + i))
            for j in 0..<columns {
                // Nothing but a comparison for the many cells without a face.
                let difference = cell[plane + j] - cell[j]
                guard difference >= margin else { continue }
                let score = Score.probability(difference)
                guard score > threshold else { continue }
                let x = Float(PyramidLevel.stride * j)
                let side = Float(PyramidLevel.cell)
                let box = FaceBox(
                    x1: (x + 1) / scale, y1: (y + 1) / scale, x2: (x + side) / scale, y2: (y + side) / scale,
                    score: score)
                let offsets = (
                    cell[2 * plane + j], cell[3 * plane + j], cell[4 * plane + j], cell[5 * plane + j]
                )
                candidates.append(Candidate(box: box, offsets: offsets))
            }
        }
    }
}

extension Network {
    fileprivate convenience init(model: ModelFile, _ strip: PyramidStrip) throws(DetectionError) {
        try self.init(
            name: ProposalStage.name, model: model, batch: 1, height: strip.rows.count, width: strip.level.width)
    }
}
