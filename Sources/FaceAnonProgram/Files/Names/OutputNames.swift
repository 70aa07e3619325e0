// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// What outputs are called.
package enum OutputNames {
    /// What stands before the suffix of an output that lies beside its input.
    static let mark = "_masked"

    /// The longest name in bytes where the file system does not say (Linux's NAME_MAX).
    static let usualLimit = 255

    /// Whether a name is one that `beside` gives: such files of a folder are not masked again.
    package static func isOurs(_ name: FilePath) -> Bool { name.stem.hasSuffix(mark) }

    /// NAME_masked.SUFFIX for an input of that name, `limit` bytes at most. With `wholeName` the old suffix stays in it: two
    /// inputs that differ in that alone have names of their own then.
    package static func beside(
        _ name: FilePath, suffix: String, wholeName: Bool = false, limit: Int = usualLimit
    ) -> FilePath {
        fitting(wholeName ? name : name.stem, ending: "\(mark).\(suffix)", limit: limit)
    }

    /// The name in a folder of outputs: the input's own, with another suffix where the kind of file changes. With
    /// `wholeName` the old suffix stays in it here, too.
    package static func inFolder(
        _ name: FilePath, suffix: String, wholeName: Bool = false, limit: Int = usualLimit
    ) -> FilePath {
        if sameKind(name.kind, suffix) { return name }
        return fitting(wholeName ? name : name.stem, ending: "." + suffix, limit: limit)
    }

    /// The report of an input in a folder of reports.
    package static func report(_ name: FilePath, limit: Int = usualLimit) -> FilePath {
        fitting(name, ending: ".jsonl", limit: limit)
    }

    private static let partialMark = ".partial"

    /// NAME.partial.SUFFIX beside an output that could not be finished.
    package static func partial(_ output: FilePath, limit: Int = usualLimit) -> FilePath {
        let ending = partialMark + (output.suffix.map { FilePath(".") + $0 }?.text ?? "")
        return output.folder / fitting(output.stem, ending: ending, limit: limit)
    }

    /// Whether a file may keep its suffix: `.jpeg` is as good as `.jpg`.
    private static func sameKind(_ kind: String?, _ suffix: String) -> Bool {
        guard let kind else { return false }
        return kind == suffix || families.contains { $0.contains(kind) && $0.contains(suffix) }
    }

    private static let families: [Set<String>] = [
        ["jpg", "jpeg", "jpe", "jfif"], ["tif", "tiff"], ["png", "apng"], ["ts", "m2ts", "mts"], ["mpg", "mpeg"],
    ]

    /// A stem with an ending. A stem that is too long is cut, between characters, and gets a digest of all of it, so that
    /// stems that differ further on stay apart.
    private static func fitting(_ stem: FilePath, ending: String, limit: Int) -> FilePath {
        let room = max(1, limit - ending.utf8.count)
        guard stem.bytes.count > room else { return stem + ending }
        let mark = "~" + hexadecimal(digest(stem.bytes))
        var length = max(1, room - mark.utf8.count)
        // A byte 10xxxxxx continues a character.
        while length > 1, stem.bytes[length] & 0xC0 == 0x80 { length -= 1 }
        return FilePath(bytes: stem.bytes[..<length]) + mark + ending
    }

    /// FNV-1a in 64 bits, which is the same in every run.
    private static func digest(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension FilePath {
    fileprivate static func + (path: FilePath, more: FilePath) -> FilePath { FilePath(bytes: path.bytes + more.bytes) }
}
