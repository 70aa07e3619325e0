// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// How the samples of a format lie in memory: all components of a format alike.
package struct SampleFormat: Sendable, Equatable {
    package enum Word: Sendable {
        case byte
        /// Two bytes, the lower one first.
        case littleEndian
        /// Two bytes, the higher one first.
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

/// Reads and writes samples at any address, aligned or not: strides and offsets come from outside. Loops over samples are
/// compiled once for each kind, so that none decides about widths per sample.
package protocol SampleAccess {
    /// Bytes of a sample.
    static var bytes: Int { get }
    /// The largest value.
    var maximum: Float { get }
    /// The significant bits of a sample.
    func value(_ sample: UnsafeMutablePointer<UInt8>) -> UInt32
    /// Its 8 highest significant bits.
    func highByte(_ sample: UnsafeMutablePointer<UInt8>) -> UInt8
    /// Writes the significant bits; all others become 0. Values have to be from 0 to `maximum`.
    func write(_ value: UInt16, to sample: UnsafeMutablePointer<UInt8>)
}

/// Samples of one byte.
package struct ByteSamples: SampleAccess {
    @inlinable
    package init() {}

    @inlinable
    package static var bytes: Int { 1 }
    @inlinable
    package var maximum: Float { 255 }

    @inlinable
    @inline(__always)
    package func value(_ sample: UnsafeMutablePointer<UInt8>) -> UInt32 { UInt32(sample.pointee) }

    @inlinable
    @inline(__always)
    package func highByte(_ sample: UnsafeMutablePointer<UInt8>) -> UInt8 { sample.pointee }

    @inlinable
    @inline(__always)
    package func write(_ value: UInt16, to sample: UnsafeMutablePointer<UInt8>) {
        sample.pointee = UInt8(truncatingIfNeeded: value)
    }
}

/// The order of the two bytes of a word.
package protocol ByteOrder {
    /// From the order in memory to the machine's, or back.
    static func swapped(_ word: UInt16) -> UInt16
}

package enum LittleEndian: ByteOrder {
    @inlinable
    @inline(__always)
    package static func swapped(_ word: UInt16) -> UInt16 { UInt16(littleEndian: word) }
}

package enum BigEndian: ByteOrder {
    @inlinable
    @inline(__always)
    package static func swapped(_ word: UInt16) -> UInt16 { UInt16(bigEndian: word) }
}

/// Samples of two bytes with 9 to 16 significant bits, anywhere in the word.
package struct WordSamples<Order: ByteOrder>: SampleAccess {
    @usableFromInline package let shift: UInt16
    @usableFromInline package let mask: UInt16
    @usableFromInline package let highShift: UInt16

    package init(_ format: SampleFormat) {
        shift = UInt16(truncatingIfNeeded: format.shift)
        mask = format.maximum
        highShift = UInt16(truncatingIfNeeded: format.shift + format.depth - 8)
    }

    @inlinable
    package static var bytes: Int { 2 }
    @inlinable
    package var maximum: Float { Float(mask) }

    @inlinable
    @inline(__always)
    func word(_ sample: UnsafeMutablePointer<UInt8>) -> UInt16 {
        Order.swapped(UnsafeRawPointer(sample).loadUnaligned(as: UInt16.self))
    }

    @inlinable
    @inline(__always)
    package func value(_ sample: UnsafeMutablePointer<UInt8>) -> UInt32 { UInt32((word(sample) &>> shift) & mask) }

    @inlinable
    @inline(__always)
    package func highByte(_ sample: UnsafeMutablePointer<UInt8>) -> UInt8 {
        UInt8(truncatingIfNeeded: word(sample) &>> highShift)
    }

    @inlinable
    @inline(__always)
    package func write(_ value: UInt16, to sample: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(sample).storeBytes(of: Order.swapped(value &<< shift), as: UInt16.self)
    }
}
