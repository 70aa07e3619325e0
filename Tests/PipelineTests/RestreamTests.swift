// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `faceanon restream` between a camera and a server that looks at every frame.
@Suite(.serialized) struct RestreamTests {
    private static let secret = "s3cret/pass word"

    /// Nobody listens there.
    private static let nobody = "rtsp://127.0.0.1:9/stream"

    private static func isWhole(_ sight: StreamPeer.Sight) -> Bool { sight.masked == sight.frames && sight.clear == 0 }

    @Test(arguments: ["tcp", "udp"]) func everyFrameIsMaskedAndAudioGoesAlong(_ transport: String) throws {
        let camera = try StreamPeer.camera("--audio")
        let receiver = try StreamPeer.receiver("--audio")
        let stream = try Stream.restream(
            camera.address, receiver.address, "--source-transport", transport, "--target-transport", transport)
        let sight = try receiver.more(45)
        #expect(sight.clear == 0)
        // Over UDP the first frames may come without their key frame, and a receiver without a processor loses packets.
        #expect(transport == "udp" ? sight.masked > 0 : Self.isWhole(sight), "\(sight)")
        #expect(sight.audio > 10)
        let outcome = try stream.terminate()
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.errors.contains("ended: "))
    }

    /// Else the tests around it could not fail.
    @Test func aFaceThatIsNotMaskedIsSeen() throws {
        let camera = try StreamPeer.camera()
        let receiver = try StreamPeer.receiver()
        let stream = try Stream.restream(
            camera.address, receiver.address, "--element", "clear-zones=<<0,0,480,480>>")
        let sight = try receiver.more(15)
        #expect(sight.clear == sight.frames && sight.masked == 0, "\(sight)")
        #expect(try stream.terminate().status == 0)
    }

    /// The decoder would fill the hole with what it has; half of a face no detector finds.
    @Test(arguments: [("tcp", "h264"), ("udp", "h264"), ("tcp", "h265"), ("tcp", "jpeg")])
    func noDamagedFrameIsShown(_ transport: String, _ codec: String) throws {
        // Of every other key frame a packet is lost; with H.265, a frame that frames before the next key frame refer to.
        let hole = codec == "h265" ? "0" : "8"
        let camera = try StreamPeer.camera("--hole", hole, "--hole-every", "30", "--codec", codec)
        let receiver = try StreamPeer.receiver()
        let scratch = try Scratch()
        let stream = try Stream.restream(
            camera.address, receiver.address, "--source-transport", transport, "--stats-json", scratch / "stats")
        let sight = try receiver.more(45)
        #expect(Self.isWhole(sight), "\(sight)")
        #expect(try stream.terminate().status == 0)
        // What is left out is told.
        let last = try #require(scratch.text("stats").split(separator: "\n").last)
        let dropped = try #require(last.firstMatch(of: /"dropped":([0-9]+)/).flatMap { Int($0.1) })
        // JPEG's frames refer to none; the next key frame of H.265 is nearer.
        #expect(dropped >= (codec == "jpeg" ? 1 : codec == "h265" ? 10 : 30), "\(last)")
    }

    /// What comes after a loss reaches behind all that a parser calls a key frame, so there is nothing to show.
    @Test(arguments: ["h264-open", "h264-refresh"]) func withoutAKeyFrameNothingIsShown(_ codec: String) throws {
        let camera = try StreamPeer.camera("--hole", "8", "--hole-every", "100000", "--codec", codec)
        let receiver = try StreamPeer.receiver()
        let stream = try Stream.restream(camera.address, receiver.address)
        try stream.says("has sent no key frame for ")
        #expect(receiver.sight == StreamPeer.Sight())
        #expect(try stream.terminate().status == 0)
    }

    @Test func sourceAndTargetComeBack() throws {
        var camera = try StreamPeer.camera("--audio")
        var receiver = try StreamPeer.receiver("--audio")
        let stream = try Stream.restream(camera.address, receiver.address)
        try receiver.more(15)

        // Another codec and size, as after a change of the camera's settings.
        camera.kill()
        try stream.says("trying again")
        camera = try .camera("--audio", "--codec", "jpeg", "--width", "320", "--height", "320", port: camera.port)
        try receiver.more(15)
        #expect(receiver.sight.sizes == ["480x480", "320x320"])
        #expect(Self.isWhole(receiver.sight), "\(receiver.sight)")

        let port = receiver.port
        receiver.kill()
        try stream.says("trying again", times: 2)
        receiver = try .receiver("--audio", port: port)
        let sight = try receiver.more(15)
        #expect(Self.isWhole(sight), "\(sight)")
        #expect(try stream.terminate().status == 0)
    }

    @Test func aSilentSourceIsLost() throws {
        let camera = try StreamPeer.camera()
        let receiver = try StreamPeer.receiver()
        let stream = try Stream.restream(camera.address, receiver.address, "--stall-timeout", "2")
        try receiver.more(10)
        let times = stream.count(of: "has been silent for ")
        camera.signal(SIGSTOP)
        try stream.says("has been silent for ", times: times + 1)
        camera.signal(SIGCONT)
        try receiver.more(10)
        #expect(try stream.terminate().status == 0)
    }

    @Test func thePictureMayChangeItsSize() throws {
        let camera = try StreamPeer.camera("--then-width", "320", "--then-height", "352")
        let receiver = try StreamPeer.receiver()
        let stream = try Stream.restream(camera.address, receiver.address)
        try receiver.more(15)
        camera.signal(SIGUSR1)
        try stream.says("the picture has changed")
        let sight = try Wait.until("frames of both sizes") {
            receiver.sight.sizes.count == 2 ? receiver.sight : nil
        }
        #expect(sight.sizes == ["480x480", "320x352"])
        #expect(Self.isWhole(try receiver.more(15)))
        #expect(try stream.terminate().status == 0)
    }

    // MARK: - Who is refused

    @Test func passwordsComeFromFilesAndTheEnvironment() throws {
        let scratch = try Scratch()
        try scratch.write(Data("user:\(Self.secret)\n".utf8), to: "secret")
        let camera = try StreamPeer.camera("--user", "user", "--password", Self.secret)
        let receiver = try StreamPeer.receiver("--user", "user", "--password", Self.secret)
        let stream = try Stream.restream(
            camera.address, receiver.address, "--source-credentials", scratch / "secret",
            environment: [
                "FACEANON_TARGET_USER": "user", "FACEANON_TARGET_PASSWORD": Self.secret, "GST_DEBUG": "rtsp*:6",
            ])
        try receiver.more(10)
        let outcome = try stream.terminate()
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("rtspsrc"), "GStreamer's log is there")
        Self.expectNoSecret(outcome)
    }

    @Test(arguments: ["wrong", nil]) func aWrongPasswordEndsIt(_ password: String?) throws {
        let camera = try StreamPeer.camera("--user", "user", "--password", Self.secret)
        let receiver = try StreamPeer.receiver("--user", "user", "--password", Self.secret)
        var environment: [String: String] = [:]
        for side in ["SOURCE", "TARGET"] {
            if let password {
                environment["FACEANON_\(side)_USER"] = "user"
                environment["FACEANON_\(side)_PASSWORD"] = password + Self.secret
            }
        }
        let advice = password == nil ? "wants a user and password: give --" : "refuses the user and password"
        let source = try Stream.run("restream", camera.address, Self.nobody, environment: environment)
        #expect(source.status == 3 && source.errors.contains(advice), "\(source.text)")
        Self.expectNoSecret(source)
        let target = try Stream.run("restream", "test", receiver.address, environment: environment)
        #expect(target.status == 4 && target.errors.contains(advice), "\(target.text)")
        Self.expectNoSecret(target)
    }

    private static func expectNoSecret(_ outcome: Command.Outcome) {
        let escaped = secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        for form in [secret, escaped, Data("user:\(secret)".utf8).base64EncodedString()] {
            #expect(!outcome.text.contains(form))
        }
    }

    @Test(arguments: [
        ["rtsp://me:hunter2@127.0.0.1/x", "rtsp://127.0.0.1/y"],
        ["rtsp://127.0.0.1/x", "rtsp://me:hunter2@127.0.0.1/y"],
    ])
    func aURLWithAPasswordIsRefused(_ addresses: [String]) throws {
        let outcome = try Stream.run("restream", addresses[0], addresses[1])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("-credentials FILE") && outcome.errors.contains("_PASSWORD"), "\(outcome.text)")
        #expect(!outcome.text.contains("hunter2"))
    }

    @Test func aSourceWithoutVideoEndsIt() throws {
        let camera = try StreamPeer.camera("--audio", "--no-video")
        let receiver = try StreamPeer.receiver()
        let outcome = try Stream.run("restream", camera.address, receiver.address)
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("has no video"), "\(outcome.text)")
        #expect(receiver.sight == StreamPeer.Sight())
    }

    @Test func whoDoesNotListenIsTriedUntilItIsNoUse() throws {
        let outcome = try Stream.run("restream", Self.nobody, Self.nobody, "--give-up-after", "6")
        #expect(outcome.status == 3)
        #expect(
            outcome.errors.contains("trying again in") && outcome.errors.contains("given up after"), "\(outcome.text)")
    }

    @Test func anEndWhileWaitingIsAnEndInGoodOrder() throws {
        let stream = try Stream.restream(Self.nobody, Self.nobody)
        try stream.says("trying again", times: 2)
        #expect(try stream.terminate().status == 0)
    }

    private static func secure(_ peer: StreamPeer) -> String {
        peer.address.replacingOccurrences(of: "rtsp:", with: "rtsps:")
    }

    private static func makeCertificate(_ name: String, for alternative: String, in scratch: Scratch) throws {
        let made = try Command.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=camera", "-addext", "subjectAltName=\(alternative)", "-keyout",
            scratch / "\(name).key", "-out", scratch / "\(name).crt",
        ])
        try #require(made.status == 0, "\(made.text)")
        try scratch.write(scratch.data("\(name).crt") + scratch.data("\(name).key"), to: "\(name).pem")
    }

    @Test func aCertificateHasToMatch() throws {
        let scratch = try Scratch()
        try Self.makeCertificate("wrong", for: "DNS:camera.example", in: scratch)
        let (camera, receiver) = (
            try StreamPeer.camera("--certificate", scratch / "wrong.pem"),
            try StreamPeer.receiver("--certificate", scratch / "wrong.pem")
        )
        for authority in [nil, scratch / "wrong.crt"] {
            let source = try Command.run(
                [Stream.program, "restream", Self.secure(camera), Self.nobody]
                    + (authority.map { ["--source-ca", $0] } ?? []))
            #expect(source.status == 3)
            #expect(source.errors.contains("certificate must match") && source.errors.contains("--source-ca FILE"))
            let target = try Command.run(
                [Stream.program, "restream", "test", Self.secure(receiver)]
                    + (authority.map { ["--target-ca", $0] } ?? []))
            #expect(target.status == 4)
            #expect(target.errors.contains("certificate must match") && target.errors.contains("--target-ca FILE"))
        }
        #expect(receiver.sight == StreamPeer.Sight())
    }

    @Test func withTheRightCertificateItIsEncrypted() throws {
        let scratch = try Scratch()
        try Self.makeCertificate("right", for: "IP:127.0.0.1", in: scratch)
        let camera = try StreamPeer.camera("--certificate", scratch / "right.pem")
        let receiver = try StreamPeer.receiver("--certificate", scratch / "right.pem")
        let stream = try Stream.restream(
            Self.secure(camera), Self.secure(receiver), "--source-ca", scratch / "right.crt", "--target-ca",
            scratch / "right.crt")
        try receiver.more(10)
        #expect(try stream.terminate().status == 0)
    }

    // MARK: - Settings and reports

    @Test func settingsThatCannotWorkAreAMisuse() throws {
        for (settings, complaint) in [
            (["--mask", "glitter"], "mask cannot be glitter"), (["--element", "min-size=1"], "out of its range"),
            (["--element", "no-such=1"], "no property no-such"), (["--preset", "none"], "it has "),
            (["--element", "margin"], "NAME=VALUE"), (["--element", "report-location=x"], "begin anew"),
            (["--element", "margin='"], "open quote"),
            (["--latency", "-1"], "--latency"), (["--no-such-option"], "--no-such-option"),
            (["--source-credentials", "/no/such/file"], "cannot be read"),
        ] {
            let outcome = try Command.run([Stream.program, "restream", "test", Self.nobody] + settings)
            #expect(outcome.status == 2 && outcome.errors.contains(complaint), "\(settings): \(outcome.text)")
        }
    }

    @Test func withoutTheElementNothingStarts() throws {
        let scratch = try Scratch()
        let environment = ["GST_PLUGIN_PATH": scratch.path, "GST_REGISTRY": scratch / "registry"]
        let missing = try Stream.run("restream", "test", Self.nobody, environment: environment)
        #expect(missing.status == 6)
        #expect(missing.errors.contains("no element faceanon"), "\(missing.text)")
        let models = try Stream.run(
            "restream", "test", Self.nobody, "--element", "model-dir=\(scratch.path)")
        #expect(models.status == 1)
        #expect(models.errors.contains("faceanon does not start"), "\(models.text)")
    }

    @Test func howItGoesCanBeRead() throws {
        let scratch = try Scratch()
        let camera = try StreamPeer.camera()
        let receiver = try StreamPeer.receiver()
        let stream = try Stream.restream(
            camera.address, receiver.address, "--stats-json", scratch / "stats", "--metrics-port", "0",
            "--state-interval", "0.5")
        try receiver.more(30)
        let address = try #require(
            stream.command.errors.split(whereSeparator: \.isWhitespace).first { $0.hasSuffix("/metrics") })
        let scraped = try Command.run(["curl", "--silent", "--show-error", String(address)]).output
        #expect(scraped.contains("# TYPE faceanon_frames_total counter"))
        #expect(scraped.contains("faceanon_up{stream=\"restream\"} 1\n"), "\(scraped)")
        let outcome = try stream.terminate()
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("playing: "))

        struct Line: Decodable {
            let time: String
            let stream: String
            let state: String
            let frames: Int
            let fps: Double
            let faces: Int
            let covered: Int
            let dropped: Int
            let latency_ms: Double?
        }
        let lines = try scratch.text("stats").split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        let playing = lines.filter { $0.state == "playing" }
        #expect(playing.count >= 1 && lines.last?.state == "ended")
        #expect(playing.contains { $0.fps > 0 && $0.latency_ms ?? 0 > 0 })
        let last = try #require(lines.last)
        #expect(last.frames >= 30 && last.faces >= last.frames * 9 / 10 && last.covered == 0, "\(last)")
    }
}
