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
    @discardableResult func more(_ frames: Int, within seconds: Double = 20) throws -> StreamPeer.Sight {
        let before = sight.frames
        return try Wait.until("\(frames) frames more than \(before) (it said: \(command.errors))", seconds) {
            sight.frames >= before + frames ? sight : nil
        }
    }

    /// Waits for its own end.
    func end(within seconds: Double = 30) throws -> Command.Outcome { try command.finish(seconds: seconds) }

    /// How old frames were, ms, for 95 of 100 of them; nil where it has not seen enough.
    var age95: Int? {
        command.errors.split(separator: "\n").last { $0.hasPrefix("ages=") }
            .flatMap { $0.firstMatch(of: /p95=([0-9]+)/) }.flatMap { Int($0.1) }
    }
}
