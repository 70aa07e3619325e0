// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// The name of a file as bytes, whatever they are, or an address (`rtsp://…`, `camera`).
///
/// A name is never given to FFmpeg's libraries: they would read options, patterns and protocols in it.
package struct MediaPath: Codable, Hashable, Sendable {
    /// Without the zero at the end.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    package init(_ text: String) { bytes = Array(text.utf8) }

    /// In JSON the bytes are base64: they need not be UTF-8.
    package init(from decoder: any Decoder) throws {
        bytes = try [UInt8](decoder.singleValueContainer().decode(Data.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes))
    }

    /// What stands after the last dot of the last part, in lower case; empty where there is no dot, or only at the
    /// start.
    package var suffix: String {
        let name = bytes.split(separator: UInt8(ascii: "/")).last ?? []
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return "" }
        return String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased()
    }

    /// Calls `body` with the name as C wants it.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (bytes + [0]).withUnsafeBytes { raw in
            // Never empty: the zero is there.
            raw.withMemoryRebound(to: CChar.self) { buffer in
                withUnsafePointer(to: 0) { zero in body(buffer.baseAddress ?? zero) }
            }
        }
    }
}

extension MediaPath: CustomStringConvertible {
    /// For messages: bytes that are no printable text are written as `\xNN`.
    package var description: String {
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
            let head = rest.prefix(length)
            if first >= 0x20, first != 0x7f, let character = String(validating: head, as: UTF8.self) {
                text += character
                rest = rest.dropFirst(head.count)
            } else {
                text += "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16)
                rest = rest.dropFirst()
            }
        }
        return text
    }
}
