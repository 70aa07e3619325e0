// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// How the element deals with its neighbours: caps, pools, late frames, files.
    @Suite struct Manners {
        private let face = Picture.astronaut()

        @Test("L29: caps of more pixels than can be counted are not accepted, and cost no memory")
        func hugeCaps() throws {
            let harness = try FaceHarness(face.caps)
            let caps = gst_caps_from_string("video/x-raw,format=RGBA,width=32767,height=32767,framerate=25/1")
            defer { gst_caps_unref(caps) }
            #expect(gst_pad_peer_query_accept_caps(harness.harness.pointee.srcpad, caps) == 0)
        }

        @Test("the report keeps the order of the frames, also of those that come too late")
        func reportOrder() throws {
            try withTemporaryFile { path in
                let harness = try FaceHarness(face.caps, ["lookahead": "200000000", "report-location": path])
                for frame in 0..<3 { harness.push(face, frame: frame) }
                gst_harness_push_upstream_event(
                    harness.harness, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, 0, 120_000_000))
                for frame in 3..<8 { harness.push(face, frame: frame) }
                harness.push(event: gst_event_new_eos())
                let lines = try ReportLine.read(path)
                #expect(lines.map(\.frame) == Array(0..<8))
                #expect(lines.map(\.outcome) == (0..<8).map { $0 == 3 ? "dropped" : "masked" })
            }
        }

        @Test("a source whose pool has four buffers and cannot grow goes on, however long the look-ahead")
        func smallPool() throws {
            let harness = try FaceHarness(face.caps, ["lookahead": "1000000000", "failure-policy": "cover"])
            let pool = gst_buffer_pool_new()
            defer { gst_object_unref(pool) }
            let configuration = gst_buffer_pool_get_config(pool)
            gst_buffer_pool_config_set_params(configuration, nil, guint(face.bytes.count), 4, 4)
            gst_buffer_pool_set_config(pool, configuration)
            gst_buffer_pool_set_active(pool, 1)
            defer { gst_buffer_pool_set_active(pool, 0) }
            var parameters = GstBufferPoolAcquireParams()
            parameters.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT
            for frame in 0..<30 {
                var buffer: UnsafeMutablePointer<GstBuffer>?
                #expect(gst_buffer_pool_acquire_buffer(pool, &buffer, &parameters) == GST_FLOW_OK, "frame \(frame)")
                let taken = try #require(buffer)
                gst_buffer_fill(taken, 0, face.bytes, gsize(face.bytes.count))
                check_set_times(taken, guint64(frame) * 40_000_000, 40_000_000)
                // What fails while it waits keeps no buffer either.
                if frame % 4 == 1 { check_set_flag(taken, GST_BUFFER_FLAG_CORRUPTED) }
                if frame % 4 == 2 {
                    check_set_flag(taken, GST_BUFFER_FLAG_GAP)
                    gst_buffer_set_size(taken, 0)
                }
                #expect(harness.push(taken) == GST_FLOW_OK)
                _ = harness.pullAll()
            }
        }

        @Test("upstream is told of video metas only, and asked for no buffers", arguments: ["0", "10000000000"])
        func allocation(lookahead: String) throws {
            let harness = try FaceHarness(face.caps, ["lookahead": lookahead])
            let caps = gst_caps_from_string(face.caps)
            defer { gst_caps_unref(caps) }
            let query = gst_query_new_allocation(caps, 1)
            defer { gst_query_unref(query) }
            #expect(gst_pad_peer_query(harness.harness.pointee.srcpad, query) != 0)
            #expect(gst_query_get_n_allocation_metas(query) == 1)
            #expect(gst_query_parse_nth_allocation_meta(query, 0, nil) == gst_video_meta_api_get_type())
            #expect(gst_query_get_n_allocation_pools(query) == 0)
        }

        @Test(
            "L10: what cannot be inspected is not accepted as caps",
            arguments: [
                "interlace-mode=fields", "interlace-mode=alternate",
                "interlace-mode=progressive,multiview-mode=frame-by-frame,views=2",
                "interlace-mode=progressive,multiview-mode=row-interleaved,views=2",
                "interlace-mode=progressive,multiview-mode=side-by-side,views=2,multiview-flags=4000:ffffffff",
            ])
        func acceptsCaps(fields: String) throws {
            let harness = try FaceHarness(face.caps)
            func isAccepted(_ fields: String) -> Bool {
                let caps = gst_caps_from_string(face.caps.replacing("interlace-mode=progressive", with: fields))
                defer { gst_caps_unref(caps) }
                return gst_pad_peer_query_accept_caps(harness.harness.pointee.srcpad, caps) != 0
            }
            #expect(!isAccepted(fields))
            #expect(isAccepted("interlace-mode=progressive"))
        }

        @Test("after a late frame was dropped, the next one is marked as discontinuous")
        func discontinuity() throws {
            let harness = try FaceHarness(face.caps)
            harness.push(face, frame: 0)
            _ = harness.pullAll()
            gst_harness_push_upstream_event(
                harness.harness, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, 2_000_000_000, 40_000_000))
            harness.push(face, frame: 1)
            for frame in [200, 201] {
                harness.push(face, frame: frame)
                let output = try #require(harness.tryPull())
                #expect((check_has_flag(output, GST_BUFFER_FLAG_DISCONT) != 0) == (frame == 200))
                gst_buffer_unref(output)
            }
            // With qos=false none is dropped.
            harness.set("qos", "false")
            harness.push(face, frame: 2)
            #expect(harness.pullAll().filter(face.isMasked).count == 1)
        }

        @Test("a FIFO that nobody reads is an error, not a wait")
        func fifo() throws {
            try withTemporaryFile { path in
                #expect(mkfifo(path, 0o600) == 0)
                let element = try LoneElement(["report-location": path])
                let error = try #require(element.startError())
                #expect(error.domain == BusMessage.resource && error.code == Int32(GST_RESOURCE_ERROR_WRITE.rawValue))
            }
        }
    }
}
