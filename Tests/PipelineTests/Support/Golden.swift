// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// Texts that users read, as they were when somebody last looked at them.
enum Golden {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden")

    /// Compares a text with Golden/`name`; with FACEANON_UPDATE_GOLDEN=1, writes it there instead.
    static func expect(
        _ text: String, matches name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["FACEANON_UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            return
        }
        let golden = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        guard text != golden else { return }
        let scratch = try Scratch()
        try scratch.write(Data(text.utf8), to: name)
        let difference = try Command.run(["diff", "-U1", file.path, scratch / name])
        Issue.record(
            """
            \(name) has changed:
            \(difference.output)
            Where that is meant: FACEANON_UPDATE_GOLDEN=1 make test FILTER=Golden
            """, sourceLocation: sourceLocation)
    }
}
