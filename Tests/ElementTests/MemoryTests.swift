// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// Whose memory is written, what happens to memory that cannot be reached, and that all of it is given back.
    @Suite struct Memory {
        private let picture = Picture.astronaut()

        /// Sends a buffer through; what comes out is checked to be masked and wholly its receiver's.
        private func expectMasked(_ harness: FaceHarness, _ buffer: UnsafeMutablePointer<GstBuffer>) throws {
            #expect(harness.push(buffer) == GST_FLOW_OK)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(picture.isMasked(Picture.bytes(of: output)))
            #expect(check_references(output) == 1 && check_is_writable(output) != 0)
            #expect(gst_buffer_is_all_memory_writable(output) != 0)
            #expect(check_parent_metas(output) == 0)
        }

        @Test("a buffer that nobody else holds is masked where it is, and given back")
        func inPlace() throws {
            let harness = try FaceHarness(picture.caps)
            for frame in 0..<3 {
                let buffer = try #require(picture.buffer(frame: frame))
                let freed = Counter()
                freed.watch(buffer)
                harness.push(buffer)
                let output = try #require(harness.tryPull())
                #expect(output == buffer && check_references(output) == 1)
                #expect(picture.isMasked(Picture.bytes(of: output)))
                #expect(freed.value == 0)
                gst_buffer_unref(output)
                #expect(freed.value == 1)
            }
        }

        @Test("L5: a buffer that others hold stays as it was")
        func heldBuffer() throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            try expectMasked(harness, gst_buffer_ref(buffer))
            #expect(check_references(buffer) == 1)
            #expect(Picture.bytes(of: buffer) == picture.bytes)
            gst_buffer_unref(buffer)
        }

        @Test("L5: memory that another buffer shares stays as it was")
        func sharedMemory() throws {
            let harness = try FaceHarness(picture.caps)
            let original = try #require(picture.buffer(frame: 0))
            defer { gst_buffer_unref(original) }
            try expectMasked(harness, #require(gst_buffer_copy(original)))
            #expect(Picture.bytes(of: original) == picture.bytes)
        }

        @Test("L5: memory that is a part of other memory, or of which others have a part, stays as it was")
        func partOfMemory() throws {
            let harness = try FaceHarness(picture.caps)
            let whole = Picture(
                format: "I420", width: 320, height: 320, bytes: [UInt8](repeating: 9, count: 100) + picture.bytes)
            let parent = try #require(whole.buffer(frame: 0))
            let part = gst_buffer_copy_region(
                parent, GST_BUFFER_COPY_MEMORY, 100, gsize(picture.bytes.count))
            try expectMasked(harness, #require(part))
            #expect(Picture.bytes(of: parent) == whole.bytes)
            gst_buffer_unref(parent)

            let pushed = try #require(picture.buffer(frame: 1))
            let kept = try #require(gst_buffer_copy_region(pushed, GST_BUFFER_COPY_MEMORY, 0, 320 * 320))
            defer { gst_buffer_unref(kept) }
            try expectMasked(harness, pushed)
            #expect(Picture.bytes(of: kept) == Array(picture.bytes.prefix(320 * 320)))
        }

        @Test("L5: read-only memory stays as it was")
        func readOnly() throws {
            let harness = try FaceHarness(picture.caps)
            var bytes = picture.bytes
            try bytes.withUnsafeMutableBytes { bytes in
                let buffer = try #require(
                    gst_buffer_new_wrapped_full(
                        GST_MEMORY_FLAG_READONLY, bytes.baseAddress, gsize(bytes.count), 0, gsize(bytes.count), nil,
                        nil))
                check_set_times(buffer, 0, 40_000_000)
                try expectMasked(harness, buffer)
            }
            #expect(bytes == picture.bytes)
        }

        @Test("L5: memory that somebody reads meanwhile stays as it was")
        func readMeanwhile() throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            let memory = try #require(gst_buffer_get_memory(buffer, 0))
            defer { gst_memory_unref(memory) }
            var map = GstMapInfo()
            try #require(gst_memory_map(memory, &map, GST_MAP_READ) != 0)
            defer { gst_memory_unmap(memory, &map) }
            try expectMasked(harness, buffer)
            #expect(Array(UnsafeBufferPointer(start: map.data, count: Int(map.size))) == picture.bytes)
        }

        @Test("L5: without the meta that carries the clear buffer, the frame and the mask are as with it")
        func parentMeta() throws {
            let memory = try FrameMemory(picture).padded(lead: 16, padding: 64, with: 77)
            let plain = try FaceHarness(picture.caps)
            try plain.push(memory.buffer(frame: 0))
            let expected = try #require(plain.pullBytes())

            let harness = try FaceHarness(picture.caps)
            let parent = try #require(picture.buffer(frame: 0))
            let freed = Counter()
            freed.watch(parent)
            let child = try memory.buffer(frame: 0)
            gst_buffer_add_parent_buffer_meta(child, parent)
            gst_buffer_unref(parent)
            #expect(harness.push(child) == GST_FLOW_OK)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(Picture.bytes(of: output) == expected)
            #expect(check_parent_metas(output) == 0)
            #expect(check_pts(output) == 0 && check_duration(output) == 40_000_000)
            // Nothing reaches the clear buffer any more.
            #expect(freed.value == 1)
        }

        @Test("L5: the clear buffer that a meta carries stays as it was")
        func parentBuffer() throws {
            let harness = try FaceHarness(picture.caps)
            let parent = try #require(picture.buffer(frame: 0))
            defer { gst_buffer_unref(parent) }
            let child = try #require(gst_buffer_copy(parent))
            gst_buffer_add_parent_buffer_meta(child, parent)
            #expect(check_parent_metas(child) == 1)
            try expectMasked(harness, child)
            #expect(Picture.bytes(of: parent) == picture.bytes)
        }

        @Test(
            "L1: memory that can be mapped so many times only falls under the policy", arguments: [0, 1],
            ["error", "cover", "drop"])
        func unmappable(maps: Int, policy: String) throws {
            let harness = try FaceHarness(picture.caps, ["failure-policy": policy])
            let buffer = try #require(check_stubborn_buffer(picture.bytes, gsize(picture.bytes.count), gint(maps)))
            check_set_times(buffer, 0, 40_000_000)
            let freed = Counter()
            freed.watch(buffer)
            #expect(harness.push(buffer) == (policy == "error" ? GST_FLOW_ERROR : GST_FLOW_OK))
            let outputs = harness.pullAll()
            #expect(outputs.count == (policy == "cover" ? 1 : 0))
            for output in outputs { #expect(output.prefix(320 * 320).allSatisfy { $0 == 16 }) }
            #expect(freed.value == 1)
            let messages = harness.takeMessages()
            #expect(messages.filter { $0.type == GST_MESSAGE_ERROR }.count == (policy == "error" ? 1 : 0))
            #expect(messages.filter { $0.type == GST_MESSAGE_WARNING }.count == (policy == "error" ? 0 : 1))
        }

        /// What a video meta may say of I420 of 320x320 in a buffer that holds just that, and goes beyond it.
        private static let lies: [String: (offsets: [Int], strides: [Int])] = [
            "offset": ([4, 102_404, 128_004], [320, 160, 160]),
            "stride": ([0, 102_400, 128_000], [320, 160, 161]),
            "upwards": ([320 * 318, 102_400, 128_000], [-320, 160, 160]),
            "far": ([0, 102_400, 128_000], [1 << 30, 160, 160]),
            "no stride": ([0, 102_400, 128_000], [0, 160, 160]),
        ]

        @Test(
            "L1: a frame smaller than its caps, or than its video meta says, stops the stream",
            arguments: ["no meta"] + lies.keys.sorted())
        func tooSmall(kind: String) throws {
            let harness = try FaceHarness(picture.caps)
            let buffer: UnsafeMutablePointer<GstBuffer>
            if let lie = Self.lies[kind] {
                buffer = try #require(picture.buffer(frame: 0))
                try FrameMemory(picture).addMeta(to: buffer, lie)
            } else {
                let bytes = Array(picture.bytes.dropLast())
                buffer = try #require(
                    Picture(format: "I420", width: 320, height: 320, bytes: bytes).buffer(frame: 0))
            }
            #expect(harness.push(buffer) == GST_FLOW_ERROR)
            #expect(harness.pullAll().isEmpty)
            let errors = harness.takeMessages().filter { $0.type == GST_MESSAGE_ERROR }
            #expect(errors.count == 1)
            #expect(errors.first?.domain == BusMessage.stream)
            #expect(errors.first?.code == Int32(GST_STREAM_ERROR_FAILED.rawValue))
            #expect(errors.first?.text.contains("not passed on") == true)
        }

        @Test("L1: an empty buffer, and a video meta of another size or format, stop the stream")
        func otherMeta() throws {
            func expectRefused(_ buffer: UnsafeMutablePointer<GstBuffer>) throws {
                let harness = try FaceHarness(picture.caps)
                #expect(harness.push(buffer) == GST_FLOW_ERROR)
                #expect(harness.pullAll().isEmpty)
                #expect(harness.messages(GST_MESSAGE_ERROR).count == 1)
            }
            try expectRefused(#require(gst_buffer_new()))
            let sizes = try #require(picture.buffer(frame: 0))
            gst_buffer_add_video_meta(sizes, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, 160, 160)
            try expectRefused(sizes)
            let formats = try #require(picture.buffer(frame: 0))
            gst_buffer_add_video_meta(formats, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_YV12, 320, 320)
            try expectRefused(formats)
        }

        @Test(
            "L8: no flag of a buffer keeps it from being masked",
            arguments: [
                GST_BUFFER_FLAG_GAP, GST_BUFFER_FLAG_DROPPABLE, GST_BUFFER_FLAG_DISCONT,
                GST_BUFFER_FLAG_RESYNC, GST_BUFFER_FLAG_HEADER, GST_BUFFER_FLAG_DELTA_UNIT, GST_BUFFER_FLAG_DECODE_ONLY,
            ].map(\.rawValue))
        func flags(flag: GstBufferFlags.RawValue) throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            check_set_flag(buffer, GstBufferFlags(rawValue: flag))
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(picture.isMasked(Picture.bytes(of: output)))
            #expect(check_has_flag(output, GstBufferFlags(rawValue: flag)) != 0)
        }

        @Test(
            "L8: a frame that is said to be damaged does not go on as it is, and stops nothing",
            arguments: ["error", "cover", "drop"], ["0", "80000000"])
        func corrupted(policy: String, lookahead: String) throws {
            let harness = try FaceHarness(picture.caps, ["failure-policy": policy, "lookahead": lookahead])
            for frame in 0..<6 {
                let buffer = try #require(picture.buffer(frame: frame))
                if frame == 2 || frame == 3 { check_set_flag(buffer, GST_BUFFER_FLAG_CORRUPTED) }
                #expect(harness.push(buffer) == GST_FLOW_OK)
            }
            harness.push(event: gst_event_new_eos())
            let outputs = harness.pullAll()
            #expect(outputs.count == (policy == "cover" ? 6 : 4))
            #expect(outputs.filter(picture.isMasked).count == outputs.count)
            #expect(harness.statistic("covered") == (policy == "cover" ? 2 : 0))
            #expect(harness.statistic("dropped") == (policy == "cover" ? 0 : 2))
            let messages = harness.takeMessages()
            #expect(messages.filter { $0.type == GST_MESSAGE_WARNING }.count == 1)
            #expect(!messages.contains { $0.type == GST_MESSAGE_ERROR })
        }

        @Test("an empty buffer that stands for a gap goes on, without any memory", arguments: ["0", "80000000"])
        func emptyGap(lookahead: String) throws {
            let harness = try FaceHarness(picture.caps, ["lookahead": lookahead])
            harness.push(picture, frame: 0)
            // What is behind its end is the clear picture.
            let buffer = try #require(picture.buffer(frame: 1))
            gst_buffer_set_size(buffer, 0)
            check_set_flag(buffer, GST_BUFFER_FLAG_GAP)
            #expect(harness.push(buffer) == GST_FLOW_OK)
            harness.push(picture, frame: 2)
            harness.push(event: gst_event_new_eos())
            var sizes: [Int] = []
            while let output = harness.tryPull() {
                sizes.append(Int(gst_buffer_get_size(output)))
                if sizes.last == 0 { #expect(gst_buffer_n_memory(output) == 0 && check_pts(output) == 40_000_000) }
                gst_buffer_unref(output)
            }
            #expect(sizes == [picture.bytes.count, 0, picture.bytes.count])
            #expect(harness.messages(GST_MESSAGE_ERROR).isEmpty)
        }

        @Test("L8: each buffer of a list is masked")
        func list() throws {
            let harness = try FaceHarness(picture.caps)
            let list = gst_buffer_list_new()
            for frame in 0..<3 { gst_buffer_list_insert(list, -1, picture.buffer(frame: frame)) }
            #expect(gst_pad_push_list(harness.harness.pointee.srcpad, list) == GST_FLOW_OK)
            #expect(harness.pullAll().filter(picture.isMasked).count == 3)
        }
    }
}
