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
        _ = try? command.finish()
    }

    var sight: StreamPeer.Sight { StreamPeer.Sight(command.errors) }

    /// Waits until it has seen so many more frames.
    @discardableResult func more(_ frames: Int) throws -> StreamPeer.Sight {
        let before = sight.frames
        return try Wait.until("\(frames) frames more than \(before) (it said: \(command.errors))") {
            if sight.frames >= before + frames { return sight }
            guard !hasEnded else { throw Command.Failure(description: "it has ended: \(command.errors)") }
            return nil
        }
    }

    /// Waits until it has seen so many frames, or has ended: false.
    func sees(_ frames: Int) throws -> Bool {
        try Wait.until("\(frames) frames, or the end (it said: \(command.errors))") {
            if sight.frames >= frames { return true }
            return hasEnded ? false : nil
        }
    }

    /// Whether it has said that it is over.
    var hasEnded: Bool { command.errors.contains("over: ") }

    /// Waits for its own end.
    func end() throws -> Command.Outcome { try command.finish() }

    /// How old frames were when they came; nil where it has not seen enough.
    var ages: (count: Int, median: Int, p95: Int)? {
        guard let line = command.errors.split(separator: "\n").last(where: { $0.hasPrefix("ages=") }),
            let match = line.wholeMatch(of: /ages=([0-9]+) median=([0-9]+) p95=([0-9]+)/),
            let count = Int(match.1), let median = Int(match.2), let p95 = Int(match.3)
        else { return nil }
        return (count, median, p95)
    }
}
