// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// How the samples of a format lie in memory: all components of a format alike. Words may lie at any address, aligned or
/// not: strides and offsets come from outside.
package struct SampleFormat: Sendable, Equatable {
    package enum Word: Sendable {
        case byte
        /// Two bytes, the lower one first.
        case littleEndian
        /// Two bytes, the higher one first; all 16 bits are significant.
        case bigEndian
    }

    package let word: Word
    /// How many bits of the word are significant: 8 to 16.
    package let depth: Int
    /// How many padding bits lie below them: P010_10LE has its 10 bits at the top of 16, I420_10LE at the bottom.
    package let shift: Int

    private init(_ word: Word, depth: Int, shift: Int) {
        self.word = word
        self.depth = depth
        self.shift = shift
    }

    /// Bytes of a sample.
    package var bytes: Int { word == .byte ? 1 : 2 }
    /// The largest value.
    package var maximum: UInt16 { UInt16(truncatingIfNeeded: (1 << depth) - 1) }

    /// Bytes.
    static let byte = SampleFormat(.byte, depth: 8, shift: 0)
    /// Little-endian words with their `depth` bits at the bottom.
    static func low(_ depth: Int) -> SampleFormat { SampleFormat(.littleEndian, depth: depth, shift: 0) }
    /// Little-endian words with their `depth` bits at the top.
    static func high(_ depth: Int) -> SampleFormat { SampleFormat(.littleEndian, depth: depth, shift: 16 - depth) }
    /// Words of 16 bits, little-endian.
    static let littleEndian16 = SampleFormat(.littleEndian, depth: 16, shift: 0)
    /// Words of 16 bits, big-endian.
    static let bigEndian16 = SampleFormat(.bigEndian, depth: 16, shift: 0)
    /// Words of 16 bits in the machine's own order.
    #if _endian(little)
        static let native16 = littleEndian16
    #else
        static let native16 = bigEndian16
    #endif
}
