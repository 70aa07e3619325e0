// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// The scripts of pipelines/: each is short, says what it does, and runs. `DemoTests` has the demo; what `faceanon` does
/// has tests of its own.
@Suite struct PipelineScriptTests {
    private static let clip = Checkout.pictures + "/clip.mp4"
    private static let clipFrames = 72

    /// As a user of a checkout runs them: nothing but the script itself leads to the program and the plugin.
    private static let environment: [String: String] = {
        var environment = Checkout.environment
        environment["GST_PLUGIN_PATH"] = nil
        return environment
    }()

    private static func script(_ name: String, _ arguments: [String]) throws -> Command.Outcome {
        try Command.run([Checkout.root + "/pipelines/" + name] + arguments, environment: environment)
    }

    /// How many faces the element finds in a video.
    private static func faces(in file: String) throws -> Int {
        let scratch = try Scratch()
        let outcome = try launch(
            "-q filesrc location=\"\(file)\" ! decodebin ! videoconvert ! faceanon report-location=\(scratch / "report")"
                + " hold=0 ! fakesink")
        try #require(outcome.status == 0, "\(outcome.text)")
        return try ReportLine.read(scratch.text("report")).map(\.faces.count).reduce(0, +)
    }

    // MARK: - All

    static let scripts = ((try? FileManager.default.contentsOfDirectory(atPath: Checkout.root + "/pipelines")) ?? [])
        .filter {
            let path = "\(Checkout.root)/pipelines/\($0)"
            return !$0.contains(".") && $0 != "examples" && FileManager.default.isExecutableFile(atPath: path)
        }
        .sorted()

    /// How many arguments each wants at least.
    private static let least = [
        "camera-to-file": 1, "demo": 0, "file-to-file": 2, "hls": 2, "images-to-images": 2,
        "privacy-protection-faces": 0, "record": 2, "rtmp-relay": 2, "rtsp-restream": 2, "rtsp-server": 1,
    ]

    @Test func allScriptsAreKnownHere() {
        #expect(Self.scripts == Self.least.keys.sorted())
    }

    @Test(arguments: scripts) func helpIsThereAndShort(_ name: String) throws {
        let help = try Self.script(name, ["--help"])
        #expect(help.status == 0)
        #expect(help.errors == "")
        #expect(help.output.hasPrefix("Usage: \(name)"))
        #expect((3...14).contains(help.output.split(separator: "\n").count), "\(help.output)")
        // Nothing of the code.
        #expect(!help.output.contains("pipefail"))
    }

    @Test(arguments: scripts) func aScriptIsShort(_ name: String) throws {
        let text = try String(contentsOfFile: Checkout.root + "/pipelines/" + name, encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 41)
    }

    @Test(arguments: scripts) func tooFewArgumentsAreAMisuse(_ name: String) throws {
        guard let count = Self.least[name], count > 0 else { return }
        let outcome = try Self.script(name, Array(repeating: "one", count: count - 1))
        #expect(outcome.status == 2)
        #expect(outcome.output == "" && outcome.errors.hasPrefix("Usage: \(name)"))
    }

    /// What is behind the arguments goes to the program, which knows what it can do.
    @Test(arguments: scripts) func anUnknownOptionIsAMisuse(_ name: String) throws {
        guard let count = Self.least[name], count > 0 else { return }
        let outcome = try Self.script(name, Array(repeating: "one", count: count) + ["--no-such-option"])
        #expect(outcome.status == 2, "\(outcome.text)")
        #expect(outcome.errors.contains("--no-such-option"), "\(outcome.text)")
    }

    // MARK: - Files

    @Test func fileToFile() throws {
        let scratch = try Scratch()
        // A name that a shell and gst-launch-1.0 would take apart.
        try scratch.copy(Self.clip, to: "it's \"a\" clip!.mp4")
        let outcome = try Self.script(
            "file-to-file",
            [
                scratch / "it's \"a\" clip!.mp4", scratch / "out file.mp4", "--mask", "fill", "--report",
                scratch / "report",
            ])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(scratch.names() == ["it's \"a\" clip!.mp4", "out file.mp4", "report"])
        let report = try ReportLine.read(scratch.text("report"))
        #expect(report.count == Self.clipFrames && report.allSatisfy { $0.outcome == "masked" && !$0.faces.isEmpty })
        #expect(try Self.faces(in: Self.clip) >= Self.clipFrames * 9 / 10)
        #expect(try Self.faces(in: scratch / "out file.mp4") == 0)
    }

    @Test("L17: a truncated file is an error of the script, and nothing is left under the final name")
    func truncatedFile() throws {
        let scratch = try Scratch()
        let made = try Command.run([
            "ffmpeg", "-v", "error", "-i", Self.clip, "-c", "copy", "-f", "matroska", scratch / "whole",
        ])
        try #require(made.status == 0, "\(made.text)")
        let whole = scratch.data("whole")
        try scratch.write(whole.prefix(whole.count / 2), to: "cut.mkv")
        let outcome = try Self.script("file-to-file", [scratch / "cut.mkv", scratch / "out.mkv"])
        #expect(outcome.status == 3, "\(outcome.text)")
        #expect(outcome.errors.contains("cut.mkv"), "\(outcome.text)")
        #expect(scratch.names() == ["cut.mkv", "whole"])
    }

    @Test func imagesToImages() throws {
        let scratch = try Scratch()
        _ = try scratch.folder("in")
        try scratch.copy(Checkout.pictures + "/astronaut.png", to: "in/a b.png")
        try scratch.copy(Checkout.pictures + "/grace_hopper.jpg", to: "in/hopper.JPG")
        let outcome = try Self.script("images-to-images", [scratch / "in", scratch / "out", "--mask", "fill"])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(scratch.names(in: "out") == ["a b.png", "hopper.JPG"])
        for name in ["a b.png", "hopper.JPG"] {
            #expect(try Self.faces(in: scratch / "in/\(name)") == 1)
            #expect(try Self.faces(in: scratch / "out/\(name)") == 0)
        }
    }

    // MARK: - Cameras

    @Test func cameraToScreenWithoutAScreen() throws {
        let scratch = try Scratch()
        let outcome = try Self.script("privacy-protection-faces", ["test", "report-location=\(scratch / "report")"])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.errors.contains("there is no screen"))
        #expect(outcome.output.contains("rendered: "), "frames per second: \(outcome.text)")
        let report = try ReportLine.read(scratch.text("report"))
        #expect(!report.isEmpty && report.allSatisfy { $0.outcome == "masked" })
    }

    @Test func aFileToTheScreen() throws {
        let scratch = try Scratch()
        try scratch.copy(Self.clip, to: "it's \"a\" clip!.mp4")
        let outcome = try Self.script(
            "privacy-protection-faces",
            [scratch / "it's \"a\" clip!.mp4", "report-location=\(scratch / "report")", "qos=false"])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(try ReportLine.read(scratch.text("report")).count == Self.clipFrames)
    }

    @Test(arguments: ["no-such=1", "mask=none", "model-dir=/nonexistent"])
    func aPropertyThatCannotWorkIsAnError(_ property: String) throws {
        let command = try Command(
            [Checkout.root + "/pipelines/privacy-protection-faces", "test", property], environment: Self.environment)
        let outcome = try command.finish(errorSeconds: 5)
        #expect(outcome.status != 0 && !outcome.output.contains("rendered: "), "\(outcome.text)")
    }

    @Test func aCameraThatIsNotThereIsSaid() throws {
        guard !FileManager.default.fileExists(atPath: "/dev/video0") else { return }
        let scratch = try Scratch()
        let outcome = try Self.script("camera-to-file", [scratch / "out.mp4", "--seconds", "1"])
        #expect(outcome.status == 3 && outcome.errors.contains("camera"), "\(outcome.text)")
        #expect(scratch.names() == [])
    }

    // MARK: - Streams

    @Test(arguments: [("hls", "stream.m3u8"), ("record", ".mkv")])
    func aStreamGoesIntoAFolder(_ name: String, _ file: String) throws {
        let scratch = try Scratch()
        let command = try Command(
            [Checkout.root + "/pipelines/" + name, "test", scratch.path, "--segment", "1"],
            environment: Self.environment)
        defer { command.send(SIGKILL) }
        _ = try Wait.until("a file (it said: \(command.errors))") {
            try #require(!command.hasEnded, "\(command.output)\(command.errors)")
            return scratch.names().contains { $0.hasSuffix(file) } ? true : nil
        }
        command.send(SIGINT)
        #expect(try command.finish().status == 0)
    }

    /// Nobody listens at the address that they are to send to.
    @Test(arguments: [("rtsp-restream", "rtsp://127.0.0.1:9/x"), ("rtmp-relay", "rtmp://127.0.0.1:9/x/y")])
    func aServerThatIsNotThereIsSaid(_ name: String, _ target: String) throws {
        let outcome = try Self.script(name, ["test", target, "--give-up-after", "1"])
        #expect(outcome.status == 4, "\(outcome.text)")
    }

    /// The configuration in the script's help is one.
    @Test func aServersConfigurationIsChecked() throws {
        let scratch = try Scratch()
        let help = try Self.script("rtsp-server", ["--help"]).output
        let example = help.split(separator: "\n").filter { $0.hasPrefix("  ") }.joined(separator: "\n")
        try scratch.write(Data(example.utf8), to: "config.yaml")
        let outcome = try Self.script("rtsp-server", [scratch / "config.yaml", "--check"])
        #expect(outcome.status == 0, "\(outcome.text)")
        try scratch.write(Data(example.replacingOccurrences(of: "source", with: "sauce").utf8), to: "config.yaml")
        #expect(try Self.script("rtsp-server", [scratch / "config.yaml", "--check"]).status == 2)
    }
}
