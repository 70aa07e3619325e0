// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing
import Yams

/// The programs of pipelines/examples, compiled as their heads say.
@Suite(.serialized) struct ExampleTests {
    private static let folder = Checkout.root + "/pipelines/examples"
    /// Odd, so that rows of RGB are not as GStreamer would lay them.
    private static let (width, height) = (321, 241)
    private static let frames = 8

    /// The C programs, built once.
    private static let built: Result<Scratch, any Error> = Result {
        let scratch = try Scratch()
        let make = try Command.run(["make", "-C", folder, "CFLAGS=-O2 -Wall -Wextra -Werror", "OUT=" + scratch.path])
        guard make.status == 0 else { throw Command.Failure(description: make.text) }
        return scratch
    }

    private static func program(_ name: String) throws -> String {
        name.hasSuffix(".py") ? "\(folder)/\(name)" : try built.get() / name
    }

    static let filters = ["appsrc-appsink", "appsrc-appsink.py"]
    static let servers = ["rtsp-factory", "rtsp-factory.py"]

    // MARK: - In general

    @Test func theLinesInTheHeadsCompile() throws {
        let scratch = try Scratch()
        for name in ["appsrc-appsink", "rtsp-factory"] {
            let source = try String(contentsOfFile: "\(Self.folder)/\(name).c", encoding: .utf8)
            let line = try #require(source.split(separator: "\n").first { $0.hasPrefix("//   gcc ") }).dropFirst(5)
            try scratch.copy("\(Self.folder)/\(name).c", to: "\(name).c")
            let compiled = try Command.run(["sh", "-c", String(line)], directory: scratch.path)
            #expect(compiled.status == 0 && compiled.text == "" && scratch.has(name), "\(compiled.text)")
        }
    }

    @Test(arguments: filters + servers) func helpAndMisuse(_ name: String) throws {
        let help = try Command.run([Self.program(name), "--help"])
        #expect(help.status == 0 && help.errors == "" && help.output.contains("--element"))
        for arguments in [[], ["--no-such-option", "a", "b", "3x3"], ["a"], ["a", "b", "c", "d", "e"]] {
            let outcome = try Command.run([Self.program(name)] + arguments)
            #expect(outcome.status == 2 && outcome.output == "" && outcome.errors.contains(name), "\(outcome.text)")
        }
    }

    @Test(arguments: filters + servers) func aWrongPropertyIsAnErrorAndNoClearVideo(_ name: String) throws {
        let scratch = try Scratch()
        try Self.makeFrames(in: scratch)
        let arguments =
            Self.filters.contains(name)
            ? [scratch / "in", scratch / "out", "\(Self.width)x\(Self.height)"] : ["--port", "0", "file:///a.mp4"]
        let wrong = try Command.run([Self.program(name), "--element", "msk=fill"] + arguments)
        #expect(wrong.status == 1 && wrong.errors.contains("no property \"msk\""), "\(wrong.text)")
        let missing = try Command.run(
            [Self.program(name)] + arguments, environment: Checkout.environment(["GST_PLUGIN_PATH": scratch.path]))
        #expect(missing.status == 1 && missing.errors.contains("no element \"faceanon\""), "\(missing.text)")
        #expect(scratch.data("out").isEmpty)
    }

    // MARK: - appsrc to appsink

    private static func makeFrames(in scratch: Scratch) throws {
        let made = try Command.run([
            "ffmpeg", "-v", "error", "-i", Checkout.pictures + "/clip.mp4", "-vf", "scale=\(width):\(height)",
            "-frames:v", "\(frames)", "-pix_fmt", "rgb24", "-f", "rawvideo", scratch / "in",
        ])
        try #require(made.status == 0 && scratch.data("in").count == width * height * 3 * frames, "\(made.text)")
    }

    /// With and without frames that wait in the element.
    @Test(arguments: filters, ["", "lookahead=120000000"])
    func framesAreMaskedAndFacesPrinted(_ name: String, _ more: String) throws {
        let scratch = try Scratch()
        try Self.makeFrames(in: scratch)
        let outcome = try Command.run([
            Self.program(name), "--element", "mask=fill fill-color=0xff00ff00 margin=0 \(more)", scratch / "in",
            scratch / "out", "\(Self.width)x\(Self.height)",
        ])
        try #require(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.errors == "")
        let metas = outcome.output.matches(
            of: /meta ([0-9.]+) s: detected at ([0-9]+),([0-9]+) ([0-9]+)x([0-9]+), confidence [01]\.[0-9]+/)
        let messages = outcome.output.matches(of: #/message ([0-9.]+) s: 1 faces\n  detected at /#)
        #expect(metas.count == Self.frames && messages.count == Self.frames, "\(outcome.output)")
        #expect(metas.map(\.1) == messages.map(\.1))

        // Green where the meta says, and untouched elsewhere.
        let (before, after) = ([UInt8](scratch.data("in")), [UInt8](scratch.data("out")))
        try #require(after.count == before.count)
        for (frame, meta) in metas.enumerated() {
            let box = [meta.2, meta.3, meta.4, meta.5].compactMap { Int($0) }
            var wrong = 0
            for y in 0..<Self.height {
                for x in 0..<Self.width {
                    let start = ((frame * Self.height + y) * Self.width + x) * 3
                    let isGreen = after[start..<start + 3].elementsEqual([0, 255, 0])
                    let isSame = after[start..<start + 3].elementsEqual(before[start..<start + 3])
                    let isInside = x > box[0] && x < box[0] + box[2] - 1 && y > box[1] && y < box[1] + box[3] - 1
                    let isOutside =
                        x < box[0] - 2 || x > box[0] + box[2] + 1 || y < box[1] - 2 || y > box[1] + box[3] + 1
                    if isInside && !isGreen || isOutside && !isSame { wrong += 1 }
                }
            }
            #expect(wrong == 0, "frame \(frame)")
        }
    }

    @Test(arguments: filters) func whatGoesWrongIsSaid(_ name: String) throws {
        let scratch = try Scratch()
        try Self.makeFrames(in: scratch)
        let size = "\(Self.width)x\(Self.height)"
        for (arguments, complaint) in [
            ([scratch / "none", scratch / "out", size], "No such file"),
            ([scratch / "in", scratch / "out", "320x240"], "ends within a frame"),
            ([scratch / "in", "/dev/full", size], "No space left"),
            (
                [scratch / "in", scratch / "out", size, "--element", "model-dir=/nowhere"],
                "/nowhere/pnet.onnx is missing"
            ),
        ] {
            let outcome = try Command.run([Self.program(name)] + arguments)
            #expect(outcome.status == 1 && outcome.errors.contains(complaint), "\(arguments): \(outcome.text)")
        }
    }

    // MARK: - The RTSP factory

    @Test(arguments: servers) func theFactoryServesMaskedVideoOnly(_ name: String) throws {
        let camera = try StreamPeer.camera()
        let command = try Command([
            Self.program(name), "--port", "0", "--print-faces",
            "--element", "mask=fill fill-color=0xffff0000", camera.address,
        ])
        defer { command.send(SIGKILL) }
        let address = try Wait.until("the address") {
            command.output.firstMatch(of: /rtsp:\/\/127.0.0.1:[0-9]+\/masked\n/).map { String($0.0.dropLast()) }
        }
        let sight = try Viewer(address, []).more(20)
        #expect(sight.masked == sight.frames && sight.clear == 0, "\(sight)")
        let other = try Viewer(address.replacingOccurrences(of: "masked", with: "stream"), []).end()
        #expect(other.status == 1 && other.errors.contains("Not found"))
        let faces = try Wait.until("a message") { command.output.contains("faceanon, ") ? true : nil }
        #expect(faces)

        let port = address.split(whereSeparator: { ":/".contains($0) })[2]
        let second = try Command.run([Self.program(name), "--port", String(port), camera.address])
        #expect(second.status == 1 && second.errors.contains("is it in use?"), "\(second.text)")
        command.send(SIGTERM)
        #expect(try command.finish().status == 0)
    }

    // MARK: - MediaMTX

    @Test func theMediaMTXConfigurationMasksWhatIsPublished() throws {
        let text = try String(contentsOfFile: Self.folder + "/mediamtx.yml", encoding: .utf8)
        let root = try #require(try Yams.compose(yaml: text)?.mapping)
        // MediaMTX refuses keys that it does not know: these are of its 1.x releases.
        #expect(
            Set(root.keys.compactMap(\.string)) == [
                "authMethod", "authInternalUsers", "api", "playback", "pathDefaults", "paths",
            ])
        // Who may read what is below clear/: this machine alone.
        for user in try #require(root["authInternalUsers"]?.sequence) {
            for permission in try #require(user["permissions"]?.sequence) {
                let path = try #require(permission["path"]?.string)
                #expect(path.hasPrefix("~^") && path.hasSuffix("$"))
                guard permission["action"]?.string == "read", path.contains("clear") else { continue }
                #expect(user["ips"]?.sequence?.compactMap(\.string) == ["127.0.0.1", "::1"])
            }
        }
        let paths = try #require(root["paths"]?.mapping)
        let clear = try #require(paths.first { $0.key.string?.contains("clear") == true })
        let match = try #require(
            try NSRegularExpression(pattern: String((clear.key.string ?? "").dropFirst())).firstMatch(
                in: "clear/door", range: NSRange(location: 0, length: 10)))
        #expect(match.range(at: 1) == NSRange(location: 6, length: 4))

        // The command as MediaMTX runs it: words, with its variables put in.
        let camera = try StreamPeer.camera()
        let receiver = try StreamPeer.receiver()
        var line = try #require(clear.value["runOnReady"]?.string)
        line = line.replacingOccurrences(of: "$RTSP_PORT/$MTX_PATH", with: "\(camera.port)/stream")
            .replacingOccurrences(of: "$RTSP_PORT/masked/$G1", with: "\(receiver.port)/stream")
        #expect(!line.contains("$"))
        var environment = Checkout.environment
        environment["PATH"] = Checkout.root + "/build:" + (environment["PATH"] ?? "")
        let words =
            line.split(separator: " ").map(String.init) + ["--element", "fill-color=0xffff0000"] + Stream.patient
        let command = try Command(words, environment: environment)
        defer { command.send(SIGKILL) }
        let sight = try receiver.more(15)
        #expect(sight.masked == sight.frames && sight.clear == 0, "\(sight) \(command.errors)")
        command.send(SIGINT)
        #expect(try command.finish().status == 0)
    }
}
