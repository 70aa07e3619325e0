// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// What the element tells: the report's lines, `stats`, messages; and of frames that came too late.
    @Suite struct Telling {
        private let picture = Picture.astronaut()

        @Test("a line a frame, written before the frame leaves")
        func lines() throws {
            try withTemporaryFile { path in
                let harness = try FaceHarness(picture.caps, ["report-location": path])
                for frame in 0..<3 {
                    harness.push(picture, frame: frame)
                    #expect(harness.pullAll().count == 1)
                    #expect(try ReportLine.read(path).count == frame + 1)
                }
                let lines = try ReportLine.read(path)
                #expect(lines.map(\.frame) == [0, 1, 2])
                #expect(lines.map(\.pts) == [0, 40_000_000, 80_000_000])
                for line in lines {
                    #expect(line.width == 320 && line.height == 320 && line.outcome == "masked")
                    let face = try #require(line.faces.first)
                    #expect(line.faces.count == 1)
                    #expect(face.source == "detected" && face.track == lines[0].faces[0].track)
                    #expect((0.7...1).contains(face.score))
                    #expect(face.x > 0 && face.y > 0 && face.x + face.width < 320 && face.y + face.height < 320)
                    // Fractions are kept.
                    #expect(face.x != face.x.rounded() && face.width != face.width.rounded())
                }
            }
        }

        @Test("the fields are as documented, and in that order")
        func fields() throws {
            try withTemporaryFile { path in
                let harness = try FaceHarness(picture.caps, ["report-location": path])
                harness.push(picture, frame: nil)
                harness.push(picture, frame: 12)
                let text = try String(contentsOfFile: path, encoding: .utf8)
                #expect(text.hasSuffix("}\n"))
                let lines = text.split(separator: "\n")
                let face = #"\{"x":[0-9.]+,"y":[0-9.]+,"width":[0-9.]+,"height":[0-9.]+,"score":[0-9.]+,"#
                let timed =
                    #"\{"frame":1,"pts":480000000,"width":320,"height":320,"outcome":"masked","faces":\["#
                    + face + #""source":"detected","track":[0-9]+\}\]\}"#
                let still =
                    #"\{"frame":0,"pts":null,"width":320,"height":320,"outcome":"masked","faces":\["#
                    + face + #""source":"detected","track":null\}\]\}"#
                try #require(lines.count == 2)
                #expect(try lines[1].wholeMatch(of: Regex(timed)) != nil, "\(lines[1])")
                #expect(try lines[0].wholeMatch(of: Regex(still)) != nil, "\(lines[0])")
            }
        }

        @Test("each source of a mask is told, and so is what became of a frame")
        func sources() throws {
            try withTemporaryFile { path in
                let hidden = picture.withNoiseOverFace()
                let harness = try FaceHarness(
                    picture.caps,
                    [
                        "report-location": path, "mask-zones": "<<8,280,20,30>>", "mask-roi": "car",
                        "lookahead": "40000000", "failure-policy": "cover",
                    ])
                harness.push(hidden, frame: 0)
                harness.push(picture, frame: 1)
                harness.push(hidden, frame: 2)
                let region = try #require(hidden.buffer(frame: 3))
                gst_buffer_add_video_region_of_interest_meta(region, "car", 200, 200, 50, 40)
                harness.push(region)
                FaultInjection.set { $0 == .inference }
                harness.push(picture, frame: 4)
                harness.set("failure-policy", "drop")
                harness.push(event: gst_event_new_eos())
                FaultInjection.set(nil)
                let lines = try ReportLine.read(path)
                #expect(lines.map(\.outcome) == ["masked", "masked", "masked", "masked", "dropped"])
                let sources = lines.map { Set($0.faces.map(\.source)) }
                #expect(
                    sources == [
                        ["ahead", "zone"], ["detected", "zone"], ["held", "zone"], ["held", "roi", "zone"], [],
                    ])
                #expect(Set(lines.flatMap(\.faces).compactMap(\.track)).count == 1)
                let roi = try #require(lines[3].faces.first { $0.source == "roi" })
                #expect((roi.x, roi.y, roi.width, roi.height) == (200, 200, 50, 40) && roi.track == nil)
            }
        }

        @Test("regions of interest can be asked for by ids that count on from those upstream", arguments: [nil, 6])
        func ids(upstream: gint?) throws {
            let harness = try FaceHarness(picture.caps, ["attach-meta": "true", "mask-roi": "car"])
            let pushed = try #require(picture.buffer(frame: 0))
            if let upstream {
                gst_buffer_add_video_region_of_interest_meta(pushed, "car", 8, 200, 50, 40).pointee.id = upstream
            }
            harness.push(pushed)
            let buffer = try #require(harness.tryPull())
            defer { gst_buffer_unref(buffer) }
            let first = upstream.map { $0 + 1 } ?? 0
            let expected: [(gint, [guint])] = upstream.map { [($0, [8, 200, 50, 40])] } ?? []
            for (id, box) in expected + expected.map({ ($0.0 + 2, $0.1) }) {
                let region = try #require(gst_buffer_get_video_region_of_interest_meta_id(buffer, id)).pointee
                #expect([region.x, region.y, region.w, region.h] == box)
            }
            let face = try #require(gst_buffer_get_video_region_of_interest_meta_id(buffer, first)).pointee
            #expect(String(cString: g_quark_to_string(face.roi_type)) == "face" && face.y < 100)
            #expect(check_video_regions(buffer) == guint(expected.count * 2 + 1))
        }

        @Test("L8: a frame that comes too late is dropped, with a QoS message and a line that says so")
        func late() throws {
            try withTemporaryFile { path in
                let harness = try FaceHarness(picture.caps, ["report-location": path])
                harness.push(picture, frame: 0)
                let late = gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, 2_000_000_000, 40_000_000)
                gst_harness_push_upstream_event(harness.harness, late)
                for frame in 1..<4 { #expect(harness.push(picture, frame: frame) == GST_FLOW_OK) }
                harness.push(picture, frame: 200)
                let outputs = harness.pullAll()
                #expect(outputs.count == 2 && outputs.allSatisfy(picture.isMasked))
                #expect(harness.messages(GST_MESSAGE_QOS).count == 3)
                let lines = try ReportLine.read(path)
                #expect(lines.map(\.frame) == [0, 1, 2, 3, 4])
                #expect(lines.map(\.outcome) == ["masked", "dropped", "dropped", "dropped", "masked"])
                #expect(lines[1...3].allSatisfy { $0.faces.isEmpty && $0.width == 320 })
                #expect(lines[1...3].map(\.pts) == [40_000_000, 80_000_000, 120_000_000])
                #expect(harness.statistic("frames") == 2 && harness.statistic("dropped") == 3)
            }
        }

        @Test("L8: without QoS late frames are masked like all others")
        func lateWithoutQoS() throws {
            let harness = try FaceHarness(picture.caps, ["qos": "false"])
            harness.push(picture, frame: 0)
            let late = gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, 2_000_000_000, 40_000_000)
            gst_harness_push_upstream_event(harness.harness, late)
            harness.push(picture, frame: 1)
            let outputs = harness.pullAll()
            #expect(outputs.count == 2 && outputs.allSatisfy(picture.isMasked))
        }

        @Test("stats: all fields, counted from the start")
        func statistics() throws {
            let harness = try FaceHarness(
                picture.caps, ["failure-policy": "cover", "mask-zones": "<<0,300,20,20>>", "mask-roi": "car"])
            let counts = ["frames", "faces", "detected", "held", "ahead", "covered", "dropped", "regions", "zones"]
            let times = ["pyramid-time", "pnet-time", "rnet-time", "onet-time", "tracking-time", "mask-time"]
            for name in counts + times { #expect(harness.statistic(name) == 0, "\(name)") }
            harness.push(picture, frame: 0)
            harness.push(picture, frame: 1)
            harness.push(picture.withNoiseOverFace(), frame: 2)
            FaultInjection.set { $0 == .inference }
            harness.push(picture, frame: 3)
            harness.set("failure-policy", "drop")
            harness.push(picture, frame: 4)
            FaultInjection.set(nil)
            #expect(counts.map { harness.statistic($0) } == [4, 3, 2, 1, 0, 1, 1, 0, 3], "a zone is no face")
            for name in times { #expect((1...10_000_000_000).contains(harness.statistic(name)), "\(name)") }
            let names = harness.value("stats").split(separator: ",").dropFirst()
                .compactMap { $0.split(separator: "=").first.map { $0.trimmingCharacters(in: .whitespaces) } }
            #expect(Set(names) == Set(counts + times + ["report-ended"]))
        }

        @Test("at the end, one line of all that was done")
        func summary() throws {
            let harness = try FaceHarness(picture.caps)
            for frame in 0..<3 { harness.push(picture, frame: frame) }
            #expect(harness.takeMessages().filter { $0.type == GST_MESSAGE_ELEMENT }.isEmpty)
            harness.push(event: gst_event_new_eos())
            let messages = harness.takeMessages().filter { $0.type == GST_MESSAGE_ELEMENT }
            #expect(messages.count == 1)
            let text = try #require(messages.first?.text)
            #expect(text.hasPrefix("faceanon-summary,"))
            #expect(text.contains("frames=(guint64)3") && text.contains("detected=(guint64)3"))
        }

        @Test("messages are shaped like facedetect's")
        func messages() throws {
            let harness = try FaceHarness(picture.caps, ["post-messages": "every-frame", "hold": "0"])
            harness.push(picture, frame: 2)
            harness.push(Picture.grey(), frame: 100)
            harness.push(picture, frame: nil)
            let texts = harness.messages(GST_MESSAGE_ELEMENT)
            try #require(texts.count == 3)
            for name in ["timestamp", "stream-time", "running-time"] {
                #expect(texts[0].contains("\(name)=(guint64)80000000"))
                #expect(texts[2].contains("\(name)=(guint64)18446744073709551615"))
            }
            #expect(texts[0].contains("duration=(guint64)40000000"))
            for name in [
                "x=(uint)", "y=(uint)", "width=(uint)", "height=(uint)", "confidence=(double)", "track=(uint)",
            ] {
                #expect(texts[0].replacing("\\", with: "").contains(name), "\(name)")
            }
            #expect(!texts[1].contains("width"))
            #expect(texts[2].contains("width"))
        }
    }
}
