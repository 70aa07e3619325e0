// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// The leaks' rows that concern what is said of faces, orientation, failures below, and numbers.
    @Suite struct MoreLeaks {
        @Test("L11: nothing is written to disk but the report that was asked for")
        func files() throws {
            let before = Set(try FileManager.default.contentsOfDirectory(atPath: "."))
            let temporary = NSTemporaryDirectory()
            let temporaryBefore = Set(try FileManager.default.contentsOfDirectory(atPath: temporary))
            let picture = Picture.astronaut()
            let report = temporary + "faceanon-l11.jsonl"
            defer { try? FileManager.default.removeItem(atPath: report) }
            do {
                let harness = try FaceHarness(picture.caps, ["report-location": report])
                harness.push(picture, frame: 0)
                _ = harness.pullBytes()
            }
            #expect(Set(try FileManager.default.contentsOfDirectory(atPath: ".")) == before)
            let written = Set(try FileManager.default.contentsOfDirectory(atPath: temporary))
                .subtracting(temporaryBefore).filter { $0.contains("faceanon") }
            #expect(written == ["faceanon-l11.jsonl"])
        }

        @Test("L12: boxes leave only when asked for, landmarks never")
        func personalData() throws {
            let picture = Picture.astronaut()
            let quiet = try FaceHarness(picture.caps)
            quiet.push(picture, frame: 0)
            let plain = try #require(quiet.tryPull())
            #expect(check_video_regions(plain) == 0)
            gst_buffer_unref(plain)
            #expect(quiet.messages(GST_MESSAGE_ELEMENT).isEmpty)

            let report = NSTemporaryDirectory() + "faceanon-l12.jsonl"
            defer { try? FileManager.default.removeItem(atPath: report) }
            let telling = try FaceHarness(
                picture.caps, ["attach-meta": "true", "post-messages": "every-frame", "report-location": report])
            telling.push(picture, frame: 0)
            let buffer = try #require(telling.tryPull())
            defer { gst_buffer_unref(buffer) }
            #expect(check_video_regions(buffer) == 1)
            let region = try #require(check_first_region(buffer)).pointee
            #expect(String(cString: g_quark_to_string(region.roi_type)) == "face")
            let line = try #require(try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n").first)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let face = try #require((object["faces"] as? [[String: Any]])?.first)
            #expect(Set(face.keys) == ["x", "y", "width", "height", "score", "source", "track"])
            #expect(Set(object.keys) == ["frame", "pts", "width", "height", "outcome", "faces"])
            let message = try #require(telling.messages(GST_MESSAGE_ELEMENT).first)
            #expect(message.hasPrefix("faceanon,") && message.contains("running-time") && !message.contains("eye"))
        }

        @Test("L15: a face that crosses the frame's border is masked up to it")
        func border() throws {
            // The picture shifted to the left, so that the border cuts the face.
            let picture = Picture.astronaut(width: 400, height: 400)
            let cut = Picture.cropped(picture, left: 150, width: 240, height: 400)
            let harness = try FaceHarness(cut.caps, ["mask": "fill", "fill-color": "0xffffffff"])
            harness.push(cut, frame: 0)
            let output = try #require(harness.pullBytes())
            let leftColumn = (70..<120).map { output[$0 * 240] }
            #expect(leftColumn.filter { $0 == 235 }.count > 40)
        }

        @Test("L16: a number out of range is refused by GLib; at the start the log says what holds")
        func range() throws {
            let element = try FaceHarness.makeElement(["min-size": "20"])
            defer { gst_object_unref(element) }
            let object = UnsafeMutableRawPointer(element).assumingMemoryBound(to: GObject.self)
            gst_util_set_object_arg(object, "min-size", "5")
            var value = GValue()
            g_value_init(&value, GType(6 << 2))  // G_TYPE_INT
            g_object_get_property(object, "min-size", &value)
            #expect([12, 20].contains(g_value_get_int(&value)))
            LogLines.record(level: GST_LEVEL_INFO)
            defer { LogLines.stop() }
            #expect(gst_element_set_state(element, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE)
            gst_element_set_state(element, GST_STATE_NULL)
            #expect(
                LogLines.all.contains { $0.contains("min-size=\(g_value_get_int(&value))") && $0.contains("hold=") })
        }

        @Test("L18: mosaic cells are few true means, and stay with the face as it moves by single pixels")
        func cells() throws {
            let wide = Picture.astronaut(width: 400, height: 400)
            try withTemporaryFile { path in
                let harness = try FaceHarness(
                    Picture.cropped(wide, left: 0, width: 320, height: 400).caps, ["report-location": path])
                var sizes: [Int] = []
                var seen: [[Int]] = []
                for shift in 0..<12 {
                    let picture = Picture.cropped(wide, left: shift, width: 320, height: 400)
                    harness.push(picture, frame: shift)
                    let output = try #require(harness.pullBytes())
                    let face = try #require(ReportLine.read(path).last?.faces.first)
                    let area = try FrameMemory(picture).area(of: face, margin: 0.2)
                    sizes.append(area.x.count)
                    var cells: [Int] = []
                    for (rows, columns) in Self.grid(area.y, area.x) {
                        let offsets = rows.flatMap { y in columns.map { y * 320 + $0 } }
                        let mean = offsets.map { Double(picture.bytes[$0]) }.reduce(0, +) / Double(offsets.count)
                        let values = Set(offsets.map { output[$0] })
                        #expect(values.count == 1, "\(values.count) values in one cell")
                        cells.append(Int(values.first ?? 0))
                        #expect(abs(Double(values.first ?? 0) - mean) <= 1)
                    }
                    seen.append(cells)
                }
                // The region keeps its size, so that the same cell shows the same part of the face, frame by frame.
                #expect(try #require(sizes.max()) - #require(sizes.min()) <= 8, "\(sizes)")
                let spreads = (0..<49).map { cell in
                    let values = seen.map { $0[cell] }
                    return (values.max() ?? 255) - (values.min() ?? 0)
                }
                #expect(spreads.reduce(0, +) / spreads.count <= 12, "\(spreads)")
            }
        }

        /// The 7 x 7 cells of an area.
        private static func grid(_ rows: Range<Int>, _ columns: Range<Int>) -> [(Range<Int>, Range<Int>)] {
            func parts(_ range: Range<Int>) -> [Range<Int>] {
                (0..<7).map { part in
                    range.lowerBound + part * range.count / 7..<range.lowerBound + (part + 1) * range.count / 7
                }
            }
            return parts(rows).flatMap { row in parts(columns).map { (row, $0) } }
        }
    }
}

extension Picture {
    /// A part of an I420 picture's columns; `left` rounds down to whole chroma samples only for the chroma.
    static func cropped(_ picture: Picture, left: Int, width: Int, height: Int) -> Picture {
        var bytes: [UInt8] = []
        func append(base: Int, stride: Int, left: Int, width: Int, rows: Int) {
            for y in 0..<rows {
                let start = base + y * stride + left
                bytes.append(contentsOf: picture.bytes[start..<start + width])
            }
        }
        append(base: 0, stride: picture.width, left: left, width: width, rows: height)
        let luma = picture.width * picture.height
        for plane in 0..<2 {
            append(
                base: luma + plane * luma / 4, stride: picture.width / 2, left: left / 2, width: width / 2,
                rows: height / 2)
        }
        return Picture(format: "I420", width: width, height: height, bytes: bytes)
    }
}

/// The lines of the debug category `faceanon`.
enum LogLines {
    /// Written by the thread that logs, which is the test's own.
    nonisolated(unsafe) static var all: [String] = []

    static func record(level: GstDebugLevel) {
        all = []
        gst_debug_set_threshold_for_name("faceanon", level)
        gst_debug_add_log_function(
            { category, _, _, _, _, _, message, _ in
                guard let category, String(cString: gst_debug_category_get_name(category)) == "faceanon",
                    let text = gst_debug_message_get(message)
                else { return }
                LogLines.all.append(String(cString: text))
            }, nil, nil)
    }

    static func stop() {
        gst_debug_set_threshold_for_name("faceanon", GST_LEVEL_ERROR)
    }
}
