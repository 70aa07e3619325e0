// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import Foundation

/// How progress is shown.
package enum ProgressStyle: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, bar, lines, json, none

    /// The style that `auto` stands for: a bar where somebody looks.
    var resolved: ProgressStyle {
        guard self == .auto else { return self }
        let terminal = ProcessInfo.processInfo.environment["TERM"] ?? ""
        return isatty(2) == 1 && terminal != "dumb" && !terminal.isEmpty ? .bar : .lines
    }
}

/// What `mask` says: progress and complaints on the error output, results on the output.
final class Console {
    let style: ProgressStyle
    private let isQuiet: Bool
    /// Whether a bar stands on the terminal's last line.
    private var hasBar = false
    private var lastLine: ContinuousClock.Instant = .now
    private let start: ContinuousClock.Instant = .now

    init(_ style: ProgressStyle, quiet: Bool) {
        isQuiet = quiet
        self.style = quiet && style != .json ? .none : style.resolved
    }

    /// Seconds since the beginning.
    var seconds: Double { (.now - start) / .seconds(1) }

    /// Between two lines of progress.
    private static let lineInterval = Duration.seconds(5)

    /// Shows how far it is. To be called about twice a second.
    func show(_ meter: ProgressMeter, name: String?) {
        show(ProgressText.line(meter, name: name), bar: { ProgressText.bar(meter, name: name, columns: $0) })
    }

    /// Shows what it is about.
    func show(_ text: String) { show(text, bar: { ProgressText.shortened(text, to: max(1, $0 - 1)) }) }

    /// 0 where it is unknown.
    private static var terminalColumns: Int {
        var size = winsize()
        return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
    }

    private func show(_ line: String, bar: (Int) -> String) {
        switch style {
        case .bar:
            let columns = Self.terminalColumns
            // Over the old bar: clearing it first would flicker.
            Log.write("\r" + bar(columns > 0 ? columns : 80) + "\u{1B}[K")
            hasBar = true
        case .lines:
            guard .now - lastLine >= Self.lineInterval else { return }
            lastLine = .now
            Log.say(line)
        case .auto, .json, .none: break
        }
    }

    func clear() {
        if hasBar { Log.write("\r\u{1B}[K") }
        hasBar = false
    }

    /// What people have to know in any case.
    func complain(_ text: String) {
        clear()
        Log.say(text)
    }

    /// A result, for people.
    func tell(_ text: String) {
        guard !isQuiet, style != .json else { return }
        clear()
        Self.write(Data((Log.redacted(text) + "\n").utf8))
    }

    /// A result, for programs.
    func emit(_ event: some Encodable) {
        guard style == .json, let line = JSONLine.encode(event) else { return }
        Self.write(Data(Log.redacted(String(decoding: line, as: UTF8.self)).utf8))
    }

    private static func write(_ data: Data) {
        var rest = Array(data)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(1, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
