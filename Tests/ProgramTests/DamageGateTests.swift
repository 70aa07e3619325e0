// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

@Suite struct DamageGateTests {
    /// A frame as its packets come: how many, and which of them are lost.
    private struct Frame {
        var isKey = false
        var lost: Set<Int> = []
        var packets = 4
    }

    /// The frames that may be decoded, by their numbers; time is a frame's number, from 1 on.
    private static func decoded(_ frames: [Frame], from first: UInt16 = 0) -> [Int] {
        var gate = DamageGate()
        var numbers = PacketNumbers()
        var sequence = first
        var decoded: [Int] = []
        // A frame is whole when its last packet has come, or one of another frame.
        var pending: (number: Int, isKey: Bool)?
        func finish() {
            guard let frame = pending else { return }
            let kind: DamageGate.Kind = frame.isKey ? .key : .delta
            if gate.mayDecode(.init(time: UInt64(frame.number)), kind: { kind }) { decoded.append(frame.number) }
            pending = nil
        }
        for (index, frame) in frames.enumerated() {
            for packet in 0..<frame.packets {
                defer { sequence &+= 1 }
                if frame.lost.contains(packet) { continue }
                if let loss = numbers.take(sequence, time: UInt64(index + 1)) { gate.take(loss) }
                if pending?.number != index + 1 { finish() }
                pending = (index + 1, frame.isKey)
                if packet == frame.packets - 1 { finish() }
            }
        }
        finish()
        return decoded
    }

    /// Expectations take no value that changes.
    private final class Gate {
        var gate = DamageGate()

        func mayDecode(_ time: UInt64, _ kind: DamageGate.Kind, followsGap: Bool = false) -> Bool {
            gate.mayDecode(.init(time: time, followsGap: followsGap)) { kind }
        }
    }

    private static let key = Frame(isKey: true)
    private static let delta = Frame()

    @Test func withoutALossAllIsDecoded() {
        // The numbers of packets come round at 65536.
        #expect(Self.decoded([Self.key] + Array(repeating: Self.delta, count: 9), from: 65_530) == Array(1...10))
    }

    @Test func theFirstFrameIsAKeyFrame() {
        #expect(Self.decoded([Self.delta, Self.delta, Self.key, Self.delta]) == [3, 4])
    }

    /// Whichever packets are lost.
    @Test(arguments: [[0], [1], [3], [0, 3], [0, 1, 2, 3]] as [Set<Int>]) func whatFollowsALossIsNot(_ lost: Set<Int>) {
        let damaged = Frame(lost: lost)
        let decoded = Self.decoded([Self.key, Self.delta, damaged, Self.delta, Self.key, Self.delta])
        // The loss of a frame's end is known only when the next one comes.
        #expect(decoded == [1, 2, 5, 6])
    }

    @Test(arguments: [[0], [1], [3], [0, 1]] as [Set<Int>]) func aDamagedKeyFrameHelpsNobody(_ lost: Set<Int>) {
        let damaged = Frame(isKey: true, lost: lost)
        #expect(Self.decoded([Self.key, Self.delta, damaged, Self.delta, Self.key]) == [1, 2, 5])
    }

    /// One gap, from the end of one frame to the beginning of a key frame.
    @Test func aGapDamagesBothOfItsEnds() {
        let frames = [
            Self.key, Frame(lost: [3]), Frame(isKey: true, lost: [0]), Self.delta, Self.key, Self.delta,
        ]
        #expect(Self.decoded(frames) == [1, 5, 6])
    }

    /// With B-frames, a frame may come after one that is shown later.
    @Test func timesMayRunBack() {
        let gate = Gate()
        #expect(gate.mayDecode(10, .key))
        gate.gate.take(.upTo(40))
        gate.gate.take(.upTo(20))
        // The key frame of 40 has lost its end.
        #expect(!gate.mayDecode(40, .key))
        #expect(!gate.mayDecode(20, .delta))
        #expect(gate.mayDecode(70, .key))
        #expect(gate.gate.refused == 2 && gate.gate.refusedInARow == 0)
    }

    @Test func withoutRTPAGapIsWhatTheDemuxerSays() {
        let gate = Gate()
        #expect(gate.mayDecode(0, .key, followsGap: true))
        #expect(gate.mayDecode(1, .delta))
        #expect(!gate.mayDecode(3, .delta, followsGap: true))
        #expect(!gate.mayDecode(4, .delta))
        #expect(gate.mayDecode(5, .key))
    }

    /// With open GOPs, frames that lead a key frame refer to those before it.
    @Test func whatLeadsTheFirstKeyFrameIsNot() {
        let gate = Gate()
        #expect(!gate.mayDecode(0, .leading))
        #expect(gate.gate.refused == 0 && gate.gate.refusedInARow == 1)
        #expect(gate.mayDecode(3, .openKey))
        #expect(!gate.mayDecode(1, .leading) && !gate.mayDecode(2, .leading))
        #expect(gate.mayDecode(4, .delta))
        // Nothing is lost before the next one.
        #expect(gate.mayDecode(7, .openKey) && gate.mayDecode(5, .leading) && gate.mayDecode(8, .delta))
        // The demuxer marks the key frame itself.
        #expect(gate.mayDecode(13, .openKey, followsGap: true))
        #expect(!gate.mayDecode(11, .leading))
        #expect(gate.mayDecode(20, .key) && gate.mayDecode(21, .leading))
    }

    /// Packets of a transport stream have other times than its frames.
    @Test func inATransportStreamTheNextKeyFrameIsInDoubt() {
        var numbers = PacketNumbers(timesFrames: false)
        let gate = Gate()
        #expect(numbers.take(1, time: 100) == nil && gate.mayDecode(5000, .key))
        let loss = numbers.take(3, time: 101)
        #expect(loss == .somewhere)
        if let loss { gate.gate.take(loss) }
        #expect(!gate.mayDecode(5001, .delta) && !gate.mayDecode(5002, .key) && !gate.mayDecode(5003, .delta))
        #expect(gate.mayDecode(5004, .key) && gate.mayDecode(5005, .delta))
    }

    /// Each depayloader has its own numbers: two streams that alternate are no loss.
    @Test func everyStreamCountsItsOwnPackets() {
        var (first, second) = (PacketNumbers(), PacketNumbers())
        for number in UInt16(0)..<9 {
            #expect(first.take(number, time: nil) == nil && second.take(500 + number, time: nil) == nil)
        }
        #expect(first.take(10, time: 7) == .upTo(7))
    }

    private static let units: [(SlicedFrame.Codec, [UInt8], DamageGate.Kind)] = [
        // SPS; IDR, and one without its beginning; an intra slice that is no IDR, and a P slice.
        (.h264, [0x67, 9], .delta), (.h264, [0x65, 0x88], .key), (.h264, [0x65, 0x48], .delta),
        (.h264, [0x41, 0x88], .delta), (.h264, [0x61, 0x9a], .delta),
        // VPS; TRAIL, RADL, RASL, BLA, IDR, CRA, and a reserved one; CRA and IDR without their beginning.
        (.h265, [0x40, 1, 9], .delta), (.h265, [0x02, 1, 0x80], .delta), (.h265, [0x0c, 1, 0x80], .delta),
        (.h265, [0x10, 1, 0x80], .leading), (.h265, [0x12, 1, 0x80], .leading), (.h265, [0x12, 1, 0x40], .leading),
        (.h265, [0x20, 1, 0x80], .openKey), (.h265, [0x24, 1, 0x80], .openKey), (.h265, [0x26, 1, 0x80], .key),
        (.h265, [0x28, 1, 0x80], .key), (.h265, [0x2a, 1, 0x80], .openKey), (.h265, [0x2c, 1, 0x80], .delta),
        (.h265, [0x2a, 1, 0x40], .delta), (.h265, [0x26, 1, 0x40], .delta),
        // Cut off.
        (.h264, [0x65], .delta), (.h265, [0x26, 1], .delta), (.h265, [0x2a], .delta),
    ]

    @Test(arguments: [nil, 1, 2, 4]) func theFirstSliceTells(_ lengthSize: Int?) {
        func unit(_ bytes: [UInt8]) -> [UInt8] {
            guard let lengthSize else { return [0, 0, 1] + bytes }
            return Array(repeating: 0, count: lengthSize - 1) + [UInt8(bytes.count)] + bytes
        }
        for (codec, bytes, kind) in Self.units {
            let parameters = unit(codec == .h264 ? [0x67, 9, 9] : [0x40, 1, 9])
            // Later slices do not count.
            let later = unit(codec == .h264 ? [0x65, 0x88] : [0x26, 1, 0x80])
            let isSlice = bytes[0] != 0x67 && bytes[0] != 0x40
            for frame in [unit(bytes), parameters + unit(bytes)] + (isSlice ? [parameters + unit(bytes) + later] : []) {
                frame.withUnsafeBytes {
                    #expect(SlicedFrame.kind(of: $0, codec, lengthSize: lengthSize) == kind, "\(codec) \(frame)")
                }
            }
        }
    }

    @Test(arguments: [[], [0], [0, 0, 1], [255, 255, 255, 255, 0x67, 9], [0, 0, 0, 9]] as [[UInt8]])
    func whatIsNoFrameIsNoKeyFrame(_ bytes: [UInt8]) {
        for (codec, size) in [(SlicedFrame.Codec.h264, nil), (.h264, 4), (.h265, nil), (.h265, 4)] as [(_, Int?)] {
            bytes.withUnsafeBytes { #expect(SlicedFrame.kind(of: $0, codec, lengthSize: size) == .delta) }
        }
    }
}
