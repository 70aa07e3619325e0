// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Testing
import VideoFrames

extension Elements {
    /// What leaves is the frame: nothing beside it, before it or behind it in memory is clear.
    @Suite struct Window {
        /// What no byte of the frame is.
        private static let secret: UInt8 = 203

        /// The bytes of all memory that a buffer gives within reach, also before and behind its ends.
        private func reachable(_ buffer: UnsafeMutablePointer<GstBuffer>) -> [UInt8] {
            (0..<gst_buffer_n_memory(buffer)).flatMap { index -> [UInt8] in
                guard let memory = gst_buffer_get_memory(buffer, index) else { return [] }
                defer { gst_memory_unref(memory) }
                #expect(memory.pointee.parent == nil, "a part of another memory")
                var offset: gsize = 0
                var capacity: gsize = 0
                let size = gst_memory_get_sizes(memory, &offset, &capacity)
                guard let whole = gst_memory_share(memory, -gssize(offset), gssize(capacity)) else { return [] }
                defer { gst_memory_unref(whole) }
                var map = GstMapInfo()
                guard size <= capacity, gst_memory_map(whole, &map, GST_MAP_READ) != 0 else { return [] }
                defer { gst_memory_unmap(whole, &map) }
                return Array(UnsafeBufferPointer(start: map.data, count: Int(map.size)))
            }
        }

        private func secrets(_ buffer: UnsafeMutablePointer<GstBuffer>) -> Int {
            reachable(buffer).count { $0 == Self.secret }
        }

        /// Sends a buffer through; what comes out is the whole picture in the default layout and nothing else.
        private func expectOnlyPicture(
            _ buffer: UnsafeMutablePointer<GstBuffer>?, _ picture: Picture, _ properties: [String: String] = [:]
        ) throws {
            let harness = try FaceHarness(picture.caps, properties)
            #expect(harness.push(buffer) == GST_FLOW_OK)
            harness.push(event: gst_event_new_eos())
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(secrets(output) == 0)
            #expect(Int(gst_buffer_get_size(output)) == picture.bytes.count)
            #expect(picture.isMasked(Picture.bytes(of: output)))
            // Beyond the face it is the picture.
            let last = Picture.bytes(of: output).suffix(picture.width * 20)
            #expect(last.elementsEqual(picture.bytes.suffix(picture.width * 20)))
        }

        /// The portrait without the byte that stands for what is outside.
        private func picture(_ width: Int = 320, _ height: Int = 320) -> Picture {
            let picture = Picture.astronaut("GRAY8", width: width, height: height)
            return Picture(
                format: picture.format, width: width, height: height,
                bytes: picture.bytes.map { $0 == Self.secret ? Self.secret - 1 : $0 })
        }

        @Test(
            "L25: the rest of a larger picture, of which the frame is a part by offset and stride",
            arguments: ["0", "100000000"])
        func crop(lookahead: String) throws {
            let picture = picture()
            let (stride, lead) = (500, 31 * 500 + 77)
            var bytes = [UInt8](repeating: Self.secret, count: 400 * stride)
            for y in 0..<320 { for x in 0..<320 { bytes[lead + y * stride + x] = picture.bytes[y * 320 + x] } }
            let buffer = try #require(gst_buffer_new_allocate(nil, gsize(bytes.count), nil))
            gst_buffer_fill(buffer, 0, bytes, gsize(bytes.count))
            check_set_times(buffer, 0, 40_000_000)
            var (offsets, strides): ([gsize], [gint]) = ([gsize(lead), 0, 0, 0], [gint(stride), 0, 0, 0])
            gst_buffer_add_video_meta_full(
                buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 320, 320, 1, &offsets, &strides)
            try expectOnlyPicture(buffer, picture, ["lookahead": lookahead])
        }

        @Test(
            "L25: bytes before and behind the frame, within the buffer and beyond its ends",
            arguments: [(0, 5000), (640, 0), (640, 5000)])
        func slack(before: Int, behind: Int) throws {
            let picture = picture()
            let bytes =
                [UInt8](repeating: Self.secret, count: before) + picture.bytes
                + [UInt8](repeating: Self.secret, count: behind)
            func buffer() throws -> UnsafeMutablePointer<GstBuffer> {
                let buffer = try #require(gst_buffer_new_allocate(nil, gsize(bytes.count), nil))
                gst_buffer_fill(buffer, 0, bytes, gsize(bytes.count))
                check_set_times(buffer, 0, 40_000_000)
                return buffer
            }
            // Cut to the frame: the rest is still in the memory.
            let cut = try buffer()
            gst_buffer_resize(cut, gssize(before), gssize(picture.bytes.count))
            try expectOnlyPicture(cut, picture)
            guard before == 0 else { return }
            // Longer than the frame.
            try expectOnlyPicture(try buffer(), picture)
        }

        @Test("L25: a frame in a part of somebody's memory")
        func part() throws {
            let picture = picture()
            let parent = try #require(gst_buffer_new_allocate(nil, gsize(3 * picture.bytes.count), nil))
            gst_buffer_memset(parent, 0, Self.secret, gsize(3 * picture.bytes.count))
            gst_buffer_fill(parent, gsize(picture.bytes.count), picture.bytes, gsize(picture.bytes.count))
            let child = try #require(
                gst_buffer_copy_region(
                    parent, GST_BUFFER_COPY_MEMORY, gsize(picture.bytes.count), gsize(picture.bytes.count)))
            check_set_times(child, 0, 40_000_000)
            gst_buffer_unref(parent)
            try expectOnlyPicture(child, picture)
        }

        @Test("L25: several memories, one behind the other")
        func memories() throws {
            let picture = picture()
            let buffer = try #require(gst_buffer_new())
            for start in stride(from: 0, to: picture.bytes.count, by: picture.bytes.count / 4) {
                let part = Array(picture.bytes[start..<start + picture.bytes.count / 4])
                let memory = gst_allocator_alloc(nil, gsize(part.count + 900), nil)
                var map = GstMapInfo()
                try #require(gst_memory_map(memory, &map, GST_MAP_WRITE) != 0)
                map.data.update(repeating: Self.secret, count: Int(map.size))
                map.data.update(from: part, count: part.count)
                gst_memory_unmap(memory, &map)
                gst_memory_resize(memory, 0, gsize(part.count))
                gst_buffer_append_memory(buffer, memory)
            }
            check_set_times(buffer, 0, 40_000_000)
            try expectOnlyPicture(buffer, picture)
        }

        @Test("L25: the padding of rows and between planes", arguments: ["I420", "NV12", "GRAY8", "RGB"], [321, 322])
        func padding(format: String, side: Int) throws {
            let picture = Picture.astronaut(format, width: side, height: side)
            let caps = gst_caps_from_string(picture.caps)
            defer { gst_caps_unref(caps) }
            let info = try #require(gst_video_info_new_from_caps(caps))
            defer { gst_video_info_free(info) }
            // What is padding in the default layout differs between these two after one has been through.
            func sent(_ filler: UInt8) throws -> [UInt8] {
                let buffer = try #require(gst_buffer_new_allocate(nil, info.pointee.size, nil))
                gst_buffer_memset(buffer, 0, filler, info.pointee.size)
                var (frame, source) = (GstVideoFrame(), GstVideoFrame())
                let original = try #require(picture.buffer(frame: 0))
                defer { gst_buffer_unref(original) }
                try #require(gst_video_frame_map(&source, info, original, GST_MAP_READ) != 0)
                try #require(gst_video_frame_map(&frame, info, buffer, GST_MAP_WRITE) != 0)
                gst_video_frame_copy(&frame, &source)
                gst_video_frame_unmap(&frame)
                gst_video_frame_unmap(&source)
                check_set_times(buffer, 0, 40_000_000)
                let harness = try FaceHarness(picture.caps)
                harness.push(buffer)
                return try #require(harness.pullBytes())
            }
            #expect(try sent(0) == sent(255))
        }

        @Test("L25: what is covered is black to its last byte")
        func covered() throws {
            let picture = picture()
            let buffer = try #require(picture.buffer(frame: 0))
            let harness = try FaceHarness(picture.caps, ["failure-policy": "cover"])
            FaultInjection.set { $0 == .inference }
            defer { FaultInjection.set(nil) }
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(reachable(output).prefix(picture.bytes.count).allSatisfy { $0 == 16 || $0 == 0 })
        }
    }
}
