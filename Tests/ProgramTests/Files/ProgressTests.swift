// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

@Suite struct ProgressTests {
    /// One video of 1000 frames, of which 20 a second are masked.
    private static func half() -> ProgressMeter {
        var meter = ProgressMeter()
        meter.add(0, frames: 1000, pixels: 100)
        for second in 0...25 {
            meter.advance(0, frames: second * 20, share: Double(second * 20) / 1000)
            meter.sample(at: Double(second))
        }
        return meter
    }

    @Test func ratesAndTimesLeft() throws {
        let meter = Self.half()
        #expect(meter.share == 0.5 && meter.frames == 500)
        #expect(abs(try #require(meter.rate) - 20) < 1e-9)
        #expect(abs(try #require(meter.secondsLeft) - 25) < 1e-6)
    }

    @Test func theBarFitsAnyTerminal() {
        let meter = Self.half()
        for name in [nil, "talk.mp4", String(repeating: "漢", count: 90), String(repeating: "n", count: 250)] {
            for columns in 1...200 {
                let bar = ProgressText.bar(meter, name: name, columns: columns)
                #expect(ProgressText.width(bar) < max(2, columns), "\(columns): \(bar)")
                #expect(!bar.contains("\n"))
            }
        }
        let bar = ProgressText.bar(meter, name: "talk.mp4", columns: 80)
        #expect(bar == "talk.mp4 [#############.............]  50 %  500 frames  20 frames/s  0:25 left", "\(bar)")
    }

    @Test func severalFilesAreWeighedByTheirPixels() {
        var meter = ProgressMeter()
        meter.add(0, frames: 1, pixels: 300)
        meter.add(1, frames: nil, pixels: 100)
        meter.end(0, frames: 1)
        #expect(meter.share == 0.75 && meter.filesDone == 1)
        #expect(ProgressText.line(meter, name: nil).hasPrefix("75 %, 1/2 files"))
    }

    /// Nothing that a worker says of a damaged file is too much.
    @Test func anyNumberIsTaken() {
        for share in [Double.nan, .infinity, -.infinity, -1, 2, 1e308] {
            for count in [Int.max, Int.min, 0, -1] {
                var meter = ProgressMeter()
                meter.add(0, frames: count, pixels: count)
                meter.sample(at: 0)
                meter.advance(0, frames: count, share: share)
                meter.sample(at: 2)
                meter.end(0, frames: count)
                meter.sample(at: 4)
                _ = ProgressText.bar(meter, name: "x", columns: 80) + ProgressText.line(meter, name: nil)
                #expect((0...1).contains(meter.share))
            }
        }
    }

    @Test func timesAndNames() {
        #expect(
            ProgressText.time(7) == "0:07" && ProgressText.time(3723) == "1:02:03" && ProgressText.time(.nan) == "?")
        #expect(ProgressText.shortened("abcdefghij.mp4", to: 9) == "abcd….mp4")
        #expect(ProgressText.count(1, "frame") == "1 frame" && ProgressText.count(0, "face") == "0 faces")
    }

    @Test func linesComeWhole() {
        var buffer = LineBuffer()
        #expect(buffer.take(Array("one\ntw".utf8)) == [Array("one".utf8)])
        #expect(buffer.take(Array("o\n\nrest".utf8)) == [Array("two".utf8), []])
        #expect(buffer.takeRest() == Array("rest".utf8) && buffer.takeRest() == nil)
        // A line that never ends is not kept.
        for _ in 0..<3 { #expect(buffer.take([UInt8](repeating: 1, count: LineBuffer.limit / 2 + 1)).isEmpty) }
        #expect((buffer.takeRest() ?? []).count <= LineBuffer.limit)
    }
}
