// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Which frames of a stream may be decoded: none that has lost a part, and none that refers to such a one.
///
/// A decoder makes a picture of what is left: half of a face, an old face under the edges of a new one. No detector finds
/// that, and people still recognise it. So what follows a loss waits for the next whole key frame.
package struct DamageGate: Sendable {
    /// How a frame comes to its decoder.
    package struct Frame: Sendable {
        /// Nanoseconds; nil where unknown.
        package var time: UInt64?
        package var isKey: Bool
        /// The element before the decoder says that something is missing before it.
        package var followsGap: Bool

        package init(time: UInt64?, isKey: Bool, followsGap: Bool = false) {
            self.time = time
            self.isKey = isKey
            self.followsGap = followsGap
        }
    }

    /// The last packet, where the stream comes as RTP.
    private var last: (sequence: UInt16, time: UInt64)?
    /// Frames up to this time may have lost something.
    private var damagedUpTo: UInt64?
    private var isWaiting = true
    private var hasOpened = false
    /// Frames left out, without those before the first key frame.
    package private(set) var refused: UInt64 = 0

    package init() {}

    /// A packet, in order, before its frame is put together.
    package mutating func take(packet sequence: UInt16, time: UInt64?) {
        let time = time ?? last?.time ?? 0
        if let last, sequence != last.sequence, sequence != last.sequence &+ 1 {
            isWaiting = true
            // The frame before the gap may lack its end, and the one after it its beginning.
            damagedUpTo = max(damagedUpTo ?? 0, last.time, time)
        }
        last = (sequence, time)
    }

    /// Whether a frame may be decoded. `isWhole` is asked of key frames only: whether its first slice is there, which a
    /// client lacks that joins in the middle of a frame.
    package mutating func mayDecode(_ frame: Frame, isWhole: () -> Bool = { true }) -> Bool {
        if frame.followsGap, !frame.isKey { isWaiting = true }
        guard isWaiting else { return true }
        let isDamaged = damagedUpTo.map { frame.time ?? 0 <= $0 } ?? false
        guard frame.isKey, !isDamaged, last == nil || isWhole() else {
            if hasOpened { refused += 1 }
            return false
        }
        (isWaiting, hasOpened, damagedUpTo) = (false, true, nil)
        return true
    }
}

/// A frame of H.264 or H.265, in NAL units.
package enum SlicedFrame {
    package enum Codec: Sendable { case h264, h265 }

    /// Whether the first slice in a frame is the picture's first one. Units are told apart by start codes, or by lengths of
    /// four bytes, which is what RTP's depayloaders write.
    package static func startsWithFirstSlice(_ bytes: UnsafeRawBufferPointer, _ codec: Codec, hasLengths: Bool) -> Bool
    {
        var position = 0
        while let unit = next(in: bytes, from: &position, hasLengths: hasLengths) {
            let header = bytes[unit]
            let isSlice = codec == .h264 ? (1...5).contains(header & 0x1f) : header >> 1 & 0x3f < 32
            guard isSlice else { continue }
            // The number of its first macroblock is written as one bit where it is 0; H.265 has a flag there.
            let first = unit + (codec == .h264 ? 1 : 2)
            return first < bytes.count && bytes[first] & 0x80 != 0
        }
        return false
    }

    /// Where the next unit starts; `position` is moved behind its start.
    private static func next(in bytes: UnsafeRawBufferPointer, from position: inout Int, hasLengths: Bool) -> Int? {
        if hasLengths {
            guard position + 4 < bytes.count else { return nil }
            let unit = position + 4
            position = unit + bytes[position..<unit].reduce(0) { $0 << 8 | Int($1) }
            return unit
        }
        while position + 3 < bytes.count {
            defer { position += 1 }
            if bytes[position] == 0, bytes[position + 1] == 0, bytes[position + 2] == 1 { return position + 3 }
        }
        return nil
    }
}
