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

    /// Takes `user:password`; nil where that is something else.
    private init?(_ line: some StringProtocol) {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
        self.init(user: String(line[..<colon]), password: String(line[line.index(after: colon)...]))
    }

    /// Reads them from `file` if there is one, else from `FACEANON_NAME_USER` and `FACEANON_NAME_PASSWORD`; nil where
    /// neither is there. What is found is kept out of the log.
    ///
    /// The file holds `user:password` in its first line.
    package static func find(
        _ name: String, file: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ProgramFailure) -> Credentials? {
        let found = if let file { try read(file) } else { try read(environment, name) }
        if let found { Log.hide(found) }
        return found
    }

    private static func read(_ file: String) throws(ProgramFailure) -> Credentials? {
        guard let credentials = Credentials(try TextFile.firstLine(file, "the credentials file")) else {
            throw ProgramFailure(.misuse, "the credentials file \(file) must hold user:password in its first line")
        }
        TextFile.warnIfOpen(file)
        return credentials
    }

    private static func read(_ environment: [String: String], _ name: String) throws(ProgramFailure) -> Credentials? {
        let names = variables(name)
        let (user, password) = (environment[names.user].flatMap { $0.isEmpty ? nil : $0 }, environment[names.password])
        switch (user, password) {
        case (nil, nil): return nil
        case (let user?, let password?): return Credentials(user: user, password: password)
        case (nil, _):
            throw ProgramFailure(.misuse, "\(names.password) is set without \(names.user): set both, or neither")
        case (_, nil):
            throw ProgramFailure(.misuse, "\(names.user) is set without \(names.password): set both, or neither")
        }
    }

    /// The environment's variables for the credentials of that name.
    private static func variables(_ name: String) -> (user: String, password: String) {
        let prefix = "FACEANON_\(name.uppercased())_"
        return (prefix + "USER", prefix + "PASSWORD")
    }

    /// How to give the credentials of that name.
    package static func ways(_ name: String) -> (file: String, variables: String) {
        let names = variables(name)
        return ("--\(name)-credentials FILE", "set \(names.user) and \(names.password)")
    }

    /// A key, which is a password without a user, from the first line of a file, else from `FACEANON_NAME_KEY`. It is kept
    /// out of the log.
    static func key(
        _ name: String, file: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ProgramFailure) -> String? {
        var key = environment["FACEANON_\(name.uppercased())_KEY"]
        if let file {
            key = try TextFile.firstLine(file, "the file of the key")
            TextFile.warnIfOpen(file)
        }
        guard let key else { return nil }
        guard !key.isEmpty, !key.contains(where: \.isWhitespace) else {
            throw ProgramFailure(.misuse, "the \(name)'s key is empty or has spaces in it")
        }
        Log.hide(Credentials(user: "key", password: key))
        return key
    }

    /// Reads lines of `user:password`. Empty lines, and those that begin with #, are left out.
    static func list(file: String) throws(ProgramFailure) -> [Credentials] {
        let text = try TextFile.read(file, "the file of users")
        var users: [Credentials] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        where !line.isEmpty && !line.hasPrefix("#") {
            guard let user = Credentials(line) else {
                throw ProgramFailure(.misuse, "line \(number + 1) of the file of users \(file) is not user:password")
            }
            guard !users.contains(where: { $0.user == user.user }) else {
                throw ProgramFailure(.misuse, "the file of users \(file) has the user \(user.user) twice")
            }
            Log.hide(user)
            users.append(user)
        }
        TextFile.warnIfOpen(file)
        return users
    }
}
