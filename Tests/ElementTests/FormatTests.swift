// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// Every format at even and odd sizes: the face is masked and every other byte is as it was.
    @Suite struct Formats {
        static let formats = [
            "I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "YUY2", "UYVY", "RGB", "BGR", "RGBx", "BGRx", "xRGB",
            "xBGR",
            "RGBA", "BGRA", "ARGB", "ABGR", "GRAY8",
        ]

        @Test("only the face changes", arguments: formats, [(320, 320), (321, 319), (333, 330)])
        func onlyTheFace(format: String, size: (Int, Int)) throws {
            let picture = Picture.astronaut(format, width: size.0, height: size.1)
            let report = NSTemporaryDirectory() + "faceanon-formats.jsonl"
            defer { try? FileManager.default.removeItem(atPath: report) }
            let harness = try FaceHarness(picture.caps, ["report-location": report])
            #expect(harness.push(picture, frame: 0) == GST_FLOW_OK)
            let output = try #require(harness.pullBytes())
            #expect(output.count == picture.bytes.count)
            let line = try #require(try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n").first)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let faces = try #require(object["faces"] as? [[String: Any]])
            #expect(faces.count == 1)
            let box = try #require(faces.first)
            func side(_ name: String) throws -> Double { try #require(box[name] as? Double) }
            let (width, height) = (try side("width"), try side("height"))
            // Box plus margin, and a chroma sample more.
            let left = try side("x") - 0.2 * width - 3
            let right = try side("x") + 1.2 * width + 3
            let top = try side("y") - 0.2 * height - 3
            let bottom = try side("y") + 1.2 * height + 3

            // Where each byte lies, by GStreamer's own layout.
            let info = try #require(gst_video_info_new_from_caps(gst_caps_from_string(picture.caps)))
            defer { gst_video_info_free(info) }
            var changed = 0
            var changedOutside = 0
            let planes = Layout.planes(info.pointee)
            for plane in planes {
                for y in 0..<plane.rows {
                    for x in 0..<plane.stride {
                        let offset = plane.offset + y * plane.stride + x
                        guard offset < output.count, output[offset] != picture.bytes[offset] else { continue }
                        changed += 1
                        let px = Double(x) * plane.pixelsPerByte
                        let py = Double(y) * plane.linesPerRow
                        if px < left - 2 || px > right || py < top - 2 || py > bottom { changedOutside += 1 }
                    }
                }
            }
            #expect(changedOutside == 0)
            #expect(changed > Int(width * height / 2))
        }

        @Test("strides and offsets other than the default are honoured, and padding is left alone")
        func strides() throws {
            let picture = Picture.astronaut("GRAY8", width: 320, height: 320)
            let stride = 384
            let start = 64
            var padded = [UInt8](repeating: 77, count: start + stride * 320)
            for y in 0..<320 {
                padded.replaceSubrange(
                    (start + y * stride)..<(start + y * stride + 320), with: picture.bytes[(y * 320)..<(y * 320 + 320)])
            }
            let buffer = try #require(
                Picture(format: "GRAY8", width: stride, height: 320, bytes: padded).buffer(frame: 0))
            var offsets: [gsize] = [gsize(start), 0, 0, 0]
            var strides: [gint] = [gint(stride), 0, 0, 0]
            gst_buffer_add_video_meta_full(
                buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 320, 320, 1, &offsets, &strides)
            let harness = try FaceHarness(picture.caps)
            #expect(harness.push(buffer) == GST_FLOW_OK)
            let output = try #require(harness.pullBytes())
            #expect(output.prefix(start).allSatisfy { $0 == 77 })
            var changed = 0
            for y in 0..<320 {
                let row = output[(start + y * stride)..<min(output.count, start + (y + 1) * stride)]
                #expect(row.dropFirst(320).allSatisfy { $0 == 77 })
                for x in 0..<320 where output[start + y * stride + x] != picture.bytes[y * 320 + x] { changed += 1 }
            }
            #expect(changed > 2000)
        }

        @Test(
            "frames in which no face fits go through", arguments: [(1, 1), (11, 11), (8192, 16), (16, 8192), (12, 12)])
        func tiny(size: (Int, Int)) throws {
            let caps = "video/x-raw,format=I420,width=\(size.0),height=\(size.1),framerate=25/1"
            let info = try #require(gst_video_info_new_from_caps(gst_caps_from_string(caps)))
            defer { gst_video_info_free(info) }
            let bytes = [UInt8](repeating: 90, count: Int(info.pointee.size))
            let harness = try FaceHarness(caps, ["min-size": "12"])
            let picture = Picture(format: "I420", width: size.0, height: size.1, bytes: bytes)
            #expect(harness.push(picture.buffer(frame: 0)) == GST_FLOW_OK)
            #expect(try #require(harness.pullBytes()) == bytes)
        }
    }
}

/// Where planes lie in packed memory.
enum Layout {
    struct Plane {
        let offset: Int
        let stride: Int
        let rows: Int
        let pixelsPerByte: Double
        let linesPerRow: Double
    }

    static func planes(_ info: GstVideoInfo) -> [Plane] {
        let offsets = [info.offset.0, info.offset.1, info.offset.2].map { Int($0) }
        let strides = [info.stride.0, info.stride.1, info.stride.2].map { Int($0) }
        let count = [offsets[1], offsets[2]].filter { $0 > 0 }.count + 1
        let ends = offsets.prefix(count).sorted().dropFirst() + [Int(info.size)]
        return (0..<count).map { plane in
            let end = ends.first { $0 > offsets[plane] } ?? Int(info.size)
            let rows = (end - offsets[plane]) / strides[plane]
            // By the proportion of a row's bytes to the frame's width, but for padding.
            let name = String(cString: gst_video_format_to_string(info.finfo.pointee.format))
            let bytesPerPixel: Double =
                switch name {
                case "I420", "YV12", "Y42B": plane == 0 ? 1 : 0.5
                case "NV12", "NV21", "Y444", "GRAY8": 1
                case "YUY2", "UYVY": 2
                case "RGB", "BGR": 3
                default: 4
                }
            let isSubsampled = plane > 0 && ["I420", "YV12", "NV12", "NV21"].contains(name)
            return Plane(
                offset: offsets[plane], stride: strides[plane], rows: rows, pixelsPerByte: 1 / bytesPerPixel,
                linesPerRow: isSubsampled ? 2 : 1)
        }
    }
}
