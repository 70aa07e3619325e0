// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// What each property does, set while frames flow: the next frame shows it.
    @Suite struct Effects {
        /// Grey, so that a pixel is a byte.
        private let picture = Picture.astronaut("GRAY8")

        /// A stream of the portrait in which each frame stands for itself.
        private final class Playing {
            let picture: Picture
            let harness: FaceHarness
            private var frame = 0

            init(_ picture: Picture, _ properties: [String: String] = [:]) throws {
                self.picture = picture
                harness = try FaceHarness(picture.caps, ["hold": "0"].merging(properties) { $1 })
            }

            /// The next frame's output with these properties.
            func next(_ properties: [(String, String)] = []) throws -> Change {
                for (name, value) in properties { harness.set(name, value) }
                #expect(harness.push(picture, frame: frame) == GST_FLOW_OK)
                frame += 1
                return Change(from: picture, to: try #require(harness.pullBytes()))
            }
        }

        /// Where an output differs from the picture.
        private struct Change {
            let output: [UInt8]
            let count: Int
            /// Nil where nothing differs.
            let area: Area?

            init(from picture: Picture, to output: [UInt8]) {
                let offsets = output.indices.filter { output[$0] != picture.bytes[$0] }
                let columns = offsets.map { $0 % picture.width }
                let rows = offsets.map { $0 / picture.width }
                (self.output, count) = (output, offsets.count)
                if let left = columns.min(), let right = columns.max(), let top = rows.min(), let bottom = rows.max() {
                    area = Area(x: left..<right + 1, y: top..<bottom + 1)
                } else {
                    area = nil
                }
            }

            /// The values within the area, a row each.
            var rows: [ArraySlice<UInt8>] {
                guard let area else { return [] }
                return area.y.map { output[$0 * 320 + area.x.lowerBound..<$0 * 320 + area.x.upperBound] }
            }
            var values: Set<UInt8> { Set(rows.joined()) }
            /// From the darkest to the brightest.
            var contrast: Int { (values.max().map { Int($0) } ?? 0) - (values.min().map { Int($0) } ?? 0) }
        }

        @Test("the face is found again and again, until a setting says otherwise")
        func detection() throws {
            let playing = try Playing(picture)
            #expect(try playing.next().count > 1000)
            let settings = [
                ("min-size", "100", "40"), ("score-threshold", "1", "0.7"), ("pnet-threshold", "1", "0.6"),
                ("rnet-threshold", "1", "0.7"), ("onet-threshold", "1", "0.7"),
                ("network-thresholds", "<1,0.7,0.7>", "<0.6,0.7,0.7>"),
            ]
            for (name, value, standard) in settings {
                #expect(try playing.next([(name, value)]).count == 0, "\(name)")
                #expect(try playing.next([(name, standard)]).count > 1000, "\(name)")
            }
        }

        @Test("lower thresholds find more")
        func thresholds() throws {
            try withTemporaryFile { path in
                let playing = try Playing(picture, ["report-location": path])
                _ = try playing.next()
                _ = try playing.next([
                    ("min-size", "12"), ("network-thresholds", "<0.01,0.01,0.01>"), ("score-threshold", "0"),
                ])
                let lines = try ReportLine.read(path)
                #expect(lines[0].faces.count == 1 && lines[1].faces.count > 3)
            }
        }

        @Test("sampling changes what the networks see, and so the box a little")
        func sampling() throws {
            try withTemporaryFile { path in
                let playing = try Playing(picture, ["report-location": path])
                for sampling in ["area", "reference", "area"] { _ = try playing.next([("sampling", sampling)]) }
                let boxes = try ReportLine.read(path).compactMap(\.faces.first)
                try #require(boxes.count == 3)
                #expect(boxes[1].x != boxes[0].x && abs(boxes[1].x - boxes[0].x) < 2)
                #expect(boxes[2].x == boxes[0].x && boxes[2].score == boxes[0].score)
            }
        }

        @Test("scale-factor: a pyramid with steps too large misses what lies between them")
        func scaleFactor() throws {
            let playing = try Playing(picture, ["min-size": "12"])
            #expect(try picture.isMasked(playing.next().output))
            #expect(try !picture.isMasked(playing.next([("scale-factor", "0.1")]).output))
            #expect(try picture.isMasked(playing.next([("scale-factor", "0.9")]).output))
        }

        @Test("mosaic: mosaic-level cells per side, each of one value", arguments: [1, 2, 4, 7])
        func mosaic(level: Int) throws {
            let change = try Playing(picture).next([("mosaic-level", "\(level)")])
            #expect(change.values.count <= level * level)
            for row in change.rows {
                let steps = zip(row, row.dropFirst()).filter { $0 != $1 }.count
                #expect(steps <= level - 1)
            }
            if level == 1 { #expect(change.values.count == 1) } else { #expect(change.values.count > level) }
        }

        @Test("blur: smooth, and flatter with more of it")
        func blur() throws {
            let playing = try Playing(picture, ["mask": "blur"])
            let weakest = try playing.next([("blur-level", "1")])
            let strong = try playing.next([("blur-level", "1000")])
            for change in [weakest, strong] {
                let steps = change.rows.flatMap { row in zip(row, row.dropFirst()).map { abs(Int($0) - Int($1)) } }
                #expect(try #require(steps.max()) <= 6)
            }
            #expect(strong.contrast < 12 && strong.contrast < weakest.contrast)
            // The floor: a quarter of the region hides the face, whatever the level.
            #expect(weakest.contrast < 120)
        }

        @Test("fill: the color, and only it")
        func fill() throws {
            let playing = try Playing(picture, ["mask": "fill"])
            #expect(try playing.next([("fill-color", "0xff000000")]).values == [0])
            #expect(try playing.next([("fill-color", "0xffffffff")]).values == [255])
            #expect(try playing.next([("fill-color", "0x00ff0000")]).values == [76])
        }

        @Test("margin: the share of the box's side on each side")
        func margin() throws {
            try withTemporaryFile { path in
                let playing = try Playing(
                    picture, FaceHarness.white.merging(["report-location": path]) { $1 })
                for (frame, margin) in [0, 0.2, 0.5, 1].enumerated() {
                    let change = try playing.next([("margin", "\(margin)")])
                    let face = try #require(try ReportLine.read(path)[frame].faces.first)
                    let area = try FrameMemory(picture).area(of: face, margin: margin)
                    #expect(change.area == area)
                }
            }
        }

        @Test("shape: the ellipse leaves the corners, the rectangle does not")
        func shape() throws {
            let playing = try Playing(picture, FaceHarness.white)
            let rectangle = try playing.next()
            let ellipse = try playing.next([("shape", "ellipse")])
            #expect(rectangle.area == ellipse.area)
            #expect(Double(ellipse.count) / Double(rectangle.count) < 0.83)
            #expect(try playing.next([("shape", "rectangle")]).count == rectangle.count)
        }

        @Test("mask styles take turns from frame to frame")
        func styles() throws {
            let playing = try Playing(picture)
            let mosaic = try playing.next()
            #expect(try playing.next([("mask", "fill")]).values == [0])
            #expect(try playing.next([("mask", "blur")]).values.count > 8)
            #expect(try playing.next([("mask", "mosaic")]).output == mosaic.output)
        }

        @Test("zones and regions of interest come and go")
        func zones() throws {
            let playing = try Playing(picture, FaceHarness.white)
            let face = try playing.next()
            let zone = try playing.next([("mask-zones", "<<8,280,20,30>>")])
            #expect(zone.area?.x.lowerBound == 8 && zone.area?.y.upperBound == 310)
            #expect(try playing.next([("mask-zones", "<>")]).output == face.output)
            #expect(try playing.next([("clear-zones", "<<0,0,320,320>>")]).count == 0)
            #expect(try playing.next([("clear-zones", "<>")]).output == face.output)
        }

        @Test("the failure policy is the one of the moment")
        func policy() throws {
            let playing = try Playing(picture)
            _ = try playing.next()
            playing.harness.set("failure-policy", "drop")
            FaultInjection.set { $0 == .inference }
            defer { FaultInjection.set(nil) }
            #expect(playing.harness.push(picture, frame: 1) == GST_FLOW_OK)
            playing.harness.set("failure-policy", "cover")
            #expect(playing.harness.push(picture, frame: 2) == GST_FLOW_OK)
            #expect(playing.harness.pullAll().map { Set($0) } == [[0]])
            playing.harness.set("failure-policy", "error")
            #expect(playing.harness.push(picture, frame: 3) == GST_FLOW_ERROR)
            #expect(playing.harness.pullAll().isEmpty)
        }

        @Test("a value that stops working in PLAYING falls under the policy")
        func broken() throws {
            let playing = try Playing(picture)
            _ = try playing.next()
            playing.harness.set("scale-factor", "1")
            #expect(playing.harness.push(picture, frame: 1) == GST_FLOW_ERROR)
            #expect(playing.harness.pullAll().isEmpty)
            let error = try #require(playing.harness.takeMessages().first { $0.type == GST_MESSAGE_ERROR })
            #expect(error.text.contains("scale-factor"))
            #expect(error.code == Int32(GST_RESOURCE_ERROR_SETTINGS.rawValue))
        }

        @Test("metas and messages come and go")
        func telling() throws {
            let harness = try FaceHarness(picture.caps)
            func next(_ frame: Int) throws -> (regions: guint, messages: Int) {
                harness.push(picture, frame: frame)
                let buffer = try #require(harness.tryPull())
                defer { gst_buffer_unref(buffer) }
                return (check_video_regions(buffer), harness.messages(GST_MESSAGE_ELEMENT).count)
            }
            #expect(try next(0) == (0, 0))
            harness.set("attach-meta", "true")
            harness.set("post-messages", "every-frame")
            #expect(try next(1) == (1, 1))
            #expect(try next(2) == (1, 1))
            harness.set("post-messages", "on-change")
            #expect(try next(3) == (1, 0))
            harness.set("attach-meta", "false")
            #expect(try next(4) == (0, 0))
            // The face leaves: hidden, and not held.
            harness.set("hold", "0")
            harness.push(picture.withNoiseOverFace(), frame: 5)
            #expect(harness.pullBytes() != nil)
            #expect(harness.messages(GST_MESSAGE_ELEMENT).count == 1)
        }

        @Test("controlled properties follow the stream's time")
        func controlled() throws {
            let playing = try Playing(picture, FaceHarness.white)
            let object = UnsafeMutableRawPointer(playing.harness.element)
            func control(_ name: String, _ values: [Double]) {
                let source = check_control(object, name)
                for (frame, value) in values.enumerated() {
                    gst_timed_value_control_source_set(source, GstClockTime(frame) * 40_000_000, value)
                }
                gst_object_unref(source)
            }
            // Shares of the range 0 to 2, of the three masks and of all colors.
            control("margin", [0, 0.1, 0.5, 0.5, 0.5])
            control("mask", [1, 1, 1, 0, 1])
            control("fill-color", [1, 1, 1, 1, 0])
            let changes = try (0..<5).map { _ in try playing.next() }
            let widths = changes.map { $0.area?.x.count ?? 0 }
            #expect(abs(Double(widths[1]) / Double(widths[0]) - 1.4) < 0.06)
            #expect(abs(Double(widths[2]) / Double(widths[0]) - 3) < 0.1)
            #expect(changes[2].values == [255] && changes[3].values.count > 20 && changes[4].values == [0])
            #expect(playing.harness.value("mask") == "fill")
        }
    }
}
