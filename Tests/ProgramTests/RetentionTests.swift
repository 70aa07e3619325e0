// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

/// Segments: their names, their reports' lines, and which of them may stay.
@Suite struct RetentionTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    /// Hours old, bytes.
    private static func segment(_ hours: Double, _ bytes: Int64, _ stem: String? = nil) -> Segment {
        let stem = stem ?? "s\(Int(hours))"
        return Segment(
            stem: stem, date: now - hours * 3600, files: [stem + ".jsonl", stem + ".mkv"], bytes: bytes)
    }

    @Test func theOldestGoUntilTheRestFits() {
        let segments = [Self.segment(1, 40), Self.segment(3, 40), Self.segment(2, 40), Self.segment(4, 40)]
        let retention = Retention(age: nil, size: ByteCount(argument: "0.1k"))
        #expect(
            retention.excess(in: segments, open: nil, now: Self.now) == ["s4.jsonl", "s4.mkv", "s3.jsonl", "s3.mkv"])
    }

    @Test func whatIsTooOldGoes() {
        let segments = [Self.segment(1, 1), Self.segment(25, 1), Self.segment(49, 1)]
        let retention = Retention(age: Span(argument: "1d"), size: nil)
        #expect(
            retention.excess(in: segments, open: nil, now: Self.now) == [
                "s49.jsonl", "s49.mkv", "s25.jsonl", "s25.mkv",
            ])
    }

    @Test func theOneBeingWrittenStays() {
        let segments = [Self.segment(50, 1000, "open"), Self.segment(1, 1)]
        let retention = Retention(age: Span(argument: "1d"), size: ByteCount(argument: "1k"))
        #expect(retention.excess(in: segments, open: "open", now: Self.now) == ["s1.jsonl", "s1.mkv"])
    }

    @Test func withoutLimitsAllStays() {
        #expect(Retention(age: nil, size: nil).excess(in: [Self.segment(1e6, 1 << 60)], open: nil, now: Self.now) == [])
    }

    /// The sweeper's timer is set for that moment: too late, and what is too old stays.
    @Test func theNextOneToGoIsKnown() {
        let retention = Retention(age: Span(argument: "1d"), size: nil)
        let segments = [Self.segment(1, 1), Self.segment(20, 1), Self.segment(23, 1, "open")]
        let next = retention.nextExpiry(in: segments, open: "open")
        #expect(next == Self.now + 4 * 3600)
        #expect(retention.excess(in: segments, open: "open", now: Self.now + 4 * 3600) == [])
        #expect(
            retention.excess(in: segments, open: "open", now: Self.now + 4 * 3600 + 0.001) == ["s20.jsonl", "s20.mkv"])
        #expect(retention.nextExpiry(in: [Self.segment(23, 1, "open")], open: "open") == nil)
        #expect(Retention(age: nil, size: ByteCount(argument: "1k")).nextExpiry(in: segments, open: nil) == nil)
    }

    @Test func segmentsOfOneSecondKeepTheirOrder() {
        let segments = ["s-10", "s", "s-2"].map { Self.segment(1, 10, $0) }
        let retention = Retention(age: nil, size: ByteCount(argument: "0.01k"))
        #expect(
            retention.excess(in: segments, open: nil, now: Self.now)
                == ["s.jsonl", "s.mkv", "s-2.jsonl", "s-2.mkv"])
    }

    @Test func namesTellTheTimeAndBack() {
        let names = SegmentNames(prefix: "front-door")
        let stem = names.stem(Self.now) { _ in false }
        #expect(stem == "front-door-20270115T080000Z")
        let second = names.stem(Self.now) { $0 == stem }
        #expect(second == stem + "-2")
        for stem in [stem, second] {
            let parsed = names.parse(stem + ".jsonl")
            #expect(parsed?.stem == stem && parsed?.date == Self.now)
        }
        for other in [
            "front-20270115T080000Z.mkv", "\(stem).txt", "front-door-notes.mkv", stem,
            "front-door-20279915T080000Z.mkv",
            "\(stem)-x.mkv", "\(stem)-2-3.mkv", "front-door-20270115 080000Z.mkv",
        ] {
            #expect(names.parse(other) == nil, "\(other)")
        }
    }

    @Test func spansAndSizesHaveUnits() {
        #expect(Span(argument: "90s")?.seconds == 90 && Span(argument: "1.5h")?.seconds == 5400)
        #expect(Span(argument: "7d")?.seconds == 604_800 && ByteCount(argument: "20G")?.bytes == 20_000_000_000)
        for wrong in ["", "7", "d", "-1d", "0d", "infd", "nand", "1w"] {
            #expect(Span(argument: wrong) == nil, "\(wrong)")
        }
        for wrong in ["", "7", "G", "-1G", "0G", "infG", "9999999T"] {
            #expect(ByteCount(argument: wrong) == nil, "\(wrong)")
        }
    }

    @Test func reportLinesGetAnotherTime() {
        let line: Substring = #"{"frame":7,"pts":480000000,"width":1}"#
        #expect(ReportLine.pts(line) == 480_000_000)
        #expect(ReportLine.shifted(line, to: 5) == #"{"frame":7,"pts":5,"width":1}"#)
        let still: Substring = #"{"frame":7,"pts":null}"#
        #expect(ReportLine.pts(still) == nil && ReportLine.shifted(still, to: 5) == still)
    }
}
