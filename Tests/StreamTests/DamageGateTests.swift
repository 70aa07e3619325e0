// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonStream
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
        var sequence = first
        var decoded: [Int] = []
        // A frame is whole when its last packet has come, or one of another frame.
        var pending: (number: Int, isKey: Bool)?
        func finish() {
            guard let frame = pending else { return }
            if gate.mayDecode(.init(time: UInt64(frame.number), isKey: frame.isKey)) { decoded.append(frame.number) }
            pending = nil
        }
        for (index, frame) in frames.enumerated() {
            for packet in 0..<frame.packets {
                defer { sequence &+= 1 }
                if frame.lost.contains(packet) { continue }
                gate.take(packet: sequence, time: UInt64(index + 1))
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

        func mayDecode(_ time: UInt64, isKey: Bool, followsGap: Bool = false, isWhole: Bool = true) -> Bool {
            gate.mayDecode(.init(time: time, isKey: isKey, followsGap: followsGap)) { isWhole }
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
        gate.gate.take(packet: 1, time: 10)
        #expect(gate.mayDecode(10, isKey: true))
        gate.gate.take(packet: 2, time: 40)
        gate.gate.take(packet: 4, time: 20)
        // The key frame of 40 has lost its end.
        #expect(!gate.mayDecode(40, isKey: true))
        #expect(!gate.mayDecode(20, isKey: false))
        gate.gate.take(packet: 5, time: 70)
        #expect(gate.mayDecode(70, isKey: true))
        #expect(gate.gate.refused == 2)
    }

    @Test func withoutRTPAGapIsWhatTheDemuxerSays() {
        let gate = Gate()
        #expect(gate.mayDecode(0, isKey: true, followsGap: true))
        #expect(gate.mayDecode(1, isKey: false))
        #expect(!gate.mayDecode(3, isKey: false, followsGap: true))
        #expect(!gate.mayDecode(4, isKey: false))
        #expect(gate.mayDecode(5, isKey: true))
    }

    /// A client that comes between two slices.
    @Test func aKeyFrameWithoutItsBeginningIsNone() {
        let gate = Gate()
        gate.gate.take(packet: 7, time: 1)
        #expect(!gate.mayDecode(1, isKey: true, isWhole: false))
        #expect(!gate.mayDecode(2, isKey: false, isWhole: false))
        #expect(gate.mayDecode(3, isKey: true, isWhole: true))
        #expect(gate.gate.refused == 0)
    }

    @Test(
        arguments: [
            // SPS, then a slice that begins at macroblock 0, or later.
            ([0, 0, 0, 1, 0x67, 9, 0, 0, 1, 0x65, 0x88], .h264, false, true),
            ([0, 0, 0, 1, 0x67, 9, 0, 0, 1, 0x65, 0x48, 0, 0, 1, 0x65, 0x88], .h264, false, false),
            ([0, 0, 0, 2, 0x67, 9, 0, 0, 0, 2, 0x65, 0x88], .h264, true, true),
            ([0, 0, 0, 2, 0x67, 9, 0, 0, 0, 2, 0x65, 0x48], .h264, true, false),
            ([0, 0, 1, 0x40, 1, 9, 0, 0, 1, 0x26, 1, 0x80], .h265, false, true),
            ([0, 0, 1, 0x40, 1, 9, 0, 0, 1, 0x26, 1, 0x40], .h265, false, false),
            // No slice, or cut off, or a length that leads nowhere.
            ([0, 0, 1, 0x67, 9], .h264, false, false), ([0, 0, 1, 0x65], .h264, false, false),
            ([255, 255, 255, 255, 0x67, 9], .h264, true, false), ([], .h264, true, false), ([], .h264, false, false),
        ] as [([UInt8], SlicedFrame.Codec, Bool, Bool)])
    func theFirstSliceIsFound(_ bytes: [UInt8], _ codec: SlicedFrame.Codec, _ hasLengths: Bool, _ isFound: Bool) {
        bytes.withUnsafeBytes {
            #expect(SlicedFrame.startsWithFirstSlice($0, codec, hasLengths: hasLengths) == isFound)
        }
    }
}
