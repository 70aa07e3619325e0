// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import GstFaceAnon
import Testing

extension Elements {
    /// Which events go on with a stream, and what of their contents.
    @Suite struct EventContents {
        private typealias Event = UnsafeMutablePointer<GstEvent>

        private let picture = Picture.astronaut()

        /// The contents of an event as a text; nil where it has none.
        private static func text(_ event: Event) -> String? {
            guard let structure = gst_event_get_structure(event), let text = gst_structure_to_string(structure) else {
                return nil
            }
            defer { g_free(text) }
            return String(cString: text)
        }

        /// Sends an event through the element, with nothing waiting. The caller owns what comes out.
        private func send(_ event: Event?) throws -> Event? {
            let harness = try FaceHarness(picture.caps)
            while let event = gst_harness_try_pull_event(harness.harness) { gst_event_unref(event) }
            harness.push(event: event)
            return gst_harness_try_pull_event(harness.harness)
        }

        /// A custom event with a number, a text and a picture.
        private static func custom(_ type: GstEventType, _ name: String) -> Event? {
            let structure = gst_structure_new_empty(name)
            check_set_number(structure, "count", 3)
            check_set_text(structure, "who", "Anna")
            check_set_sample(structure, "picture")
            return gst_event_new_custom(type, structure)
        }

        private static let customTypes = [
            GST_EVENT_CUSTOM_DOWNSTREAM, GST_EVENT_CUSTOM_DOWNSTREAM_OOB, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
            GST_EVENT_CUSTOM_BOTH, GST_EVENT_CUSTOM_BOTH_OOB,
        ].map(\.rawValue)

        @Test("L27: events that elements make up do not pass, of whatever kind", arguments: customTypes)
        func custom(type: GstEventType.RawValue) throws {
            let type = GstEventType(rawValue: type)
            #expect(try send(Self.custom(type, "mine")) == nil)
            #expect(try send(gst_event_new_custom(type, gst_structure_new_empty("mine"))) == nil)
            #expect(AllowedEvents.filter(try #require(gst_event_new_custom(type, nil))) == nil)
            // One that is known has its numbers only.
            let known = try #require(try send(Self.custom(type, "GstForceKeyUnit")))
            defer { gst_event_unref(known) }
            #expect(known.pointee.type == type)
            #expect(Self.text(known) == "GstForceKeyUnit, count=(int)3;")
        }

        @Test("L27: requests for key frames, and still frames, pass as they are")
        func known() throws {
            for event in [
                gst_video_event_new_downstream_force_key_unit(1, 2, 3, 1, 4), gst_video_event_new_still_frame(1),
            ] {
                let event = try #require(event)
                let before = Self.text(event)
                let output = try #require(try send(event))
                defer { gst_event_unref(output) }
                #expect(output == event && Self.text(output) == before)
            }
        }

        /// By their number and flags: all that may pass.
        private static let allowed = [
            GST_EVENT_FLUSH_START, GST_EVENT_FLUSH_STOP, GST_EVENT_STREAM_START, GST_EVENT_CAPS, GST_EVENT_SEGMENT,
            GST_EVENT_STREAM_COLLECTION, GST_EVENT_TAG, GST_EVENT_BUFFERSIZE, GST_EVENT_STREAM_GROUP_DONE,
            GST_EVENT_EOS, GST_EVENT_TOC, GST_EVENT_SEGMENT_DONE, GST_EVENT_GAP, GST_EVENT_INSTANT_RATE_CHANGE,
        ].map(\.rawValue)

        @Test("L27: of all types that there are, and could be one day, exactly the harmless ones pass")
        func types() throws {
            _ = Plugin.isReady
            var passed: [GstEventType.RawValue] = []
            for number in 1..<guint(400) {
                for flags in 0..<guint(32) {
                    let event = try #require(check_event(number, flags))
                    let type = event.pointee.type.rawValue
                    guard let event = AllowedEvents.filter(event) else { continue }
                    passed.append(type)
                    gst_event_unref(event)
                }
            }
            #expect(Set(passed) == Set(Self.allowed) && passed.count == Self.allowed.count)
        }

        @Test("L27: protection data and messages for the bus do not pass")
        func dropped() throws {
            let buffer = picture.buffer(frame: nil)
            defer { if let buffer { gst_buffer_unref(buffer) } }
            #expect(try send(gst_event_new_protection("system", buffer, "origin")) == nil)
            let structure = gst_structure_new_empty("message")
            check_set_sample(structure, "picture")
            let message = gst_message_new_element(nil, structure)
            defer { gst_message_unref(message) }
            #expect(try send(gst_event_new_sink_message("message", message)) == nil)
        }

        @Test("L27: what events of GStreamer say passes, what somebody adds to them does not")
        func additions() throws {
            var segment = GstSegment()
            gst_segment_init(&segment, GST_FORMAT_TIME)
            segment.start = 77
            for make in [
                { gst_event_new_segment(&segment) }, { gst_event_new_gap(1, 2) }, { gst_event_new_eos() },
                { gst_event_new_buffer_size(GST_FORMAT_BYTES, 1, 2, 1) }, { gst_event_new_stream_group_done(3) },
                { gst_event_new_segment_done(GST_FORMAT_TIME, 4) }, { gst_event_new_flush_stop(1) },
                { gst_event_new_instant_rate_change(1.5, GST_SEGMENT_FLAG_NONE) },
                { gst_event_new_stream_start("camera") },
            ] {
                let plain = try #require(make())
                let before = Self.text(plain)
                let passed = try #require(AllowedEvents.filter(plain))
                #expect(passed == plain && Self.text(passed) == before)
                gst_event_unref(passed)

                let event = try #require(make())
                let number = gst_event_get_seqnum(event)
                let structure = gst_event_writable_structure(event)
                check_set_sample(structure, "picture")
                check_set_text(structure, "who", "Anna")
                let type = event.pointee.type
                // Somebody else holds it: what they see stays as it was.
                gst_event_ref(event)
                defer { gst_event_unref(event) }
                let output = try #require(AllowedEvents.filter(event))
                defer { gst_event_unref(output) }
                let text = Self.text(output) ?? ""
                #expect(output.pointee.type == type && gst_event_get_seqnum(output) == number)
                #expect(!text.contains("picture") && !text.contains("Anna"), "\(text)")
                #expect(before == nil || text == before, "\(text)")
                #expect(Self.text(event)?.contains("Anna") == true)
            }
        }

        private static func text(_ stream: UnsafeMutablePointer<GstStream>?) -> String {
            guard let stream, let text = check_stream_text(stream) else { return "" }
            defer { g_free(text) }
            return String(cString: text)
        }

        private static let cleanStream =
            "camera \(GST_STREAM_TYPE_VIDEO.rawValue) \(GST_STREAM_FLAG_SELECT.rawValue) "
            + "video/x-raw, width=(int)320 taglist, codec=(string)x;"

        @Test("L27: the stream of a stream's start has neither pictures nor names, and gets none later on")
        func streamStart() throws {
            _ = Plugin.isReady
            let stream = try #require(check_stream())
            defer { gst_object_unref(stream) }
            #expect(Self.text(stream).contains("image") && Self.text(stream).contains("Anna"))
            let event = try #require(gst_event_new_stream_start("camera"))
            gst_event_set_stream(event, stream)
            gst_event_set_group_id(event, 9)
            gst_event_set_stream_flags(event, GST_STREAM_FLAG_SELECT)
            let number = gst_event_get_seqnum(event)
            let output = try #require(try send(event))
            defer { gst_event_unref(output) }
            var found: UnsafeMutablePointer<GstStream>?
            var group: guint = 0
            var flags = GST_STREAM_FLAG_NONE
            var identifier: UnsafePointer<gchar>?
            gst_event_parse_stream(output, &found)
            defer { gst_object_unref(found) }
            gst_event_parse_group_id(output, &group)
            gst_event_parse_stream_flags(output, &flags)
            gst_event_parse_stream_start(output, &identifier)
            #expect(Self.text(found) == Self.cleanStream)
            #expect(group == 9 && flags == GST_STREAM_FLAG_SELECT && gst_event_get_seqnum(output) == number)
            #expect(identifier.map { String(cString: $0) } == "camera")
            let later = check_tags()
            gst_stream_set_tags(stream, later)
            gst_tag_list_unref(later)
            #expect(Self.text(found) == Self.cleanStream)
        }

        @Test("L27: nor have the streams of a collection")
        func collection() throws {
            _ = Plugin.isReady
            let streams = gst_stream_collection_new("upstream")
            gst_stream_collection_add_stream(streams, check_stream())
            let event = gst_event_new_stream_collection(streams)
            gst_object_unref(streams)
            let output = try #require(try send(event))
            defer { gst_event_unref(output) }
            var found: UnsafeMutablePointer<GstStreamCollection>?
            gst_event_parse_stream_collection(output, &found)
            defer { gst_object_unref(found) }
            #expect(gst_stream_collection_get_size(found) == 1)
            #expect(gst_stream_collection_get_upstream_id(found).map { String(cString: $0) } == "upstream")
            #expect(Self.text(gst_stream_collection_get_stream(found, 0)) == Self.cleanStream)
        }

        @Test(
            "L27: a table of contents keeps its times, and no pictures and titles, however deep", arguments: [1, 4, 40])
        func toc(depth: Int) throws {
            _ = Plugin.isReady
            let output = try #require(try send(check_toc_event(guint(depth))))
            defer { gst_event_unref(output) }
            let text = try #require(check_toc_text(output))
            defer { g_free(text) }
            let levels = (1...min(depth, 16)).map {
                "chapter-\($0) \($0) \(1000 + $0) \(GST_TOC_LOOP_FORWARD.rawValue) 3 taglist, codec=(string)x;"
            }
            #expect(String(cString: text) == (["updated taglist, codec=(string)x;"] + levels).joined(separator: "\n"))
        }

        @Test("L27: caps keep their numbers and the texts of known fields, and lose what else somebody put in")
        func caps() throws {
            let harness = try FaceHarness(picture.caps)
            while let event = gst_harness_try_pull_event(harness.harness) { gst_event_unref(event) }
            let more = ",colorimetry=bt709,mastering-display-info=(string)1:2:3,other=(int)<1,2>,rate=(fraction)25/1"
            let caps = check_caps(picture.caps + more + ",person=(string)somebody,people=(string)<one,two>")
            let expected = gst_caps_from_string(picture.caps + more)
            defer {
                gst_caps_unref(caps)
                gst_caps_unref(expected)
            }
            harness.push(event: gst_event_new_caps(caps))
            let output = try #require(gst_harness_try_pull_event(harness.harness))
            defer { gst_event_unref(output) }
            var found: UnsafeMutablePointer<GstCaps>?
            gst_event_parse_caps(output, &found)
            #expect(gst_caps_is_equal(found, expected) != 0, "\(Self.text(output) ?? "")")
            #expect(harness.push(picture, frame: 0) == GST_FLOW_OK)
            #expect(try picture.isMasked(#require(harness.pullBytes())))
        }

        @Test("L27: what stays behind is given back")
        func givenBack() throws {
            let freed = Counter()
            for make in [
                { gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("mine")) },
                {
                    gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, gst_structure_new_empty("GstForceKeyUnit"))
                },
                { gst_event_new_eos() },
            ] {
                let buffer = try #require(picture.buffer(frame: nil))
                freed.watch(buffer)
                let event = try #require(make())
                check_set_buffer(gst_event_writable_structure(event), "picture", buffer)
                gst_buffer_unref(buffer)
                if let output = try send(event) { gst_event_unref(output) }
            }
            #expect(freed.value == 3)
            let stream = try #require(check_stream())
            freed.watch(stream)
            let streams = gst_stream_collection_new("upstream")
            gst_stream_collection_add_stream(streams, stream)
            let start = try #require(gst_event_new_stream_start("camera"))
            gst_event_set_stream(start, stream)
            for event in [start, gst_event_new_stream_collection(streams)] {
                if let output = try send(event) { gst_event_unref(output) }
            }
            gst_object_unref(streams)
            #expect(freed.value == 4)
        }

        @Test("L27: events that may not pass do not pass among frames that wait either")
        func waiting() throws {
            let harness = try FaceHarness(picture.caps, ["lookahead": "1000000000"])
            while let event = gst_harness_try_pull_event(harness.harness) { gst_event_unref(event) }
            harness.push(picture, frame: 0)
            for type in Self.customTypes { harness.push(event: Self.custom(GstEventType(rawValue: type), "mine")) }
            harness.push(event: check_toc_event(3))
            harness.push(event: gst_event_new_eos())
            var texts: [String] = []
            while let event = gst_harness_try_pull_event(harness.harness) {
                if check_event_has_type(event, GST_EVENT_TOC) != 0, let text = check_toc_text(event) {
                    texts.append(String(cString: text))
                    g_free(text)
                } else {
                    texts.append(String(cString: gst_event_type_get_name(event.pointee.type)))
                }
                gst_event_unref(event)
            }
            #expect(texts.count == 2 && texts.last == "eos")
            #expect(texts.first?.contains("Anna") == false && texts.first?.contains("image") == false, "\(texts)")
        }
    }
}
