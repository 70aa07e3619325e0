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

    /// Runs the network over `input`. An answer with values that are not numbers, or infinite, is none: no comparison tells
    /// a face by them. All values are looked at, also those that nobody reads: a network that computes such a value in one
    /// place is not to be believed in another.
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
        let output = Output(
            values: values, batch: Int(answer.0), channels: Int(answer.1), height: Int(answer.2), width: Int(answer.3))
        for wrong in FaultInjection.wrongAnswers(of: name) { output.spoil(wrong) }
        guard output.isFinite else {
            throw .senseless(network: name, reason: "values that are not numbers, or infinite")
        }
        return output
    }
}

extension Network.Output {
    private var count: Int { batch * channels * height * width }

    /// Whether every value is a number, and none infinite.
    fileprivate var isFinite: Bool {
        // All ones in the exponent are what neither has: adding one there carries into the sign. Whole numbers, since sums
        // of floats are made one after the other, and these four at a time.
        let exponent: UInt32 = 0x7f80_0000
        var carries: UInt32 = 0
        return values.withMemoryRebound(to: UInt32.self, capacity: count) { bits in
            for index in 0..<count { carries |= (bits[index] & exponent) &+ 0x0080_0000 }
            return carries >> 31 == 0
        }
    }

    /// Puts a test's value into the middle cell of the first member of the batch.
    fileprivate func spoil(_ wrong: WrongAnswer) {
        let memory = UnsafeMutablePointer(mutating: values)
        let plane = height * width
        for channel in wrong.channels where channel < channels {
            memory[channel * plane + height / 2 * width + width / 2] = wrong.value
        }
    }
}

extension faceanon_message {
    /// The text of a failed call.
    var string: String {
        withUnsafeBytes(of: text) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
