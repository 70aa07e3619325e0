// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// A face stays masked whatever the time stamps do.
    @Suite struct Clock {
        private let face = Picture.astronaut()
        private static let frame: UInt64 = 40_000_000

        /// Pushes frames in which the portrait's face can be found (true) or not, and returns whether each came out masked.
        private func masks(
            _ frames: [(pts: UInt64?, isSeen: Bool)], _ properties: [String: String] = [:], rate: Double = 1,
            caps: String? = nil, duration: UInt64 = Self.frame
        ) throws -> [Bool] {
            let hidden = face.withNoiseOverFace()
            let harness = try FaceHarness(caps ?? face.caps, FaceHarness.white.merging(properties) { $1 })
            if rate != 1 { harness.segment(rate: rate) }
            for frame in frames {
                let picture = frame.isSeen ? face : hidden
                let buffer = try #require(
                    frame.pts.map { picture.buffer(pts: $0, duration: duration) }
                        ?? picture.buffer(frame: nil))
                if let pts = frame.pts, duration == 0 { check_set_times(buffer, guint64(pts), guint64.max) }
                #expect(harness.push(buffer) == GST_FLOW_OK)
            }
            harness.push(event: gst_event_new_eos())
            let outputs = harness.pullAll()
            #expect(outputs.count == frames.count)
            return zip(frames, outputs).map { ($0.isSeen ? face : hidden).isMasked($1) }
        }

        @Test(
            "a face is held over time stamps that come twice or run back a little",
            arguments: [
                [0, 40, 40, 80], [0, 40, 40, 40, 40, 80], [0, 80, 40, 120],
                [0, 40, 39, 80], [0, 40, 0, 120], [0, 40, 80, 900],
            ] as [[UInt64?]], ["0", "200000000"])
        func disorder(times: [UInt64?], lookahead: String) throws {
            let frames = times.enumerated().map { index, time in
                (pts: time.map { $0 * 1_000_000 }, isSeen: index < 2 || index == times.count - 1)
            }
            let masked = try masks(frames, ["lookahead": lookahead])
            #expect(masked.allSatisfy { $0 }, "\(masked)")
        }

        @Test("a clock that stands still neither keeps faces for ever, nor lets them go at once")
        func standing() throws {
            let frames = (0..<60).map { (pts: Optional(UInt64(0)), isSeen: $0 < 2) }
            let masked = try masks(frames)
            #expect(masked.prefix(12).allSatisfy { $0 })
            #expect(!masked.suffix(20).contains(true))
        }

        @Test(
            "L20: over time stamps that jump, a face is held for as long as hold says, and no longer",
            arguments: [-9_000_000_000, 3_600_000_000_000, 1 << 62] as [Int64])
        func jump(by distance: Int64) throws {
            let start: UInt64 = 10_000_000_000
            let seen = (0..<3).map { (pts: Optional(start + UInt64($0) * Self.frame), isSeen: true) }
            let lost = (0..<12).map {
                (pts: Optional(UInt64(Int64(start) + distance) + UInt64($0) * Self.frame), isSeen: false)
            }
            let masked = try masks(seen + lost, ["hold": "200000000"])
            #expect(masked == (0..<15).map { $0 < 8 }, "\(masked)")
        }

        @Test(
            "L20: one wrong time stamp ends no hold",
            arguments: [0, 1 << 62, UInt64.max / 2, 5_000_000_000] as [UInt64?])
        func oneWrong(stamp: UInt64?) throws {
            let start: UInt64 = 10_000_000_000
            var frames = (0..<12).map { (pts: Optional(start + UInt64($0) * Self.frame), isSeen: $0 < 3) }
            frames[4].pts = stamp
            let masked = try masks(frames, ["hold": "200000000"])
            #expect(masked.prefix(7).allSatisfy { $0 }, "\(masked)")
            #expect(!masked.suffix(2).contains(true), "\(masked)")
        }

        @Test("L20: frames without a time stamp get their time from their neighbours", arguments: ["0", "200000000"])
        func withoutTime(lookahead: String) throws {
            let missing: Set = [1, 4, 5, 9]
            let frames = (0..<14).map {
                (pts: missing.contains($0) ? nil : Optional(UInt64($0) * Self.frame), isSeen: $0 < 3 || $0 == 13)
            }
            let masked = try masks(frames, ["hold": "200000000", "lookahead": lookahead])
            #expect(masked == (0..<14).map { $0 < 8 || $0 == 13 || (lookahead != "0" && $0 > 7) }, "\(masked)")
        }

        /// Ways in which time stamps go astray, as ms by frame.
        static let astray: [(name: String, stamp: @Sendable (Int) -> Int)] = [
            ("one frame 300 ms ahead", { $0 * 40 + ($0 == 4 ? 300 : 0) }),
            ("one frame 950 ms ahead", { $0 * 40 + ($0 == 4 ? 950 : 0) }),
            ("two frames 950 ms ahead", { $0 * 40 + ($0 == 4 || $0 == 6 ? 950 : 0) }),
            ("two clocks 5 s apart take turns", { $0 * 40 + ($0 % 2 == 0 ? 0 : 5_000) }),
            ("two clocks 0.5 s apart take turns", { $0 * 40 + ($0 % 2 == 0 ? 0 : 500) }),
            ("two jumps ahead", { $0 * 40 + ($0 > 3 ? 5_000 : 0) + ($0 > 5 ? 5_000 : 0) }),
            ("ahead and back again and again", { $0 * 40 + ($0 / 2 % 2 == 0 ? 0 : 3_000) }),
            ("decode order", { [0, 160, 40, 80, 120][($0 - 1) % 4 + 1] + ($0 - 1) / 4 * 160 }),
        ]

        @Test("L20: whatever way time stamps go astray, a face is held for as long as hold says", arguments: 0..<8)
        func astray(index: Int) throws {
            let (name, stamp) = Self.astray[index]
            let frames = (0..<40).map { frame in
                (pts: Optional(UInt64(10_000 + (frame == 0 ? 0 : stamp(frame))) * 1_000_000), isSeen: frame < 3)
            }
            for lookahead in ["0", "100000000"] {
                let masked = try masks(frames, ["hold": "500000000", "lookahead": lookahead])
                // Twelve frames after the last one with the face; jumps may make it a little longer.
                #expect(masked.prefix(14).allSatisfy { $0 }, "\(name): \(masked)")
                #expect(!masked.suffix(4).contains(true), "\(name): \(masked)")
            }
        }

        @Test("L20: look-ahead reaches as far where time stamps go astray", arguments: 0..<8)
        func aheadAstray(index: Int) throws {
            let (name, stamp) = Self.astray[index]
            let frames = (0..<12).map { frame in
                (pts: Optional(UInt64(10_000 + (frame == 0 ? 0 : stamp(frame))) * 1_000_000), isSeen: frame >= 10)
            }
            let masked = try masks(frames, ["lookahead": "1000000000"])
            #expect(masked.allSatisfy { $0 }, "\(name): \(masked)")
        }

        @Test("time that stands for a while and then goes on slowly is followed: frames every five seconds")
        func slow() throws {
            let second: UInt64 = 1_000_000_000
            let frames = (0..<8).map { (pts: Optional(UInt64($0) * 5 * second), isSeen: $0 < 4) }
            let masked = try masks(frames, ["hold": "200000000"])
            #expect(masked == (0..<8).map { $0 < 4 }, "\(masked)")
        }

        @Test("in reverse playback faces are held and masked ahead as well", arguments: ["0", "200000000"])
        func reverse(lookahead: String) throws {
            let frames = (0..<12).reversed().map {
                (pts: Optional(UInt64($0) * Self.frame), isSeen: [6, 5, 2].contains($0))
            }
            let masked = try masks(frames, ["lookahead": lookahead, "hold": "80000000"], rate: -1)
            // Frames 11 to 0: seen in 6, 5 and 2; held in 4, 3, 1 and 0; ahead in 11 to 7.
            #expect(masked[5...11].allSatisfy { $0 }, "\(masked)")
            #expect(masked[0...4].allSatisfy { $0 == (lookahead != "0") }, "\(masked)")
        }

        @Test("lookahead reaches as far back where frames come closer than they are said to last", arguments: [40, 0])
        func variableRate(duration: UInt64) throws {
            // Said to come 5 times a second; every 50 ms in truth.
            let caps = face.caps.replacing("25/1", with: "5/1")
            let frames = (0..<20).map { (pts: Optional(UInt64($0) * 50_000_000), isSeen: $0 == 12) }
            let masked = try masks(
                frames, ["lookahead": "225000000", "hold": "0"], caps: caps,
                duration: duration == 0 ? 0 : 200_000_000)
            #expect(masked == (0..<20).map { (8...12).contains($0) })
        }

        @Test("a segment of bytes, and none at all: masked, told of without times, and nothing critical is logged")
        func bytes() throws {
            let criticals = Criticals()
            let harness = try FaceHarness(
                face.caps, ["post-messages": "every-frame", "attach-meta": "true", "lookahead": "40000000"])
            var segment = GstSegment()
            gst_segment_init(&segment, GST_FORMAT_BYTES)
            harness.push(event: gst_event_new_segment(&segment))
            for frame in 0..<4 { harness.push(face, frame: frame) }
            harness.push(event: gst_event_new_eos())
            let outputs = harness.pullAll()
            #expect(outputs.filter(face.isMasked).count == 4)
            let texts = harness.messages(GST_MESSAGE_ELEMENT).filter { $0.hasPrefix("faceanon,") }
            #expect(texts.count == 4)
            #expect(texts.allSatisfy { $0.contains("stream-time=(guint64)18446744073709551615") })
            #expect(criticals.count == 0)
        }
    }
}

/// Counts the critical messages of GStreamer and GLib while it lives.
final class Criticals {
    private let counter: UnsafeMutablePointer<gint>
    private let identifiers: [(String, guint)]

    init() {
        let count = UnsafeMutablePointer<gint>.allocate(capacity: 1)
        count.initialize(to: 0)
        counter = count
        identifiers = ["GStreamer", "GLib", "GLib-GObject"].map { domain in
            (
                domain,
                g_log_set_handler(
                    domain, G_LOG_LEVEL_CRITICAL,
                    { _, _, text, count in
                        count?.assumingMemoryBound(to: gint.self).pointee += 1
                    }, count)
            )
        }
    }

    deinit {
        for (domain, identifier) in identifiers { g_log_remove_handler(domain, identifier) }
        counter.deallocate()
    }

    var count: Int { Int(counter.pointee) }
}
