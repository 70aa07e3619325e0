// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

/// Reads what detection looks at of a sample: its 8 highest significant bits. Loops over samples are compiled once for each
/// kind, so that none decides about widths per sample.
protocol SampleReader {
    func byte(_ sample: UnsafeMutablePointer<UInt8>) -> UInt8
}

/// Samples of one byte, and big-endian ones of 16 bits, whose first byte is the high one.
struct ByteReader: SampleReader {
    @inline(__always)
    func byte(_ sample: UnsafeMutablePointer<UInt8>) -> UInt8 { sample.pointee }
}

/// Little-endian words, wherever their significant bits lie; at any address, aligned or not.
struct WordReader: SampleReader {
    private let shift: UInt16

    init(_ format: SampleFormat) { shift = UInt16(truncatingIfNeeded: format.shift + format.depth - 8) }

    @inline(__always)
    func byte(_ sample: UnsafeMutablePointer<UInt8>) -> UInt8 {
        let word = UInt16(littleEndian: UnsafeRawPointer(sample).loadUnaligned(as: UInt16.self))
        return UInt8(truncatingIfNeeded: word &>> shift)
    }
}
