// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

/// Times of packets, in ns as the files have them, on one line.
@Suite struct StampLineTests {
    static let second: Int64 = 1_000_000_000
    /// MPEG-TS counts 33 bits of 90,000 a second.
    static let wrap = (1 << 33) * second / 90_000

    @Test func aGapOfMinutesStays() {
        var line = StampLine(shift: 0, wrap: Self.wrap, mayJump: true)
        _ = line.place(stream: 0, decoding: 0, shown: 0, duration: 0)
        let behind = line.place(stream: 0, decoding: 600 * Self.second, shown: 601 * Self.second, duration: 0)
        #expect(behind.decoding == 600 * Self.second)
        #expect(behind.shown == 601 * Self.second)
        #expect(line.restarts == 0)
    }

    @Test func aCounterThatRunsOverGoesOn() {
        var line = StampLine(shift: -(Self.wrap - Self.second), wrap: Self.wrap, mayJump: true)
        var times: [Int64] = []
        for step in Int64(0)..<30 {
            let stamp = (Self.wrap - Self.second + step * Self.second / 10) % Self.wrap
            for stream in [0, 1] {
                let placed = line.place(stream: stream, decoding: stamp, shown: stamp, duration: 0)
                times.append(placed.shown ?? -1)
            }
        }
        let expected: [Int64] = (0..<60).map { Int64($0 / 2) * Self.second / 10 }
        #expect(times == expected)
        #expect(line.restarts == 0)
    }

    /// A picture is decoded just before the counter runs over, and shown just after.
    @Test func aCounterRunsOverBetweenTheTwoStampsOfAPacket() {
        var line = StampLine(shift: 0, wrap: Self.wrap, mayJump: true)
        let placed = line.place(stream: 0, decoding: Self.wrap - 1000, shown: 1000, duration: 0)
        #expect(placed.shown == Self.wrap + 1000)
    }

    @Test func asManyTimesAsItRunsOver() {
        var line = StampLine(shift: 0, wrap: Self.wrap, mayJump: true)
        var last: Int64 = -1
        // Two days, a packet an hour.
        for hour in Int64(0)..<60 {
            let time = hour * 3_000 * Self.second
            let placed = line.place(stream: 0, decoding: time % Self.wrap, shown: time % Self.wrap, duration: 0)
            #expect(placed.shown == time)
            last = placed.shown ?? -1
        }
        #expect(last == 59 * 3_000 * Self.second)
    }

    /// Two files behind each other, each from 0 on: sound and picture of the second one stay together.
    @Test func aSecondFileFollowsTheFirst() {
        var line = StampLine(shift: 0, wrap: Self.wrap, mayJump: true)
        func part() -> [Int64?] {
            (Int64(0)..<10).flatMap { step in
                [0, 1].map { stream in
                    let stamp = step * Self.second / 10
                    return line.place(stream: stream, decoding: stamp, shown: stamp, duration: Self.second / 10).shown
                }
            }
        }
        let first = part()
        let second = part()
        #expect(first.last == 9 * Self.second / 10)
        #expect(second == first.map { $0.map { $0 + Self.second } })
        #expect(line.restarts == 1)
    }

    @Test func smallDisorderIsNoNewFile() {
        var line = StampLine(shift: 0, wrap: nil, mayJump: false)
        let stamps: [Int64] = [0, 120, 40, 80, 240, 160, 200].map { $0 * 1_000_000 }
        let placed = stamps.map { line.place(stream: 0, decoding: nil, shown: $0, duration: 0).shown }
        #expect(placed == stamps)
        #expect(line.restarts == 0)
    }

    /// Where a container has no decoding times (Matroska), what is shown before a gap may come after what is behind it.
    @Test func aGapAmongReorderedFramesIsNoNewFile() {
        var line = StampLine(shift: 0, wrap: nil, mayJump: false)
        let stamps: [Int64] = [0, 300, 1, 2, 301].map { $0 * Self.second }
        let placed = stamps.map { line.place(stream: 0, decoding: nil, shown: $0, duration: 0).shown }
        #expect(placed == stamps)
        #expect(line.restarts == 0)
    }

    @Test func allIsMovedByTheShift() {
        var line = StampLine(shift: -1_400_000_000, wrap: nil, mayJump: true)
        let placed = line.place(stream: 0, decoding: 1_400_000_000, shown: 1_480_000_000, duration: 0)
        #expect(placed.decoding == 0)
        #expect(placed.shown == 80_000_000)
    }
}
