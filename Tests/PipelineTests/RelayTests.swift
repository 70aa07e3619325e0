// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `faceanon-stream relay` between two applications of nginx with its RTMP module.
@Suite(.serialized) struct RelayTests {
    /// nginx on a free port, as a process of its own.
    private final class Nginx {
        let port: Int
        private let scratch: Scratch
        private var command: Command

        init(port: Int? = nil) throws {
            scratch = try Scratch()
            self.port = try port ?? Self.freePort()
            let configuration = """
                load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
                daemon off;
                master_process off;
                user root;
                pid \(scratch / "pid");
                error_log \(scratch / "log") info;
                events {}
                rtmp {
                    server {
                        listen 127.0.0.1:\(self.port);
                        application clear { live on; drop_idle_publisher 10s; }
                        application masked { live on; }
                    }
                }
                """
            try scratch.write(Data(configuration.utf8), to: "nginx.conf")
            command = try Command(["/usr/sbin/nginx", "-p", scratch.path, "-c", scratch / "nginx.conf"])
            _ = try Wait.until("nginx listens", 10) { [scratch, command] in
                guard command.isRunning else { throw Command.Failure(description: command.errors) }
                return scratch.has("pid") ? true : nil
            }
        }

        deinit { kill() }

        func kill() {
            command.send(SIGKILL)
            _ = try? command.finish(seconds: 5)
        }

        func address(_ path: String) -> String { "rtmp://127.0.0.1:\(port)/\(path)" }

        private static func freePort() throws -> Int {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
                }
            }
            guard isBound else { throw Command.Failure(description: "there is no free port") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
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

    /// Plays `seconds` of what viewers get; the face's place in each frame, and whether there is sound.
    private func look(_ address: String, _ scratch: Scratch) throws -> (reds: [Double], hasAudio: Bool) {
        try? FileManager.default.removeItem(atPath: scratch / "seen.mkv")
        _ = try Wait.until("something to play at \(address)", 30) {
            let outcome = try Command.run(
                [
                    "ffmpeg", "-nostdin", "-v", "error", "-y", "-rw_timeout", "8000000", "-i", address, "-t", "2", "-c",
                    "copy",
                    scratch / "seen.mkv",
                ], seconds: 30)
            return outcome.status == 0 && scratch.data("seen.mkv").count > 10_000 ? true : nil
        }
        let raw = try Command.run([
            "ffmpeg", "-nostdin", "-v", "error", "-y", "-i", scratch / "seen.mkv", "-vf", "crop=48:64:182:72,scale=1:1",
            "-pix_fmt", "rgb24", "-f", "rawvideo", scratch / "pixels",
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
        let nginx = try Nginx()
        let publisher = try Self.publisher(nginx.address("clear/door"), audio: hasAudio)
        defer { publisher.send(SIGKILL) }
        let stream = try Stream(["relay", nginx.address("clear/door"), nginx.address("masked/door")] + Stream.red)
        let scratch = try Scratch()
        let seen = try look(nginx.address("masked/door"), scratch)
        #expect(seen.reds.count >= 15 && seen.reds.allSatisfy { $0 > 150 }, "\(seen.reds)")
        #expect(seen.hasAudio == hasAudio)
        // The other one does show the face: else this could not fail.
        let clear = try look(nginx.address("clear/door"), scratch)
        #expect(clear.reds.allSatisfy { $0 < 100 }, "\(clear.reds)")
        let outcome = try stream.terminate()
        #expect(outcome.status == 0, "\(outcome.text)")
    }

    @Test func publisherAndServerComeBack() throws {
        var nginx = try Nginx()
        let stream = try Stream(
            ["relay", "--stall-timeout", "2", nginx.address("clear/door"), nginx.address("masked/door")] + Stream.red)
        try stream.says("trying again", within: 15)
        let scratch = try Scratch()
        var publisher = try Self.publisher(nginx.address("clear/door"))
        defer { publisher.send(SIGKILL) }
        #expect(try look(nginx.address("masked/door"), scratch).reds.allSatisfy { $0 > 150 })

        publisher.send(SIGKILL)
        _ = try publisher.finish(seconds: 5)
        let before = stream.command.errors.components(separatedBy: "trying again").count
        try stream.says("trying again", times: before, within: 15)
        publisher = try Self.publisher(nginx.address("clear/door"))
        #expect(try look(nginx.address("masked/door"), scratch).reds.allSatisfy { $0 > 150 })

        nginx.kill()
        publisher.send(SIGKILL)
        nginx = try Nginx(port: nginx.port)
        publisher = try Self.publisher(nginx.address("clear/door"))
        #expect(try look(nginx.address("masked/door"), scratch).reds.allSatisfy { $0 > 150 })
        #expect(try stream.terminate().status == 0)
    }

    @Test func theKeyIsNowhereToBeSeen() throws {
        let nginx = try Nginx()
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
        let outcome = try Stream.run("relay", "test", "rtmp://127.0.0.1:9/masked/x", "--give-up-after", "2")
        #expect(outcome.status == 4 && outcome.errors.contains("trying again in"), "\(outcome.text)")
    }
}
