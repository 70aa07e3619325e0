// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// Frames that wait for later ones leave as what was known of them asks for, whatever comes then.
    @Suite struct Queue {
        static let second: UInt64 = 1_000_000_000
        static let frame: UInt64 = 40_000_000

        /// Pushes the portrait, then the same without a face at other times; the portrait has to come out masked.
        private func expectMasked(
            _ harness: FaceHarness, faces: [UInt64], then others: [UInt64?],
            before body: (FaceHarness) -> Void = { _ in }
        ) throws {
            let face = Picture.astronaut()
            let hidden = face.withNoiseOverFace()
            for pts in faces { harness.push(face.buffer(pts: pts, duration: Self.frame)) }
            let early = harness.pullAll()
            body(harness)
            for pts in others {
                harness.push(pts.map { hidden.buffer(pts: $0, duration: Self.frame) } ?? hidden.buffer(frame: nil))
            }
            harness.push(event: gst_event_new_eos())
            let outputs = early + harness.pullAll()
            #expect(outputs.count == faces.count + others.count)
            for (index, output) in outputs.prefix(faces.count).enumerated() {
                #expect(face.isMasked(output), "frame \(index)")
            }
        }

        @Test("L7: a frame that waits stays masked over a gap in time", arguments: [0.3, 2, 9, 100])
        func gap(seconds: Double) throws {
            let face = Picture.astronaut()
            let harness = try FaceHarness(face.caps, ["lookahead": "200000000", "hold": "100000000"])
            try expectMasked(
                harness, faces: [0, Self.frame], then: [Self.frame + UInt64(seconds * 1e9)])
        }

        @Test(
            "L7: frames that wait stay masked when time runs back, stands still or ends",
            arguments: [[0], [second], [2 * second], [nil], [2 * second + 3 * frame, 0]] as [[UInt64?]])
        func backward(others: [UInt64?]) throws {
            let face = Picture.astronaut()
            let harness = try FaceHarness(face.caps, ["lookahead": "500000000"])
            try expectMasked(
                harness, faces: [2 * Self.second - Self.frame, 2 * Self.second], then: others)
        }

        @Test("L7: frames that wait stay masked when lookahead and hold are made shorter")
        func shorter() throws {
            let face = Picture.astronaut()
            let harness = try FaceHarness(face.caps, ["lookahead": "2000000000", "hold": "1000000000"])
            let hidden = face.withNoiseOverFace()
            for frame in 0..<4 { harness.push(face, frame: frame) }
            for frame in 4..<45 { harness.push(hidden, frame: frame) }
            #expect(harness.pullAll().isEmpty)
            harness.set("lookahead", "0")
            harness.set("hold", "0")
            harness.push(hidden, frame: 45)
            let outputs = harness.pullAll()
            #expect(outputs.count == 46)
            for (index, output) in outputs.prefix(4).enumerated() { #expect(face.isMasked(output), "frame \(index)") }
        }

        @Test("L14: time stamps at the end of their range neither trap nor open a face")
        func extremes() throws {
            let face = Picture.astronaut()
            for lookahead in ["0", "100000000"] {
                let harness = try FaceHarness(face.caps, ["lookahead": lookahead])
                for pts in [UInt64.max - 1, UInt64.max - Self.frame, UInt64(1) << 63, (UInt64(1) << 63) - 1] {
                    for duration in [UInt64.max - 1, UInt64(1) << 63, Self.frame, 0] {
                        harness.push(face.buffer(pts: pts, duration: duration))
                        harness.push(face.buffer(pts: pts &+ 1, duration: duration))
                    }
                }
                harness.push(event: gst_event_new_eos())
                let outputs = harness.pullAll()
                #expect(outputs.count == 32)
                #expect(outputs.allSatisfy(face.isMasked))
            }
        }

        @Test("the end of a segment sends on the frames that wait")
        func segmentDone() throws {
            let face = Picture.astronaut()
            let harness = try FaceHarness(face.caps, ["lookahead": "1000000000"])
            for frame in 0..<3 { harness.push(face, frame: frame) }
            harness.push(event: gst_event_new_segment_done(GST_FORMAT_TIME, 3 * 40_000_000))
            #expect(harness.pullAll().filter(face.isMasked).count == 3)
        }

        @Test(
            "L5: a frame that waits is a copy from the start: what others do with their memory meanwhile is no matter")
        func copiedFirst() throws {
            let face = Picture.astronaut()
            let harness = try FaceHarness(face.caps, ["lookahead": "1000000000", "failure-policy": "cover"])
            let parent = try #require(face.buffer(frame: 0))
            let child = try #require(check_stubborn_buffer(face.bytes, gsize(face.bytes.count), 100))
            check_set_times(child, 0, guint64(Self.frame))
            let freed = Counter()
            freed.watch(parent)
            gst_buffer_add_parent_buffer_meta(child, parent)
            gst_buffer_unref(parent)
            #expect(harness.push(child) == GST_FLOW_OK)
            #expect(freed.value == 1, "nothing keeps it while the frame waits")
            harness.push(event: gst_event_new_eos())
            #expect(try face.isMasked(#require(harness.pullBytes())))
            #expect(harness.statistic("covered") == 0)
        }

        @Test("L5: a frame that cannot be copied falls under the policy")
        func uncopyable() throws {
            let face = Picture.astronaut()
            let harness = try FaceHarness(face.caps, ["lookahead": "1000000000", "failure-policy": "cover"])
            let child = try #require(check_stubborn_buffer(face.bytes, gsize(face.bytes.count), 0))
            check_set_times(child, 0, guint64(Self.frame))
            #expect(harness.push(child) == GST_FLOW_OK)
            harness.push(event: gst_event_new_eos())
            let output = try #require(harness.pullBytes())
            #expect(output.prefix(320 * 320).allSatisfy { $0 == 16 })
            #expect(harness.statistic("covered") == 1)
            #expect(harness.messages(GST_MESSAGE_WARNING).count == 1)
        }

        @Test("L1: after a failure among frames that waited, nothing goes on in the caps that come then")
        func failureWhileDraining() throws {
            let face = Picture.astronaut()
            let harness = try FaceHarness(face.caps, ["lookahead": "1000000000"])
            for frame in 0..<4 { harness.push(face, frame: frame) }
            FaultInjection.set { $0 == .map }
            let smaller = Picture.astronaut("GRAY8", width: 200, height: 200)
            gst_harness_set_src_caps_str(harness.harness, smaller.caps)
            FaultInjection.set(nil)
            #expect(harness.push(smaller, frame: 4) == GST_FLOW_ERROR)
            harness.push(event: gst_event_new_eos())
            #expect(harness.pullAll().isEmpty)
            #expect(harness.messages(GST_MESSAGE_ERROR).count == 1)
        }
    }
}
