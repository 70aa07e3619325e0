// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

@Suite struct TurnTests {
    /// A picture of three columns and two rows, turned; each pixel has `step` bytes.
    private func turned(_ turn: Turn, step: Int) -> [[UInt8]] {
        let (columns, rows) = (3, 2)
        let source = (0..<rows * columns).flatMap { pixel in [UInt8](repeating: UInt8(pixel), count: step) }
        let (width, height) = turn.isTransposed ? (rows, columns) : (columns, rows)
        var target = [UInt8](repeating: 99, count: columns * rows * step)
        source.withUnsafeBufferPointer { from in
            target.withUnsafeMutableBufferPointer { to in
                guard let from = from.baseAddress, let to = to.baseAddress else { return }
                turn.copy(
                    from: from, stride: columns * step, to: to, stride: width * step, columns: columns, rows: rows,
                    step: step)
            }
        }
        return (0..<height).map { row in (0..<width).map { target[(row * width + $0) * step + step - 1] } }
    }

    /// The orientations of EXIF 2.3, 4.6.4: where the stored 0 1 2 / 3 4 5 come to be.
    static let upright: [Int: [[UInt8]]] = [
        1: [[0, 1, 2], [3, 4, 5]],
        2: [[2, 1, 0], [5, 4, 3]],
        3: [[5, 4, 3], [2, 1, 0]],
        4: [[3, 4, 5], [0, 1, 2]],
        5: [[0, 3], [1, 4], [2, 5]],
        6: [[3, 0], [4, 1], [5, 2]],
        7: [[5, 2], [4, 1], [3, 0]],
        8: [[2, 5], [1, 4], [0, 3]],
    ]

    @Test(arguments: 1...8, [1, 2, 3, 4, 6, 8])
    func everyOrientationOfEXIF(orientation: Int, step: Int) throws {
        let turn = try #require(Turn(exif: orientation))
        #expect(turned(turn, step: step) == Self.upright[orientation])
    }

    @Test func noOtherOrientations() {
        #expect(Turn(exif: 0) == nil)
        #expect(Turn(exif: 9) == nil)
    }

    /// The matrices that phones write, as ISO/IEC 14496-12 has them: where right and down go.
    @Test(arguments: [
        ([1, 0, 0, 1], 1), ([0, 1, -1, 0], 6), ([-1, 0, 0, -1], 3), ([0, -1, 1, 0], 8), ([-1, 0, 0, 1], 2),
    ])
    func matricesOfPhones(matrix: [Int32], orientation: Int) {
        let one: Int32 = 1 << 16
        let whole = [
            matrix[0] * one, matrix[1] * one, 0, matrix[2] * one, matrix[3] * one, 0, 0, 0, 1 << 30,
        ]
        #expect(Turn(matrix: whole) == Turn(exif: orientation))
    }
}
