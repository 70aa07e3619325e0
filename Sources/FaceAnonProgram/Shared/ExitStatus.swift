// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The exit statuses of the program, the same for every subcommand.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    /// Ended in good order: the source's end, or SIGINT or SIGTERM.
    case success = 0
    /// Masking failed, or the program itself.
    case failed = 1
    /// The command line, a setting or the configuration is wrong.
    case misuse = 2
    /// The source refuses, or gives nothing that can be masked.
    case source = 3
    /// The server that was to get the masked stream refuses.
    case target = 4
    /// There is no room to write to, or no right to.
    case storage = 5
    /// GStreamer lacks faceanon or another element.
    case installation = 6

    /// What `--help` says of it.
    package var meaning: String {
        switch self {
        case .success: "ended in good order (the source's end, SIGINT or SIGTERM)"
        case .failed: "masking failed, or the program itself"
        case .misuse: "wrong use: command line, settings or configuration"
        case .source: "the source refuses, or holds no video"
        case .target: "the receiving server refuses"
        case .storage: "no room to write to, or no right to"
        case .installation: "GStreamer lacks the element faceanon or another one"
        }
    }

    /// The table for `--help`.
    package static let table =
        "Exit status: "
        + allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: "; ") + "."
}

/// Why a subcommand cannot go on: one line for people, and the exit status.
package struct ProgramFailure: Error, Equatable, CustomStringConvertible {
    package let status: ExitStatus
    package let description: String

    package init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
