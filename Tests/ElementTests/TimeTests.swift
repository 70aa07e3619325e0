// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// Faces through time: hold, look-ahead, and the queue's events, queries and ends.
    @Suite struct Time {
        private static let white = ["mask": "fill", "fill-color": "0xffffffff"]

        @Test("a face stays masked for hold after it was last seen, and no longer")
        func hold() throws {
            let face = Picture.astronaut()
            // The same picture, but the face is hidden from the detector by noise over it; the rest stays, so that there
            // is no scene cut.
            let hidden = face.withNoiseOverFace()
            let harness = try FaceHarness(face.caps, Self.white.merging(["hold": "200000000"]) { $1 })
            harness.push(face, frame: 0)
            #expect(harness.pullBytes() != nil)
            for frame in 1...8 {
                harness.push(hidden, frame: frame)
                let masked = try clearShare(#require(harness.pullBytes()), hidden) < 0.1
                #expect(masked == (frame <= 5), "frame \(frame)")
            }
            #expect(harness.statistic("held") == 5)
        }

        @Test("buffers without time stamps are stills: nothing is held from one to the next")
        func stills() throws {
            let face = Picture.astronaut()
            let hidden = face.withNoiseOverFace()
            let harness = try FaceHarness(face.caps, Self.white)
            harness.push(face, frame: nil)
            #expect(try clearShare(#require(harness.pullBytes()), face) < 0.1)
            harness.push(hidden, frame: nil)
            #expect(try #require(harness.pullBytes()) == hidden.bytes)
        }

        @Test("lookahead masks a face in the frames before its first detection")
        func lookahead() throws {
            let face = Picture.astronaut()
            let hidden = face.withNoiseOverFace()
            let harness = try FaceHarness(face.caps, Self.white.merging(["lookahead": "120000000"]) { $1 })
            var outputs: [Bool] = []
            for frame in 0..<12 {
                harness.push(frame == 8 ? face : hidden, frame: frame)
                while let output = harness.pullBytes() { outputs.append(clearShare(output, hidden) < 0.1) }
            }
            #expect(outputs.count == 9, "frames wait for 120 ms")
            gst_harness_push_event(harness.harness, gst_event_new_eos())
            while let output = harness.pullBytes() { outputs.append(clearShare(output, hidden) < 0.1) }
            #expect(outputs == (0..<12).map { $0 >= 5 })
            #expect(harness.messages(GST_MESSAGE_ELEMENT).filter { $0.hasPrefix("faceanon-summary") }.count == 1)
        }

        @Test("the latency query tells of lookahead")
        func latency() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps, ["lookahead": "300000000"])
            gst_harness_set_upstream_latency(harness.harness, 10_000_000)
            // Frames come every 40 ms: a frame waits for the eighth after it.
            #expect(gst_harness_query_latency(harness.harness) == 330_000_000)
            for frame in 0..<12 { harness.push(picture, frame: frame) }
            let messages = harness.takeMessages().filter { $0.type == GST_MESSAGE_LATENCY }
            #expect(!messages.isEmpty, "the pipeline is told to ask again")
            let latency = gst_harness_query_latency(harness.harness)
            #expect(latency > 330_000_000 && latency <= 1_330_000_000, "with the time that inspection takes")
        }

        @Test("frames in the queue come out before other caps, with their own")
        func caps() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps, ["lookahead": "1000000000"])
            for frame in 0..<4 { harness.push(picture, frame: frame) }
            #expect(harness.pullBytes() == nil)
            let other = Picture.astronaut("NV12", width: 402, height: 402)
            gst_harness_set_src_caps_str(harness.harness, other.caps)
            for _ in 0..<4 { #expect(try clearShare(#require(harness.pullBytes()), picture) < 0.1) }
            harness.push(other, frame: 4)
            gst_harness_push_event(harness.harness, gst_event_new_eos())
            #expect(try clearShare(#require(harness.pullBytes()), other) < 0.1)
        }

        @Test("a flush drops the frames in the queue")
        func flush() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps, ["lookahead": "1000000000"])
            for frame in 0..<4 { harness.push(picture, frame: frame) }
            gst_harness_push_event(harness.harness, gst_event_new_flush_start())
            gst_harness_push_event(harness.harness, gst_event_new_flush_stop(1))
            #expect(harness.pullBytes() == nil)
            var segment = GstSegment()
            gst_segment_init(&segment, GST_FORMAT_TIME)
            gst_harness_push_event(harness.harness, gst_event_new_segment(&segment))
            harness.push(picture, frame: 0)
            gst_harness_push_event(harness.harness, gst_event_new_eos())
            #expect(harness.pullBytes() != nil)
            #expect(harness.pullBytes() == nil)
        }

        @Test("the element can be stopped and started again")
        func states() throws {
            let element = try FaceHarness.makeElement([:])
            defer { gst_object_unref(element) }
            for _ in 0..<5 {
                #expect(gst_element_set_state(element, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
                #expect(gst_element_set_state(element, GST_STATE_NULL) != GST_STATE_CHANGE_FAILURE)
            }
        }
    }

    /// Areas named by others.
    @Suite struct Areas {
        @Test("mask-zones are masked without a face, clear-zones spare a face, and mask-zones win")
        func zones() throws {
            let picture = Picture.astronaut()
            let white = ["mask": "fill", "fill-color": "0xffffffff"]
            let masked = try FaceHarness(picture.caps, white.merging(["mask-zones": "<<10,200,40,30>>"]) { $1 })
            masked.push(picture, frame: 0)
            let zone = try #require(masked.pullBytes())
            #expect((200..<230).allSatisfy { y in (10..<50).allSatisfy { zone[y * 320 + $0] == 235 } })

            let clear = try FaceHarness(picture.caps, white.merging(["clear-zones": "<<0,0,320,320>>"]) { $1 })
            clear.push(picture, frame: 0)
            #expect(try #require(clear.pullBytes()) == picture.bytes)

            let both = try FaceHarness(
                picture.caps,
                white.merging(["clear-zones": "<<0,0,320,320>>", "mask-zones": "<<10,200,40,30>>"]) { $1 })
            both.push(picture, frame: 0)
            let mixed = try #require(both.pullBytes())
            #expect(clearShare(mixed, picture) == 1)
            #expect(mixed[210 * 320 + 20] == 235)
        }

        @Test(
            "regions of interest of the named types are masked",
            arguments: [("face", true), ("*", true), ("car, dog", false)])
        func regions(types: String, isMasked: Bool) throws {
            let picture = Picture.grey()
            let harness = try FaceHarness(
                picture.caps, ["mask-roi": types, "mask": "fill", "fill-color": "0xffffffff"])
            let buffer = try #require(picture.buffer(frame: 0))
            gst_buffer_add_video_region_of_interest_meta(buffer, "face", 100, 100, 50, 50)
            harness.push(buffer)
            let output = try #require(harness.pullBytes())
            #expect((output[120 * 320 + 120] == 235) == isMasked)
        }

        @Test("a preset sets what it lists", arguments: ["reference", "broadcast", "redaction"])
        func presets(name: String) throws {
            let element = try FaceHarness.makeElement(["lookahead": "40000000"])
            defer { gst_object_unref(element) }
            #expect(gst_preset_load_preset(OpaquePointer(element), name) != 0)
            func value(_ property: String) -> String {
                var value = GValue()
                let object = UnsafeMutableRawPointer(element).assumingMemoryBound(to: GObject.self)
                g_object_get_property(object, property, &value)
                defer { g_value_unset(&value) }
                guard let text = gst_value_serialize(&value) else { return "" }
                defer { g_free(text) }
                return String(cString: text)
            }
            let expected: [String: [String: String]] = [
                "reference": ["sampling": "reference", "mask": "mosaic", "hold": "0"],
                "broadcast": ["mask": "blur", "shape": "ellipse", "hold": "500000000"],
                "redaction": ["mask": "fill", "hold": "1000000000", "min-size": "20"],
            ]
            for (property, wanted) in try #require(expected[name]) { #expect(value(property) == wanted, "\(property)") }
            #expect(value("lookahead") == "40000000")
            if name == "redaction" { #expect(value("pnet-threshold") == "0.5" && value("score-threshold") == "0.5") }
        }
    }
}

extension Picture {
    /// The portrait with its face covered by fine stripes, in which no face is found.
    func withNoiseOverFace() -> Picture {
        var bytes = self.bytes
        for y in Int(0.08 * Double(height))..<Int(0.38 * Double(height)) {
            for x in Int(0.32 * Double(width))..<Int(0.56 * Double(width)) {
                bytes[y * width + x] = UInt8(truncatingIfNeeded: 100 + (x * 37 + y * 91) % 60)
            }
        }
        return Picture(format: format, width: width, height: height, bytes: bytes)
    }
}
