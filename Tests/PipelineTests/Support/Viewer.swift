// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation

/// A viewer of `Tests/RTSPPeer`, as a process of its own, which may be killed.
final class Viewer {
    private let command: Command

    init(_ address: String, _ more: [String]) throws {
        command = try Command(StreamPeer.line(["viewer", "--url", address] + more))
    }

    deinit { kill() }

    func kill() {
        command.send(SIGKILL)
        _ = try? command.finish(seconds: 5)
    }

    var sight: StreamPeer.Sight { StreamPeer.Sight(command.errors) }

    /// Waits until it has seen so many more frames.
    @discardableResult func more(_ frames: Int, within seconds: Double = 40) throws -> StreamPeer.Sight {
        let before = sight.frames
        return try Wait.until("\(frames) frames more than \(before) (it said: \(command.errors))", seconds) {
            sight.frames >= before + frames ? sight : nil
        }
    }

    /// Waits for its own end.
    func end(within seconds: Double = 30) throws -> Command.Outcome { try command.finish(seconds: seconds) }

    /// How old frames were when they came; nil where it has not seen enough.
    var ages: (count: Int, median: Int, p95: Int)? {
        guard let line = command.errors.split(separator: "\n").last(where: { $0.hasPrefix("ages=") }),
            let match = line.wholeMatch(of: /ages=([0-9]+) median=([0-9]+) p95=([0-9]+)/),
            let count = Int(match.1), let median = Int(match.2), let p95 = Int(match.3)
        else { return nil }
        return (count, median, p95)
    }
}
