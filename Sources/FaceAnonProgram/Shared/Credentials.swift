// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// A user's name and password. They come from the environment or a file: a command line can be read by every user of the
/// machine.
package struct Credentials: Equatable, Sendable {
    package let user: String
    package let password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// Reads them from `file` if there is one, else from `FACEANON_NAME_USER` and `FACEANON_NAME_PASSWORD`; nil where
    /// neither is there. What is found is kept out of the log.
    ///
    /// The file holds `user:password` in its first line.
    package static func find(
        _ name: String, file: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ProgramFailure) -> Credentials? {
        let found: Credentials
        if let file {
            found = try read(file)
        } else {
            let prefix = "FACEANON_\(name.uppercased())_"
            guard let user = environment[prefix + "USER"], !user.isEmpty else {
                guard environment[prefix + "PASSWORD"] == nil else {
                    throw ProgramFailure(.misuse, "\(prefix)PASSWORD is set without \(prefix)USER: set both, or neither")
                }
                return nil
            }
            guard let password = environment[prefix + "PASSWORD"] else {
                throw ProgramFailure(.misuse, "\(prefix)USER is set without \(prefix)PASSWORD: set both, or neither")
            }
            found = Credentials(user: user, password: password)
        }
        Log.hide(found)
        return found
    }

    private static func read(_ file: String) throws(ProgramFailure) -> Credentials {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ProgramFailure(
                .misuse, "the credentials file \(file) cannot be read: does it exist, and may you read it?")
        }
        let line = String(decoding: data, as: UTF8.self).prefix { !$0.isNewline }
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
            throw ProgramFailure(.misuse, "the credentials file \(file) must hold user:password in its first line")
        }
        warnIfOpen(file)
        return Credentials(user: String(line[..<colon]), password: String(line[line.index(after: colon)...]))
    }

    static func warnIfOpen(_ file: String) {
        var status = stat()
        if stat(file, &status) == 0, status.st_mode & 0o007 != 0 {
            Log.say("warning: everyone on this machine may read \(file): chmod 600 it")
        }
    }
}
