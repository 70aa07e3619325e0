// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// Where video comes from or goes to: a URI without credentials.
package struct StreamAddress: Equatable, Sendable, CustomStringConvertible {
    /// A URI, `test` for a moving test picture.
    package let uri: String
    package var description: String { uri == Self.test ? "the test picture" : uri }

    package static let test = "test"
    package var isTest: Bool { uri == Self.test }
    package var scheme: String { uri.prefix { $0 != ":" }.lowercased() }
    package var isFile: Bool { scheme == "file" }
    package var isRTSP: Bool { ["rtsp", "rtsps", "rtspt", "rtspu"].contains(scheme) }

    /// Takes a source: a URI, a file, or `test`.
    package init(source text: String) throws(ProgramFailure) {
        guard text != Self.test else {
            uri = text
            return
        }
        if text.contains("://") {
            try Self.refuseCredentials(in: text, name: "source")
            uri = text
            return
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: text, isDirectory: &isFolder), !isFolder.boolValue else {
            throw ProgramFailure(.misuse, "the source \(text) is neither a URL (rtsp://…) nor a file")
        }
        uri = URL(fileURLWithPath: text).absoluteString
    }

    /// Takes the URL of an RTSP server.
    package init(target text: String) throws(ProgramFailure) {
        try Self.refuseCredentials(in: text, name: "target")
        uri = text
        guard isRTSP, text.contains("://"), URL(string: text)?.host != nil else {
            throw ProgramFailure(
                .misuse, "the target \(Log.redacted(text)) is not an RTSP URL: rtsp://HOST[:PORT]/PATH")
        }
    }

    /// A command line can be read by every user of the machine, and a URL gets into logs.
    package static func refuseCredentials(in text: String, name: String) throws(ProgramFailure) {
        guard let start = text.range(of: "//") else { return }
        let authority = text[start.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard authority.contains("@") else { return }
        throw ProgramFailure(
            .misuse,
            "the \(name)'s URL holds a user or password: take them out of it. Put user:password into a file for "
                + "--\(name)-credentials FILE, or set FACEANON_\(name.uppercased())_USER and "
                + "FACEANON_\(name.uppercased())_PASSWORD")
    }
}
