// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import COpenCV
import COpenCVCheck
import Foundation
import Testing

/// Our own arithmetic beside OpenCV's layers.
@Suite struct NetworkLayerTests {
    /// A network, the planes' size, and how many are computed at once: sides with and without border cells, and the batches
    /// that a thread has.
    static let shapes: [(name: String, batch: Int32, height: Int32, width: Int32)] = [
        ("pnet", 1, 12, 12), ("pnet", 1, 13, 13), ("pnet", 1, 13, 24), ("pnet", 1, 37, 41), ("pnet", 1, 62, 45),
        ("pnet", 2, 33, 21), ("pnet", 1, 216, 384),
        ("rnet", 1, 24, 24), ("rnet", 2, 24, 24), ("rnet", 7, 24, 24), ("rnet", 8, 24, 24),
        ("onet", 1, 48, 48), ("onet", 2, 48, 48), ("onet", 5, 48, 48),
    ]

    /// Noise that is the same every time (a linear congruential generator after Knuth).
    private static func noise(_ count: Int) -> [Float] {
        var state: UInt64 = 7
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 23) - 1
        }
    }

    private static func model(_ name: String) throws -> [UInt8] {
        let path = try TestModels.directory + "/\(name).onnx"
        return try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test("our arithmetic gives what OpenCV's layers give", arguments: shapes)
    func likeOpenCV(shape: (name: String, batch: Int32, height: Int32, width: Int32)) throws {
        let bytes = try Self.model(shape.name)
        var input = Self.noise(Int(shape.batch * 3 * shape.height * shape.width))
        let sides = [shape.batch, 3, shape.height, shape.width]
        var expected = [Float](repeating: 0, count: 1 << 20)
        let count = check_opencv_network(bytes, bytes.count, &input, sides, &expected, expected.count)
        try #require(count > 0 && count < expected.count)

        var network: OpaquePointer?
        var message = faceanon_message()
        #expect(faceanon_network_create(bytes, bytes.count, &network, &message) == FACEANON_OK)
        let made = try #require(network)
        defer { faceanon_network_destroy(made) }
        // Twice: the second run has the memory of the first.
        for _ in 0..<2 {
            var values: UnsafePointer<Float>?
            var answer = [Int32](repeating: 0, count: 4)
            #expect(faceanon_network_run(made, &input, sides, &values, &answer, &message) == FACEANON_OK)
            #expect(answer.reduce(1, *) == Int32(count))
            let output = try #require(values)
            let worst = (0..<count).map { abs(output[$0] - expected[$0]) }.max() ?? .infinity
            // Sums in another order: 6e-6 was seen.
            #expect(worst < 2e-5)
        }
    }

    @Test("an input of another shape than the network's is an error with a text, and the next run works")
    func wrongShape() throws {
        let bytes = try Self.model("rnet")
        var network: OpaquePointer?
        var message = faceanon_message()
        #expect(faceanon_network_create(bytes, bytes.count, &network, &message) == FACEANON_OK)
        let made = try #require(network)
        defer { faceanon_network_destroy(made) }
        var input = Self.noise(3 * 24 * 24)
        var values: UnsafePointer<Float>?
        var answer = [Int32](repeating: 0, count: 4)
        for wrong: [Int32] in [[1, 2, 24, 24], [1, 3, 10, 10], [1, 3, 2, 2]] {
            #expect(faceanon_network_run(made, &input, wrong, &values, &answer, &message) == FACEANON_OPENCV_ERROR)
            #expect(message.text.0 != 0)
        }
        #expect(faceanon_network_run(made, &input, [1, 3, 24, 24], &values, &answer, &message) == FACEANON_OK)
        #expect(answer == [1, 6, 1, 1])
    }
}
