// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

/// Reads and writes samples at their full depth, at any address. Loops over samples are compiled once for each kind, so that
/// none decides about widths per sample. (In this room, since the compiler does so with the room's own types alone.)
protocol SampleAccess {
    /// Bytes of a sample.
    static var bytes: Int { get }
    /// The largest value.
    var maximum: Float { get }
    /// The significant bits of a sample.
    func value(_ sample: UnsafeMutablePointer<UInt8>) -> UInt32
    /// Writes the significant bits; all others become 0. Values are from 0 to `maximum`.
    func write(_ value: UInt16, to sample: UnsafeMutablePointer<UInt8>)
}

/// Samples of one byte.
struct ByteSamples: SampleAccess {
    static var bytes: Int { 1 }
    var maximum: Float { 255 }

    @inline(__always)
    func value(_ sample: UnsafeMutablePointer<UInt8>) -> UInt32 { UInt32(sample.pointee) }

    @inline(__always)
    func write(_ value: UInt16, to sample: UnsafeMutablePointer<UInt8>) {
        sample.pointee = UInt8(truncatingIfNeeded: value)
    }
}

/// Samples of two bytes, the significant bits anywhere in the word.
struct WordSamples<Order: ByteOrder>: SampleAccess {
    private let shift: UInt16
    private let mask: UInt16

    init(_ format: SampleFormat) {
        shift = UInt16(truncatingIfNeeded: format.shift)
        mask = format.maximum
    }

    static var bytes: Int { 2 }
    var maximum: Float { Float(mask) }

    @inline(__always)
    func value(_ sample: UnsafeMutablePointer<UInt8>) -> UInt32 {
        UInt32((Order.native(UnsafeRawPointer(sample).loadUnaligned(as: UInt16.self)) &>> shift) & mask)
    }

    @inline(__always)
    func write(_ value: UInt16, to sample: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(sample).storeBytes(of: Order.native(value &<< shift), as: UInt16.self)
    }
}

/// The order of the two bytes of a word.
protocol ByteOrder {
    /// From the order in memory to the machine's, or back.
    static func native(_ word: UInt16) -> UInt16
}

enum LittleEndian: ByteOrder {
    @inline(__always)
    static func native(_ word: UInt16) -> UInt16 { UInt16(littleEndian: word) }
}

enum BigEndian: ByteOrder {
    @inline(__always)
    static func native(_ word: UInt16) -> UInt16 { UInt16(bigEndian: word) }
}
