// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

/// R-Net or O-Net on crops of the frame. A piece of the work is a batch of crops, from their sampling to the network's
/// answers; each thread has networks of its own for a whole batch and for a single crop, so that shapes and memory stay while
/// the number of candidates changes from frame to frame.
final class CropStage: ParallelWork {
    /// What people call the network.
    let name: String
    private let model: ModelFile
    private let sampler: FrameSampler
    /// The side of a crop, px.
    private let side: Int
    /// Values a crop gets: 2 logits, 4 offsets, and what else the network says.
    private let channels: Int
    private let batch: Int
    private var benches: [Bench] = []
    private var boxes: [FaceBox] = []
    private let answers = ScratchBuffer<Float>()

    /// So many threads have networks at most: each set of O-Net's takes 6 MB.
    private static let mostWorkers = 8

    init(
        name: String, model: ModelFile, sampler: FrameSampler, side: Int, channels: Int, batch: Int
    ) throws(DetectionError) {
        self.name = name
        self.model = model
        self.sampler = sampler
        self.side = side
        self.channels = channels
        self.batch = batch
    }

    /// Starts a new set of crops.
    func begin() { boxes.removeAll(keepingCapacity: true) }

    /// Adds a crop: a box of the upright picture, px.
    func add(_ box: FaceBox) { boxes.append(box) }

    /// Runs the network over all crops.
    func run(in pool: WorkerPool) throws(DetectionError) {
        guard !boxes.isEmpty else { return }
        try answers.ensure(boxes.count * channels)
        let workers = min(pool.workers, Self.mostWorkers)
        while benches.count < workers { benches.append(try makeBench()) }
        try run(pieces: boxes.count / batch + boxes.count % batch, workers: workers, in: pool)
    }

    /// What the network says of a crop.
    func answer(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(answers.base) + index * channels }

    override func perform(piece: Int, worker: Int) throws(DetectionError) {
        let batches = boxes.count / batch
        if piece < batches {
            try judge(piece * batch..<(piece + 1) * batch, with: benches[worker].whole, benches[worker].scratch)
        } else {
            let index = batches * batch + piece - batches
            try judge(index..<index + 1, with: benches[worker].single, benches[worker].scratch)
        }
    }

    private func judge(
        _ crops: Range<Int>, with network: Network, _ scratch: SamplingScratch
    ) throws(DetectionError) {
        let values = 3 * side * side
        for (offset, index) in crops.enumerated() {
            guard boxes[index].hasPlace else {
                throw .senseless(network: name, reason: "no place to look at")
            }
            try sampler.writeCrop(
                boxes[index], side: side, scratch: scratch, into: network.input.base + offset * values)
        }
        let output = try network.run()
        guard output.batch == crops.count, output.channels == channels else {
            throw .inference(
                network: name,
                reason: "\(output.batch) x \(output.channels) values instead of \(crops.count) x \(channels)")
        }
        (answers.base + crops.lowerBound * channels).update(from: output.values, count: crops.count * channels)
    }

    // MARK: - Networks

    /// What one thread works with.
    private struct Bench {
        let whole: Network
        let single: Network
        let scratch: SamplingScratch
    }

    private func makeBench() throws(DetectionError) -> Bench {
        func network(_ count: Int) throws(DetectionError) -> Network {
            try Network(name: name, model: model, batch: count, height: side, width: side)
        }
        return Bench(whole: try network(batch), single: try network(1), scratch: SamplingScratch())
    }
}
