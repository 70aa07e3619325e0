// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import GstFaceAnon
import Testing

extension Elements {
    /// Which metas go on with a buffer: those that are written here, and no others.
    @Suite struct AllowedMetaTests {
        private typealias Buffer = UnsafeMutablePointer<GstBuffer>

        private let picture = Picture.astronaut()

        /// All that may pass, with contents.
        private static let allowed: [(api: String, add: @Sendable (Buffer) -> Void)] = [
            (
                "GstVideoMetaAPI",
                { gst_buffer_add_video_meta($0, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, 320, 320) }
            ),
            ("GstVideoCropMetaAPI", { check_crop($0, 8, 16, 100, 200) }),
            ("GstVideoAffineTransformationAPI", { gst_buffer_add_video_affine_transformation_meta($0) }),
            (
                "GstVideoRegionOfInterestMetaAPI",
                { gst_buffer_add_video_region_of_interest_meta($0, "thing", 1, 2, 3, 4) }
            ),
            (
                "GstVideoTimeCodeMetaAPI",
                {
                    gst_buffer_add_video_time_code_meta_full(
                        $0, 25, 1, nil, GST_VIDEO_TIME_CODE_FLAGS_NONE, 10, 11, 12, 13, 0)
                }
            ),
            (
                "GstVideoAFDMetaAPI",
                { gst_buffer_add_video_afd_meta($0, 0, GST_VIDEO_AFD_SPEC_ATSC_A53, GST_VIDEO_AFD_4_3_FULL_4_3_PILLAR) }
            ),
            ("GstVideoBarMetaAPI", { gst_buffer_add_video_bar_meta($0, 0, 1, 16, 32) }),
            (
                "GstReferenceTimestampMetaAPI",
                {
                    let clock = gst_caps_from_string("timestamp/x-ntp")
                    gst_buffer_add_reference_timestamp_meta($0, clock, 5, 6)
                    gst_caps_unref(clock)
                }
            ),
        ]

        /// Metas of GStreamer 1.22's libraries, by the library and the functions' name.
        private static let libraries: [(library: String, names: [String])] = [
            ("gstreamer", ["parent_buffer", "protection", "reference_timestamp"]),
            (
                "gstvideo",
                [
                    "video", "video_afd", "video_affine_transformation", "video_bar", "video_caption",
                    "video_codec_alpha", "video_crop", "video_gl_texture_upload", "video_overlay_composition",
                    "video_region_of_interest", "video_sei_user_data_unregistered", "video_time_code",
                ]
            ),
            ("gstaudio", ["audio", "audio_clipping", "audio_downmix", "audio_level"]),
            ("gstnet", ["net_address", "net_control_message"]), ("gstrtp", ["rtp_source"]),
            ("gstcodecparsers", ["mpeg_video"]),
        ]

        /// Metas of the plugins of 1.22, of the libraries of 1.24 to 1.30, of gst-plugins-rs, and of other vendors; and
        /// those of libraries that need a display, or are not installed.
        private static let names = [
            "GstRtmpMeta", "GstSctpReceiveMeta", "GstSctpSendMeta", "GstSubtitleMeta", "GstOriginalBufferMeta",
            "GstAnalyticsRelationMeta", "GstAnalyticsBatchMeta", "GstTensorMeta", "GstAncillaryMeta",
            "GstVideoHDRMeta", "GstVideoDSCInitializationMeta", "GstVideoDSCSelectionMeta",
            "GstVideoDSCVerificationMeta", "GstVideoMultiviewMeta", "GstCoreVideoMeta", "GstVaapiVideoMeta",
            "GstGVATensorMeta", "GstGVAJSONMeta", "GstNvDsMeta", "GstNetAddressMeta", "GstNetControlMessageMeta",
            "GstRTPSourceMeta", "GstGLSyncMeta", "GstMpegVideoMeta", "GstAudioMeta", "GstAudioClippingMeta",
            "GstAudioDownmixMeta", "GstAudioLevelMeta",
        ]

        /// All metas that are known, by their API; loads the libraries.
        private static func all() -> [String: UnsafePointer<GstMetaInfo>] {
            _ = Plugin.isReady
            var all: [String: UnsafePointer<GstMetaInfo>] = [:]
            func add(_ info: UnsafePointer<GstMetaInfo>) { all[String(cString: g_type_name(info.pointee.api))] = info }
            for (library, names) in libraries {
                let handle = dlopen("lib\(library)-1.0.so.0", RTLD_NOW)
                for name in names {
                    guard let function = dlsym(handle, "gst_\(name)_meta_get_info") else { continue }
                    typealias Get = @convention(c) () -> UnsafePointer<GstMetaInfo>?
                    if let info = unsafeBitCast(function, to: Get.self)() { add(info) }
                }
            }
            for name in names where all[name + "API"] == nil {
                if let info = check_meta(name + "API", name) { add(info) }
            }
            return all
        }

        /// The APIs of a buffer's metas.
        private static func metas(_ buffer: Buffer) -> [String] {
            var metas: [String] = []
            var state: gpointer?
            while let meta = gst_buffer_iterate_meta(buffer, &state) {
                metas.append(String(cString: check_meta_api(meta)))
            }
            return metas
        }

        /// A buffer with a meta of that API.
        private func buffer(_ api: String, _ info: UnsafePointer<GstMetaInfo>) throws -> Buffer {
            let buffer = try #require(picture.buffer(frame: 0))
            if let entry = Self.allowed.first(where: { $0.api == api }) {
                entry.add(buffer)
            } else if api == "GstParentBufferMetaAPI" {
                let parent = picture.buffer(frame: nil)
                gst_buffer_add_parent_buffer_meta(buffer, parent)
                gst_buffer_unref(parent)
            } else if api == "GstVideoCodecAlphaMetaAPI" {
                gst_buffer_add_video_codec_alpha_meta(buffer, picture.buffer(frame: nil))
            } else {
                gst_buffer_add_meta(buffer, info, nil)
            }
            try #require(Self.metas(buffer) == [api])
            return buffer
        }

        @Test("L26: of all metas that GStreamer and others register, exactly the harmless ones are let through")
        func table() throws {
            let all = Self.all()
            #expect(all.count >= 40, "\(all.count)")
            for (api, info) in all {
                let isAllowed = Self.allowed.contains { $0.api == api }
                let buffer = try buffer(api, info)
                defer { gst_buffer_unref(buffer) }
                #expect(AllowedMetas.hasForbidden(buffer) != isAllowed, "\(api)")
                let copy = try #require(picture.buffer(frame: 0))
                defer { gst_buffer_unref(copy) }
                AllowedMetas.copy(from: buffer, to: copy)
                #expect(Self.metas(copy) == (isAllowed && api != "GstVideoMetaAPI" ? [api] : []), "\(api)")
                #expect(AllowedMetas.strip(buffer), "\(api)")
                #expect(Self.metas(buffer) == (isAllowed ? [api] : []), "\(api)")
            }
            #expect(Self.allowed.allSatisfy { all[$0.api] != nil })
        }

        @Test("L26: exactly the harmless metas come out of the element, however many others come in")
        func element() throws {
            let harness = try FaceHarness(picture.caps)
            var frame: guint64 = 0
            for (api, info) in Self.all() {
                let buffer = try buffer(api, info)
                check_set_times(buffer, frame, 40_000_000)
                frame += 40_000_000
                #expect(harness.push(buffer) == GST_FLOW_OK, "\(api)")
                let output = try #require(harness.tryPull(), "\(api)")
                defer { gst_buffer_unref(output) }
                let isAllowed = Self.allowed.contains { $0.api == api } && api != "GstVideoMetaAPI"
                #expect(Self.metas(output).filter { $0 != "GstVideoMetaAPI" } == (isAllowed ? [api] : []), "\(api)")
                #expect(picture.isMasked(Picture.bytes(of: output)), "\(api)")
            }
        }

        @Test("L26: what harmless metas say stays as it was")
        func values() throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            for (_, add) in Self.allowed { add(buffer) }
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            let crop = try #require(gst_buffer_get_meta(output, gst_video_crop_meta_api_get_type()))
            crop.withMemoryRebound(to: GstVideoCropMeta.self, capacity: 1) {
                #expect($0.pointee.x == 8 && $0.pointee.y == 16 && $0.pointee.width == 100 && $0.pointee.height == 200)
            }
            let time = try #require(gst_buffer_get_meta(output, gst_video_time_code_meta_api_get_type()))
            time.withMemoryRebound(to: GstVideoTimeCodeMeta.self, capacity: 1) {
                #expect($0.pointee.tc.hours == 10 && $0.pointee.tc.frames == 13)
            }
            let stamp = try #require(gst_buffer_get_reference_timestamp_meta(output, nil))
            #expect(stamp.pointee.timestamp == 5 && stamp.pointee.duration == 6)
        }

        @Test("L26: metas that applications register do not pass")
        func custom() throws {
            _ = Plugin.isReady
            check_register_custom("FaceanonCheckMeta")
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            let meta = try #require(gst_buffer_add_custom_meta(buffer, "FaceanonCheckMeta"))
            check_set_sample(gst_custom_meta_get_structure(meta), "picture")
            #expect(AllowedMetas.hasForbidden(buffer) && !AllowedMetas.requiresCopy(buffer))
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(gst_buffer_get_custom_meta(output, "FaceanonCheckMeta") == nil)
        }

        @Test("L26: another implementation of an API does not pass")
        func otherImplementation() throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            gst_buffer_add_meta(buffer, check_meta("GstVideoBarMetaAPI", "FaceanonCheckBarMeta"), nil)
            #expect(Self.metas(buffer) == ["GstVideoBarMetaAPI"])
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(Self.metas(output).filter { $0 != "GstVideoMetaAPI" }.isEmpty)
        }

        @Test("L26: an overlay with pixels of its own, and captions, do not pass")
        func overlay() throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            check_add_overlay(buffer, [UInt8](repeating: 200, count: 64 * 64 * 4), 64)
            gst_buffer_add_video_caption_meta(buffer, GST_VIDEO_CAPTION_TYPE_CEA708_RAW, [1, 2, 3], 3)
            #expect(Self.metas(buffer).count == 2)
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(Self.metas(output).filter { $0 != "GstVideoMetaAPI" }.isEmpty)
        }

        @Test("L26: a meta that is locked to its buffer stays behind with it")
        func locked() throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            gst_buffer_add_video_bar_meta(buffer, 0, 1, 16, 32)
            check_lock_meta(gst_buffer_add_meta(buffer, check_meta("GstTensorMetaAPI", "GstTensorMeta"), nil))
            #expect(AllowedMetas.requiresCopy(buffer))
            #expect(!AllowedMetas.strip(buffer))
            #expect(Self.metas(buffer).count == 2)
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(Self.metas(output).filter { $0 != "GstVideoMetaAPI" } == ["GstVideoBarMetaAPI"])
            #expect(picture.isMasked(Picture.bytes(of: output)))
        }

        @Test("L26: metas that tie a buffer to other memory ask for a copy of the pixels, others do not")
        func ties() throws {
            let parent = try #require(picture.buffer(frame: 0))
            defer { gst_buffer_unref(parent) }
            let child = try #require(picture.buffer(frame: 0))
            defer { gst_buffer_unref(child) }
            for (_, add) in Self.allowed { add(child) }
            gst_buffer_add_video_caption_meta(child, GST_VIDEO_CAPTION_TYPE_CEA708_RAW, [1, 2, 3], 3)
            #expect(!AllowedMetas.requiresCopy(child))
            gst_buffer_add_parent_buffer_meta(child, parent)
            #expect(AllowedMetas.requiresCopy(child))
            for name in ["GstOriginalBufferMeta"] {
                let other = try #require(picture.buffer(frame: 0))
                defer { gst_buffer_unref(other) }
                gst_buffer_add_meta(other, check_meta(name + "API", name), nil)
                #expect(AllowedMetas.requiresCopy(other))
            }
            let elsewhere = try #require(picture.buffer(frame: 0))
            defer { gst_buffer_unref(elsewhere) }
            check_map_elsewhere(
                gst_buffer_add_video_meta(elsewhere, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, 320, 320))
            #expect(AllowedMetas.requiresCopy(elsewhere))
        }

        @Test("L26: a reference time stamp goes on only without details")
        func referenceDetails() throws {
            let harness = try FaceHarness(picture.caps)
            let buffer = try #require(picture.buffer(frame: 0))
            let clock = gst_caps_from_string("timestamp/x-ntp, camera=(string)Anna")
            defer { gst_caps_unref(clock) }
            gst_buffer_add_reference_timestamp_meta(buffer, clock, 5, 6)
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(gst_buffer_get_reference_timestamp_meta(output, nil) == nil)
        }

        @Test("L26: upstream is told of strides only, so that it blends overlays into the pixels and crops by itself")
        func announced() throws {
            let harness = try FaceHarness(picture.caps)
            // What comes after the element could do with all of them.
            for type in [
                gst_video_meta_api_get_type(), gst_video_overlay_composition_meta_api_get_type(),
                gst_video_crop_meta_api_get_type(),
            ] {
                gst_harness_add_propose_allocation_meta(harness.harness, type, nil)
            }
            harness.push(picture, frame: 0)
            let caps = gst_caps_from_string(picture.caps)
            let query = gst_query_new_allocation(caps, 1)
            defer {
                gst_query_unref(query)
                gst_caps_unref(caps)
            }
            try #require(gst_pad_peer_query(harness.harness.pointee.srcpad, query) != 0)
            let types = (0..<gst_query_get_n_allocation_metas(query)).map {
                String(cString: g_type_name(gst_query_parse_nth_allocation_meta(query, $0, nil)))
            }
            #expect(types == ["GstVideoMetaAPI"])
        }

        /// What is left of a parameter.
        private static func numbers(_ name: String) -> String {
            name + ", delta-qp=(int)-5, confidence=(double)0.5, many=(guint64)7, is-near=(boolean)true, "
                + "share=(fraction)1/3;"
        }

        private static func parameters(_ buffer: Buffer) -> String {
            guard let region = check_first_region(buffer), let text = check_parameters(region) else { return "none" }
            defer { g_free(text) }
            return String(cString: text)
        }

        @Test("L26: of a region's parameters the numbers go on: no samples, buffers, texts, structures or lists")
        func regions() throws {
            let harness = try FaceHarness(picture.caps, FaceHarness.white.merging(["mask-roi": "thing"]) { $1 })
            let buffer = try #require(picture.buffer(frame: 0))
            let region = gst_buffer_add_video_region_of_interest_meta(buffer, "thing", 200, 200, 30, 40)
            region?.pointee.id = 5
            for name in ["roi/x264enc", "detection", "Anna", "roi", "detections"] {
                check_add_parameter(region, name, name != "detection" ? 1 : 0)
            }
            let before = Self.parameters(buffer)
            #expect(before.contains("Anna") && before.contains("sample"))
            // Somebody else holds it: what they see stays as it was.
            gst_buffer_ref(buffer)
            defer { gst_buffer_unref(buffer) }
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            #expect(Self.parameters(output) == Self.numbers("roi/x264enc") + Self.numbers("detection"))
            #expect(check_first_region(output)?.pointee.id == 5 && check_first_region(output)?.pointee.w == 30)
            #expect(Picture.bytes(of: output)[220 * 320 + 215] == 235)
            #expect(Self.parameters(buffer) == before)
        }

        @Test("L26: a copy of regions has their numbers only; the element's own faces keep what they say")
        func copiedRegions() throws {
            let buffer = try #require(picture.buffer(frame: 0))
            let region = gst_buffer_add_video_region_of_interest_meta(buffer, "thing", 200, 200, 30, 40)
            check_add_parameter(region, "roi/x264enc", 1)
            let copy = try #require(picture.buffer(frame: 0))
            defer { gst_buffer_unref(copy) }
            AllowedMetas.copy(from: buffer, to: copy)
            #expect(Self.parameters(copy) == Self.numbers("roi/x264enc"))
            #expect(!AllowedMetas.hasForbidden(copy) && AllowedMetas.hasForbidden(buffer))

            let harness = try FaceHarness(picture.caps, ["attach-meta": "true"])
            harness.push(buffer)
            let output = try #require(harness.tryPull())
            defer { gst_buffer_unref(output) }
            var state: gpointer?
            var texts: [String] = []
            while let region = faceanon_next_region(output, &state) {
                let text = check_parameters(region)
                texts.append(text.map { String(cString: $0) } ?? "")
                g_free(text)
            }
            #expect(texts.count == 2 && texts.first == Self.numbers("roi/x264enc"))
            #expect(texts.last?.contains("source=(string)detected") == true, "\(texts)")
        }
    }
}
