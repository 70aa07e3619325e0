// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// A camera or a server of `Tests/RTSPPeer`, as a process of its own, which may be killed.
final class StreamPeer {
    /// Where the face of the picture is: shares of its width and height, well within the face.
    private static let face = "0.38,0.15,0.12,0.15"
    private static let program =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/RTSPPeer"

    private let command: Command
    let port: String
    var address: String { "rtsp://127.0.0.1:\(port)/stream" }

    init(_ arguments: [String], port: String = "0") throws {
        command = try Command(Self.line(arguments + ["--port", port]))
        let line = try Wait.until("a peer listens") { [command] in
            command.errors.split(separator: "\n").first { $0.hasPrefix("port ") }
        }
        self.port = String(line.dropFirst("port ".count))
    }

    /// The command line of a peer.
    static func line(_ arguments: [String]) -> [String] {
        [program] + arguments + ["--picture", Checkout.pictures + "/astronaut.png", "--face", face]
    }

    /// A camera that shows one face.
    static func camera(_ arguments: String..., port: String = "0") throws -> StreamPeer {
        try StreamPeer(["camera"] + arguments, port: port)
    }

    /// A server that takes RECORD.
    static func receiver(_ arguments: String..., port: String = "0") throws -> StreamPeer {
        try StreamPeer(["receiver"] + arguments, port: port)
    }

    deinit { kill() }

    func signal(_ number: Int32) { command.send(number) }

    func kill() {
        command.send(SIGKILL)
        _ = try? command.finish()
    }

    /// What a receiver has seen.
    struct Sight: Equatable {
        var frames = 0
        var masked = 0
        /// Frames that show the face.
        var clear = 0
        var audio = 0
        var sizes: Set<String> = []

        init() {}

        /// Reads what a peer has said.
        init(_ text: String) {
            for line in text.split(separator: "\n") where line.hasPrefix("frames=") {
                for field in line.split(separator: " ") {
                    let pair = field.split(separator: "=")
                    // The last line may be half written.
                    guard pair.count == 2 else { continue }
                    let number = Int(pair[1]) ?? 0
                    switch pair[0] {
                    case "frames": frames = number
                    case "masked": masked = number
                    case "clear": clear = number
                    case "audio": audio = number
                    default: sizes.insert(String(pair[1]))
                    }
                }
            }
        }
    }

    var sight: Sight { Sight(command.errors) }

    /// Waits until a receiver has seen so many more frames.
    @discardableResult func more(_ frames: Int, within seconds: Double = Patience.usual) throws -> Sight {
        let before = sight.frames
        return try Wait.until("\(frames) frames more than \(before)", seconds) {
            sight.frames >= before + frames ? sight : nil
        }
    }
}

/// Waiting for what others do.
enum Wait {
    struct TimeOut: Error, CustomStringConvertible {
        let description: String
    }

    /// Asks again and again until there is an answer.
    static func until<Value>(
        _ what: String, _ seconds: Double = Patience.usual, _ ask: () throws -> Value?
    ) throws -> Value {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if let value = try ask() { return value }
            usleep(20_000)
        }
        throw TimeOut(description: "not within \(seconds) s: \(what)")
    }
}

/// faceanon at work.
final class Stream {
    static let program = Checkout.root + "/build/faceanon"
    /// Red, which no face is.
    static let red = ["--element", "mask=fill fill-color=0xffff0000"]
    /// A peer without a processor is not lost, and its packets are not old.
    static let patient = ["--stall-timeout", "\(Patience.stall)", "--latency", "1000"]

    let command: Command

    init(_ arguments: [String], environment: [String: String] = Checkout.environment) throws {
        command = try Command([Self.program] + arguments, environment: environment)
    }

    static func restream(
        _ camera: String, _ receiver: String, _ more: String..., environment: [String: String] = [:]
    ) throws -> Stream {
        try Stream(
            ["restream", camera, receiver] + red + patient + more, environment: Checkout.environment(environment))
    }

    deinit {
        if command.isRunning {
            command.send(SIGKILL)
            _ = try? command.finish()
        }
    }

    /// Ends it as systemd does.
    func terminate() throws -> Command.Outcome {
        command.send(SIGTERM)
        return try command.finish()
    }

    /// How often a text is in the log.
    func count(of text: String) -> Int { command.errors.components(separatedBy: text).count - 1 }

    /// Waits for a line of the log, so many times.
    func says(_ text: String, times: Int = 1) throws {
        _ = try Wait.until("\(text) (it said: \(command.errors))") {
            guard count(of: text) < times else { return true }
            guard !command.hasEnded else { throw Command.Failure(description: "it has ended: \(command.errors)") }
            return nil
        }
    }

    static func run(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> Command.Outcome {
        try Command.run(
            [program] + arguments, environment: Checkout.environment(environment))
    }
}
