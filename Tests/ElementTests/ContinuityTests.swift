// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// What does not end a picture: events that say again what was said, claims of others, and caps that change little.
    @Suite struct Continuity {
        private static let frame: UInt64 = 40_000_000
        private static let second: UInt64 = 1_000_000_000
        private let face = Picture.astronaut()

        /// Something that comes between two frames.
        struct Interruption: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let send: @Sendable (FaceHarness) -> Void

            init(_ name: String, _ send: @escaping @Sendable (FaceHarness) -> Void) {
                testDescription = name
                self.send = send
            }

            static func caps(_ name: String, _ field: String, _ other: String) -> Interruption {
                Interruption(name) { harness in
                    let caps = Picture.astronaut().caps.replacing(field, with: other)
                    harness.push(event: gst_event_new_caps(gst_caps_from_string(caps)))
                }
            }

            static func segment(
                _ name: String, _ change: @escaping @Sendable (inout GstSegment) -> Void
            ) -> Interruption {
                Interruption(name) { harness in
                    var segment = GstSegment()
                    gst_segment_init(&segment, GST_FORMAT_TIME)
                    change(&segment)
                    harness.push(event: gst_event_new_segment(&segment))
                }
            }
        }

        /// None of these is a new picture.
        static let harmless = [
            Interruption.caps("the same caps", "25/1", "25/1"),
            .caps("another rate", "25/1", "30/1"),
            .caps("a rate that varies", "25/1", "0/1"),
            .caps("a rate that is much too low", "25/1", "1/10"),
            .caps("another aspect ratio", "25/1", "25/1,pixel-aspect-ratio=4/3"),
            .caps("other colours", "25/1", "25/1,colorimetry=bt709"),
            .caps("another chroma site", "25/1", "25/1,chroma-site=jpeg"),
            .caps("woven fields", "interlace-mode=progressive", "interlace-mode=mixed"),
            .segment("the same segment") { _ in },
            .segment("a segment whose base differs by a nanosecond") { $0.base = 1 },
            .segment("a segment that somebody has rounded") {
                ($0.start, $0.time, $0.base) = (79_999_000, 79_999_000, 80_000_000)
            },
            .segment("a segment with an end") { $0.stop = 3_600_000_000_000 },
            .segment("a segment whose base and start moved by the same time") {
                ($0.start, $0.time, $0.base) = (80_000_000, 80_000_000, 80_000_000)
            },
            Interruption("the same stream") { harness in
                guard let pad = harness.harness.pointee.srcpad else { return }
                guard let event = gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0) else { return }
                harness.push(event: event)
            },
            Interruption("a gap") { $0.push(event: gst_event_new_gap(120_000_000, 40_000_000)) },
            Interruption("a gap of an hour") { $0.push(event: gst_event_new_gap(120_000_000, 3_600_000_000_000)) },
            Interruption("a gap without an end") { $0.push(event: gst_event_new_gap(120_000_000, guint64.max)) },
            Interruption("a gap that has been") { $0.push(event: gst_event_new_gap(0, guint64.max)) },
            Interruption("a query to drain") { harness in
                let query = gst_query_new_drain()
                gst_pad_peer_query(harness.harness.pointee.srcpad, query)
                gst_query_unref(query)
            },
            Interruption("an allocation query") { harness in
                let caps = gst_caps_from_string(Picture.astronaut().caps)
                let query = gst_query_new_allocation(caps, 1)
                gst_pad_peer_query(harness.harness.pointee.srcpad, query)
                gst_query_unref(query)
                gst_caps_unref(caps)
            },
            Interruption("tags") { $0.tag("codec", "raw") },
            Interruption("another latency") { $0.push(event: gst_event_new_latency(1)) },
        ]

        @Test(
            "L21: waiting frames keep their look-ahead over what is no new picture, L22: and whatever others claim",
            arguments: harmless)
        func lookahead(over interruption: Interruption) throws {
            let harness = try FaceHarness(face.caps, FaceHarness.white.merging(["lookahead": "1000000000"]) { $1 })
            let hidden = face.withNoiseOverFace()
            for frame in 0..<3 { harness.push(hidden, frame: frame) }
            interruption.send(harness)
            #expect(harness.pullAll().isEmpty, "nothing leaves early")
            for frame in 3..<5 { harness.push(face, frame: frame) }
            #expect(harness.pullAll().isEmpty, "nothing leaves early")
            harness.push(event: gst_event_new_eos())
            let outputs = harness.pullAll()
            #expect(outputs.count == 5)
            #expect(outputs.allSatisfy { clearShare($0, hidden) < 0.1 || clearShare($0, face) < 0.1 })
            for output in outputs.prefix(3) { #expect(clearShare(output, hidden) < 0.1) }
        }

        @Test("L21: faces stay held over what is no new picture", arguments: harmless)
        func hold(over interruption: Interruption) throws {
            let harness = try FaceHarness(face.caps, FaceHarness.white)
            let hidden = face.withNoiseOverFace()
            for frame in 0..<3 { harness.push(face, frame: frame) }
            interruption.send(harness)
            for frame in 3..<6 { harness.push(hidden, frame: frame) }
            let outputs = harness.pullAll()
            #expect(outputs.count == 6)
            #expect(outputs.suffix(3).allSatisfy { clearShare($0, hidden) < 0.1 })
        }

        @Test(
            "L21: a face that is known is held in frames of another size or format, at its place there",
            arguments: [
                ("I420", 400, 400), ("I420", 240, 240), ("NV12", 320, 320), ("GRAY8", 320, 320), ("NV12", 480, 320),
            ])
        func carriedOver(format: String, width: Int, height: Int) throws {
            let harness = try FaceHarness(face.caps, FaceHarness.white)
            for frame in 0..<3 { harness.push(face, frame: frame) }
            let other = Picture.astronaut(format, width: width, height: height).withNoiseOverFace()
            gst_harness_set_src_caps_str(harness.harness, other.caps)
            _ = harness.pullAll()
            harness.push(other, frame: 3)
            #expect(try clearShare(#require(harness.pullBytes()), other) < 0.1)
        }

        @Test("L21: frames of another size, another stream or another place send on those that wait, masked")
        func drains() throws {
            let interruptions = [
                Interruption("size") {
                    gst_harness_set_src_caps_str($0.harness, Picture.grey("I420", width: 300, height: 300).caps)
                },
                Interruption("stream") { $0.push(event: gst_event_new_stream_start("another")) },
                Interruption.segment("place") { $0.start = 1_000_000_000_000 },
                Interruption.segment("rate") { ($0.rate, $0.applied_rate) = (2, 1) },
            ]
            for interruption in interruptions {
                let harness = try FaceHarness(face.caps, ["lookahead": "1000000000"])
                for frame in 0..<3 { harness.push(face, frame: frame) }
                interruption.send(harness)
                #expect(harness.pullAll().filter(face.isMasked).count == 3, "\(interruption.testDescription)")
            }
        }

        @Test(
            "L19: where the rate varies, time stamps decide: hold, look-ahead, tracks and the report go on",
            arguments: ["25/1", "0/1"])
        func noRate(rate: String) throws {
            try withTemporaryFile { path in
                let hidden = face.withNoiseOverFace()
                let caps = face.caps.replacing("25/1", with: rate)
                let harness = try FaceHarness(
                    caps, ["report-location": path, "hold": "120000000", "lookahead": "120000000"])
                for frame in 0..<16 {
                    harness.push(frame == 5 || frame == 6 ? face : hidden, frame: frame)
                }
                harness.push(event: gst_event_new_eos())
                let lines = try ReportLine.read(path)
                #expect(lines.map(\.pts) == (0..<16).map { $0 * Self.frame })
                #expect(
                    lines.map { $0.faces.first?.source }
                        == (0..<16).map { frame in
                            switch frame {
                            case 2...4: "ahead"
                            case 5, 6: "detected"
                            case 7...9: "held"
                            default: nil
                            }
                        })
                #expect(Set(lines.compactMap { $0.faces.first?.track }).count == 1)
            }
        }

        @Test(
            "L22: a rate or durations that are lower than the real ones let no frame leave early",
            arguments: ["1/1", "25/1", "0/1"], [0, 1, 3_600_000_000_000, UInt64.max - 1])
        func claims(rate: String, duration: UInt64) throws {
            let harness = try FaceHarness(
                face.caps.replacing("25/1", with: rate),
                FaceHarness.white.merging(["lookahead": "1000000000", "hold": "200000000"]) { $1 })
            let hidden = face.withNoiseOverFace()
            for frame in 0..<20 {
                // Every third has no time stamp of its own.
                let buffer = try #require(hidden.buffer(pts: UInt64(frame) * Self.frame, duration: duration))
                if frame % 3 == 2 { check_set_times(buffer, guint64.max, guint64(duration)) }
                harness.push(buffer)
            }
            #expect(harness.pullAll().isEmpty)
            harness.push(face.buffer(pts: 20 * Self.frame, duration: duration))
            harness.push(event: gst_event_new_eos())
            let outputs = harness.pullAll()
            #expect(outputs.count == 21)
            #expect(outputs.allSatisfy { clearShare($0, hidden) < 0.1 })
        }

        @Test("L29: forward, then backward without a flush, and again: faces stay held and nothing traps")
        func pingPong() throws {
            let hidden = face.withNoiseOverFace()
            for lookahead in ["0", "200000000"] {
                let harness = try FaceHarness(face.caps, FaceHarness.white.merging(["lookahead": lookahead]) { $1 })
                var base: UInt64 = 0
                var expected = 0
                for turn in 0..<6 {
                    var segment = GstSegment()
                    gst_segment_init(&segment, GST_FORMAT_TIME)
                    segment.rate = turn % 2 == 0 ? 1 : -1
                    segment.stop = guint64(10 * Self.frame)
                    segment.base = guint64(base)
                    harness.push(event: gst_event_new_segment(&segment))
                    for step in 0..<10 {
                        let index = turn % 2 == 0 ? step : 9 - step
                        // The face is seen at the start of the first turn, then for a moment in each turn.
                        harness.push(step < 2 ? face : hidden, frame: index)
                        expected += 1
                    }
                    base += 10 * Self.frame
                }
                harness.push(event: gst_event_new_eos())
                let outputs = harness.pullAll()
                #expect(outputs.count == expected)
                #expect(outputs.allSatisfy { clearShare($0, hidden) < 0.1 || clearShare($0, face) < 0.1 })
                #expect(harness.messages(GST_MESSAGE_ERROR).isEmpty)
            }
        }

        @Test("a flush keeps sticky events that waited, and drops frames, segments and other events that did")
        func flushKeepsSticky() throws {
            let harness = try FaceHarness(face.caps, ["lookahead": "1000000000"])
            harness.push(face, frame: 0)
            harness.tag("codec", "first")
            harness.tag("language-code", "de")
            harness.push(event: gst_event_new_gap(40_000_000, 1))
            while let event = gst_harness_try_pull_event(harness.harness) { gst_event_unref(event) }
            harness.flush()
            harness.push(face, frame: 0)
            harness.push(event: gst_event_new_eos())
            var texts: [String] = []
            while let event = gst_harness_try_pull_event(harness.harness) {
                texts.append(String(cString: gst_event_type_get_name(event.pointee.type)))
                gst_event_unref(event)
            }
            #expect(texts.contains("tag"))
            #expect(!texts.contains("gap"))
            #expect(harness.pullAll().count == 1)
            // As with GstQueue: of each sticky kind the newest is kept.
            let tag = gst_pad_get_sticky_event(harness.harness.pointee.sinkpad, GST_EVENT_TAG, 0)
            #expect(tag != nil)
            if let tag { gst_event_unref(tag) }
        }

        @Test("caps and tags that waited go on after a failure and a flush: frames never go on under other caps")
        func stickyAfterFailure() throws {
            let harness = try FaceHarness(face.caps, ["lookahead": "1000000000"])
            harness.push(face, frame: 0)
            let other = Picture.astronaut("NV12")
            gst_harness_set_src_caps_str(harness.harness, other.caps)
            harness.tag("codec", "first")
            FaultInjection.set { $0 == .inference }
            #expect(harness.push(other, frame: 1) == GST_FLOW_ERROR)
            FaultInjection.set(nil)
            harness.flush()
            #expect(harness.push(other, frame: 0) == GST_FLOW_OK)
            harness.push(event: gst_event_new_eos())
            #expect(harness.pullAll().count == 1)
            let caps = try #require(gst_pad_get_current_caps(harness.harness.pointee.sinkpad))
            defer { gst_caps_unref(caps) }
            let text = gst_caps_to_string(caps)
            defer { g_free(text) }
            #expect(text.map { String(cString: $0).contains("NV12") } == true)
        }

        @Test("after a flush too a frame without a time stamp keeps its look-ahead")
        func withoutTimeAfterFlush() throws {
            let harness = try FaceHarness(face.caps, FaceHarness.white.merging(["lookahead": "1000000000"]) { $1 })
            harness.push(face, frame: 0)
            harness.flush()
            let hidden = face.withNoiseOverFace()
            harness.push(hidden, frame: nil)
            harness.push(hidden, frame: 1)
            #expect(harness.pullAll().isEmpty)
            harness.push(face, frame: 2)
            harness.push(event: gst_event_new_eos())
            let outputs = harness.pullAll()
            #expect(outputs.count == 3)
            #expect(outputs.prefix(2).allSatisfy { clearShare($0, hidden) < 0.1 })
        }
    }
}
