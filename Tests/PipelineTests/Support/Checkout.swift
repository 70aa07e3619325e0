// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation

/// What these tests look at: the checkout with the built plugin, the models and the pictures in it.
enum Checkout {
    static let root = ProcessInfo.processInfo.environment["FACEANON_ROOT"] ?? FileManager.default.currentDirectoryPath
    static let plugin = root + "/build/libgstfaceanon.so"
    static let models = root + "/build/faceanon-models"
    static let pictures = root + "/build/test-data"

    /// Our own environment without what leads to any plugin, model or screen.
    static let bareEnvironment: [String: String] = {
        var environment = ProcessInfo.processInfo.environment.filter { name, _ in
            !["GST_", "G_", "FACEANON_", "XDG_", "DISPLAY", "WAYLAND_DISPLAY", "DESTDIR", "MAKE", "LC_", "LANG"]
                .contains { name.hasPrefix($0) }
        }
        environment["LC_ALL"] = "C.UTF-8"
        environment["GST_REGISTRY"] = root + "/build/registry-of-tests.bin"
        environment["GST_DEBUG_NO_COLOR"] = "1"
        return environment
    }()

    /// The built plugin and nothing else is there to be found; its models are beside it.
    static let environment: [String: String] = {
        var environment = bareEnvironment
        environment["GST_PLUGIN_PATH"] = root + "/build"
        // Once, lest programs that run side by side write the registry at the same time.
        _ = try? Command.run(["gst-inspect-1.0", "faceanon"], environment: environment)
        return environment
    }()

    static func environment(_ changes: [String: String]) -> [String: String] {
        environment.merging(changes) { $1 }
    }

    /// Text without what differs from one checkout to the next.
    static func normalized(_ text: String, _ scratch: Scratch? = nil) -> String {
        var text = text
        if let scratch { text = text.replacingOccurrences(of: scratch.path, with: "SCRATCH") }
        return text.replacingOccurrences(of: root, with: "FACEANON")
    }
}

/// gst-launch-1.0 with a line as a user writes it, `"…"` around what has spaces or brackets.
func launch(
    _ line: String, environment: [String: String] = Checkout.environment
) throws -> Command.Outcome {
    // A shell splits the line as it does a user's.
    let command = try Command(["sh", "-c", "exec gst-launch-1.0 " + line], environment: environment)
    return try command.finish(errorSeconds: 5)
}

/// One line of the element's report.
struct ReportLine: Decodable {
    struct Face: Decodable {
        let x: Double
        let y: Double
        let width: Double
        let height: Double
        let score: Double
        let source: String
    }

    let frame: Int
    let pts: Int?
    let width: Int
    let height: Int
    let outcome: String
    let faces: [Face]

    static func read(_ text: String) throws -> [ReportLine] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(ReportLine.self, from: Data($0.utf8)) }
    }
}
