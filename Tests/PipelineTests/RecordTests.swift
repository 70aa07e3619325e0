// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `faceanon record`: segments, their reports, and what disks do.
@Suite(.serialized) struct RecordTests {
    private static let clip = Checkout.pictures + "/clip.mp4"
    private static let clipFrames = 72

    private static func packets(_ file: String, _ kind: String) throws -> Int {
        let (count, probe) = try count(file, kind)
        #expect(probe.status == 0 && probe.errors == "", "\(file): \(probe.text)")
        return count
    }

    /// Also of a file that is being written.
    private static func count(_ file: String, _ kind: String) throws -> (frames: Int, probe: Command.Outcome) {
        let probe = try Command.run([
            "ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "packet=pts_time", "-of", "csv=p=0",
            file,
        ])
        return (probe.output.split(separator: "\n").count, probe)
    }

    /// The stems of the segments, in their order.
    private static func segments(_ scratch: Scratch, _ format: String) -> [String] {
        scratch.names(in: "out").filter { $0.hasSuffix("." + format) }.map { String($0.dropLast(4)) }
            .sorted { ($0.prefix(25), $0.count, $0) < ($1.prefix(25), $1.count, $1) }
    }

    @Test(arguments: ["mkv", "mp4"]) func eachSegmentHasItsReport(_ format: String) throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("out")
        let outcome = try Stream.run(
            "record", Self.clip, folder, "--segment", "1", "--format", format, "--key-interval", "1")
        #expect(outcome.status == 0, "\(outcome.text)")
        let segments = Self.segments(scratch, format)
        #expect(segments.count >= 2, "\(scratch.names(in: "out"))")
        var frames = 0
        var audio = 0
        for segment in segments {
            let video = try Self.packets(folder + "/\(segment).\(format)", "v")
            audio += try Self.packets(folder + "/\(segment).\(format)", "a")
            let report = try ReportLine.read(scratch.text("out/\(segment).jsonl"))
            #expect(scratch.mode("out/\(segment).jsonl") == 0o600)
            #expect(report.count == video, "\(segment)")
            #expect(report.first?.frame == frames && report.first?.pts ?? .max < 50_000_000)
            #expect(report.allSatisfy { $0.outcome == "masked" && $0.faces.count == 1 })
            frames += video
            // The element finds no face in what was written.
            let again = try launch(
                "-q filesrc location=\(folder)/\(segment).\(format) ! decodebin ! videoconvert"
                    + " ! faceanon hold=0 report-location=\(scratch / "again") ! fakesink")
            #expect(again.status == 0)
            #expect(try ReportLine.read(scratch.text("again")).allSatisfy(\.faces.isEmpty))
        }
        #expect(frames == Self.clipFrames)
        #expect(audio > 0)
    }

    /// The file has been read to its end long before all of it is masked: that is no silence of the source.
    @Test func aFileThatTakesLongToMaskIsRecordedOnce() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("out")
        let start = ContinuousClock.now
        let stream = try Stream([
            "record", Self.clip, folder, "--stall-timeout", "\(Self.stall)", "--element",
            "min-size=12 scale-factor=0.92 threads=1",
        ])
        // It would try again for ever.
        _ = try Wait.until("the end, or another try") {
            stream.command.hasEnded || stream.count(of: "trying again") > 0 ? true : nil
        }
        try #require(stream.count(of: "trying again") == 0, "\(stream.command.errors)")
        let outcome = try stream.command.finish()
        #expect(outcome.status == 0, "\(outcome.text)")
        let segments = Self.segments(scratch, "mkv")
        #expect(try segments.map { try Self.packets("\(folder)/\($0).mkv", "v") } == [Self.clipFrames])
        // Else this could not fail.
        #expect(ContinuousClock.now - start > .seconds(Self.stall))
    }

    /// Less than masking the clip with these settings takes on any machine, and far more than masking a frame of it, s.
    private static let stall = 3

    @Test func anInterruptFinishesTheSegment() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("out")
        let camera = try StreamPeer.camera("--audio")
        let stream = try Stream(
            ["record", camera.address, folder, "--name", "gate", "--no-report"] + Stream.patient)
        try stream.says("playing: ")
        // Its audio may come a moment later.
        _ = try Wait.until("audio in the segment") {
            try scratch.names(in: "out").first.flatMap {
                try Self.count("\(folder)/\($0)", "a").frames > 0 ? true : nil
            }
        }
        stream.command.send(SIGINT)
        let outcome = try stream.command.finish()
        #expect(outcome.status == 0, "\(outcome.text)")
        let names = scratch.names(in: "out")
        #expect(names.count == 1 && names[0].hasPrefix("gate-") && names[0].hasSuffix(".mkv"), "\(names)")
        #expect(try Self.packets("\(folder)/\(names[0])", "v") > 0)
        #expect(try Self.packets("\(folder)/\(names[0])", "a") > 0)
    }

    @Test func aLostSourceBeginsAnotherSegment() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("out")
        var camera = try StreamPeer.camera()
        let stream = try Stream(["record", camera.address, folder] + Stream.patient)
        try stream.says("playing: ")
        camera.kill()
        try stream.says("trying again")
        camera = try .camera(port: camera.port)
        try stream.says("playing: ", times: 2)
        #expect(try stream.terminate().status == 0)
        let segments = Self.segments(scratch, "mkv")
        #expect(segments.count == 2)
        for segment in segments { #expect(try Self.packets("\(folder)/\(segment).mkv", "v") > 0) }
    }

    @Test func whatIsTooMuchOrTooOldGoes() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("out")
        let others = ["faceanon-20200101T000000Z.txt", "other-20200101T000000Z.mkv", "faceanon-notes.mkv"]
        for name in others + ["faceanon-20200101T000000Z.mkv", "faceanon-20200101T000000Z.jsonl"] {
            try scratch.write(Data("x".utf8), to: "out/" + name)
        }
        let outcome = try Stream.run(
            "record", Self.clip, folder, "--segment", "1", "--key-interval", "1", "--keep-for", "1d", "--keep-size",
            "1k")
        #expect(outcome.status == 0, "\(outcome.text)")
        let names = scratch.names(in: "out")
        #expect(Set(names).isSuperset(of: others))
        // Any segment is larger than that: all go once they are finished.
        #expect(names.count == others.count, "\(names)")
    }

    /// While one segment is being written: no other one begins, at which it could be noticed.
    @Test func whatIsTooMuchGoesWhenTheFolderGrows() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("out")
        let camera = try StreamPeer.camera()
        try scratch.write(Data(count: 240_000), to: "out/faceanon-20200101T000000Z.mkv")
        let stream = try Stream(
            ["record", camera.address, folder, "--keep-size", "250k", "--bitrate", "4000"] + Stream.patient)
        try stream.says("playing: ")
        _ = try Wait.until("the old segment goes") {
            scratch.names(in: "out").contains("faceanon-20200101T000000Z.mkv") ? nil : true
        }
        #expect(Self.segments(scratch, "mkv").count == 1)
        #expect(try stream.terminate().status == 0)
    }

    /// The same, at the moment when its time has come.
    @Test func whatHasBecomeTooOldGoes() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("out")
        // Names have whole seconds.
        let begun = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 - 3585).rounded(.down))
        let stamp = String(begun.formatted(.iso8601).filter { !"-:".contains($0) })
        let name = "faceanon-\(stamp).mkv"
        try scratch.write(Data("x".utf8), to: "out/" + name)
        let stream = try Stream(["record", "test", folder, "--keep-for", "1h"] + Stream.patient)
        _ = try Wait.until("the old segment goes") { scratch.names(in: "out").contains(name) ? nil : true }
        #expect(Date().timeIntervalSince(begun) > 3600)
        try stream.says("playing: ")
        #expect(try stream.terminate().status == 0)
    }

    @Test func aFullDiskIsSaid() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("out")
        let camera = try StreamPeer.camera()
        // A file system of our own, of 200 kB, that nobody else sees.
        let outcome = try Command.run(
            [
                "unshare", "--map-root-user", "--mount", "sh", "-c",
                "mount -t tmpfs -o size=200k tmpfs \"$2\" && exec \"$0\" record \"$1\" \"$2\" --bitrate 4000 \"$3\" \"$4\"",
                Stream.program, camera.address, folder, "--element", "mask=fill",
            ])
        #expect(outcome.status == 5, "\(outcome.text)")
        #expect(outcome.errors.contains("the disk of \(folder) is full"), "\(outcome.text)")
    }

    @Test func aFolderThatCannotBeWrittenToIsSaid() throws {
        let scratch = try Scratch()
        let missing = try Stream.run("record", "test", scratch / "missing")
        #expect(missing.status == 5 && missing.errors.contains("there is no folder"), "\(missing.text)")
        let sealed = try Stream.run("record", "test", "/proc/self")
        #expect(sealed.status == 5, "\(sealed.text)")
    }

    @Test func wrongUseIsSaid() throws {
        let scratch = try Scratch()
        for arguments in [
            ["test", scratch.path, "--segment", "0"], ["test", scratch.path, "--keep-for", "soon"],
            ["test", scratch.path, "--keep-size", "-1G"], ["test", scratch.path, "--name", "a/b"],
            ["test", scratch.path, "--element", "report-location=x.jsonl"], [scratch / "missing.mp4", scratch.path],
            ["rtsp://me:hunter2@127.0.0.1/x", scratch.path], ["test"],
        ] {
            let outcome = try Command.run([Stream.program, "record"] + arguments)
            #expect(outcome.status == 2, "\(arguments): \(outcome.text)")
            #expect(!outcome.text.contains("hunter2"))
        }
        #expect(scratch.names().allSatisfy { ["errors", "output"].contains($0) })
    }

    @Test func aFileThatIsNoVideoEndsIt() throws {
        let scratch = try Scratch()
        try scratch.write(Data(repeating: 7, count: 5000), to: "noise.mp4")
        let outcome = try Stream.run("record", scratch / "noise.mp4", try scratch.folder("out"))
        #expect(outcome.status == 3, "\(outcome.text)")
        #expect(scratch.names(in: "out") == [])
    }
}
