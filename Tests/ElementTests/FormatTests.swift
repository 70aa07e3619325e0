// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// Every format at even and odd sizes and however it lies in memory: the face is masked, and every other byte of the
    /// buffer is as it was.
    @Suite struct Formats {
        static let formats = [
            "I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "YUY2", "UYVY", "RGB", "BGR", "RGBx", "BGRx", "xRGB",
            "xBGR", "RGBA", "BGRA", "ARGB", "ABGR", "GRAY8", "NV16", "NV61", "NV24", "AV12", "A420", "Y41B", "YUV9",
            "YVU9", "YVYU", "VYUY", "AYUV", "VUYA", "GBR", "GBRA", "I420_10LE", "I420_12LE", "I422_10LE", "I422_12LE",
            "Y444_10LE", "Y444_12LE", "Y444_16LE", "A420_10LE", "A422_10LE", "A444_10LE", "P010_10LE", "P012_LE",
            "P016_LE", "Y210", "Y212_LE", "Y412_LE", "AYUV64", "GBR_10LE", "GBR_12LE", "GBRA_10LE", "GBRA_12LE",
            "ARGB64", "ARGB64_LE", "RGBA64_LE", "BGRA64_LE", "ABGR64_LE", "GRAY16_LE", "GRAY16_BE",
        ]
        /// A few of each kind of layout and depth.
        private static let kinds = [
            "GRAY8", "BGR", "RGBA", "YUY2", "AYUV", "GRAY16_LE", "GRAY16_BE", "RGBA64_LE", "Y210", "Y412_LE",
        ]

        @Test("the table of formats says what GStreamer says")
        func table() throws {
            try #require(Plugin.isReady)
            #expect(PixelFormat.allCases.map(\.rawValue) == Self.formats)
            for format in PixelFormat.allCases {
                let memory = FrameMemory(
                    Picture(
                        format: format.rawValue, width: 16, height: 8, bytes: [UInt8](repeating: 0, count: 16 * 8 * 8)))
                let layout = format.layout
                try memory.withFrame { frame in
                    #expect(layout.planeCount == Int(frame.pointee.info.finfo.pointee.n_planes))
                    let components = memory.components(frame)
                    // xRGB and the like have a byte that is none of GStreamer's components.
                    #expect(layout.components.count == components.count + (format.rawValue.contains("x") ? 1 : 0))
                    for (ours, theirs) in zip(layout.components, components) {
                        #expect(ours.plane == Int(theirs.plane) && ours.offset == Int(theirs.offset), "\(format)")
                        #expect(ours.step == Int(theirs.step), "\(format)")
                        #expect(ours.horizontalShift == Int(theirs.horizontal_shift), "\(format)")
                        #expect(ours.verticalShift == Int(theirs.vertical_shift), "\(format)")
                        #expect(layout.sample.depth == Int(theirs.depth), "\(format)")
                        #expect(layout.sample.shift == Int(theirs.shift), "\(format)")
                    }
                }
            }
        }

        @Test("samples lie where GStreamer's converters put them", arguments: PixelFormat.allCases)
        func places(format: PixelFormat) throws {
            try #require(Plugin.isReady)
            let (width, height) = (16, 8)
            let launch =
                "videotestsrc num-buffers=1 pattern=solid-color foreground-color=\(Self.green) ! videoconvert ! capsfilter "
                + "caps=video/x-raw,format=\(format.rawValue),width=\(width),height=\(height)"
            let harness = try #require(gst_harness_new_parse(launch))
            defer { gst_harness_teardown(harness) }
            gst_harness_play(harness)
            let buffer = try #require(gst_harness_pull(harness))
            defer { gst_buffer_unref(buffer) }
            let memory = FrameMemory(
                Picture(format: format.rawValue, width: width, height: height, bytes: Picture.bytes(of: buffer)))
            let layout = format.layout
            try memory.withFrame { frame in
                let info = frame.pointee.info
                let offsets = [info.offset.0, info.offset.1, info.offset.2, info.offset.3].map { Int($0) }
                let strides = [info.stride.0, info.stride.1, info.stride.2, info.stride.3].map { Int($0) }
                for (component, value) in zip(layout.components, try Self.samples(of: memory)) {
                    var wrong = 0
                    for y in 0..<height >> component.verticalShift {
                        for x in 0..<width >> component.horizontalShift {
                            let row = offsets[component.plane] + y * strides[component.plane]
                            let first = row + component.offset + x * component.step
                            var word = Int(memory.bytes[first])
                            switch layout.sample.word {
                            case .byte: break
                            case .littleEndian: word |= Int(memory.bytes[first + 1]) << 8
                            case .bigEndian: word = word << 8 | Int(memory.bytes[first + 1])
                            }
                            // videotestsrc has 8 bits, and rounds in its own way. Padding bits are 0.
                            let far = abs((word >> layout.sample.shift) - Int(value))
                            if far > 3 << (layout.sample.depth - 8) { wrong += 1 }
                        }
                    }
                    #expect(wrong == 0, "\(component), \(value)")
                }
            }
        }

        /// A green that is another value in each component, with an alpha of its own.
        private static let green = "0x8010e030"

        /// The green's samples in the order of GStreamer's components; the fourth also for a byte that is no component.
        private static func samples(of memory: FrameMemory) throws -> [UInt16] {
            var (depth, flags) = (0, UInt32(0))
            try memory.withFrame { frame in
                depth = Int(memory.components(frame)[0].depth)
                flags = frame.pointee.info.finfo.pointee.flags.rawValue
            }
            let full = Double((1 << depth) - 1) / 255
            let limited = Double(1 << (depth - 8))
            // 0.299 * 16 + 0.587 * 224 + 0.114 * 48.
            let luma = 141.744
            let alpha = 128 * full
            let values: [Double] =
                if flags & GST_VIDEO_FORMAT_FLAG_GRAY.rawValue != 0 {
                    [luma * full]
                } else if flags & GST_VIDEO_FORMAT_FLAG_YUV.rawValue != 0 {
                    // BT.601, limited range.
                    [
                        (16 + 219 / 255 * luma) * limited, (128 + 224 / 255 * (48 - luma) / 1.772) * limited,
                        (128 + 224 / 255 * (16 - luma) / 1.402) * limited, alpha,
                    ]
                } else {
                    [16 * full, 224 * full, 48 * full, alpha]
                }
            return values.map { UInt16($0.rounded()) }
        }

        /// Sends a frame through, and returns its bytes and where the report says that faces are.
        private func send(
            _ memory: FrameMemory, _ properties: [String: String]
        ) throws -> (bytes: [UInt8], areas: [Area]) {
            try withTemporaryFile { path in
                let caps = "video/x-raw,format=\(memory.format),width=\(memory.width),height=\(memory.height)"
                let harness = try FaceHarness(
                    caps + ",framerate=25/1", properties.merging(["report-location": path]) { $1 })
                #expect(try harness.push(memory.buffer(frame: 0)) == GST_FLOW_OK)
                let output = try #require(harness.pullBytes())
                let faces = try #require(try ReportLine.read(path).first).faces
                return (output, try faces.map { try memory.area(of: $0, margin: 0.2) })
            }
        }

        /// The portrait's one face, in shares of the sides.
        private func expectTheFace(_ areas: [Area], in memory: FrameMemory) throws {
            #expect(areas.count == 1)
            let area = try #require(areas.first)
            let (width, height) = (Double(memory.width), Double(memory.height))
            #expect(abs(Double(area.x.lowerBound + area.x.upperBound) / 2 / width - 0.44) < 0.04)
            #expect(abs(Double(area.y.lowerBound + area.y.upperBound) / 2 / height - 0.225) < 0.04)
            #expect((0.17..<0.32).contains(Double(area.x.count) / width))
        }

        @Test(
            "L9: exactly the face's region changes, to the last chroma sample", arguments: formats,
            [(320, 320), (321, 319), (330, 327), (327, 330)])
        func exactly(format: String, size: (Int, Int)) throws {
            let memory = FrameMemory(Picture.astronaut(format, width: size.0, height: size.1))
            let (bytes, areas) = try send(memory, ["mask": "fill", "fill-color": Self.green])
            try expectTheFace(areas, in: memory)
            #expect(bytes == (try memory.plain().filled(areas, with: Self.samples(of: memory))))
        }

        @Test(
            "exactly the face's region changes with other strides and offsets, and nothing of the padding goes on",
            arguments: formats, [(0, 1), (64, 0), (37, 61)])
        func padded(format: String, spare: (lead: Int, padding: Int)) throws {
            let picture = Picture.astronaut(format, width: 321, height: 323)
            let memory = try FrameMemory(picture).padded(lead: spare.lead, padding: spare.padding, with: 77)
            let (bytes, areas) = try send(memory, ["mask": "fill", "fill-color": Self.green])
            try expectTheFace(areas, in: memory)
            #expect(bytes == (try memory.plain().filled(areas, with: Self.samples(of: memory))))
        }

        @Test("rows may run upwards", arguments: kinds)
        func upwards(format: String) throws {
            let memory = try FrameMemory(Picture.astronaut(format, width: 321, height: 323)).flipped()
            let (bytes, areas) = try send(memory, ["mask": "fill", "fill-color": Self.green])
            try expectTheFace(areas, in: memory)
            #expect(bytes == (try memory.plain().filled(areas, with: Self.samples(of: memory))))
        }

        @Test(
            "planes may lie in memories of their own",
            arguments: ["I420", "NV12", "Y444", "A420", "P010_10LE", "GBRA_12LE"])
        func memories(format: String) throws {
            let plain = try FrameMemory(Picture.astronaut(format, width: 321, height: 323))
                .padded(lead: 0, padding: 5, with: 77)
            let planes = try #require(plain.planes)
            let ends = planes.offsets.dropFirst() + [plain.bytes.count]
            let buffer = try #require(gst_buffer_new())
            for (start, end) in zip(planes.offsets, ends) {
                let part = Picture(format: format, width: 0, height: 0, bytes: Array(plain.bytes[start..<end]))
                // Joins the memories, and does not copy them.
                gst_buffer_append(buffer, part.buffer(frame: nil))
            }
            #expect(Int(gst_buffer_n_memory(buffer)) == planes.offsets.count)
            check_set_times(buffer, 0, 40_000_000)
            try plain.addMeta(to: buffer, planes)
            let harness = try FaceHarness(
                "video/x-raw,format=\(format),width=321,height=323,framerate=25/1",
                ["mask": "fill", "fill-color": Self.green])
            #expect(harness.push(buffer) == GST_FLOW_OK)
            let output = try #require(harness.pullBytes())
            let (expected, _) = try send(plain, ["mask": "fill", "fill-color": Self.green])
            #expect(output == expected)
        }

        @Test("no mask reaches beyond its region", arguments: formats, ["mosaic", "blur"])
        func styles(format: String, mask: String) throws {
            let memory = try FrameMemory(Picture.astronaut(format, width: 333, height: 329))
                .padded(lead: 3, padding: 7, with: 77)
            let (bytes, areas) = try send(memory, ["mask": mask])
            try expectTheFace(areas, in: memory)
            // With the region itself made alike nothing differs any more.
            let clear = try memory.plain()
            var output = clear
            output.bytes = bytes
            #expect(try output.filled(areas, with: [1, 2, 3, 4]) == clear.filled(areas, with: [1, 2, 3, 4]))
            let area = try #require(areas.first)
            let changed = zip(bytes, clear.bytes).filter { $0 != $1 }.count
            #expect(changed > area.x.count * area.y.count * 4 / 5, "\(changed) bytes")
        }

        @Test("an ellipse stays within its region and leaves the corners")
        func ellipse() throws {
            let memory = try FrameMemory(Picture.astronaut("GRAY8", width: 333, height: 329)).plain()
            let (bytes, areas) = try send(memory, ["mask": "fill", "fill-color": "0xffffffff", "shape": "ellipse"])
            let area = try #require(areas.first)
            // Rows are padded to 4 bytes.
            let stride = 336
            let changed = area.y.map { y in area.x.filter { bytes[y * stride + $0] == 255 }.count }.reduce(0, +)
            let share = Double(changed) / Double(area.x.count * area.y.count)
            // Samples that the ellipse touches count as a whole.
            #expect((0..<0.03).contains(share - Double.pi / 4), "\(share)")
            let corner = area.y.lowerBound * stride + area.x.lowerBound
            #expect(bytes[corner] == memory.bytes[corner])
            var output = memory
            output.bytes = bytes
            #expect(try output.filled(areas, with: [1]) == memory.filled(areas, with: [1]))
        }

        @Test(
            "frames in which no face fits go through", arguments: [(1, 1), (11, 11), (8192, 16), (16, 8192), (12, 12)],
            ["I420", "BGR", "UYVY", "YUV9", "P010_10LE", "Y210", "GBRA_10LE"])
        func tiny(size: (Int, Int), format: String) throws {
            let caps = "video/x-raw,format=\(format),width=\(size.0),height=\(size.1),framerate=25/1"
            let info = try #require(gst_video_info_new_from_caps(gst_caps_from_string(caps)))
            defer { gst_video_info_free(info) }
            let bytes = [UInt8](repeating: 90, count: Int(info.pointee.size))
            let harness = try FaceHarness(caps, ["min-size": "12"])
            let picture = Picture(format: format, width: size.0, height: size.1, bytes: bytes)
            #expect(harness.push(picture.buffer(frame: 0)) == GST_FLOW_OK)
            let memory = try FrameMemory(picture).plain()
            #expect(try #require(harness.pullBytes()) == memory.bytes)
        }
    }
}
