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
    private let shape: (Int32, Int32, Int32, Int32)

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
            throw .model(name: model.name, reason: message.string)
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
        // Two planes instead of three: the first layer cannot take them, and OpenCV throws.
        var shape = shape
        if FaultInjection.fails(.inference) { shape.1 = 2 }
        let status = withUnsafeBytes(of: &shape) { shape in
            withUnsafeMutableBytes(of: &answer) { answer in
                faceanon_network_run(
                    handle, input.base, shape.baseAddress?.assumingMemoryBound(to: Int32.self), &values,
                    answer.baseAddress?.assumingMemoryBound(to: Int32.self), &message)
            }
        }
        guard status == FACEANON_OK, let values else {
            throw .inference(network: name, reason: message.string)
        }
        return Output(
            values: values, batch: Int(answer.0), channels: Int(answer.1), height: Int(answer.2), width: Int(answer.3))
    }
}
