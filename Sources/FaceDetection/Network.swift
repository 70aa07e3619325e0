// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import COpenCV
internal import VideoFrames

/// A network that runs one shape of input, so that the memory of its layers is kept from run to run.
final class Network {
    /// What people call it: P-Net, R-Net or O-Net.
    let name: String
    private let handle: OpaquePointer
    /// The input, batch x 3 x height x width; written by the caller before `run`.
    let input = ScratchBuffer<Float>()
    private var shape: (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)

    /// An answer: `count` channels of `stride` floats for each member of the batch, valid until the next run.
    struct Output {
        let values: UnsafePointer<Float>
        let batch: Int
        let channels: Int
        let height: Int
        let width: Int
    }

    init(name: String, model: ModelFile, batch: Int, height: Int, width: Int) throws(DetectionError) {
        var network: OpaquePointer?
        var message = faceanon_message()
        let status = model.bytes.withUnsafeBytes {
            faceanon_network_create($0.baseAddress, $0.count, &network, &message)
        }
        guard status == FACEANON_OK, let network else {
            throw .model(name: model.name, reason: Self.text(message))
        }
        self.name = name
        handle = network
        shape = (Int32(batch), 3, Int32(height), Int32(width))
        try input.ensure(batch * 3 * height * width)
    }

    deinit { faceanon_network_destroy(handle) }

    /// Runs the network over `input`.
    func run() throws(DetectionError) -> Output {
        var message = faceanon_message()
        var values: UnsafePointer<Float>?
        var answer: (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let status = withUnsafeBytes(of: &shape) { shape in
            withUnsafeMutableBytes(of: &answer) { answer in
                faceanon_network_run(
                    handle, input.base, shape.baseAddress?.assumingMemoryBound(to: Int32.self), &values,
                    answer.baseAddress?.assumingMemoryBound(to: Int32.self), &message)
            }
        }
        guard status == FACEANON_OK, let values else {
            throw .inference(network: name, reason: Self.text(message))
        }
        return Output(
            values: values, batch: Int(answer.0), channels: Int(answer.1), height: Int(answer.2), width: Int(answer.3))
    }

    private static func text(_ message: faceanon_message) -> String {
        withUnsafeBytes(of: message.text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// R-Net or O-Net for any number of crops: one network for each power of two, so that shapes, and with them memory, are
/// kept while the number of candidates changes from frame to frame.
final class BatchedNetwork {
    private let name: String
    private let model: ModelFile
    /// The side of a crop, px.
    let side: Int
    /// Values a crop gets: 2 logits, 4 offsets, and what else the network says.
    private let channels: Int
    private let largestBatch: Int
    private var networks: [Network?]

    init(name: String, model: ModelFile, side: Int, channels: Int, largestBatch: Int) {
        self.name = name
        self.model = model
        self.side = side
        self.channels = channels
        self.largestBatch = largestBatch
        networks = Array(repeating: nil, count: largestBatch.trailingZeroBitCount + 1)
    }

    /// Runs `count` crops: `write` fills the memory of each, `read` gets what the network says of it, in the same order.
    func run(
        count: Int,
        write: (_ index: Int, _ crop: UnsafeMutablePointer<Float>) throws(DetectionError) -> Void,
        read: (_ index: Int, _ answer: UnsafePointer<Float>) -> Void
    ) throws(DetectionError) {
        var done = 0
        while done < count {
            let batch = min(largestBatch, 1 << (Int.bitWidth - 1 - (count - done).leadingZeroBitCount))
            let network = try network(batch: batch)
            let crop = 3 * side * side
            for index in 0..<batch { try write(done + index, network.input.base + index * crop) }
            let output = try network.run()
            guard output.batch == batch, output.channels == channels else {
                throw .inference(
                    network: name,
                    reason: "\(output.batch) x \(output.channels) values instead of \(batch) x \(channels)")
            }
            for index in 0..<batch { read(done + index, output.values + index * channels) }
            done += batch
        }
    }

    /// Makes the networks for up to `batch` crops now, rather than in the first frame that needs them.
    func prepare(batch: Int) throws(DetectionError) {
        var size = 1
        while size <= min(batch, largestBatch) {
            _ = try network(batch: size)
            size *= 2
        }
    }

    private func network(batch: Int) throws(DetectionError) -> Network {
        let slot = batch.trailingZeroBitCount
        if let network = networks[slot] { return network }
        let network = try Network(name: name, model: model, batch: batch, height: side, width: side)
        networks[slot] = network
        return network
    }
}
