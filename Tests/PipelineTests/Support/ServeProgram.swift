// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation

/// `faceanon serve` with a configuration of its own, which listens. Cameras may keep silent for long, unless it says
/// how long.
final class ServeProgram {
    let scratch: Scratch
    let stream: Stream
    let base: String

    init(_ configuration: String, _ arguments: [String] = [], in scratch: Scratch? = nil) throws {
        let scratch = try scratch ?? Scratch()
        self.scratch = scratch
        let patience = configuration.contains("stall-timeout: ") ? "" : "stall-timeout: \(Patience.stall)\n"
        try scratch.write(Data((patience + configuration).utf8), to: "serve.yml")
        stream = try Stream(["serve", "--port", "0", scratch / "serve.yml"] + arguments)
        base = try Wait.until("the server listens") { [stream] in
            guard let match = stream.command.errors.firstMatch(of: /(rtsps?:\/\/127.0.0.1:[0-9]+)\/\S+ serves/) else {
                guard !stream.command.hasEnded else { throw Command.Failure(description: stream.command.errors) }
                return nil
            }
            return String(match.1)
        }
    }

    func viewer(_ mount: String, _ more: String...) throws -> Viewer { try Viewer("\(base)/\(mount)", more) }

    func end() throws -> Command.Outcome { try stream.terminate() }
}
