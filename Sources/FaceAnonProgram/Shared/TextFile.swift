// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// Small files that users write: passwords, keys, configurations.
enum TextFile {
    /// The whole of a file; `name` is what messages call it, such as `the configuration`.
    static func read(_ path: String, _ name: String) throws(ProgramFailure) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { throw unreadable("\(name) \(path)") }
        return String(decoding: data, as: UTF8.self)
    }

    /// The first line of a file.
    static func firstLine(_ path: String, _ name: String) throws(ProgramFailure) -> String {
        String(try read(path, name).prefix { !$0.isNewline })
    }

    static func unreadable(_ path: String) -> ProgramFailure {
        ProgramFailure(.misuse, "\(path) cannot be read: does it exist, and may you read it?")
    }

    /// For a file that holds a secret.
    static func warnIfOpen(_ path: String) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & 0o007 != 0 {
            Log.say("warning: everyone on this machine may read \(path): chmod 600 it")
        }
    }
}
