// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `faceanon mask` and the files of others: names are bytes, and nothing is touched that it did not make.
@Suite struct MaskNamesTests {
    private static func digest(_ scratch: Scratch, _ name: String) -> Int { scratch.data(name).hashValue }

    /// Pictures, since they are quick: the names go the same way as those of videos.
    @Test func anyNameWorks() throws {
        let scratch = try Scratch()
        try MaskProgram.makePicture("plain.png", in: scratch)
        _ = try scratch.folder("in")
        // As a shell's printf writes them: a dash, an option, patterns, a URL, a line break, no UTF-8, two spellings of é.
        let names = [
            #"-x.png"#, #"--output.png"#, #"%%03d.png"#, #"50%%20.png"#, #"a*?[b].png"#, #"a:b.png"#, #"a\nb.png"#,
            #"\377\376.png"#, #"\303\251.png"#, #"e\314\201.png"#, #" .png"#, #"a'"'"'b"c.png"#, #"a\134b.png"#,
            #"\033[2J.png"#,
        ]
        for name in names {
            let made = try MaskProgram.shell(#"cp plain.png "in/$(printf -- '\#(name)')""#, in: scratch)
            try #require(made.status == 0, "\(made.text)")
        }
        // Of 255 bytes, and of 250 that leave no room for _masked.
        for length in [251, 246] {
            try scratch.copy(scratch / "plain.png", to: "in/" + String(repeating: "n", count: length) + ".png")
        }
        let count = names.count + 2
        let folder = try MaskProgram.run(["in", "--output-dir", "out", "--progress", "json"], in: scratch)
        #expect(folder.status == 0, "\(folder.text)")
        let summary = try #require(MaskProgram.events(folder.output).last)
        #expect(summary.masked == count && summary.failed == 0)
        let same = try MaskProgram.shell("LC_ALL=C ls in | sort >a; LC_ALL=C ls out | sort >b; cmp a b", in: scratch)
        #expect(same.status == 0, "\(same.text)")

        // Each by itself, beside the input. What is shown has no control characters.
        let beside = try MaskProgram.run(["in", "--quiet"], in: scratch)
        #expect(beside.status == 0 && beside.text == "", "\(beside.text)")
        let made = try MaskProgram.shell("ls -q in | grep -c '_masked.png$'", in: scratch)
        #expect(made.output == "\(count)\n")
        let single = try MaskProgram.shell(
            #"cd in; $MASK --force -- -x.png "$(printf '\377\376.png')" "$(printf 'a\nb.png')""#,
            in: scratch)
        #expect(single.status == 0, "\(single.text)")
        #expect(single.output.contains(#"\xff\xfe.png"#) && single.output.contains(#"a\nb.png"#))
    }

    /// -sh.mp4 is no plea for help.
    @Test func aFileIsNotTakenForOptions() throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("./-sh.mp4", in: scratch)
        let outcome = try MaskProgram.run(["-sh.mp4"], in: scratch)
        #expect(outcome.status == 2 && outcome.errors.contains("./-sh.mp4"), "\(outcome.text)")
        #expect(try MaskProgram.run(["--", "-sh.mp4"], in: scratch).status == 0)
        #expect(scratch.has("-sh_masked.mp4"))
    }

    @Test func theInputIsNeverTouched() throws {
        let scratch = try Scratch()
        try MaskProgram.makePicture("in.png", in: scratch)
        try MaskProgram.makePicture("talk.partial.png", in: scratch)
        try FileManager.default.linkItem(atPath: scratch / "in.png", toPath: scratch / "hard.png")
        try FileManager.default.createSymbolicLink(atPath: scratch / "soft.png", withDestinationPath: "in.png")
        try FileManager.default.createSymbolicLink(atPath: scratch / "here", withDestinationPath: ".")
        let (before, names) = (scratch.data("in.png"), scratch.names())
        for arguments in [
            ["in.png", "--output", "in.png"], ["in.png", "--output", "here/in.png"],
            ["in.png", "--output", "hard.png"],
            ["in.png", "--output", "soft.png"], ["soft.png", "--output", "in.png"], ["in.png", "--output-dir", "."],
            ["in.png", "--output", "o.png", "--report", "in.png"],
            ["in.png", "--output", "o.png", "--report", "here/hard.png"],
            ["in.png", "--output", "o.png", "--report", "o.png"],
            ["in.png", "--output", "o.png", "--report", "here/o.png"],
            ["in.png", "soft.png", "--output-dir", "here/.", "--report", "here"],
        ] {
            let outcome = try MaskProgram.run(arguments + ["--force"], in: scratch)
            #expect(outcome.status == 2, "\(arguments): \(outcome.text)")
            #expect(scratch.names() == names, "\(arguments)")
            #expect(scratch.data("in.png") == before, "\(arguments)")
        }
        // A name that looks like one of ours is a name like others.
        let partial = try MaskProgram.run(["talk.partial.png", "--output", "talk.png"], in: scratch)
        #expect(partial.status == 0 && scratch.has("talk.partial.png") && scratch.has("talk.png"), "\(partial.text)")
    }

    @Test func whatStandsInTheWayStays() throws {
        let scratch = try Scratch()
        try MaskProgram.makePicture("in.png", in: scratch)
        for name in ["out.png", "report", "target"] { try scratch.write(Data("precious".utf8), to: name) }
        try FileManager.default.createSymbolicLink(atPath: scratch / "link.png", withDestinationPath: "target")
        try FileManager.default.createSymbolicLink(atPath: scratch / "broken.png", withDestinationPath: "nowhere")
        for arguments in [
            ["in.png", "--output", "out.png"], ["in.png", "--output", "link.png"],
            ["in.png", "--output", "broken.png"],
            ["in.png", "--output", "new.png", "--report", "report"],
        ] {
            let outcome = try MaskProgram.run(arguments, in: scratch)
            #expect(outcome.status == 2 && outcome.errors.contains("--force"), "\(arguments): \(outcome.text)")
        }
        #expect(scratch.text("out.png") == "precious" && scratch.text("target") == "precious")
        #expect(!scratch.has("new.png") && !scratch.has("nowhere"))

        // With --force a link is replaced, not written through.
        for name in ["link.png", "broken.png", "out.png"] {
            let outcome = try MaskProgram.run(
                ["in.png", "--output", name, "--force", "--report", "report"], in: scratch)
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(scratch.data(name).starts(with: [0x89, 0x50]))
        }
        #expect(scratch.text("target") == "precious" && !scratch.has("nowhere"))
        #expect(try ReportLine.read(scratch.text("report")).count == 1)
        #expect(scratch.names() == ["broken.png", "in.png", "link.png", "out.png", "report", "target"])
    }

    @Test func foldersAreCountedToTheLastFile() throws {
        let scratch = try Scratch()
        _ = try scratch.folder("in/deep")
        try MaskProgram.makePicture("in/a.png", in: scratch)
        try scratch.copy(scratch / "in/a.png", to: "in/deep/b.png")
        try scratch.copy(scratch / "in/a.png", to: "in/a_masked.png")
        try scratch.copy(scratch / "in/a.png", to: "in/.hidden.png")
        try scratch.write(Data("notes".utf8), to: "in/notes.txt")
        try scratch.write(Data("no picture".utf8), to: "in/broken.png")
        try scratch.write(Data(), to: "in/empty.mp4")
        let outcome = try MaskProgram.run(["in", "--output-dir", "out"], in: scratch)
        #expect(outcome.status == 1)
        for text in [
            "notes.txt: left alone", "broken.png: not masked", "empty.mp4: not masked", "1 hidden file", "1 folder",
            "1 file named like",
        ] {
            #expect(outcome.output.contains(text), "\(text): \(outcome.output)")
        }
        #expect(
            outcome.output.contains("1 file masked") && outcome.output.contains("1 left alone, 2 failed"),
            "\(outcome.output)")
        #expect(scratch.names(in: "out") == ["a.png"])
        let deep = try MaskProgram.run(["in", "--output-dir", "in/out", "--recursive", "--quiet"], in: scratch)
        #expect(deep.status == 1 && scratch.names(in: "in/out") == ["a.png", "deep"])
        #expect(scratch.names(in: "in/out/deep") == ["b.png"])
        // A folder of outputs in the folder of inputs is not masked again.
        let again = try MaskProgram.run(
            ["in", "--output-dir", "in/out", "--recursive", "--force", "--progress", "json"], in: scratch)
        #expect(try MaskProgram.events(again.output).last?.masked == 2)
    }

    @Test func aDryRunWritesNothing() throws {
        let scratch = try Scratch()
        try MaskProgram.makePicture("a.png", in: scratch)
        let outcome = try MaskProgram.run(
            ["a.png", "--output-dir", "out", "--report", "reports/", "--dry-run"], in: scratch)
        #expect(outcome.status == 0 && outcome.output.contains("a.png -> out/a.png"), "\(outcome.text)")
        #expect(scratch.names() == ["a.png"])
    }

    @Test func wrongSettingsAreKnownBeforeAnythingIsWritten() throws {
        let scratch = try Scratch()
        try MaskProgram.makePicture("a.png", in: scratch)
        for arguments in [
            ["--element", "no-such=1"], ["--element", "min-size=0"], ["--mask", "paint"], ["--preset", "none"],
            ["--element", "report-location=x"], ["--quality", "101"], ["--codec", "divx"], ["--jobs", "0"],
            ["--output", "noSuffix"],
            ["--output", "a.xyz"], ["--stall-timeout", "0"], ["--seconds", "nan"],
            ["--output", "b.png", "--output-dir", "d"],
        ] {
            let outcome = try MaskProgram.run(["a.png"] + arguments, in: scratch)
            #expect(outcome.status == 2, "\(arguments): \(outcome.status) \(outcome.text)")
            #expect(scratch.names() == ["a.png"])
        }
        let help = try MaskProgram.run([], in: scratch)
        #expect(help.status == 2 && help.errors.contains("faceanon mask talk.mp4"))
    }
}
