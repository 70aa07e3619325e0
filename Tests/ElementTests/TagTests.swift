// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// What tags carry, and what they say of the picture.
    @Suite struct Tags {
        /// Sends a list of tags through, and returns the lists that come out, as texts.
        private func send(_ list: UnsafeMutablePointer<GstTagList>?, to harness: FaceHarness) -> [String] {
            harness.push(event: gst_event_new_tag(list))
            return passed(harness)
        }

        private func passed(_ harness: FaceHarness) -> [String] {
            var texts: [String] = []
            while let event = gst_harness_try_pull_event(harness.harness) {
                defer { gst_event_unref(event) }
                guard check_event_has_type(event, GST_EVENT_TAG) != 0 else { continue }
                var list: UnsafeMutablePointer<GstTagList>?
                gst_event_parse_tag(event, &list)
                guard let text = gst_tag_list_to_string(list) else { continue }
                texts.append(
                    String(cString: text) + (gst_tag_list_get_scope(list) == GST_TAG_SCOPE_GLOBAL ? " global" : ""))
                g_free(text)
            }
            return texts
        }

        /// A list with a codec, a title, and a picture under each of the names.
        private func list(_ names: [String]) -> UnsafeMutablePointer<GstTagList>? {
            let list = gst_tag_list_new_from_string("taglist,title=(string)holiday,codec=(string)x")
            let sample = gst_sample_new(Picture.astronaut().buffer(frame: nil), nil, nil, nil)
            defer { gst_sample_unref(sample) }
            for name in names {
                var value = GValue()
                g_value_init(&value, gst_sample_get_type())
                g_value_set_boxed(&value, sample.map { UnsafeRawPointer($0) })
                gst_tag_list_add_value(list, GST_TAG_MERGE_APPEND, name, &value)
                g_value_unset(&value)
            }
            return list
        }

        @Test(
            "L6: tags that may hold pictures do not pass, nor titles; technical ones do",
            arguments: [
                ["image"], ["preview-image"], ["attachment"], ["application-data"],
                ["image", "preview-image", "attachment"],
            ])
        func pictures(names: [String]) throws {
            let harness = try FaceHarness(Picture.astronaut().caps)
            let tags = list(names)
            gst_tag_list_set_scope(tags, GST_TAG_SCOPE_GLOBAL)
            #expect(names.allSatisfy { gst_tag_list_get_tag_size(tags, $0) == 1 })
            #expect(send(tags, to: harness) == ["taglist, codec=(string)x; global"])
        }

        @Test("L6: nor do they pass among frames that wait")
        func waiting() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps, ["lookahead": "1000000000"])
            harness.push(picture, frame: 0)
            #expect(send(list(["image"]), to: harness).isEmpty)
            harness.push(event: gst_event_new_eos())
            #expect(passed(harness) == ["taglist, codec=(string)x;"])
        }

        @Test("L6: the event's number is kept")
        func number() throws {
            let harness = try FaceHarness(Picture.astronaut().caps)
            while let event = gst_harness_try_pull_event(harness.harness) { gst_event_unref(event) }
            let event = gst_event_new_tag(list(["image"]))
            let number = gst_event_get_seqnum(event)
            harness.push(event: event)
            let output = try #require(gst_harness_try_pull_event(harness.harness))
            defer { gst_event_unref(output) }
            #expect(gst_event_get_seqnum(output) == number)
        }

        /// All that may pass: what says how the stream is coded and shown.
        private static let allowed: Set<String> = [
            "codec", "video-codec", "audio-codec", "subtitle-codec", "container-format", "encoder", "encoder-version",
            "bitrate", "nominal-bitrate", "minimum-bitrate", "maximum-bitrate", "duration", "language-code",
            "image-orientation", "image-horizontal-ppi", "image-vertical-ppi",
        ]

        /// The names of all tags that the process knows, those of GStreamer's tag library among them.
        private static func names() -> [String] {
            _ = Plugin.isReady
            if let register = dlsym(dlopen("libgsttag-1.0.so.0", RTLD_NOW), "gst_tag_register_musicbrainz_tags") {
                unsafeBitCast(register, to: (@convention(c) () -> Void).self)()
            }
            if gst_tag_exists("faceanon-check-name") == 0 {
                gst_tag_register_static(
                    "faceanon-check-name", GST_TAG_FLAG_META, faceanon_type_string(), "name", "who is seen", nil)
            }
            var names: [String] = []
            var quark: GQuark = 1
            while let text = g_quark_to_string(quark) {
                if gst_tag_exists(text) != 0 { names.append(String(cString: text)) }
                quark += 1
            }
            return names
        }

        @Test("L6: of all tags that are registered, exactly the technical ones pass")
        func table() throws {
            let names = Self.names()
            #expect(names.count > 120 && names.contains("faceanon-check-name"))
            let harness = try FaceHarness(Picture.astronaut().caps)
            var passed: [String] = []
            for name in names {
                let list = gst_tag_list_new_empty()
                var value = GValue()
                try #require(check_make_tag_value(&value, gst_tag_get_type(name)) != 0, "\(name)")
                gst_tag_list_add_value(list, GST_TAG_MERGE_APPEND, name, &value)
                g_value_unset(&value)
                try #require(gst_tag_list_n_tags(list) == 1, "\(name)")
                let texts = send(list, to: harness)
                try #require(texts.count == 1, "\(name)")
                if texts != ["taglist;"] { passed.append(name) }
            }
            #expect(Set(passed) == Self.allowed, "\(Set(passed).symmetricDifference(Self.allowed))")
        }

        @Test("L13: the orientation tag goes on, for whoever turns the picture")
        func orientation() throws {
            let harness = try FaceHarness(Picture.astronaut().caps)
            harness.tag("image-orientation", "rotate-90")
            #expect(passed(harness).first?.contains("image-orientation=(string)rotate-90") == true)
        }

        /// How a tag says that the picture is to be turned, and how the upright one was turned to be stored.
        private static let orientations = [
            ("rotate-90", "90l"), ("rotate-180", "180"), ("rotate-270", "90r"), ("flip-rotate-0", "horiz"),
            ("flip-rotate-90", "ur-ll"), ("flip-rotate-180", "vert"), ("flip-rotate-270", "ul-lr"),
        ]

        @Test("L13: however a picture is turned, its tag makes its face found", arguments: orientations)
        func turned(tag: String, stored: String) throws {
            let picture = Picture.astronaut("GRAY8", width: 400, height: 400, flip: stored)
            let harness = try FaceHarness(picture.caps, FaceHarness.white.merging(["hold": "0"]) { $1 })
            harness.tag("image-orientation", tag)
            harness.push(picture, frame: 0)
            let turned = try #require(harness.pullBytes())
            let upright = Picture.astronaut("GRAY8", width: 400, height: 400)
            let plain = try FaceHarness(upright.caps, FaceHarness.white)
            plain.push(upright, frame: 0)
            let output = try #require(plain.pullBytes())
            func middle(_ output: [UInt8], _ picture: Picture) -> (x: Double, y: Double) {
                let changed = output.indices.filter { output[$0] != picture.bytes[$0] }
                let count = Double(max(1, changed.count))
                return (
                    Double(changed.map { $0 % 400 }.reduce(0, +)) / count,
                    Double(changed.map { $0 / 400 }.reduce(0, +)) / count
                )
            }
            let (x, y) = middle(output, upright)
            let expected: (x: Double, y: Double) =
                switch stored {
                case "90l": (y, 399 - x)
                case "180": (399 - x, 399 - y)
                case "90r": (399 - y, x)
                case "horiz": (399 - x, y)
                case "vert": (x, 399 - y)
                case "ul-lr": (y, x)
                default: (399 - y, 399 - x)
                }
            let found = middle(turned, picture)
            #expect(abs(found.x - expected.x) < 6 && abs(found.y - expected.y) < 6, "\(found) not \(expected)")
        }

        @Test("L13: a new stream stands upright until its own tag says otherwise; a flush changes nothing")
        func scope() throws {
            let picture = Picture.astronaut(width: 400, height: 400, flip: "90l")
            let harness = try FaceHarness(picture.caps, ["hold": "0"])
            func isFound(_ frame: Int) throws -> Bool {
                harness.push(picture, frame: frame)
                return try #require(harness.pullBytes()) != picture.bytes
            }
            #expect(try !isFound(0))
            harness.tag("image-orientation", "rotate-90")
            #expect(try isFound(1))
            // Other tags say nothing of it.
            harness.tag("title", "holiday")
            #expect(try isFound(2))
            harness.flush()
            #expect(try isFound(3))
            harness.tag("image-orientation", "rotate-0")
            #expect(try !isFound(4))
            harness.tag("image-orientation", "rotate-90")
            #expect(try isFound(5))
            harness.push(event: gst_event_new_stream_start("another"))
            gst_harness_set_src_caps_str(harness.harness, picture.caps)
            harness.segment()
            #expect(try !isFound(6))
        }

        @Test("L13: a tag whose picture somebody has already turned upright hides no face")
        func alreadyTurned() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps)
            harness.tag("image-orientation", "rotate-90")
            harness.push(picture, frame: 0)
            #expect(try picture.isMasked(#require(harness.pullBytes())))
        }
    }
}
