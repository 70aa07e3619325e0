// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// What a worker is told to do: a line of JSON on its input. The files to write are descriptors of the parent's, by their
/// names under `/proc`: they have no other.
enum WorkerOrder: Codable, Sendable {
    /// Try out the element with these settings, so that a wrong one is found before anything is written.
    case check(preset: String?, settings: [String])
    /// Say what a file is and what would become of it.
    case facts(MaskRequest)
    /// Mask a file.
    case mask(MaskRequest)
}

/// What a worker answers: lines of JSON on its output. All but `progress` end the order.
enum WorkerAnswer: Codable, Sendable {
    case progress(MaskProgress)
    case checked
    case facts(MediaFacts)
    case summary(MaskSummary)
    case failure(status: Int32, text: String)
}

/// Lines of JSON.
enum JSONLine {
    static func encode(_ value: some Encodable) -> Data? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        // Not a number is nothing that JSON can say.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard var line = try? encoder.encode(value) else { return nil }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from line: some Sequence<UInt8>) -> Value? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(type, from: Data(line))
    }
}

/// Takes bytes as they come and gives whole lines.
package struct LineBuffer {
    /// The longest line that is kept, bytes: what is longer comes from no program of ours.
    package static let limit = 1 << 20

    private var rest: [UInt8] = []

    package init() {}

    package mutating func take(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        rest.append(contentsOf: bytes)
        var lines: [[UInt8]] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(Array(rest[..<end]))
            rest.removeFirst(end + 1)
        }
        if rest.count > Self.limit { rest = [] }
        return lines
    }

    /// What came after the last line's end.
    package mutating func takeRest() -> [UInt8]? {
        defer { rest = [] }
        return rest.isEmpty ? nil : rest
    }
}
