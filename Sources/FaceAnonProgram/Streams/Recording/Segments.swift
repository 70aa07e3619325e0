// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import Foundation
internal import Synchronization

/// The names of segments: a prefix, and the time of their beginning.
package struct SegmentNames: Equatable, Sendable {
    package let prefix: String
    let format: SegmentFormat

    init(prefix: String, format: SegmentFormat) {
        self.prefix = prefix
        self.format = format
    }

    package init(prefix: String) { self.init(prefix: prefix, format: .mkv) }

    /// Such as `front-20260131T120000Z`; from the second one of a second on with `-2` and so forth.
    package func stem(_ date: Date, isTaken: (String) -> Bool) -> String {
        let stem = prefix + "-" + Self.style.format(date).filter { $0 != "-" && $0 != ":" }
        if !isTaken(stem) { return stem }
        var number = 2
        while isTaken("\(stem)-\(number)") { number += 1 }
        return "\(stem)-\(number)"
    }

    /// The stem and time of a file that is one of ours; nil for any other.
    package func parse(_ file: String) -> (stem: String, date: Date)? {
        guard let dot = file.lastIndex(of: "."), ["mkv", "mp4", "jsonl"].contains(file[file.index(after: dot)...]),
            file.hasPrefix(prefix + "-")
        else { return nil }
        let stem = String(file[..<dot])
        let parts = stem.dropFirst(prefix.count + 1).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 2 && Int(parts[1]).map({ $0 > 1 }) == true,
            parts[0].count == 16, let date = Self.date(parts[0])
        else { return nil }
        return (stem, date)
    }

    private static let style = Date.ISO8601FormatStyle()

    private static func date(_ text: Substring) -> Date? {
        let digits = Array(text)
        guard digits[8] == "T", digits[15] == "Z" else { return nil }
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        let iso = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
        return try? style.parse(iso)
    }
}

/// One segment on disk: its files, and what they take.
package struct Segment: Equatable, Sendable {
    package let stem: String
    package let date: Date
    package let files: [String]
    package let bytes: Int64

    package init(stem: String, date: Date, files: [String], bytes: Int64) {
        self.stem = stem
        self.date = date
        self.files = files
        self.bytes = bytes
    }
}

/// How long, and how much of, a recording may be kept.
package struct Retention: Equatable, Sendable {
    let age: Span?
    let size: ByteCount?

    package init(age: Span?, size: ByteCount?) {
        self.age = age
        self.size = size
    }

    /// The files to delete, oldest first. The segment that is being written stays.
    package func excess(in segments: [Segment], open: String?, now: Date) -> [String] {
        var total = segments.reduce(0) { $0 + $1.bytes }
        var files: [String] = []
        for segment in segments.sorted(by: { ($0.date, $0.stem.count, $0.stem) < ($1.date, $1.stem.count, $1.stem) })
        where segment.stem != open {
            let isOld = age.map { now.timeIntervalSince(segment.date) > $0.seconds } ?? false
            let isMuch = size.map { total > $0.bytes } ?? false
            guard isOld || isMuch else { continue }
            files += segment.files
            total -= segment.bytes
        }
        return files
    }

    /// When the next of these segments is too old, unless it is the one that is being written.
    package func nextExpiry(in segments: [Segment], open: String?) -> Date? {
        guard let age else { return nil }
        return segments.filter { $0.stem != open }.map { $0.date + age.seconds }.min()
    }
}

/// The folder of a recording: which segments there are, and when each of this session began.
final class SegmentShelf: Sendable {
    let folder: String
    let names: SegmentNames

    struct Beginning: Equatable, Sendable {
        let stem: String
        /// Running time, ns.
        let time: Int64
    }

    private let state = Mutex<[Beginning]>([])

    init(folder: String, names: SegmentNames) {
        self.folder = folder
        self.names = names
    }

    /// Begins a segment; returns its path.
    func begin(at time: Int64) -> String {
        let stem = names.stem(Date()) { stem in
            ["mkv", "mp4", "jsonl"].contains { FileManager.default.fileExists(atPath: "\(folder)/\(stem).\($0)") }
        }
        state.withLock { $0.append(Beginning(stem: stem, time: time)) }
        return "\(folder)/\(stem).\(names.format.rawValue)"
    }

    /// The segments begun since the last reset.
    var beginnings: [Beginning] { state.withLock { $0 } }

    /// The segment that is being written.
    var current: String? { beginnings.last?.stem }

    func reset() { state.withLock { $0 = [] } }

    /// All that is there, of this session and before.
    func segments() -> [Segment] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let known = files.compactMap { file in names.parse(file).map { (file: file, stem: $0.stem, date: $0.date) } }
        return Dictionary(grouping: known, by: \.stem).map { stem, files in
            let bytes = files.reduce(Int64(0)) { sum, file in
                var status = stat()
                return stat("\(folder)/\(file.file)", &status) == 0 ? sum + Int64(status.st_size) : sum
            }
            return Segment(stem: stem, date: files[0].date, files: files.map(\.file).sorted(), bytes: bytes)
        }
    }
}
