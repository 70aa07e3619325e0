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

        @Test("L3: there is no passthrough: the element is no GstBaseTransform, and no property switches masking off")
        func passthrough() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps)
            #expect(check_is_base_transform(harness.element) == 0)
            let names = check_property_names(harness.element)
            defer { g_strfreev(names) }
            var index = 0
            while let name = names?[index] {
                #expect(!["passthrough", "enabled", "active", "bypass"].contains(String(cString: name)))
                index += 1
            }
            #expect(index > 20)
            harness.push(picture, frame: 0)
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

        @Test(
            "L9: no fringe of clear chroma, at odd sizes and odd places",
            arguments: ["I420", "YV12", "NV12", "NV21", "YUY2", "UYVY", "Y42B", "Y41B", "YUV9", "NV16", "AV12"])
        func chroma(format: String) throws {
            let picture = Picture.grey(format, width: 321, height: 323)
            // Odd on all sides, and up to the frame's odd end.
            let zones = [(x: 101..<152, y: 103..<160), (x: 301..<321, y: 301..<323)]
            let text = zones.map { "<\($0.x.lowerBound),\($0.y.lowerBound),\($0.x.count),\($0.y.count)>" }
            let harness = try FaceHarness(
                picture.caps,
                ["mask": "fill", "fill-color": "0xffff0000", "mask-zones": "<\(text.joined(separator: ","))>"])
            harness.push(picture, frame: 0)
            let buffer = try #require(harness.tryPull())
            defer { gst_buffer_unref(buffer) }
            let caps = gst_caps_from_string(picture.caps)
            defer { gst_caps_unref(caps) }
            let info = try #require(gst_video_info_new_from_caps(caps))
            defer { gst_video_info_free(info) }
            var frame = GstVideoFrame()
            try #require(gst_video_frame_map(&frame, info, buffer, GST_MAP_READ) != 0)
            defer { gst_video_frame_unmap(&frame) }
            for index in 0..<check_component_count(&frame) {
                let component = check_component(&frame, index)
                let data = try #require(component.data)
                func value(_ x: Int, _ y: Int) -> UInt8 {
                    let row = (y >> Int(component.vertical_shift)) * Int(component.stride)
                    return data[row + (x >> Int(component.horizontal_shift)) * Int(component.step)]
                }
                let red = value(120, 120)
                #expect(red != 128)
                for zone in zones {
                    let open = zone.y.flatMap { y in zone.x.filter { value($0, y) != red } }
                    #expect(open.isEmpty, "component \(index): \(open.count) samples of \(zone)")
                }
            }
        }

        @Test(
            "L10: fields in buffers of their own, and several views, are refused",
            arguments: [
                "interlace-mode=alternate,field-order=top-field-first", "interlace-mode=fields",
                "multiview-mode=separated,views=2", "multiview-mode=row-interleaved",
                "multiview-mode=column-interleaved",
                "multiview-mode=checkerboard", "multiview-mode=multiview-frame-by-frame,views=3",
                "multiview-mode=side-by-side,multiview-flags=4000:ffffffff",
                "multiview-mode=top-bottom,multiview-flags=8:ffffffff",
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

        @Test("L10: whole views side by side are masked", arguments: ["side-by-side", "top-bottom", "left", "mono"])
        func views(mode: String) throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps + ",multiview-mode=" + mode)
            harness.push(picture, frame: 0)
            #expect(try picture.isMasked(#require(harness.pullBytes())))
        }

        @Test("L10: what lies outside of a crop is masked as well")
        func crop() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            check_crop(buffer, 0, 200, 320, 120)
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(picture.isMasked(Picture.bytes(of: output)))
            #expect(check_crop_metas(output) == 1)
        }

        @Test(
            "L10: in an interlaced frame the chroma of both fields is masked wherever luma is",
            arguments: ["I420", "I420_10LE"], 0..<8)
        func wovenChroma(format: String, top: Int) throws {
            let picture = Picture.grey(format)
            let caps = picture.caps.replacing("progressive", with: "interleaved")
            let harness = try FaceHarness(
                caps, ["mask": "fill", "fill-color": "0xffff0000", "mask-zones": "<<40,\(top),32,5>>"])
            harness.push(picture, frame: 0)
            let output = try #require(harness.pullBytes())
            let bytes = format == "I420" ? 1 : 2
            func isMasked(_ sample: Int) -> Bool { output[bytes * sample] != 128 }
            #expect(isMasked(top * 320 + 50) && isMasked((top + 4) * 320 + 50))
            for y in 0..<24 {
                // Rows 0 and 2 of four share the first chroma row, rows 1 and 3 the second.
                let chroma = y / 4 * 2 + y % 2
                #expect(isMasked(y * 320 + 50) == isMasked(320 * 320 + chroma * 160 + 25), "row \(y)")
            }
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
