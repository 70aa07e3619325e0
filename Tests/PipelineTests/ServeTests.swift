// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `faceanon serve` between cameras and viewers that look at every frame.
@Suite(.serialized) struct ServeTests {
    private static let secret = "s3cret/pass word"
    private static let red = "element: {mask: fill, fill-color: 0xffff0000}"

    private static func users(in scratch: Scratch) throws {
        try scratch.write(Data("ada:\(secret)\n# a comment\n\ngrace:other\n".utf8), to: "users.txt")
        chmod(scratch / "users.txt", 0o600)
    }

    private static func mount(_ name: String, _ source: String, _ more: String = red) -> String {
        "- {name: \(name), source: \"\(source)\", latency: 100, \(more)}\n"
    }

    // MARK: - What viewers see

    @Test(arguments: ["tcp", "udp"]) func everyViewerSeesMaskedFrames(_ transport: String) throws {
        let camera = try StreamPeer.camera("--audio")
        let server = try ServeProgram("mounts:\n" + Self.mount("door", camera.address))
        let first = try server.viewer("door", "--transport", transport)
        try first.more(20)
        // The second one joins what is there.
        let second = try server.viewer("door", "--transport", transport)
        let sight = try second.more(20)
        // Over UDP the first packets may come before the viewer listens, and one without a processor loses others.
        for sight in [sight, try first.more(5)] {
            #expect(sight.masked >= (transport == "udp" ? 1 : sight.frames), "\(sight)")
            #expect(sight.clear == 0, "\(sight)")
        }
        #expect(server.stream.command.errors.components(separatedBy: "connecting to").count == 2)
        // One leaves, rudely; the other goes on.
        first.kill()
        try second.more(20)
        second.kill()
        try server.stream.says("the last viewer has gone")
        // On demand, again.
        try server.viewer("door").more(10)
        let outcome = try server.end()
        #expect(outcome.status == 0, "\(outcome.text)")
    }

    /// Else the tests around it could not fail.
    @Test func aFaceThatIsNotMaskedIsSeen() throws {
        let camera = try StreamPeer.camera()
        let clear = "element: {clear-zones: \"<<0,0,480,480>>\"}"
        let server = try ServeProgram("mounts:\n" + Self.mount("door", camera.address, clear))
        let sight = try server.viewer("door").more(15)
        #expect(sight.clear == sight.frames && sight.masked == 0, "\(sight)")
        #expect(try server.end().status == 0)
    }

    @Test func theClearStreamHasNoURL() throws {
        let camera = try StreamPeer.camera()
        let server = try ServeProgram("mounts:\n" + Self.mount("door", camera.address))
        for path in ["", "door/clear", "stream", "door/stream=0"] {
            let outcome = try server.viewer(path).end()
            #expect(outcome.status == 1 && outcome.errors.contains("over: Not found"), "\(path): \(outcome.errors)")
        }
        #expect(server.stream.command.errors.contains("is refused /door/clear: Not Found"))
        #expect(try server.end().status == 0)
    }

    /// Frames that wait for a key frame are signs of life.
    @Test func aDamagedStreamIsNotSilent() throws {
        // Packets of the frames 0 and 42 are lost. The key frames are 0, 40 and 80: two frames are whole, then for 7.6 s none.
        let camera = try StreamPeer.camera("--rate", "5", "--key-interval", "40", "--hole", "0", "--hole-every", "42")
        let server = try ServeProgram("stall-timeout: 4\nmounts:\n" + Self.mount("door", camera.address))
        let viewer = try server.viewer("door")
        try viewer.more(1)
        let sight = try viewer.more(3)
        #expect(sight.masked == sight.frames && sight.clear == 0, "\(sight)")
        let outcome = try server.end()
        #expect(outcome.status == 0 && !outcome.errors.contains("has been silent"), "\(outcome.errors)")
    }

    // MARK: - Who may watch

    @Test func usersAndPasswords() throws {
        let camera = try StreamPeer.camera()
        let scratch = try Scratch()
        try Self.users(in: scratch)
        let server = try ServeProgram(
            "users: users.txt\nmounts:\n" + Self.mount("door", camera.address)
                + Self.mount("yard", camera.address, "users: [grace]"),
            in: scratch)
        try server.viewer("door", "--user", "ada", "--password", Self.secret).more(5)
        try server.viewer("yard", "--user", "grace", "--password", "other").more(5)
        for arguments in [
            ["door"], ["door", "--user", "ada", "--password", "wrong"],
            ["door", "--user", "eve", "--password", "other"],
        ] {
            let viewer = try Viewer("\(server.base)/\(arguments[0])", Array(arguments[1...]))
            let outcome = try viewer.end()
            #expect(outcome.status == 1 && outcome.errors.contains("Unauthorized"), "\(arguments): \(outcome.errors)")
        }
        // She is a user, but not for this.
        let other = try server.viewer("yard", "--user", "ada", "--password", Self.secret).end()
        #expect(other.status == 1, "\(other.errors)")
        #expect(!other.errors.contains("frames="))
        let outcome = try server.end()
        #expect(outcome.status == 0 && outcome.errors.contains("is refused /door: wrong user or password"))
        #expect(!outcome.text.contains(Self.secret) && !outcome.text.contains("other\n"))
    }

    /// As a client would that knows one way only; rtspsrc takes the digest where it is offered.
    @Test func bothKindsOfPasswordsAreOffered() throws {
        let scratch = try Scratch()
        try Self.users(in: scratch)
        let server = try ServeProgram("users: users.txt\nmounts:\n" + Self.mount("door", "test"), in: scratch)
        func ask(_ header: String) throws -> String {
            let port = server.base.split(separator: ":").last ?? ""
            let request = #"DESCRIBE %s/door RTSP/1.0\r\nCSeq: 1\r\n%s\r\n"#
            return try Command.run(
                [
                    "bash", "-c",
                    "exec 3<>/dev/tcp/127.0.0.1/\(port); printf '\(request)' \"$0\" \"$1\" >&3; sed '/^\r*$/q' <&3",
                    server.base, header,
                ]).output
        }
        func basic(_ password: String) -> String {
            "Authorization: Basic \(Data("ada:\(password)".utf8).base64EncodedString())\r\n"
        }
        let challenge = try ask("")
        #expect(challenge.hasPrefix("RTSP/1.0 401"), "\(challenge)")
        #expect(challenge.contains("WWW-Authenticate: Basic") && challenge.contains("WWW-Authenticate: Digest"))
        #expect(try ask(basic(Self.secret)).hasPrefix("RTSP/1.0 200"))
        #expect(try ask(basic("wrong")).hasPrefix("RTSP/1.0 401"))
        #expect(try server.end().status == 0)
    }

    @Test func theLimitHolds() throws {
        let camera = try StreamPeer.camera()
        let server = try ServeProgram("limit: 2\nmounts:\n" + Self.mount("door", camera.address))
        let viewers = try (0..<2).map { _ in try server.viewer("door") }
        for viewer in viewers { try viewer.more(5) }
        let third = try server.viewer("door").end()
        #expect(third.status == 1 && !third.errors.contains("frames="), "\(third.errors)")
        try server.stream.says("there are as many viewers as the limit allows")
        for viewer in viewers { try viewer.more(5) }
        // There is room again.
        viewers[0].kill()
        _ = try Wait.until("a place is free") { try server.viewer("door").sees(5) ? true : nil }
        #expect(try server.end().status == 0)
    }

    @Test func withACertificateTheServerSpeaksTLSOnly() throws {
        let camera = try StreamPeer.camera()
        let scratch = try Scratch()
        for name in ["own", "other"] {
            let made = try Command.run([
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days",
                "2", "-subj", "/CN=server", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                scratch / "\(name).key",
                "-out", scratch / "\(name).crt",
            ])
            try #require(made.status == 0, "\(made.text)")
        }
        let mounts = "mounts:\n" + Self.mount("door", camera.address)
        let server = try ServeProgram("certificate: own.crt\nkey: own.key\n" + mounts, in: scratch)
        #expect(server.base.hasPrefix("rtsps://"))
        let sight = try server.viewer("door", "--ca", scratch / "own.crt").more(15)
        #expect(sight.masked == sight.frames && sight.clear == 0)
        // Not without TLS, and not over UDP, which would be clear.
        let plain = try Viewer(server.base.replacingOccurrences(of: "rtsps:", with: "rtsp:") + "/door", []).end()
        #expect(plain.status == 1 && !plain.errors.contains("frames="))
        let wrong = try server.viewer("door", "--ca", scratch / "other.crt").end()
        #expect(wrong.status == 1 && !wrong.errors.contains("frames="))
        #expect(try server.end().status == 0)

        try scratch.write(Data(("certificate: own.crt\nkey: other.key\n" + mounts).utf8), to: "wrong.yml")
        let mismatch = try Stream.run("serve", "--port", "0", scratch / "wrong.yml")
        #expect(mismatch.status == 2)
        #expect(
            mismatch.errors.contains("wrong.yml:1: certificate: ") && mismatch.errors.contains("do not belong together")
        )
    }

    // MARK: - Cameras that are not there

    @Test func aSourceThatRefusesDisturbsNobody() throws {
        let camera = try StreamPeer.camera()
        let locked = try StreamPeer.camera("--user", "user", "--password", "x")
        let server = try ServeProgram(
            "mounts:\n" + Self.mount("nobody", "rtsp://127.0.0.1:9/x") + Self.mount("locked", locked.address)
                + Self.mount("door", camera.address))
        let viewer = try server.viewer("door")
        try viewer.more(5)
        for name in ["nobody", "locked"] {
            let outcome = try server.viewer(name).end()
            #expect(outcome.status == 1 && !outcome.errors.contains("frames="), "\(outcome.errors)")
        }
        try server.stream.says("locked: \(locked.address) wants a user and password")
        try server.stream.says("nobody: rtsp://127.0.0.1:9/x: ")
        try viewer.more(5)
        #expect(try server.end().status == 0)
    }

    @Test func whenACameraIsLostItsViewersAreToldAndMayComeAgain() throws {
        var camera = try StreamPeer.camera()
        let server = try ServeProgram("stall-timeout: 6\nmounts:\n" + Self.mount("door", camera.address))
        let viewer = try server.viewer("door")
        try viewer.more(10)
        camera.kill()
        #expect(try viewer.end().errors.contains("over: "))
        camera = try .camera(port: camera.port)
        let again = try server.viewer("door")
        try again.more(10)
        // It keeps silent without going.
        camera.signal(SIGSTOP)
        #expect(try again.end().errors.contains("over: "))
        try server.stream.says("has been silent for ")
        camera.signal(SIGCONT)
        let sight = try server.viewer("door").more(10)
        #expect(sight.masked == sight.frames && sight.clear == 0)
        #expect(try server.end().status == 0)
    }

    // MARK: - The configuration

    @Test(arguments: [
        ("port: x\n", "serve.yml:1: port: wants a whole number from 0 to 65535"),
        ("mounts: []\n", "serve.yml:1: mounts: wants one mount at least"),
        ("port: 1\n", "serve.yml:1: mounts is missing"),
        ("ports: 1\n", "serve.yml:1: ports: there is no such key"),
        ("mounts: [{name: a}]\n", "serve.yml:1: mounts[0]: source is missing"),
        ("mounts:\n- name: a\n  source: test\n  elment: {}\n", "serve.yml:4: mounts[0].elment: there is no such key"),
        (
            "mounts:\n- name: a\n  source: test\n  element:\n    mask: fill\n    margin: 7\n",
            "serve.yml:6: mounts[0].element.margin: faceanon's margin cannot be 7"
        ),
        (
            "mounts:\n- {name: a, source: test, element: {smile: 1}}\n",
            "serve.yml:2: mounts[0].element.smile: faceanon has no property smile"
        ),
        (
            "mounts:\n- {name: a, source: test, element: {report-location: x}}\n",
            "serve.yml:2: mounts[0].element.report-location: faceanon's report-location would begin anew"
        ),
        (
            "mounts:\n- {name: a, source: test, preset: none}\n",
            "serve.yml:2: mounts[0].preset: faceanon has no preset none"
        ),
        ("mounts:\n- {name: a b, source: test}\n", "serve.yml:2: mounts[0].name: wants letters"),
        (
            "mounts:\n- {name: a, source: test}\n- {name: a, source: test}\n",
            "serve.yml:3: mounts[1].name: a is there twice"
        ),
        (
            "mounts:\n- {name: a, source: \"rtsp://me:hunter2@h/x\"}\n",
            "serve.yml:2: mounts[0].source: the source's URL holds"
        ),
        ("mounts:\n- {name: a, source: test, users: [eve]}\n", "mounts[0].users[0]: the file of users does not know"),
        ("users: nowhere.txt\nmounts: []\n", "serve.yml:1: users: the file of users"),
        ("key: a.pem\nmounts: []\n", "serve.yml:1: key: is of no use without a certificate"),
        ("address: here\nmounts: []\n", "serve.yml:1: address: wants an IP address"),
        ("a: [\n", "serve.yml:2: this is no YAML"),
        ("port: 1\nport: 2\n", "port is there twice"),
        ("", "serve.yml is empty"),
    ])
    func faultsAreToldWithTheirLine(_ text: String, _ fault: String) throws {
        let scratch = try Scratch()
        try scratch.write(Data(text.utf8), to: "serve.yml")
        let outcome = try Stream.run("serve", "--check", scratch / "serve.yml")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(fault), "\(outcome.text)")
        #expect(!outcome.text.contains("hunter2"))
    }

    @Test func theExampleOfTheHelpIsInOrder() throws {
        let help = try Stream.run("serve", "--help")
        #expect(help.status == 0)
        let lines = help.output.components(separatedBy: "\n")
        let start = try #require(lines.firstIndex { $0.contains("address: 0.0.0.0") })
        let indent = lines[start].prefix { $0 == " " }
        let example = lines[start...].prefix { $0.hasPrefix(indent) && !$0.isEmpty }.map { $0.dropFirst(indent.count) }
        let scratch = try Scratch()
        try scratch.write(Data((example.joined(separator: "\n") + "\n").utf8), to: "serve.yml")
        try scratch.write(Data("ada:secret-1\ngrace:secret-2\n".utf8), to: "users.txt")
        try scratch.write(Data("admin:secret-3\n".utf8), to: "door.txt")
        let made = try Command.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=server", "-keyout", scratch / "server.key", "-out", scratch / "server.pem",
        ])
        try #require(made.status == 0, "\(made.text)")
        let outcome = try Stream.run("serve", "--check", scratch / "serve.yml")
        #expect(outcome.status == 0 && outcome.errors.contains("is in order: /door, /yard"), "\(outcome.text)")
    }

    /// A server that nobody watches sleeps: it wakes up for the numbers of each second, and for nothing else.
    @Test func anIdleServerSleeps() throws {
        let server = try ServeProgram("mounts:\n" + Self.mount("door", "test"), ["--state-interval", "0"])
        let id = server.stream.command.group
        func switches() throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(id)/task/\(id)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") })
            return try #require(Int(line.split(separator: "\t")[1]))
        }
        // Whatever the start has left to do.
        usleep(2_000_000)
        let before = try switches()
        usleep(8_000_000)
        // One a second, and a few more that nobody counts exactly.
        let count = try switches() - before
        #expect((4...14).contains(count), "\(count)")
        #expect(try server.end().status == 0)
    }

    @Test func aPortThatIsTakenIsSaid() throws {
        let server = try ServeProgram("mounts:\n" + Self.mount("door", "test"))
        let port = server.base.split(separator: ":").last.map(String.init) ?? ""
        let outcome = try Stream.run("serve", "--port", port, server.scratch / "serve.yml")
        #expect(outcome.status == 1 && outcome.errors.contains("port \(port) of 127.0.0.1 cannot be listened at"))
        #expect(try server.end().status == 0)
    }
}
