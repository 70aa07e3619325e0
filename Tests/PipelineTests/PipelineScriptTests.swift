// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// The scripts of pipelines/: what their --help promises. `DemoTests` has the demo.
@Suite struct PipelineScriptTests {
    private static let clip = Checkout.pictures + "/clip.mp4"
    private static let clipFrames = 72

    private static func script(
        _ name: String, _ arguments: [String], environment: [String: String] = Checkout.environment
    ) throws -> Command.Outcome {
        try Command.run([Checkout.root + "/pipelines/" + name] + arguments, environment: environment)
    }

    private static func probe(_ file: String, _ entries: String, _ more: String...) throws -> [String] {
        try Command.run(["ffprobe", "-v", "error"] + more + ["-show_entries", entries, "-of", "csv=p=0", file])
            .output.split(separator: "\n").map(String.init)
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

    @Test func allScriptsAreKnownHere() {
        let known = ["demo", "file-to-file", "images-to-images", "privacy-protection-faces", "record", "rtsp-restream"]
        #expect(Set(Self.scripts).isSuperset(of: known))
    }

    @Test(arguments: scripts) func helpIsThere(_ name: String) throws {
        let help = try Self.script(name, ["--help"])
        #expect(help.status == 0)
        #expect(help.errors == "")
        #expect(help.output.hasPrefix("Usage: \(name)"))
    }

    @Test(arguments: scripts) func anUnknownOptionIsAMisuse(_ name: String) throws {
        // With what the scripts cannot do without, so that the option is all that is wrong.
        let outcome = try Self.script(name, ["--no-such-option", "one", "two"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--no-such-option") && outcome.errors.contains("--help"))
    }

    // MARK: - file-to-file

    @Test func fileToFileMasksAndKeepsTimingAndAudio() throws {
        let scratch = try Scratch()
        // A name that a shell and gst-launch would take apart.
        try scratch.copy(Self.clip, to: "it's \"a\" clip!.mp4")
        let (input, output) = (scratch / "it's \"a\" clip!.mp4", scratch / "out file.mp4")
        let outcome = try Self.script(
            "file-to-file", ["--report", scratch / "report", "--quiet", "--", input, output])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.text == "")
        #expect(scratch.names() == ["it's \"a\" clip!.mp4", "out file.mp4", "report"])

        let report = try ReportLine.read(scratch.text("report"))
        #expect(report.count == Self.clipFrames)
        #expect(report.filter { !$0.faces.isEmpty }.count == Self.clipFrames)
        #expect(report.allSatisfy { $0.outcome == "masked" })

        #expect(try Self.probe(output, "stream=codec_name") == ["h264", "mp3"])
        #expect(
            try Self.probe(output, "packet=size,data_hash", "-show_data_hash", "md5", "-select_streams", "a")
                == Self.probe(input, "packet=size,data_hash", "-show_data_hash", "md5", "-select_streams", "a"))
        let times = try [input, output].map { file in
            try Self.probe(file, "packet=pts_time", "-select_streams", "v").compactMap {
                Double($0.split(separator: ",")[0])
            }
            .sorted()
        }
        try #require(times[0].count == Self.clipFrames && times[1].count == Self.clipFrames)
        #expect(zip(times[0], times[1]).allSatisfy { abs($0 - $1) < 0.002 })

        #expect(try Self.faces(in: Self.clip) >= Self.clipFrames * 9 / 10)
        #expect(try Self.faces(in: output) == 0)
    }

    @Test func fileToFilePassesProperties() throws {
        let scratch = try Scratch()
        let outcome = try Self.script(
            "file-to-file",
            [
                "--mask", "fill", "--element", "fill-color=0xff00ff00 margin=0.5 mask-zones=\"<<0,0,32,32>>\"",
                Self.clip, scratch / "out.mkv",
            ])
        #expect(outcome.status == 0, "\(outcome.text)")
        let pixel = try Command.run([
            "ffmpeg", "-v", "error", "-i", scratch / "out.mkv", "-frames:v", "1", "-vf", "crop=2:2:8:8", "-f",
            "rawvideo",
            "-pix_fmt", "rgb24", scratch / "pixel",
        ])
        #expect(pixel.status == 0, "\(pixel.text)")
        let color = [UInt8](scratch.data("pixel"))
        try #require(color.count == 12)
        #expect(color[0] < 20 && color[1] > 235 && color[2] < 20, "\(color)")
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
        #expect(outcome.status == 1, "\(outcome.text)")
        #expect(outcome.errors.contains("cut.mkv: damaged"))
        #expect(!scratch.has("out.mkv"))
        // What was there is masked, and said where.
        #expect(outcome.errors.contains("out.partial.mkv"))
        #expect(try Self.faces(in: scratch / "out.partial.mkv") == 0)
    }

    @Test func fileToFileRefusesWhatIsNoVideo() throws {
        let scratch = try Scratch()
        try scratch.write(Data(), to: "empty.mp4")
        try scratch.write(Data("This is no video.\n".utf8), to: "text.mp4")
        try scratch.copy(Checkout.pictures + "/astronaut.png", to: "picture.mp4")
        try scratch.write(Data([UInt8](repeating: 0x47, count: 100_000)), to: "noise.mp4")
        for (name, complaint) in [
            ("missing.mp4", "there is no file"), ("empty.mp4", "is empty"), ("text.mp4", "is not a video file"),
            ("picture.mp4", "is a picture"), ("noise.mp4", "is not a video file"), (".", "is not a file"),
        ] {
            let outcome = try Self.script("file-to-file", [scratch / name, scratch / "out.mp4"])
            #expect(outcome.status == 1, "\(name): \(outcome.text)")
            #expect(outcome.errors.contains(complaint), "\(name): \(outcome.text)")
            #expect(!scratch.has("out.mp4"))
        }
    }

    @Test func fileToFileOverwritesOnlyByForce() throws {
        let scratch = try Scratch()
        try scratch.write(Data("mine".utf8), to: "out.mp4")
        let outcome = try Self.script("file-to-file", [Self.clip, scratch / "out.mp4"])
        #expect(outcome.status == 1 && outcome.errors.contains("--force"))
        #expect(scratch.text("out.mp4") == "mine")
        let misuses = [
            [Self.clip], [Self.clip, scratch / "out.avi"], [Self.clip, "a", "b"], ["--mask", "smile", "a", "b"],
            ["--mask"], ["--report"],
        ]
        for arguments in misuses {
            #expect(try Self.script("file-to-file", arguments).status == 2, "\(arguments)")
        }
        // Not over its own input either.
        try scratch.copy(Self.clip, to: "clip.mp4")
        let same = try Self.script("file-to-file", ["--force", scratch / "clip.mp4", scratch / "clip.mp4"])
        #expect(same.status == 1)
        #expect(scratch.data("clip.mp4") == FileManager.default.contents(atPath: Self.clip))
    }

    @Test(arguments: [
        ("", "pnet.onnx is missing"), ("min-size=5", "out of range"), ("scale-factor=1.0", "scale-factor is 1.0"),
        ("no-such=1", "no property \"no-such\""), ("mask=none", "could not set property \"mask\""),
    ])
    func whatCannotWorkStopsAScriptBeforeAnythingIsWritten(_ properties: String, _ complaint: String) throws {
        let scratch = try Scratch()
        var environment = Checkout.environment
        if properties.isEmpty { environment["FACEANON_MODEL_DIR"] = scratch.path }
        let option = properties.isEmpty ? [] : ["--element", properties]
        for (name, arguments) in [
            ("file-to-file", [Self.clip, scratch / "out.mp4"]),
            ("images-to-images", [Checkout.pictures, scratch / "out"]),
            ("privacy-protection-faces", ["--source", "test", "--frames", "3", "--output", scratch / "out.mp4"]),
        ] {
            let outcome = try Self.script(name, option + arguments, environment: environment)
            #expect(outcome.status == 1, "\(name): \(outcome.text)")
            #expect(outcome.errors.contains(complaint), "\(name): \(outcome.text)")
            #expect(scratch.names() == [], "\(name)")
        }
    }

    @Test func aScriptLeavesNothingRunning() throws {
        let scratch = try Scratch()
        let command = try Command([Checkout.root + "/pipelines/file-to-file", Self.clip, scratch / "out.mp4"])
        #expect(try command.finish().status == 0)
        _ = try Wait.until("the end of all that it has started") { command.isRunning ? nil : true }
    }

    // MARK: - images-to-images

    @Test func imagesToImagesMasksAFolder() throws {
        let scratch = try Scratch()
        _ = try scratch.folder("in")
        try scratch.copy(Checkout.pictures + "/astronaut.png", to: "in/a b.png")
        try scratch.copy(Checkout.pictures + "/grace_hopper.jpg", to: "in/hopper.JPG")
        try scratch.write(Data("notes".utf8), to: "in/notes.txt")
        let outcome = try Self.script(
            "images-to-images", ["--report", scratch / "report", scratch / "in", scratch / "out"])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(scratch.names(in: "out") == ["a b.png", "hopper.JPG"])
        let report = try ReportLine.read(scratch.text("report"))
        #expect(report.map(\.frame) == [0, 1])
        #expect(report.map(\.faces.count) == [1, 1])
        #expect(scratch.mode("report") == 0o600)
        for name in ["a b.png", "hopper.JPG"] {
            #expect(
                try Self.probe(scratch / "out/\(name)", "stream=width,height")
                    == Self.probe(scratch / "in/\(name)", "stream=width,height"))
        }

        let again = try Self.script("images-to-images", [scratch / "in", scratch / "out"])
        #expect(again.status == 1 && again.errors.contains("--force"))
        // A masked picture shows no face any more.
        let second = try Self.script(
            "images-to-images", ["--report", scratch / "report", scratch / "out", scratch / "twice"])
        #expect(second.status == 0)
        #expect(try ReportLine.read(scratch.text("report")).map(\.faces.count) == [0, 0])
    }

    @Test func imagesToImagesNamesWhatItCannotReadAndGoesOn() throws {
        let scratch = try Scratch()
        _ = try scratch.folder("in")
        try scratch.write(Data("not a picture".utf8), to: "in/1.jpg")
        try scratch.write(Data(), to: "in/2.png")
        try scratch.copy(Checkout.pictures + "/astronaut.png", to: "in/3.png")
        let whole = scratch.data("in/3.png")
        try scratch.write(whole.prefix(whole.count / 2), to: "in/4.png")
        let outcome = try Self.script("images-to-images", [scratch / "in", scratch / "out"])
        #expect(outcome.status == 1)
        for name in ["1.jpg", "2.png", "4.png"] { #expect(outcome.errors.contains("in/\(name): "), "\(name)") }
        #expect(!outcome.errors.contains("in/3.png: "))
        #expect(outcome.errors.contains("3 of 4 pictures failed"))
        let names = scratch.names(in: "out")
        #expect(names.contains("3.png") && !names.contains("1.jpg") && !names.contains("2.png"))
        #expect(names.allSatisfy { !$0.contains("partial") })
    }

    @Test func imagesToImagesRefusesWhatIsNoFolderOfPictures() throws {
        let scratch = try Scratch()
        _ = try scratch.folder("empty")
        try scratch.copy(Checkout.pictures, to: "pictures")
        for (arguments, status, complaint): ([String], Int32, String) in [
            ([scratch / "missing", scratch / "out"], 1, "is not a folder"),
            ([scratch / "empty", scratch / "out"], 1, "holds no JPEG or PNG"),
            ([scratch / "pictures", scratch / "pictures"], 1, "the same folder"),
            ([scratch / "pictures"], 2, "INDIR and OUTDIR"),
        ] {
            let outcome = try Self.script("images-to-images", arguments)
            #expect(outcome.status == status && outcome.errors.contains(complaint), "\(outcome.text)")
        }
        #expect(scratch.names() == ["empty", "pictures"])
    }

    // MARK: - privacy-protection-faces

    @Test func camerasPictureWithoutAScreen() throws {
        // Of a live source of 25 frames a second: enough for a line a second.
        let outcome = try Self.script("privacy-protection-faces", ["--source", "test", "--frames", "60"])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.errors.contains("there is no screen"))
        #expect(outcome.errors.contains("masked: "), "frames per second: \(outcome.text)")
    }

    @Test func camerasPictureForSomeTime() throws {
        let scratch = try Scratch()
        let shown = try Self.script("privacy-protection-faces", ["--source", "test", "--seconds", "1"])
        #expect(shown.status == 0, "\(shown.text)")
        let written = try Self.script(
            "privacy-protection-faces", ["--source", "test", "--seconds", "1", "--output", scratch / "out.mkv"])
        #expect(written.status == 0, "\(written.text)")
        let times = try Self.probe(scratch / "out.mkv", "packet=pts_time").compactMap { Double($0) }
        // Up to three frames more: ffmpeg goes by the time at which they are decoded.
        #expect(!times.isEmpty && times.allSatisfy { $0 < 1.5 }, "\(times)")
    }

    @Test func camerasPictureIntoAFile() throws {
        let scratch = try Scratch()
        let outcome = try Self.script(
            "privacy-protection-faces",
            ["--source", Self.clip, "--output", scratch / "out.mp4", "--report", scratch / "report", "--quiet"])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(scratch.names() == ["out.mp4", "report"])
        let report = try ReportLine.read(scratch.text("report"))
        // A file is played at its pace, and no frame of it is left out.
        #expect(report.count == Self.clipFrames)
        #expect(report.filter { !$0.faces.isEmpty }.count >= Self.clipFrames * 9 / 10)
        #expect(try Self.faces(in: scratch / "out.mp4") == 0)
    }

    @Test(arguments: [1, 12]) func camerasPictureForSomeFrames(_ count: Int) throws {
        let scratch = try Scratch()
        let outcome = try Self.script(
            "privacy-protection-faces",
            [
                "--source", "test", "--frames", "\(count)", "--output", scratch / "out.mkv", "--report",
                scratch / "report",
            ])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(try ReportLine.read(scratch.text("report")).count == count)
        #expect(try Self.probe(scratch / "out.mkv", "packet=pts_time").count == count)
    }

    /// A decoder whose input is cut off complains: of a whole file, that is no damage.
    @Test func someFramesOfAFile() throws {
        let scratch = try Scratch()
        let outcome = try Self.script(
            "privacy-protection-faces", ["--source", Self.clip, "--frames", "20", "--report", scratch / "report"])
        #expect(outcome.status == 0, "\(outcome.text)")
        // Frames that come too late to be shown do not count.
        #expect(try ReportLine.read(scratch.text("report")).filter { $0.outcome == "masked" }.count == 20)
    }

    @Test func anInterruptFinishesTheFile() throws {
        let scratch = try Scratch()
        let command = try Command([
            Checkout.root + "/pipelines/privacy-protection-faces", "--source", "test", "--output", scratch / "out.mp4",
            "--report", scratch / "report",
        ])
        _ = try Wait.until("frames (it said: \(command.errors))") {
            scratch.text("report").split(separator: "\n").count > 10 ? true : nil
        }
        command.send(SIGINT)
        let outcome = try command.finish()
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(scratch.names() == ["out.mp4", "report"])
        // All that was masked is in it.
        let masked = try ReportLine.read(scratch.text("report")).count
        #expect(try Self.probe(scratch / "out.mp4", "packet=pts_time").count == masked)
    }

    @Test func aSourceThatIsNotThereIsSaid() throws {
        let scratch = try Scratch()
        for (source, complaint) in [
            ("/dev/video99", "there is no camera /dev/video99"), (scratch / "missing.mp4", "is not a file"),
            ("", "wants a value"),
        ] {
            let outcome = try Self.script("privacy-protection-faces", ["--source", source, "--seconds", "1"])
            #expect(outcome.status == (source.isEmpty ? 2 : 1) && outcome.errors.contains(complaint), "\(outcome.text)")
        }
        if !FileManager.default.fileExists(atPath: "/dev/video0") {
            let outcome = try Self.script("privacy-protection-faces", [])
            #expect(outcome.status == 1 && outcome.errors.contains("there is no camera /dev/video0"))
        }
        for number in ["0", "-1", "many", "1e3"] {
            for option in ["--seconds", "--frames"] {
                let outcome = try Self.script("privacy-protection-faces", ["--source", "test", option, number])
                #expect(outcome.status == 2, "\(option) \(number)")
            }
        }
        // Nobody listens there.
        let stream = try Self.script(
            "privacy-protection-faces", ["--source", "rtsp://127.0.0.1:9/x"])
        #expect(stream.status == 1, "\(stream.text)")
    }
}
