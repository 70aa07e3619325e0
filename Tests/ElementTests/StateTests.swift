// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// The element's life: started, stopped, flushed, given other caps, and gone without a trace.
    @Suite struct States {
        private let picture = Picture.astronaut()

        /// Watches an element until nothing is left of it, nor of the Swift object behind it.
        private final class Watch {
            private let finalized = Counter()
            private weak var state: AnyObject?

            func watch(_ element: UnsafeMutablePointer<GstElement>) throws {
                let instance = UnsafeMutableRawPointer(element).assumingMemoryBound(to: GstFaceAnon.self)
                let pointer = try #require(instance.pointee.implementation)
                state = Unmanaged<AnyObject>.fromOpaque(pointer).takeUnretainedValue()
                finalized.watch(element)
            }

            var isAlive: Bool { state != nil || finalized.value == 0 }
        }

        @Test(
            "nothing of an element is left",
            arguments: ["never started", "after frames", "with frames that wait", "after an error", "not started"])
        func lifetime(kind: String) throws {
            let watch = Watch()
            let freed = Counter()
            let properties = kind == "with frames that wait" ? ["lookahead": "1000000000"] : [:]
            switch kind {
            case "never started":
                let element = try FaceHarness.makeElement([:])
                try watch.watch(element)
                gst_object_unref(element)
            case "not started":
                let element = try LoneElement(["scale-factor": "1"])
                try watch.watch(element.element)
                #expect(watch.isAlive)
                #expect(element.startError() != nil)
            default:
                let harness = try FaceHarness(picture.caps, properties)
                try watch.watch(harness.element)
                #expect(watch.isAlive)
                for frame in 0..<3 {
                    let buffer = try #require(picture.buffer(frame: frame))
                    freed.watch(buffer)
                    harness.push(buffer)
                    // An event among the frames.
                    let event = try #require(gst_event_new_tag(gst_tag_list_new_from_string("taglist,title=t")))
                    freed.watch(event)
                    harness.push(event: event)
                }
                if kind == "after an error" {
                    FaultInjection.set { $0 == .inference }
                    defer { FaultInjection.set(nil) }
                    let buffer = try #require(picture.buffer(frame: 3))
                    freed.watch(buffer)
                    #expect(harness.push(buffer) == GST_FLOW_ERROR)
                }
            }
            #expect(!watch.isAlive)
            // Three frames and three events, and the frame of the error.
            let expected = kind == "after an error" ? 7 : kind.hasSuffix("started") ? 0 : 6
            #expect(freed.value == expected)
        }

        @Test("started and stopped again and again, it masks each time", arguments: ["0", "80000000"])
        func cycles(lookahead: String) throws {
            let harness = try FaceHarness(picture.caps, ["lookahead": lookahead])
            let element = harness.element
            for cycle in 0..<4 {
                for frame in 0..<5 { #expect(harness.push(picture, frame: frame) == GST_FLOW_OK) }
                // Some of the frames still wait when it is stopped.
                let outputs = harness.pullAll()
                #expect(outputs.count == (lookahead == "0" ? 5 : 3))
                #expect(outputs.allSatisfy(picture.isMasked))
                #expect(harness.statistic("frames") == UInt64(outputs.count), "counted from the start: cycle \(cycle)")
                for state in [GST_STATE_NULL, GST_STATE_PLAYING] {
                    #expect(gst_element_set_state(element, state) != GST_STATE_CHANGE_FAILURE)
                }
                // Sticky events go with the pads' activation.
                harness.push(event: gst_event_new_stream_start("again"))
                gst_harness_set_src_caps_str(harness.harness, picture.caps)
                harness.segment()
            }
            #expect(harness.messages(GST_MESSAGE_ERROR).isEmpty)
        }

        @Test("paused and played on, the faces go on too")
        func pause() throws {
            let harness = try FaceHarness(picture.caps)
            harness.push(picture, frame: 0)
            gst_element_set_state(harness.element, GST_STATE_PAUSED)
            gst_element_set_state(harness.element, GST_STATE_PLAYING)
            harness.push(picture.withNoiseOverFace(), frame: 1)
            let outputs = harness.pullAll()
            #expect(outputs.count == 2)
            #expect(try clearShare(#require(outputs.last), picture.withNoiseOverFace()) < 0.1, "held")
        }

        @Test("without caps no frame passes")
        func notNegotiated() throws {
            let harness = try FaceHarness(nil)
            let pad = harness.harness.pointee.srcpad
            gst_pad_push_event(pad, gst_event_new_stream_start("no caps"))
            harness.segment()
            #expect(gst_pad_push(pad, picture.buffer(frame: 0)) == GST_FLOW_NOT_NEGOTIATED)
            #expect(harness.pullAll().isEmpty)
        }

        /// What comes one after another: size and format, either way.
        private static let sequence: [(String, Int, Int)] = [
            ("I420", 320, 320), ("I420", 321, 333), ("NV12", 321, 333), ("BGRx", 321, 333), ("GRAY8", 400, 400),
            ("RGB", 300, 311), ("I420", 320, 320), ("YUY2", 640, 640),
        ]

        @Test("L7: caps may change between any two frames", arguments: ["0", "120000000"])
        func capsChange(lookahead: String) throws {
            let pictures = Self.sequence.map { Picture.astronaut($0.0, width: $0.1, height: $0.2) }
            let harness = try FaceHarness(
                pictures[0].caps, FaceHarness.white.merging(["lookahead": lookahead]) { $1 })
            var expected: [[UInt8]] = []
            for (index, picture) in pictures.enumerated() {
                gst_harness_set_src_caps_str(harness.harness, picture.caps)
                for frame in 0..<2 {
                    #expect(harness.push(picture, frame: 2 * index + frame) == GST_FLOW_OK)
                    let alone = try FaceHarness(picture.caps, FaceHarness.white)
                    alone.push(picture, frame: 0)
                    expected.append(try #require(alone.pullBytes()))
                }
            }
            harness.push(event: gst_event_new_eos())
            let outputs = harness.pullAll()
            #expect(outputs.map(\.count) == expected.map(\.count))
            // Each frame is masked where it is in a stream of its own. A face that was seen before the change is carried
            // over, so that more may be.
            for (index, (output, alone)) in zip(outputs, expected).enumerated() {
                let clear = pictures[index / 2].bytes
                let open = alone.indices.filter { alone[$0] != clear[$0] && output[$0] == clear[$0] }
                #expect(open.isEmpty, "frame \(index)")
            }
        }

        @Test("L10: refused caps in the middle let no frame through, and none in clear after them")
        func refusedInBetween() throws {
            let harness = try FaceHarness(picture.caps)
            harness.push(picture, frame: 0)
            #expect(harness.pullAll().count == 1)
            let refused = picture.caps.replacing("interlace-mode=progressive", with: "interlace-mode=fields")
            harness.push(event: gst_event_new_caps(gst_caps_from_string(refused)))
            #expect(harness.push(picture, frame: 1) == GST_FLOW_NOT_NEGOTIATED)
            #expect(harness.pullAll().isEmpty)
            gst_harness_set_src_caps_str(harness.harness, picture.caps)
            harness.push(picture, frame: 2)
            #expect(harness.pullAll().allSatisfy(picture.isMasked))
        }

        @Test(
            "L10: what the pads' caps do not list is not accepted",
            arguments: [
                "video/x-raw,format=I420_10BE", "video/x-raw,format=v210", "video/x-raw,format=NV12_64Z32",
                "video/x-raw,format=Y410", "video/x-raw,format=RGB8P", "video/x-raw,format=DMA_DRM",
                "video/x-raw(memory:DMABuf),format=NV12", "video/x-raw(memory:GLMemory),format=RGBA",
                "video/x-raw(format:Interlaced),format=I420,interlace-mode=alternate", "image/jpeg", "video/x-h264",
            ])
        func template(caps: String) throws {
            let harness = try FaceHarness(picture.caps)
            let sized = gst_caps_from_string(caps + ",width=320,height=320,framerate=25/1")
            defer { gst_caps_unref(sized) }
            #expect(gst_pad_peer_query_accept_caps(harness.harness.pointee.srcpad, sized) == 0)
            harness.push(event: gst_event_new_caps(gst_caps_ref(sized)))
            #expect(harness.push(picture, frame: 0) != GST_FLOW_OK)
            #expect(harness.pullAll().isEmpty)
        }

        @Test("L10: both fields of an interlaced frame are masked", arguments: ["interleaved", "mixed"])
        func interlaced(mode: String) throws {
            let caps = picture.caps.replacing("progressive", with: mode)
            let harness = try FaceHarness(caps)
            harness.push(picture, frame: 0)
            #expect(try picture.isMasked(#require(harness.pullBytes())))
        }

        @Test(
            "stills: without time stamps each frame stands for itself, whatever the rate", arguments: ["25/1", "0/1"])
        func stills(rate: String) throws {
            let hidden = picture.withNoiseOverFace()
            let caps = picture.caps.replacing("25/1", with: rate)
            try withTemporaryFile { path in
                let harness = try FaceHarness(
                    caps, ["lookahead": "1000000000", "report-location": path])
                for (index, still) in [picture, hidden, picture].enumerated() {
                    #expect(harness.push(still, frame: nil) == GST_FLOW_OK)
                    // Nothing waits.
                    let output = try #require(harness.pullBytes())
                    #expect(index == 1 ? output == hidden.bytes : picture.isMasked(output))
                }
                let lines = try ReportLine.read(path)
                #expect(lines.map(\.pts) == [nil, nil, nil])
                #expect(lines.map(\.faces.count) == [1, 0, 1])
            }
        }

        @Test("time stamps, durations, flags and offsets go on as they came")
        func metadata() throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(pts: 123_456_789, duration: 7))
            buffer.pointee.offset = 11
            buffer.pointee.offset_end = 12
            buffer.pointee.dts = 5
            // Held by somebody else, so that a copy goes on.
            gst_buffer_ref(buffer)
            defer { gst_buffer_unref(buffer) }
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(output != buffer)
            #expect(check_pts(output) == 123_456_789 && check_duration(output) == 7)
            #expect(output.pointee.offset == 11 && output.pointee.offset_end == 12 && output.pointee.dts == 5)
        }

        @Test("events go on in their place among the frames, and only once")
        func events() throws {
            let harness = try FaceHarness(picture.caps, ["lookahead": "80000000"])
            while let event = gst_harness_try_pull_event(harness.harness) { gst_event_unref(event) }
            func custom(_ type: GstEventType) -> UnsafeMutablePointer<GstEvent>? {
                gst_event_new_custom(type, gst_structure_new_empty("GstForceKeyUnit"))
            }
            harness.push(picture, frame: 0)
            harness.push(event: gst_event_new_gap(40_000_000, 1))
            harness.push(event: custom(GST_EVENT_CUSTOM_DOWNSTREAM))
            harness.push(event: custom(GST_EVENT_CUSTOM_DOWNSTREAM_OOB))
            func types() -> [GstEventType] {
                var types: [GstEventType] = []
                while let event = gst_harness_try_pull_event(harness.harness) {
                    types.append(event.pointee.type)
                    gst_event_unref(event)
                }
                return types
            }
            // Only what is not bound to the frames' order is through before the frame is.
            #expect(types() == [GST_EVENT_CUSTOM_DOWNSTREAM_OOB] && harness.pullAll().isEmpty)
            harness.push(event: gst_event_new_eos())
            #expect(harness.pullAll().count == 1)
            #expect(types() == [GST_EVENT_GAP, GST_EVENT_CUSTOM_DOWNSTREAM, GST_EVENT_EOS])
        }
    }
}
