// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// The ways in which clear pixels escape from other pipelines, row by row.
    @Suite struct Leaks {
        @Test("L1: a frame that cannot be mapped stops the stream, goes on black, or does not go on")
        func unmappable() throws {
            let picture = Picture.astronaut()
            func tooSmall() -> UnsafeMutablePointer<GstBuffer>? {
                let buffer = Picture(format: "I420", width: 320, height: 320, bytes: Array(picture.bytes.prefix(5000)))
                    .buffer(frame: 0)
                return buffer
            }
            let stopping = try FaceHarness(picture.caps)
            #expect(stopping.push(tooSmall()) == GST_FLOW_ERROR)
            #expect(stopping.pullBytes() == nil)
            #expect(stopping.messages(GST_MESSAGE_ERROR).count == 1)

            let covering = try FaceHarness(picture.caps, ["failure-policy": "cover"])
            #expect(covering.push(tooSmall()) == GST_FLOW_OK)
            let black = try #require(covering.pullBytes())
            #expect(black.count == picture.bytes.count)
            #expect(
                black.prefix(320 * 320).allSatisfy { $0 == 16 } && black.dropFirst(320 * 320).allSatisfy { $0 == 128 })

            let dropping = try FaceHarness(picture.caps, ["failure-policy": "drop"])
            #expect(dropping.push(tooSmall()) == GST_FLOW_OK)
            #expect(dropping.pullBytes() == nil)
            #expect(dropping.statistic("dropped") == 1)
        }

        @Test("L2: without its models, or with damaged ones, the element does not start and says which file")
        func models() throws {
            let directory = NSTemporaryDirectory() + "faceanon-models-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }

            func startError() throws -> (text: String, isMissing: Bool, isRead: Bool) {
                let element = try FaceHarness.makeElement(["model-dir": directory])
                let bus = gst_bus_new()
                gst_element_set_bus(element, bus)
                defer {
                    gst_element_set_state(element, GST_STATE_NULL)
                    gst_element_set_bus(element, nil)
                    gst_object_unref(bus)
                    gst_object_unref(element)
                }
                #expect(gst_element_set_state(element, GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE)
                let message = try #require(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR))
                defer { gst_message_unref(message) }
                var error: UnsafeMutablePointer<GError>?
                gst_message_parse_error(message, &error, nil)
                let found = try #require(error)
                defer { g_error_free(found) }
                return (
                    String(cString: found.pointee.message),
                    check_is_resource_error(found, gint(GST_RESOURCE_ERROR_NOT_FOUND.rawValue)) != 0,
                    check_is_resource_error(found, gint(GST_RESOURCE_ERROR_READ.rawValue)) != 0
                )
            }
            let missing = try startError()
            #expect(
                missing.isMissing && missing.text.contains(directory + "/pnet.onnx")
                    && missing.text.contains("make models"))

            let models = try #require(ProcessInfo.processInfo.environment["FACEANON_MODEL_DIR"])
            for name in ["pnet.onnx", "rnet.onnx", "onet.onnx"] {
                try FileManager.default.copyItem(atPath: models + "/" + name, toPath: directory + "/" + name)
            }
            let whole = try #require(FileManager.default.contents(atPath: directory + "/rnet.onnx"))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: directory + "/rnet.onnx"))
            let truncated = try startError()
            #expect(truncated.isRead && truncated.text.contains("rnet.onnx"))
        }

        @Test("L3: passthrough set from outside passes nothing through")
        func passthrough() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps)
            let base = UnsafeMutableRawPointer(harness.element).assumingMemoryBound(to: GstBaseTransform.self)
            #expect(gst_base_transform_is_passthrough(base) == 0)
            harness.push(picture, frame: 0)
            _ = harness.pullBytes()
            gst_base_transform_set_passthrough(base, 1)
            harness.push(picture, frame: 1)
            #expect(try clearShare(#require(harness.pullBytes()), picture) < 0.1)
        }

        @Test("L4: the mask is in the pixels, and nothing but pixels changes", arguments: ["mosaic", "blur", "fill"])
        func pixels(mask: String) throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps, ["mask": mask])
            harness.push(picture, frame: 0)
            let buffer = try #require(harness.tryPull())
            defer { gst_buffer_unref(buffer) }
            #expect(clearShare(Picture.bytes(of: buffer), picture) < 0.1)
            #expect(check_video_metas(buffer) == 0 && check_video_regions(buffer) == 0)
        }

        @Test("L6: pictures in tags do not pass")
        func tags() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps)
            let list = gst_tag_list_new_empty()
            let sample = gst_sample_new(picture.buffer(frame: nil), nil, nil, nil)
            defer { gst_sample_unref(sample) }
            for tag in ["image", "preview-image"] {
                var value = GValue()
                g_value_init(&value, gst_sample_get_type())
                g_value_set_boxed(&value, sample.map { UnsafeRawPointer($0) })
                gst_tag_list_add_value(list, GST_TAG_MERGE_APPEND, tag, &value)
                g_value_unset(&value)
            }
            var title = GValue()
            g_value_init(&title, GType(16 << 2))  // G_TYPE_STRING
            g_value_set_string(&title, "a title")
            gst_tag_list_add_value(list, GST_TAG_MERGE_APPEND, "title", &title)
            g_value_unset(&title)
            gst_harness_push_event(harness.harness, gst_event_new_tag(list))
            var tags = 0
            while let event = gst_harness_try_pull_event(harness.harness) {
                defer { gst_event_unref(event) }
                guard check_event_has_type(event, GST_EVENT_TAG) != 0 else { continue }
                tags += 1
                var passed: UnsafeMutablePointer<GstTagList>?
                gst_event_parse_tag(event, &passed)
                #expect(gst_tag_list_get_tag_size(passed, "image") == 0)
                #expect(gst_tag_list_get_tag_size(passed, "preview-image") == 0)
                #expect(gst_tag_list_get_tag_size(passed, "title") == 1)
            }
            #expect(tags == 1)
        }

        @Test("L7: the first frame is masked, and so are the first ones after a flush and after other caps")
        func firstFrames() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps)
            harness.push(picture, frame: 0)
            #expect(try clearShare(#require(harness.pullBytes()), picture) < 0.1)
            gst_harness_push_event(harness.harness, gst_event_new_flush_start())
            gst_harness_push_event(harness.harness, gst_event_new_flush_stop(1))
            var segment = GstSegment()
            gst_segment_init(&segment, GST_FORMAT_TIME)
            gst_harness_push_event(harness.harness, gst_event_new_segment(&segment))
            harness.push(picture, frame: 0)
            #expect(try clearShare(#require(harness.pullBytes()), picture) < 0.1)
            let other = Picture.astronaut("BGRx", width: 401, height: 401)
            gst_harness_set_src_caps_str(harness.harness, other.caps)
            harness.push(other, frame: 1)
            #expect(try clearShare(#require(harness.pullBytes()), other) < 0.1)
        }

        @Test("L8: a late frame is dropped with a QoS message, never passed")
        func late() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps)
            harness.push(picture, frame: 0)
            #expect(harness.pullBytes() != nil)
            gst_harness_push_upstream_event(
                harness.harness, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, 2_000_000_000, 40_000_000))
            harness.push(picture, frame: 1)
            #expect(harness.pullBytes() == nil)
            #expect(harness.messages(GST_MESSAGE_QOS).count == 1)
            #expect(harness.statistic("dropped") == 1)
            harness.push(picture, frame: 200)
            #expect(try clearShare(#require(harness.pullBytes()), picture) < 0.1)
        }

        @Test("L9: no fringe of clear chroma at odd sizes", arguments: ["I420", "NV12", "YUY2", "Y42B"])
        func chroma(format: String) throws {
            // A mask of one colour over all: whatever chroma is left would be of the picture.
            let picture = Picture.astronaut(format, width: 321, height: 323)
            let harness = try FaceHarness(
                picture.caps, ["mask": "fill", "mask-zones": "<<0,0,321,323>>", "fill-color": "0xff000000"])
            harness.push(picture, frame: 0)
            let output = try #require(harness.pullBytes())
            let reference = try FaceHarness(picture.caps, ["failure-policy": "cover"])
            reference.push(Picture(format: format, width: 321, height: 323, bytes: [1]), frame: 0)
            let black = try #require(reference.pullBytes())
            let differing = zip(output, black).enumerated().filter { $0.element.0 != $0.element.1 }.count
            // Padding at the rows' ends is not picture.
            #expect(differing <= 323 * 8 * 3, "\(differing) bytes are not black")
        }

        @Test(
            "L10: fields in buffers of their own, and several views, are refused",
            arguments: [
                "interlace-mode=alternate,field-order=top-field-first", "interlace-mode=fields",
                "multiview-mode=separated,views=2",
            ])
        func fields(caps: String) throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps)
            harness.push(picture, frame: 0)
            _ = harness.pullBytes()
            let refused = "video/x-raw,format=I420,width=320,height=320,framerate=25/1," + caps
            gst_harness_push_event(harness.harness, gst_event_new_caps(gst_caps_from_string(refused)))
            #expect(harness.push(picture, frame: 1) != GST_FLOW_OK)
            #expect(harness.pullBytes() == nil)
        }

        @Test("L10: the alpha plane is masked with the colours")
        func alpha() throws {
            var picture = Picture.astronaut("BGRA")
            // The alpha plane shows the picture itself.
            picture = Picture(
                format: "BGRA", width: 320, height: 320,
                bytes: picture.bytes.enumerated().map { $0.offset % 4 == 3 ? picture.bytes[$0.offset - 1] : $0.element }
            )
            let harness = try FaceHarness(picture.caps)
            harness.push(picture, frame: 0)
            let output = try #require(harness.pullBytes())
            let inFace = (55..<90).flatMap { y in (125..<155).map { x in (y * 320 + x) * 4 + 3 } }
            #expect(inFace.filter { output[$0] == picture.bytes[$0] }.count < inFace.count / 10)
        }
    }
}
