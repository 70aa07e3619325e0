// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// The built plugin from outside.
@Suite struct PluginBinaryTests {
    private static var root: String {
        ProcessInfo.processInfo.environment["FACEANON_ROOT"] ?? FileManager.default.currentDirectoryPath
    }

    private static func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "60"] + arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test("the plugin exports its two entries and nothing else")
    func symbols() throws {
        let output = try Self.run(["nm", "-D", "--defined-only", Self.root + "/build/libgstfaceanon.so"])
        let names = output.text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        #expect(Set(names) == ["gst_plugin_faceanon_get_desc", "gst_plugin_faceanon_register"])
    }

    @Test("the plugin needs neither Swift's libraries nor Foundation, and has no RUNPATH")
    func libraries() throws {
        let output = try Self.run(["readelf", "-d", Self.root + "/build/libgstfaceanon.so"])
        #expect(output.text.contains("libopencv_dnn") && output.text.contains("NODELETE"))
        for word in ["libswift", "Foundation", "RUNPATH", "RPATH", "libopencv_video"] {
            #expect(!output.text.contains(word), "\(word)")
        }
    }

    @Test("without its models gst-inspect works, and a pipeline fails and says what to do")
    func withoutModels() throws {
        let inspect = try Self.run(["env", "FACEANON_MODEL_DIR=/nonexistent", "gst-inspect-1.0", "faceanon"])
        #expect(inspect.status == 0 && inspect.text.contains("Filter/Effect/Video"))
        let launch = try Self.run([
            "env", "FACEANON_MODEL_DIR=/nonexistent", "gst-launch-1.0", "videotestsrc", "num-buffers=3", "!",
            "faceanon",
            "!", "fakesink",
        ])
        #expect(launch.status != 0)
        #expect(launch.text.contains("/nonexistent/pnet.onnx") && launch.text.contains("make models"))
    }
}
