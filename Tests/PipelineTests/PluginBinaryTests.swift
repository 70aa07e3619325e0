// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// The file that is shipped: what it shows, what it needs, what it gives away.
@Suite struct PluginBinaryTests {
    private func lines(_ arguments: String...) throws -> [String] {
        let outcome = try Command.run(arguments + [Checkout.plugin])
        try #require(outcome.status == 0, "\(outcome.text)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    @Test func exportsTheTwoEntriesAndNothingElse() throws {
        let names = try lines("nm", "-D", "--defined-only").compactMap {
            $0.split(separator: " ").last.map(String.init)
        }
        #expect(names.sorted() == ["gst_plugin_faceanon_get_desc", "gst_plugin_faceanon_register"])
        let local = try lines("readelf", "--dyn-syms", "--wide").filter { $0.contains(" LOCAL ") }
        #expect(local.count <= 1, "only the empty symbol 0: \(local)")
    }

    @Test func needsThreeLibrariesOfOpenCVAndNeitherSwiftNorFoundation() throws {
        let needed = try lines("readelf", "--dynamic", "--wide").filter { $0.contains("(NEEDED)") }
            .compactMap { $0.split(separator: "[").last?.split(separator: ".so").first.map(String.init) }
        let openCV = needed.filter { $0.hasPrefix("libopencv") }.sorted()
        #expect(openCV == ["libopencv_core", "libopencv_dnn", "libopencv_imgproc"])
        let others = Set(needed).subtracting(openCV).subtracting([
            "libglib-2.0", "libgobject-2.0", "libgstreamer-1.0", "libgstbase-1.0", "libgstvideo-1.0", "libstdc++",
            "libgcc_s", "libm", "libc", "ld-linux-x86-64", "ld-linux-aarch64",
        ])
        #expect(others.isEmpty, "\(others.sorted())")
    }

    @Test func looksForLibrariesWhereTheSystemDoesAndStaysLoaded() throws {
        let dynamic = try lines("readelf", "--dynamic", "--wide")
        #expect(dynamic.filter { $0.contains("RUNPATH") || $0.contains("RPATH") || $0.contains("TEXTREL") } == [])
        // GLib keeps types for ever: a plugin with types must not be unloaded.
        #expect(dynamic.contains { $0.contains("FLAGS_1") && $0.contains("NODELETE") })
        let stack = try lines("readelf", "--program-headers", "--wide").filter { $0.contains("GNU_STACK") }
        #expect(stack.count == 1 && stack.allSatisfy { !$0.contains("RWE") }, "\(stack)")
    }

    @Test func takesLessThanEightMegabytes() throws {
        let size = try #require(FileManager.default.contents(atPath: Checkout.plugin)?.count)
        #expect((1_000_000..<8_000_000).contains(size))
    }

    @Test func tellsNothingOfTheMachineItWasBuiltOn() throws {
        let strings = try lines("strings", "-n", "4")
        let home = NSHomeDirectory()
        let swift =
            try Command.run(["sh", "-c", "realpath \"$(command -v swift)\""]).output
            .components(separatedBy: "/usr/bin/").first ?? ""
        for path in [Checkout.root, NSTemporaryDirectory(), home, swift] where path.count > 1 {
            let found = strings.filter { $0.contains(path) }
            #expect(found == [], "\(path)")
        }
    }

    @Test func isStripped() throws {
        let sections = try lines("readelf", "--sections", "--wide")
        #expect(sections.filter { $0.contains(".debug_") || $0.contains(".symtab") } == [])
    }
}
