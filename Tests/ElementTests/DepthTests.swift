// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Testing
import VideoFrames

extension Elements {
    /// More than 8 bits, and what comes with it.
    @Suite struct Depth {
        /// What a sink shows of the stream's caps.
        private static func outputCaps(_ harness: FaceHarness) throws -> UnsafeMutablePointer<GstCaps> {
            try #require(gst_pad_get_current_caps(harness.harness.pointee.sinkpad))
        }

        private static let hdr = [
            "colorimetry=(string)bt2100-pq,chroma-site=(string)top-left,"
                + "mastering-display-info=(string)35400:14600:8500:39850:6550:2300:15635:16450:10000000:1,"
                + "content-light-level=(string)1000:400",
            "colorimetry=(string)bt2100-hlg,chroma-site=(string)v-cosited",
            "colorimetry=(string)bt2020-10,content-light-level=(string)0:0",
        ]

        @Test(
            "what the caps say of light and colour goes on unchanged, also where it changes",
            arguments: ["P010_10LE", "I420_10LE", "Y444_12LE", "RGBA64_LE", "I420"])
        func light(format: String) throws {
            let picture = Picture.astronaut(format)
            let harness = try FaceHarness(picture.caps)
            for (frame, fields) in Self.hdr.enumerated() {
                let caps = picture.caps + "," + fields
                gst_harness_set_src_caps_str(harness.harness, caps)
                harness.push(picture, frame: frame)
                #expect(try clearMiddle(#require(harness.pullBytes()), picture) < 0.05)
                let output = try Self.outputCaps(harness)
                defer { gst_caps_unref(output) }
                let expected = gst_caps_from_string(caps)
                defer { gst_caps_unref(expected) }
                #expect(gst_caps_is_equal(output, expected) != 0, "\(String(cString: gst_caps_to_string(output)))")
            }
        }

        /// How much of the first plane's middle of the face is as it was.
        private func clearMiddle(_ output: [UInt8], _ picture: Picture) -> Double {
            let pixel = picture.format == "RGBA64_LE" ? 8 : picture.format == "I420" ? 1 : 2
            let rows = 48..<96
            let columns = 122..<157
            let same = rows.flatMap { y in
                columns.filter { x in
                    let offset = (y * picture.width + x) * pixel
                    return output[offset..<offset + pixel] == picture.bytes[offset..<offset + pixel]
                }
            }
            return Double(same.count) / Double(rows.count * columns.count)
        }

        /// A plain format of 8 bits with the same chroma samples.
        private static func like(_ format: PixelFormat) -> PixelFormat {
            let layout = format.layout
            return switch (layout.model, layout.horizontalShift, layout.verticalShift) {
            case (.luminance, _, _): .gray8
            case (.rgb, _, _): .rgb
            case (.yuv, 1, 1): .i420
            case (.yuv, 1, 0): .y42b
            case (.yuv, 2, 0): .y41b
            case (.yuv, 2, 2): .yuv9
            default: .y444
            }
        }

        @Test("the portrait's face is found at nearly the same place as with 8 bits", arguments: PixelFormat.allCases)
        func sameBox(format: PixelFormat) throws {
            func box(_ format: String, _ sampling: String) throws -> ReportLine.Face {
                try withTemporaryFile { path in
                    let picture = Picture.astronaut(format, width: 400, height: 400)
                    let harness = try FaceHarness(picture.caps, ["report-location": path, "sampling": sampling])
                    harness.push(picture, frame: 0)
                    _ = try #require(harness.pullBytes())
                    let faces = try #require(try ReportLine.read(path).first).faces
                    #expect(faces.count == 1)
                    return try #require(faces.first)
                }
            }
            for sampling in ["area", "reference"] {
                let (found, expected) = (
                    try box(format.rawValue, sampling), try box(Self.like(format).rawValue, sampling)
                )
                // videoconvert rounds and filters deep pictures in another way; the networks' boxes move by a few px then.
                func common(_ x: Float, _ width: Float, _ other: Float, _ otherWidth: Float) -> Float {
                    max(0, min(x + width, other + otherWidth) - max(x, other))
                }
                let both =
                    common(found.x, found.width, expected.x, expected.width)
                    * common(found.y, found.height, expected.y, expected.height)
                let either = found.width * found.height + expected.width * expected.height - both
                #expect(both / either > 0.85, "\(sampling): \(found) instead of \(expected)")
                #expect(abs(found.score - expected.score) < 0.01)
            }
        }
    }
}
