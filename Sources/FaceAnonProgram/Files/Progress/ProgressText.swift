// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// Progress as people read it.
package enum ProgressText {
    /// One line for a terminal that is `columns` wide; the last column stays empty, lest the terminal begin a new line.
    package static func bar(_ meter: ProgressMeter, name: String?, columns: Int) -> String {
        let room = max(1, columns - 1)
        let percent = String(format: "%3d %%", Int(meter.share * 100))
        var end = " " + percent
        for part in [counts(meter), rate(meter), left(meter)].compactMap({ $0 }) {
            // What fits in, the most useful first, with room for a bar.
            if end.count + part.count + 2 + smallestBar <= room { end += "  " + part }
        }
        var title = ""
        if let name, room - end.count - smallestBar >= 12 {
            title = shortened(name, to: min(width(name), (room - end.count - smallestBar) / 2)) + " "
        }
        let length = room - end.count - width(title) - 2
        guard length >= 1 else { return String(percent.trimmingCharacters(in: .whitespaces).prefix(room)) }
        let full = min(length, Int(Double(length) * meter.share))
        return title + "[" + String(repeating: "#", count: full) + String(repeating: ".", count: length - full) + "]"
            + end
    }

    /// One line for a log.
    package static func line(_ meter: ProgressMeter, name: String?) -> String {
        let parts = ["\(Int(meter.share * 100)) %", counts(meter), rate(meter), left(meter)].compactMap { $0 }
        return (name.map { "\($0): " } ?? "") + parts.joined(separator: ", ")
    }

    private static let smallestBar = 12

    private static func counts(_ meter: ProgressMeter) -> String? {
        meter.fileCount > 1 ? "\(meter.filesDone)/\(meter.fileCount) files" : "\(count(meter.frames, "frame"))"
    }

    private static func rate(_ meter: ProgressMeter) -> String? {
        meter.rate.map { String(format: $0 < 9.95 ? "%.1f frames/s" : "%.0f frames/s", $0) }
    }

    private static func left(_ meter: ProgressMeter) -> String? { meter.secondsLeft.map { time($0) + " left" } }

    /// As in `0:07`, `12:34`, `1:02:03`.
    package static func time(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        let all = Int(seconds.rounded())
        let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
    }

    /// A number with its noun.
    package static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// A name with its middle left out.
    package static func shortened(_ name: String, to room: Int) -> String {
        guard width(name) > room else { return name }
        guard room > 3 else { return String(name.prefix(max(0, room))) }
        var (head, tail) = (Substring(""), Substring(""))
        for length in 1...name.count {
            let next = (name.prefix((length + 1) / 2), name.suffix(length / 2))
            if width(String(next.0)) + width(String(next.1)) > room - 1 { break }
            (head, tail) = next
        }
        return head + "…" + tail
    }

    /// Columns that a text takes: two for the wide characters of East Asia and for pictures, none for marks.
    package static func width(_ text: String) -> Int {
        text.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark: return 0
            default: return isWide(scalar.value) ? 2 : 1
            }
        }.reduce(0, +)
    }

    /// Unicode's annex 11, by blocks.
    private static func isWide(_ value: UInt32) -> Bool {
        [
            0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
        ].contains { $0.contains(value) }
    }
}
