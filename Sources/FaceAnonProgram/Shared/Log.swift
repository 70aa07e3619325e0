// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// The lines for people, on the error output. Nothing gets there with a secret in it.
package enum Log {
    private static let redactor = Mutex(Redactor())

    /// Takes a secret out of all that is written from now on.
    package static func hide(_ credentials: Credentials) {
        redactor.withLock { $0.hide(credentials) }
    }

    package static func redacted(_ text: String) -> String {
        redactor.withLock { $0.redacted(text) }
    }

    /// Writes one line. Line breaks within become spaces.
    package static func say(_ text: String) {
        let line = redacted(text).split(whereSeparator: \.isNewline).joined(separator: " ")
        write("faceanon: " + line + "\n")
    }

    /// Writes a text as it is, less the secrets.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(2, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Lets GStreamer's own log (GST_DEBUG) through the redactor too.
    static func captureGStreamer() {
        stream_replace_log_function { category, level, file, function, line, object, message, _ in
            guard level.rawValue <= gst_debug_category_get_threshold(category).rawValue,
                let text = gst_debug_message_get(message)
            else { return }
            let levelName = gst_debug_level_get_name(level).map { String(cString: $0) } ?? ""
            let categoryName = gst_debug_category_get_name(category).map { String(cString: $0) } ?? ""
            let place = function.map { String(cString: $0) } ?? ""
            Log.write(Log.redacted("\(levelName) \(categoryName) \(place):\(line): \(String(cString: text))\n"))
        }
    }
}

/// Takes secrets out of texts: those that it was told of, in every form that they are sent in, and whatever stands between
/// `//` and `@` in a URL.
package struct Redactor {
    private var secrets: [String] = []

    package init() {}

    package mutating func hide(_ credentials: Credentials) {
        let pair = Data("\(credentials.user):\(credentials.password)".utf8)
        let escaped = credentials.password.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
        for secret in [credentials.password, escaped ?? "", pair.base64EncodedString()]
        where !secret.isEmpty && !secrets.contains(secret) {
            secrets.append(secret)
        }
        // The longest first: one may hold another.
        secrets.sort { $0.utf8.count > $1.utf8.count }
    }

    package func redacted(_ text: String) -> String {
        var text = text
        for secret in secrets { text = text.replacingOccurrences(of: secret, with: "***") }
        return text.replacingOccurrences(
            of: #"//[^/\s"']*@"#, with: "//***@", options: .regularExpression)
    }
}
