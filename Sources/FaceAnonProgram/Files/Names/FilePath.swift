// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The name of a file as the bytes that the system has. It need not be text: a String would change bytes that are not UTF-8,
/// and take two names for one that Unicode calls equal.
package struct FilePath: Hashable, Sendable {
    /// Without the zero at the end; there is none within.
    package let bytes: [UInt8]

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    /// The bytes up to the first zero.
    package init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes.prefix { $0 != 0 }) }

    package init(_ text: String) { self.init(bytes: text.utf8) }

    package var isEmpty: Bool { bytes.isEmpty }

    /// What follows the last slash.
    package var name: FilePath { FilePath(bytes: trimmed.suffix(from: lastSlash.map { $0 + 1 } ?? 0)) }

    /// What the name stands in: `.` where the path is a name alone.
    package var folder: FilePath {
        guard let lastSlash else { return FilePath(".") }
        var folder = trimmed[..<lastSlash]
        while folder.count > 1, folder.last == Self.slash { folder.removeLast() }
        return folder.isEmpty ? FilePath("/") : FilePath(bytes: folder)
    }

    /// The name up to its suffix.
    package var stem: FilePath { FilePath(bytes: name.bytes[..<(lastDot ?? name.bytes.count)]) }

    /// What follows the last dot of the name, as written; nil where there is none, or nothing before or after it.
    package var suffix: FilePath? { lastDot.map { FilePath(bytes: name.bytes[($0 + 1)...]) } }

    /// The suffix in lower case, where it is letters and digits.
    package var kind: String? {
        guard let suffix,
            suffix.bytes.allSatisfy({ $0 < 0x80 && (Character(Unicode.Scalar($0)).isLetter || isDigit($0)) })
        else { return nil }
        return String(decoding: suffix.bytes, as: UTF8.self).lowercased()
    }

    package static func / (folder: FilePath, name: FilePath) -> FilePath {
        if folder.isEmpty { return name }
        return FilePath(bytes: folder.bytes + (folder.bytes.last == slash ? [] : [slash]) + name.bytes)
    }

    package static func + (path: FilePath, text: String) -> FilePath { FilePath(bytes: path.bytes + Array(text.utf8)) }

    package func hasPrefix(_ text: String) -> Bool { bytes.starts(with: text.utf8) }

    package func hasSuffix(_ text: String) -> Bool { bytes.suffix(text.utf8.count).elementsEqual(text.utf8) }

    /// Lends the path to C.
    package func withCString<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let characters = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
        defer { characters.deallocate() }
        for (index, byte) in bytes.enumerated() { (characters + index).initialize(to: CChar(bitPattern: byte)) }
        (characters + bytes.count).initialize(to: 0)
        return try body(characters)
    }

    private var trimmed: ArraySlice<UInt8> {
        var rest = bytes[...]
        while rest.count > 1, rest.last == Self.slash { rest.removeLast() }
        return rest
    }

    private var lastSlash: Int? { trimmed.count > 1 ? trimmed.lastIndex(of: Self.slash) : nil }

    private var lastDot: Int? {
        let name = name.bytes
        guard let dot = name.lastIndex(of: Self.dot), dot < name.count - 1,
            name[..<dot].contains(where: { $0 != Self.dot })
        else { return nil }
        return dot
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension FilePath: Comparable {
    package static func < (one: FilePath, other: FilePath) -> Bool { one.bytes.lexicographicallyPrecedes(other.bytes) }
}

// MARK: - For people and programs

extension FilePath: CustomStringConvertible {
    /// For people: on one line, with whatever could steer a terminal or turn the text around written as an escape.
    package var description: String { Shown.text(bytes) }

    /// The path as text, where it is text.
    package var text: String? { String(validating: bytes, as: UTF8.self) }
}

/// Texts from outside, as people may see them.
package enum Shown {
    /// Writes bytes that are no UTF-8 as `\xff`, control characters as `\n` or `\u{202e}`.
    package static func text(_ bytes: [UInt8]) -> String {
        var text = ""
        var iterator = bytes.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        var position = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                append(Unicode.UTF8.decode(encoded), to: &text)
                position += encoded.count
            case .error(let length):
                for byte in bytes[position..<min(position + length, bytes.count)] {
                    text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }
                position += length
            case .emptyInput: return text
            }
        }
    }

    package static func text(_ text: String) -> String { self.text(Array(text.utf8)) }

    /// A sentence of ours with names in it that are escaped already: only what could still steer a terminal is.
    package static func line(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case "\\": text += "\\\\"
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse:
                text += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
