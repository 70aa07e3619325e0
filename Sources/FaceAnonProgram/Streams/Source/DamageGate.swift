// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Which frames of a stream may be decoded: none that has lost a part, and none that refers to such a one.
///
/// A decoder makes a picture of what is left: half of a face, an old face under the edges of a new one. No detector finds
/// that, and people still recognise it. So what follows a loss waits for the next whole key frame. One for each decoder.
package struct DamageGate: Sendable {
    /// What a frame refers to.
    package enum Kind: Sendable {
        /// Other frames, maybe lost ones.
        case delta
        /// Nothing, and what follows does not reach behind it: the decoder begins anew.
        case key
        /// The same, but for leading frames: those follow it, are shown before it, and do reach behind it.
        case openKey
        case leading
    }

    /// How a frame comes to its decoder.
    package struct Frame: Sendable {
        /// Nanoseconds; nil where unknown.
        package var time: UInt64?
        /// The element before the decoder says that something is missing before it.
        package var followsGap: Bool

        package init(time: UInt64?, followsGap: Bool = false) {
            self.time = time
            self.followsGap = followsGap
        }
    }

    /// Frames up to this time may have lost something.
    private var damagedUpTo: UInt64?
    /// The next key frame may have lost something.
    private var doubtsNextKey = false
    private var isWaiting = true
    private var hasOpened = false
    /// What leads the key frame it opened at refers to what was lost.
    private var refusesLeading = false
    /// Frames left out, without those before the first key frame.
    package private(set) var refused: UInt64 = 0
    /// Frames left out in a row, the first ones too.
    package private(set) var refusedInARow: UInt64 = 0

    package init() {}

    /// Something has not come.
    package mutating func take(_ loss: PacketLoss) {
        isWaiting = true
        switch loss {
        case .upTo(let time): damagedUpTo = max(damagedUpTo ?? 0, time)
        case .somewhere: doubtsNextKey = true
        }
    }

    /// Whether a frame may be decoded. `kind` is asked only where it matters: it has to look into the frame.
    package mutating func mayDecode(_ frame: Frame, kind: () -> Kind) -> Bool {
        if frame.followsGap { isWaiting = true }
        let passes = isWaiting ? opens(frame, kind()) : !isRefusedLeading(kind)
        refusedInARow = passes ? 0 : refusedInARow + 1
        if !passes, hasOpened { refused += 1 }
        return passes
    }

    private mutating func opens(_ frame: Frame, _ kind: Kind) -> Bool {
        let isDamaged = damagedUpTo.map { frame.time ?? 0 <= $0 } ?? false
        guard kind == .key || kind == .openKey, !isDamaged else { return false }
        guard !doubtsNextKey else {
            doubtsNextKey = false
            return false
        }
        (isWaiting, hasOpened, damagedUpTo, refusesLeading) = (false, true, nil, kind == .openKey)
        return true
    }

    private mutating func isRefusedLeading(_ kind: () -> Kind) -> Bool {
        guard refusesLeading else { return false }
        switch kind() {
        case .leading: return true
        case .delta: return false
        case .key, .openKey:
            refusesLeading = false
            return false
        }
    }
}

/// Packets that have not come.
package enum PacketLoss: Equatable, Sendable {
    /// Frames up to this time (ns) may lack something.
    case upTo(UInt64)
    /// Packets have other times than the frames in them.
    case somewhere
}

/// The numbers of RTP's packets, at one depayloader.
package struct PacketNumbers: Sendable {
    /// Whether frames have the times of their packets; those in a transport stream have times of their own.
    private let timesFrames: Bool
    private var last: (number: UInt16, time: UInt64)?

    package init(timesFrames: Bool = true) { self.timesFrames = timesFrames }

    /// A packet, in order, before its frame is put together: what is missing before it.
    package mutating func take(_ number: UInt16, time: UInt64?) -> PacketLoss? {
        let time = time ?? last?.time ?? 0
        defer { last = (number, time) }
        guard let last, number != last.number, number != last.number &+ 1 else { return nil }
        // The frame before the gap may lack its end, and the one after it its beginning.
        return timesFrames ? .upTo(max(last.time, time)) : .somewhere
    }
}

/// A frame of H.264 or H.265, in NAL units.
package enum SlicedFrame {
    package enum Codec: Sendable { case h264, h265 }

    /// What the first slice says of the frame. A key frame without its beginning is none: a client gets that who joins in
    /// the middle of it. Units are told apart by lengths of so many bytes, or by start codes where that is nil.
    ///
    /// Parsers call more than that a key frame: whatever has intra slices only, while frames after it reach behind it.
    package static func kind(of bytes: UnsafeRawBufferPointer, _ codec: Codec, lengthSize: Int?) -> DamageGate.Kind {
        var position = 0
        while let unit = next(in: bytes, from: &position, lengthSize: lengthSize) {
            let type = codec == .h264 ? bytes[unit] & 0x1f : bytes[unit] >> 1 & 0x3f
            guard codec == .h264 ? (1...5).contains(type) : type < 32 else { continue }
            let kind = kind(ofSlice: type, codec)
            guard kind == .key || kind == .openKey else { return kind }
            // The number of its first macroblock is written as one bit where it is 0; H.265 has a flag there.
            let first = unit + (codec == .h264 ? 1 : 2)
            return first < bytes.count && bytes[first] & 0x80 != 0 ? kind : .delta
        }
        return .delta
    }

    private static func kind(ofSlice type: UInt8, _ codec: Codec) -> DamageGate.Kind {
        switch (codec, type) {
        // IDR.
        case (.h264, 5), (.h265, 19...20): .key
        // BLA and CRA.
        case (.h265, 16...18), (.h265, 21): .openKey
        // RASL.
        case (.h265, 8...9): .leading
        default: .delta
        }
    }

    /// Where the next unit starts; `position` is moved behind its start.
    private static func next(in bytes: UnsafeRawBufferPointer, from position: inout Int, lengthSize: Int?) -> Int? {
        if let lengthSize {
            guard position + lengthSize < bytes.count else { return nil }
            let unit = position + lengthSize
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
