// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// Values and buffers that nobody should send: the process lives, and nothing opens.
    @Suite struct Robustness {
        private let picture = Picture.astronaut()

        @Test("L14: zones and regions far outside, huge or empty mask what of them is in the frame, and trap nowhere")
        func areas() throws {
            try withTemporaryFile { path in
                let harness = try FaceHarness(
                    picture.caps,
                    FaceHarness.white.merging([
                        "mask-roi": "*", "attach-meta": "true", "post-messages": "every-frame",
                        "report-location": path,
                        "mask-zones": "<<-2147483648,-2147483648,2147483647,2147483647>,<1000,1000,50,50>,"
                            + "<-10,300,40,2147483647>,<2147483647,2147483647,2147483647,2147483647>>",
                        "clear-zones": "<<-2147483648,0,2147483647,1>,<2147483647,2147483647,2147483647,2147483647>>",
                    ]) { $1 })
                let buffer = try #require(picture.buffer(frame: 0))
                let huge = guint.max
                let regions: [(guint, guint, guint, guint)] = [
                    (0, 0, 0, 0), (huge, huge, huge, huge), (310, 200, huge, 20), (huge - 5, 10, 10, 10),
                    (0, 0, 0, huge),
                ]
                for (x, y, width, height) in regions {
                    let meta = gst_buffer_add_video_region_of_interest_meta(buffer, "thing", x, y, width, height)
                    meta?.pointee.parent_id = 7
                    meta?.pointee.id = 3
                }
                #expect(harness.push(buffer) == GST_FLOW_OK)
                let output = try #require(harness.pullBytes())
                #expect(picture.isMasked(output))
                #expect(output[210 * 320 + 315] == 235 && output[310 * 320 + 5] == 235)
                let line = try #require(ReportLine.read(path).first)
                #expect(line.faces.filter { $0.source == "roi" }.count == 1)
                #expect(line.faces.filter { $0.source == "zone" }.count == 1)
                for face in line.faces {
                    #expect(face.x >= 0 && face.y >= 0 && face.x + face.width <= 320 && face.y + face.height <= 320)
                }
            }
        }

        @Test(
            "L14: frames of one pixel in every format, with a mask over it",
            arguments: Formats.formats, ["mosaic", "blur", "fill"])
        func onePixel(format: String, mask: String) throws {
            for (width, height) in [(1, 1), (1, 7), (9, 1), (3, 2)] {
                let caps = "video/x-raw,format=\(format),width=\(width),height=\(height),framerate=25/1"
                let harness = try FaceHarness(
                    caps, ["mask": mask, "mask-zones": "<<0,0,9,9>>", "shape": "ellipse", "clear-zones": "<<0,0,1,1>>"])
                let sized = gst_caps_from_string(caps)
                defer { gst_caps_unref(sized) }
                let info = try #require(gst_video_info_new_from_caps(sized))
                defer { gst_video_info_free(info) }
                let bytes = [UInt8](repeating: 90, count: Int(info.pointee.size))
                let frame = Picture(format: format, width: width, height: height, bytes: bytes)
                #expect(harness.push(frame, frame: 0) == GST_FLOW_OK)
                #expect(harness.pullBytes()?.count == bytes.count)
            }
        }

        @Test("L14: a number that is none is an error that says so", arguments: [Double.nan, -.nan, .signalingNaN])
        func noNumber(number: Double) throws {
            for name in [
                "scale-factor", "pnet-threshold", "rnet-threshold", "onet-threshold", "score-threshold", "blur-level",
                "margin",
            ] {
                let harness = try FaceHarness(picture.caps, ["failure-policy": "cover"])
                check_set_double(harness.element, name, number)
                #expect(harness.push(picture, frame: 0) == GST_FLOW_OK)
                let output = try #require(harness.pullBytes())
                // GLib refuses it, or the frame is black.
                #expect(picture.isMasked(output), "\(name)")
            }
        }

        @Test("L14: arrays of other types than numbers are refused, and mask on")
        func arrays() throws {
            let harness = try FaceHarness(picture.caps, ["failure-policy": "cover"])
            for name in ["network-thresholds", "mask-zones", "clear-zones"] {
                for kind in 0..<check_odd_array_kinds() {
                    check_set_odd_array(harness.element, name, kind)
                    #expect(harness.push(picture, frame: 0) == GST_FLOW_OK)
                    let output = try #require(harness.pullBytes())
                    #expect(picture.isMasked(output), "\(name) \(kind)")
                }
            }
        }

        @Test("L14: allocation queries for other caps than ours")
        func allocation() throws {
            let harness = try FaceHarness(picture.caps, ["lookahead": "10000000000"])
            for text in [
                "video/x-raw,format=ARGB64,width=32767,height=32767,framerate=2147483647/1",
                "video/x-raw,format=I420,width=1,height=1,framerate=1/2147483647", "image/jpeg", "ANY",
            ] {
                let caps = gst_caps_from_string(text)
                let query = gst_query_new_allocation(caps, 1)
                gst_pad_peer_query(harness.harness.pointee.srcpad, query)
                gst_query_unref(query)
                gst_caps_unref(caps)
            }
            harness.push(picture, frame: 0)
            harness.push(event: gst_event_new_eos())
            #expect(harness.pullAll().filter(picture.isMasked).count == 1)
        }

        @Test("L14: properties set from another thread while frames flow: each frame is masked")
        func threads() throws {
            let harness = try FaceHarness(picture.caps, ["mask-roi": "*"])
            let setter = Setter(harness.element)
            setter.start()
            for frame in 0..<150 {
                #expect(harness.push(picture, frame: frame) == GST_FLOW_OK)
                for output in harness.pullAll() { #expect(picture.isMasked(output)) }
            }
            setter.stop()
            harness.push(event: gst_event_new_eos())
            #expect(harness.pullAll().allSatisfy(picture.isMasked))
            #expect(harness.messages(GST_MESSAGE_ERROR).isEmpty)
        }

        /// Sets and reads properties on a thread of its own, until it is told to stop.
        private final class Setter: @unchecked Sendable {
            // The element is GObject's, which takes properties from any thread; the flag is guarded by the lock.
            private let element: UnsafeMutablePointer<GstElement>
            private let lock = NSLock()
            private var isStopped = false
            private let done = DispatchSemaphore(value: 0)

            init(_ element: UnsafeMutablePointer<GstElement>) { self.element = element }

            func start() {
                Thread.detachNewThread { [self] in
                    let object = UnsafeMutableRawPointer(element).assumingMemoryBound(to: GObject.self)
                    let values = [
                        ("mask", ["fill", "blur", "mosaic"]), ("lookahead", ["0", "80000000", "200000000"]),
                        ("hold", ["0", "500000000", "100000000"]), ("mask-roi", ["a", "b,c", "*"]),
                        ("mask-zones", ["<>", "<<1,2,3,4>>", "<<5,6,7,8>,<1,1,1,1>>"]),
                        ("attach-meta", ["true", "false", "true"]), ("margin", ["0.2", "0.5", "1"]),
                        ("post-messages", ["none", "every-frame", "on-change"]),
                    ]
                    var turn = 0
                    while !lock.withLock({ isStopped }) {
                        for (name, choices) in values {
                            gst_util_set_object_arg(object, name, choices[turn % choices.count])
                            _ = FaceHarness.value(element, name)
                        }
                        _ = FaceHarness.value(element, "stats")
                        turn += 1
                    }
                    done.signal()
                }
            }

            func stop() {
                lock.withLock { isStopped = true }
                done.wait()
            }
        }

        @Test("L11: a new report can be read by its owner only")
        func privateReport() throws {
            try withTemporaryFile { path in
                let harness = try FaceHarness(picture.caps, ["report-location": path])
                harness.push(picture, frame: 0)
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            }
        }

        @Test("L14: a report into a pipe that nobody reads any more is a failure, not a signal")
        func brokenPipe() throws {
            try withTemporaryFile { path in
                try #require(mkfifo(path, 0o600) == 0)
                let reader = open(path, O_RDONLY | O_NONBLOCK)
                let harness = try FaceHarness(picture.caps, ["report-location": path, "failure-policy": "cover"])
                harness.push(picture, frame: 0)
                close(reader)
                for frame in 1..<4 { #expect(harness.push(picture, frame: frame) == GST_FLOW_OK) }
                #expect(harness.pullAll().filter(picture.isMasked).count == 4)
                #expect(harness.messages(GST_MESSAGE_WARNING).count == 1)
                #expect(harness.value("stats").contains("report-ended=(boolean)true"))
            }
        }

        @Test("clear-zones are warned of once")
        func clearZones() throws {
            let harness = try FaceHarness(picture.caps, ["clear-zones": "<<0,0,8,8>>"])
            for frame in 0..<3 { harness.push(picture, frame: frame) }
            harness.set("clear-zones", "<>")
            harness.push(picture, frame: 3)
            harness.set("clear-zones", "<<0,0,8,16>>")
            harness.push(picture, frame: 4)
            let warnings = harness.messages(GST_MESSAGE_WARNING)
            #expect(warnings.count == 1 && warnings.allSatisfy { $0.contains("clear-zones") })
        }

        @Test("a preset sets what it lists, and nothing else", arguments: ["reference", "broadcast", "redaction"])
        func presets(name: String) throws {
            let others = [
                "lookahead": "40000000", "failure-policy": "cover", "mosaic-level": "3", "blur-level": "80",
                "scale-factor": "0.8", "fill-color": "305419896", "threads": "2", "mask-roi": "a",
                "post-messages": "on-change", "attach-meta": "true", "report-location": "r", "model-dir": "m",
            ]
            let element = try FaceHarness.makeElement(others)
            defer { gst_object_unref(element) }
            let names = check_property_names(element)
            defer { g_strfreev(names) }
            func values() -> [String: String] {
                var values: [String: String] = [:]
                var next = names
                while let entry = next, let text = entry.pointee {
                    let property = String(cString: text)
                    values[property] = FaceHarness.value(element, property)
                    next = entry + 1
                }
                return values
            }
            let before = values()
            #expect(others.allSatisfy { before[$0.key] == $0.value }, "\(before)")
            #expect(gst_preset_load_preset(OpaquePointer(element), name) != 0)
            let changed = values().filter { $0.value != before[$0.key] }
            let expected: [String: [String: String]] = [
                "reference": ["sampling": "reference", "margin": "0", "hold": "0"],
                "broadcast": ["mask": "blur", "shape": "ellipse", "margin": "0.25"],
                "redaction": [
                    "mask": "fill", "margin": "0.3", "hold": "1000000000", "min-size": "20",
                    "network-thresholds": "< (double)0.5, (double)0.5, (double)0.5 >", "pnet-threshold": "0.5",
                    "rnet-threshold": "0.5", "onet-threshold": "0.5", "score-threshold": "0.5",
                ],
            ]
            #expect(Set(changed.keys) == Set(try #require(expected[name]).keys), "\(changed)")
            for (property, value) in try #require(expected[name]) where property != "network-thresholds" {
                #expect(
                    Double(changed[property] ?? "") == Double(value)
                        && (Double(value) != nil || changed[property] == value))
            }
        }
    }
}
