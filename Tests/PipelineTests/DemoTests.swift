// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// The demo, in a folder like a checkout: its results are not to go over the user's own.
@Suite(.serialized) struct DemoTests {
    private func demo(_ arguments: [String], in scratch: Scratch) throws -> Command.Outcome {
        if !scratch.has("pipelines") {
            for name in ["pipelines", "meson-helper"] { try scratch.copy(Checkout.root + "/" + name, to: name) }
            _ = try scratch.folder("build")
            for name in ["faceanon", "libgstfaceanon.so", "faceanon-models", "test-data"] {
                try FileManager.default.createSymbolicLink(
                    atPath: scratch / "build/\(name)", withDestinationPath: Checkout.root + "/build/" + name)
            }
        }
        var environment = Checkout.environment
        environment["GST_PLUGIN_PATH"] = nil
        environment["GST_REGISTRY"] = scratch / "registry.bin"
        return try Command.run([scratch / "pipelines/demo"] + arguments, environment: environment)
    }

    private func isPicture(_ name: String, in scratch: Scratch) throws -> Bool {
        let probe = try Command.run([
            "ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width", "-of", "csv=p=0", scratch / name,
        ])
        return probe.output.hasPrefix("png,") && probe.status == 0
    }

    @Test func theDemoShowsWhatItFound() throws {
        let scratch = try Scratch()
        let outcome = try demo([], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        for name in ["masked.mp4", "before-after.png"] {
            #expect(outcome.output.contains("build/demo/\(name)") && scratch.has("build/demo/\(name)"), "\(name)")
        }
        let frames = try #require(outcome.output.firstMatch(of: #/frames: +([0-9]+)/#).flatMap { Int($0.1) })
        let withFaces = try #require(
            outcome.output.firstMatch(of: #/frames with faces: +([0-9]+)/#).flatMap { Int($0.1) })
        #expect(frames == 200)
        #expect(withFaces >= 190)
        #expect(try isPicture("build/demo/before-after.png", in: scratch))
        #expect(scratch.names(in: "build/demo").contains("report.jsonl"))
        // Its sound is kept.
        let probe = try Command.run([
            "ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0",
            scratch / "build/demo/masked.mp4",
        ])
        #expect(probe.output == "video\naudio\n")
    }

    @Test func theDemoTakesFilesAndFolders() throws {
        let scratch = try Scratch()
        let file = try demo([Checkout.pictures + "/clip.mp4"], in: scratch)
        #expect(file.status == 0, "\(file.text)")
        #expect(file.output.contains("frames with faces:      72"))
        #expect(try isPicture("build/demo/before-after.png", in: scratch))
        // The report of somebody's own video does not stay.
        #expect(scratch.names(in: "build/demo") == ["before-after.png", "masked.mp4"])

        let folder = try demo([Checkout.pictures], in: scratch)
        #expect(folder.status == 0, "\(folder.text)")
        #expect(scratch.names(in: "build/demo/masked") == ["astronaut.png", "clip.mp4", "grace_hopper.jpg"])
        #expect(folder.output.contains("faces in all:           74"))
        #expect(!scratch.has("build/demo/masked.mp4"), "the result of the run before")
    }

    @Test func theDemoDoesNotDeleteItsSource() throws {
        let scratch = try Scratch()
        #expect(try demo([Checkout.pictures + "/clip.mp4"], in: scratch).status == 0)
        let outcome = try demo([scratch / "build/demo/masked.mp4"], in: scratch)
        #expect(outcome.status == 2 && scratch.has("build/demo/masked.mp4"), "\(outcome.text)")
    }

    @Test(arguments: [
        ("/nonexistent.mp4", "/nonexistent.mp4"), ("/dev/video99", "/dev/video99"),
        ("/usr/share/doc/bash", "nothing to mask"),
    ])
    func theDemoSaysWhatItCannotTake(_ source: String, _ complaint: String) throws {
        let scratch = try Scratch()
        let outcome = try demo([source], in: scratch)
        #expect(outcome.status != 0 && outcome.errors.contains(complaint), "\(outcome.text)")
        #expect(!outcome.output.contains("Found in"))
    }
}
