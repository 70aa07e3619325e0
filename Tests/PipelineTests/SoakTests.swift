// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// Minutes that each variant takes; 0: `make soak` has not asked for it.
private let soakMinutes = Double(ProcessInfo.processInfo.environment["SOAK_MINUTES"] ?? "") ?? 0

/// What a stream has to survive, for many minutes: `make soak`. Skipped otherwise. One at a time, as the suite within it.
@Suite(.serialized) struct SoakTests {
    private static let sourceKills = 10
    private static let serverKills = 3
    /// Seconds from a peer's return to the next masked frame.
    private static let patience = 10.0

    /// A network between camera and program.
    enum Network: String, CaseIterable {
        case good, lossy

        /// 2 % of the packets lost, the others 50 ms late, 20 ms more or less. What follows a lost packet is left out until
        /// the next whole key frame: at this bit rate about 17 packets, so that 7 of 10 are whole.
        var camera: [String] {
            self == .good
                ? ["--audio"] : ["--loss", "2", "--delay", "50", "--jitter", "20", "--bitrate", "400"]
        }
        var transport: String { self == .good ? "tcp" : "udp" }
    }

    @Test(.enabled(if: soakMinutes > 0), arguments: Network.allCases)
    func sourceAndServerAreLostAgainAndAgain(_ network: Network) throws {
        let audio = network == .good ? ["--audio"] : []
        let oddFrames = try Self.folder(for: network)
        let receiving = ["receiver", "--odd-frames", oddFrames] + audio
        var camera = try StreamPeer(["camera"] + network.camera)
        var receiver = try StreamPeer(receiving)
        let scratch = try Scratch()
        let stream = try Stream.restream(
            camera.address, receiver.address, "--source-transport", network.transport, "--stats-json",
            scratch / "stats",
            // As users have it, whatever other tests take.
            "--stall-timeout", "5", "--latency", "200")
        try receiver.more(15)

        let start = ContinuousClock.now
        let length = soakMinutes * 60
        let kills = Self.sourceKills + Self.serverKills
        var memory: Double?
        var seen = StreamPeer.Sight()
        var slowest = 0.0
        for kill in 1...kills {
            try rest(until: start + .seconds(length * Double(kill) / Double(kills + 1)), receiver)
            if memory == nil, ContinuousClock.now - start >= .seconds(min(60, length / 5)) {
                memory = try stream.residentMegabytes()
            }
            let isServer =
                kill % (kills / Self.serverKills) == 0 && kill / (kills / Self.serverKills) <= Self.serverKills
            if isServer {
                seen.add(receiver.sight)
                let port = receiver.port
                receiver.kill()
                receiver = try StreamPeer(receiving, port: port)
            } else {
                let port = camera.port
                camera.kill()
                camera = try StreamPeer(["camera"] + network.camera, port: port)
            }
            let back = ContinuousClock.now
            try receiver.more(5, within: Self.patience)
            slowest = max(slowest, (ContinuousClock.now - back) / .seconds(1))
        }
        try rest(until: start + .seconds(length), receiver)
        let before = try #require(memory)
        let after = try stream.residentMegabytes()
        seen.add(receiver.sight)
        let outcome = try stream.terminate()
        print(
            "soak, \(network) network: \(seen.frames) frames, \(seen.masked) masked, \(seen.clear) clear; back after "
                + "\(slowest) s at most; \(before) MB, then \(after) MB")
        #expect(outcome.status == 0, "\(outcome.errors.suffix(1000))")
        #expect(seen.clear == 0, "of \(seen.frames) frames")
        #expect(seen.masked == seen.frames, "\(seen); the others are in \(oddFrames)")
        #expect(after <= before + max(8, before * 0.05), "\(before) MB after the first minute, \(after) MB at the end")
    }

    /// Where frames are kept that are not masked: they want to be looked at.
    private static func folder(for network: Network) throws -> String {
        let path = "\(Checkout.root)/build/soak/\(network)"
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Waits; frames have to come meanwhile.
    private func rest(until end: ContinuousClock.Instant, _ receiver: StreamPeer) throws {
        while ContinuousClock.now < end { try receiver.more(5, within: Self.patience) }
    }
}

extension StreamPeer.Sight {
    fileprivate mutating func add(_ other: StreamPeer.Sight) {
        frames += other.frames
        masked += other.masked
        clear += other.clear
        audio += other.audio
    }
}

extension Stream {
    /// Of the program's memory, what is in RAM.
    fileprivate func residentMegabytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(command.group)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = try #require(
            line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) })
        return kilobytes / 1024
    }
}
