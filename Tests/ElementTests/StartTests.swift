// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// Models that are not what they should be: the element does not start, names the file and says what to do.
    @Suite struct Start {
        private static let names = ["pnet.onnx", "rnet.onnx", "onet.onnx"]

        /// Copies the models, lets the body change them, and returns the error of starting with them.
        private func startError(
            _ change: (_ directory: URL) throws -> Void = { _ in }
        ) throws -> (error: BusMessage?, directory: String) {
            let models = try #require(ProcessInfo.processInfo.environment["FACEANON_MODEL_DIR"])
            return try withTemporaryFile { path in
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                for name in Self.names {
                    try FileManager.default.copyItem(atPath: models + "/" + name, toPath: path + "/" + name)
                }
                try change(URL(fileURLWithPath: path))
                return (try LoneElement(["model-dir": path]).startError(), path)
            }
        }

        private func expect(
            _ found: (error: BusMessage?, directory: String), _ code: GstResourceError, names name: String
        ) throws {
            let error = try #require(found.error)
            #expect(error.domain == BusMessage.resource && error.code == Int32(code.rawValue))
            #expect(error.text.contains(found.directory + "/" + name), "\(error.text)")
            #expect(error.text.contains("make models") && error.text.contains("model-dir"), "\(error.text)")
        }

        @Test("a copy of the models will do")
        func copied() throws { #expect(try startError().error == nil) }

        @Test("L2: a missing model", arguments: names)
        func missing(name: String) throws {
            let found = try startError { try FileManager.default.removeItem(at: $0.appending(path: name)) }
            try expect(found, GST_RESOURCE_ERROR_NOT_FOUND, names: name)
        }

        @Test("L2: a truncated, an empty and a replaced model, one bit too few and one byte too many", arguments: names)
        func damaged(name: String) throws {
            func damage(_ change: (inout Data) throws -> Void) throws {
                let found = try startError { directory in
                    let url = directory.appending(path: name)
                    var data = try Data(contentsOf: url)
                    try change(&data)
                    try data.write(to: url)
                }
                try expect(found, GST_RESOURCE_ERROR_READ, names: name)
                #expect(found.error?.text.contains("damaged") == true)
            }
            try damage { $0 = $0.prefix($0.count / 2) }
            try damage { $0.removeLast() }
            try damage { $0 = Data() }
            try damage { $0[$0.count / 2] ^= 1 }
            try damage { $0.append(0) }
            try damage { $0 = Data("Not found\n".utf8) }
            // Another of the three, a whole model.
            let models = try #require(ProcessInfo.processInfo.environment["FACEANON_MODEL_DIR"])
            let other = try #require(Self.names.first { $0 != name })
            try damage { $0 = try Data(contentsOf: URL(fileURLWithPath: models + "/" + other)) }
        }

        @Test("L2: a directory in a model's place", arguments: names)
        func directory(name: String) throws {
            let found = try startError { directory in
                let url = directory.appending(path: name)
                try FileManager.default.removeItem(at: url)
                try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
            }
            try expect(found, GST_RESOURCE_ERROR_READ, names: name)
        }

        @Test("L2: a model directory that is none, or is not there")
        func noDirectory() throws {
            for directory in ["/nowhere", "/dev/null"] {
                let error = try #require(LoneElement(["model-dir": directory]).startError())
                #expect(error.domain == BusMessage.resource && error.text.contains(directory + "/pnet.onnx"))
            }
        }

        @Test("L2: what failed to start passes no frame, and starts once the models are there")
        func afterwards() throws {
            let models = try #require(ProcessInfo.processInfo.environment["FACEANON_MODEL_DIR"])
            let element = try LoneElement(["model-dir": "/nowhere"])
            #expect(element.startError() != nil)
            let object = UnsafeMutableRawPointer(element.element).assumingMemoryBound(to: GObject.self)
            gst_util_set_object_arg(object, "model-dir", models)
            #expect(FaceHarness.value(element.element, "model-dir") == models)
            #expect(element.startError() == nil)
        }

        @Test("L2: a pipeline ends with the error and no frame at its end")
        func pipeline() throws {
            _ = Plugin.isReady
            let pipeline = try #require(
                gst_parse_launch(
                    "videotestsrc num-buffers=5 ! faceanon model-dir=/nowhere ! fakesink name=end signal-handoffs=true",
                    nil))
            defer { gst_object_unref(pipeline) }
            let frames = Counter()
            let bin = UnsafeMutableRawPointer(pipeline).assumingMemoryBound(to: GstBin.self)
            let sink = try #require(gst_bin_get_by_name(bin, "end"))
            frames.watchHandoffs(of: sink)
            gst_object_unref(sink)
            gst_element_set_state(pipeline, GST_STATE_PLAYING)
            let bus = gst_element_get_bus(pipeline)
            let message = gst_bus_timed_pop_filtered(
                bus, 20_000_000_000, GstMessageType(GST_MESSAGE_ERROR.rawValue | GST_MESSAGE_EOS.rawValue))
            #expect(message.map { check_message_type($0) } == GST_MESSAGE_ERROR)
            if let message { gst_message_unref(message) }
            gst_object_unref(bus)
            gst_element_set_state(pipeline, GST_STATE_NULL)
            #expect(frames.value == 0)
        }
    }
}
