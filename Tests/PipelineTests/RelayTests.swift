// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `faceanon relay` between two applications of nginx with its RTMP module.
@Suite(.serialized) struct RelayTests {
    /// Two applications on a port.
    private final class Server {
        let port: Int
        private let nginx: Nginx

        init(port: Int? = nil) throws {
            let port = try port ?? Port.free()
            self.port = port
            nginx = try Nginx(
                rtmp: """
                    rtmp {
                        server {
                            listen 127.0.0.1:\(port);
                            application clear { live on; drop_idle_publisher 10s; }
                            application masked { live on; }
                        }
                    }
                    """)
        }

        func kill() { nginx.kill() }

        func address(_ path: String) -> String { "rtmp://127.0.0.1:\(port)/\(path)" }
    }

    /// Someone who publishes a picture with one face, and a tone.
    private static func publisher(_ address: String, audio: Bool = true) throws -> Command {
        let sound = audio ? ["-f", "lavfi", "-i", "sine=frequency=440", "-c:a", "aac", "-shortest"] : []
        return try Command(
            [
                "ffmpeg", "-nostdin", "-v", "error", "-re", "-loop", "1", "-framerate", "15", "-i",
                Checkout.pictures + "/astronaut.png",
            ] + sound
                + [
                    "-vf", "scale=480:480", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune",
                    "zerolatency", "-g", "15", "-f", "flv", address,
                ])
    }

    private static let frames = 20

    /// Plays so many frames of what viewers get; the face's place in each of them, and whether there is sound.
    private func look(_ address: String, _ scratch: Scratch) throws -> (reds: [Double], hasAudio: Bool) {
        try? FileManager.default.removeItem(atPath: scratch / "seen.mkv")
        _ = try Wait.until("something to play at \(address)") {
            let outcome = try Command.run(
                [
                    "ffmpeg", "-nostdin", "-v", "error", "-y", "-rw_timeout", "20000000", "-i", address,
                    "-frames:v", "\(Self.frames)", "-c", "copy", scratch / "seen.mkv",
                ])
            return outcome.status == 0 && scratch.data("seen.mkv").count > 10_000 ? true : nil
        }
        let raw = try Command.run([
            "ffmpeg", "-nostdin", "-v", "error", "-y", "-i", scratch / "seen.mkv", "-vf", "crop=48:64:182:72,scale=1:1",
            "-vsync", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", scratch / "pixels",
        ])
        try #require(raw.status == 0, "\(raw.text)")
        let pixels = [UInt8](scratch.data("pixels"))
        let reds = stride(from: 0, to: pixels.count, by: 3).map {
            Double(pixels[$0]) - Double(max(pixels[$0 + 1], pixels[$0 + 2]))
        }
        let probe = try Command.run([
            "ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", scratch / "seen.mkv",
        ])
        return (reds, probe.output.contains("aac"))
    }

    @Test(arguments: [true, false]) func whatIsPublishedIsMaskedAndPublishedAgain(_ hasAudio: Bool) throws {
        let nginx = try Server()
        let publisher = try Self.publisher(nginx.address("clear/door"), audio: hasAudio)
        defer { publisher.send(SIGKILL) }
        let stream = try Stream(
            ["relay", nginx.address("clear/door"), nginx.address("masked/door")] + Stream.red + Stream.patient)
        let scratch = try Scratch()
        let seen = try look(nginx.address("masked/door"), scratch)
        #expect(seen.reds.count == Self.frames && seen.reds.allSatisfy { $0 > 150 }, "\(seen.reds)")
        #expect(seen.hasAudio == hasAudio)
        // The other one does show the face: else this could not fail.
        let clear = try look(nginx.address("clear/door"), scratch)
        #expect(clear.reds.allSatisfy { $0 < 100 }, "\(clear.reds)")
        let outcome = try stream.terminate()
        #expect(outcome.status == 0, "\(outcome.text)")
    }

    @Test func publisherAndServerComeBack() throws {
        var nginx = try Server()
        let stream = try Stream(
            ["relay", nginx.address("clear/door"), nginx.address("masked/door")] + Stream.red)
        try stream.says("trying again")
        let scratch = try Scratch()
        var publisher = try Self.publisher(nginx.address("clear/door"))
        defer { publisher.send(SIGKILL) }
        #expect(try look(nginx.address("masked/door"), scratch).reds.allSatisfy { $0 > 150 })

        publisher.send(SIGKILL)
        _ = try publisher.finish()
        let before = stream.count(of: "trying again")
        try stream.says("trying again", times: before + 1)
        publisher = try Self.publisher(nginx.address("clear/door"))
        #expect(try look(nginx.address("masked/door"), scratch).reds.allSatisfy { $0 > 150 })

        nginx.kill()
        publisher.send(SIGKILL)
        nginx = try Server(port: nginx.port)
        publisher = try Self.publisher(nginx.address("clear/door"))
        #expect(try look(nginx.address("masked/door"), scratch).reds.allSatisfy { $0 > 150 })
        #expect(try stream.terminate().status == 0)
    }

    @Test func theKeyIsNowhereToBeSeen() throws {
        let nginx = try Server()
        let scratch = try Scratch()
        try scratch.write(Data("k3y-of-mine\n".utf8), to: "key")
        let stream = try Stream(
            ["relay", "test", nginx.address("masked"), "--target-key", scratch / "key"] + Stream.red)
        _ = try look(nginx.address("masked/k3y-of-mine"), scratch)
        let outcome = try stream.terminate()
        #expect(outcome.status == 0)
        #expect(!outcome.text.contains("k3y-of-mine"), "\(outcome.text)")
    }

    @Test(arguments: [
        ["rtmp://127.0.0.1/masked"], ["http://127.0.0.1/masked/x"], ["rtmp://me:hunter2@127.0.0.1/masked/x"],
    ])
    func wrongTargetsAreRefused(_ target: [String]) throws {
        let outcome = try Stream.run("relay", "test", target[0])
        #expect(outcome.status == 2 && outcome.errors.contains("target"), "\(outcome.text)")
        #expect(!outcome.text.contains("hunter2"))
    }

    @Test func whoDoesNotListenIsTriedUntilItIsNoUse() throws {
        let outcome = try Stream.run("relay", "test", "rtmp://127.0.0.1:9/masked/x", "--give-up-after", "6")
        #expect(outcome.status == 4 && outcome.errors.contains("trying again in"), "\(outcome.text)")
    }
}
