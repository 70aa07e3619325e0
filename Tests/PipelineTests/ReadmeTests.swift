// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// What the README says, against the built plugin. Blocks fenced as ```` ```sh run ```` are run as they stand.
@Suite struct ReadmeTests {
    private static let text = (try? String(contentsOfFile: Checkout.root + "/README.md", encoding: .utf8)) ?? ""

    /// The code between fences that begin with `info`.
    private static func blocks(_ info: String) -> [String] {
        text.components(separatedBy: "\n```\(info)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    /// The cells of the table under the heading `| first | …`.
    private static func table(_ first: String) -> [[String]] {
        let lines = text.components(separatedBy: "\n")
        guard let heading = lines.firstIndex(where: { $0.hasPrefix("| \(first) |") }) else { return [] }
        return lines[(heading + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            line.components(separatedBy: "|").dropFirst().dropLast().map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private static func withoutTicks(_ text: String) -> String { text.replacingOccurrences(of: "`", with: "") }

    // MARK: - Properties

    @Test func thePropertiesAreThoseOfThePlugin() throws {
        let rows = Self.table("property")
        let names = rows.map { Self.withoutTicks($0[0]) }
        #expect(names.sorted() == (try InspectedElement()).properties.keys.sorted())
    }

    @Test func theDefaultsAndRangesAreThoseOfThePlugin() throws {
        let element = try InspectedElement()
        for row in Self.table("property") where row.count == 4 {
            let (name, type) = (Self.withoutTicks(row[0]), row[1])
            let documented = Self.withoutTicks(row[2])
            guard let text = element.properties[name], !text.contains("Boxed") else { continue }
            let found = element.value(name)
            let expected =
                documented.hasPrefix("0x") ? Int(documented.dropFirst(2), radix: 16).map(String.init) : documented
            #expect(found == expected, "\(name): \(text)")

            if let range = text.firstMatch(of: #/Range: +([0-9.]+) - +([0-9.]+)/#) {
                let words = type.split { " ,".contains($0) }.map(String.init)
                let numbers = words.filter { Double($0) != nil }
                if numbers.count == 2 { #expect(numbers == [String(range.1), String(range.2)], "\(name)") }
            }
            let nicks = element.choices(name)
            if !nicks.isEmpty { #expect(type.components(separatedBy: ", ") == nicks, "\(name)") }
        }
    }

    // MARK: - Formats

    @Test func theFormatsAreThoseOfThePlugin() throws {
        let rows = Self.table("samples")
        let named = rows.flatMap { $0[1].components(separatedBy: ", ") }
        let text = try Command.run(["gst-inspect-1.0", "faceanon"]).output
        let lists = text.matches(of: #/format: \{ ([^}]+) \}/#).map { list in
            list.1.components(separatedBy: ", ").map { $0.replacing("(string)", with: "") }
        }
        #expect(lists.count == 2)
        for formats in lists {
            #expect(named.sorted() == formats.map { $0.trimmingCharacters(in: .whitespaces) }.sorted())
        }
    }

    // MARK: - Presets

    @Test func thePresetsSetWhatTheReadmeSays() throws {
        let rows = Self.table("preset")
        let listed = try Command.run(["gst-inspect-1.0", "faceanon"]).output.components(separatedBy: "Presets:\n").last
        #expect(listed?.matches(of: #/"([a-z]+)":/#).map { String($0.1) } == rows.map { Self.withoutTicks($0[0]) })
        func values(_ properties: String) throws -> [Substring] {
            let outcome = try launch(
                "videotestsrc num-buffers=1 ! faceanon \(properties) ! fakesink",
                environment: Checkout.environment(["GST_DEBUG": "faceanon:4"]))
            let started = try #require(
                outcome.errors.firstMatch(of: #/started with .* threads; (.*)/#), "\(outcome.text)")
            return started.1.split(separator: " ")
        }
        for row in rows {
            let code = try #require(row[1].firstMatch(of: #/`(.*)`/#))
            #expect(try values("@preset=\(Self.withoutTicks(row[0]))") == values(String(code.1)), "\(row[0])")
        }
    }

    // MARK: - Commands

    @Test func theBlocksToBeRunWork() throws {
        let blocks = Self.blocks("sh run")
        #expect(!blocks.isEmpty)
        for block in blocks {
            let outcome = try Command.run(["bash", "-euo", "pipefail", "-c", block])
            #expect(outcome.status == 0, "\(block)\n\(outcome.text)")
        }
    }

    /// The launch lines of the table and of blocks that are not run as they stand.
    private static var plainLines: [String] {
        let inline = table("you want to mask").compactMap {
            $0[2].wholeMatch(of: #/`(gst-launch-1.0 .*)`/#).map { String($0.1) }
        }
        return inline + launchLines(blocks("sh"))
    }

    private static func launchLines(_ blocks: [String]) -> [String] {
        blocks.flatMap { $0.replacing(#/ \\\n +/#, with: " ").components(separatedBy: "\n") }
            .filter { $0.hasPrefix("gst-launch-1.0 ") }
    }

    /// With a camera that is faster than any machine: what waits is left out before it is masked, and what is masked is
    /// shown. In a line without that queue nearly all of them are late on a slow machine, and thrown away.
    @Test func theCamerasLinesShowWhatTheyMask() throws {
        let page = MarkdownPage("docs/camera-to-screen.md")
        let lines = (Self.plainLines + Self.launchLines(page.blocks.map(\.text))).filter { $0.contains("v4l2src") }
        #expect(lines.count == 3)
        let (frames, size) = (60, 640 * 360 * 3 / 2)
        for line in lines {
            let scratch = try Scratch()
            let camera =
                "videotestsrc is-live=true num-buffers=\(frames) ! video/x-raw,width=640,height=360,framerate=1000/1"
            let changed = line.dropFirst("gst-launch-1.0 ".count).replacingOccurrences(of: "v4l2src", with: camera)
                .replacingOccurrences(of: "! faceanon !", with: "! faceanon report-location=\(scratch / "report") !")
                // As a window is: what is late is not shown.
                .replacingOccurrences(
                    of: "autovideosink",
                    with: "video/x-raw,format=I420 ! filesink location=\(scratch / "shown") sync=true qos=true"
                        + " max-lateness=5000000")
            let outcome = try launch(changed)
            #expect(outcome.status == 0, "\(line)\n\(outcome.text)")
            let report = try ReportLine.read(scratch.text("report"))
            #expect(!report.isEmpty && report.count < frames, "\(report.count)")
            #expect(report.allSatisfy { $0.outcome == "masked" }, "\(line)")
            #expect(scratch.data("shown").count == report.count * size, "\(line)")
        }
    }

    /// The lines with a camera, a screen or names of files, with what a machine without them has.
    @Test func thePlainLinesWork() throws {
        let scratch = try Scratch()
        let lines = Self.plainLines
        #expect(lines.count >= 4)
        for line in lines {
            let changed =
                line
                .replacingOccurrences(of: "v4l2src", with: "videotestsrc num-buffers=3")
                .replacingOccurrences(of: "autovideosink", with: "fakesink")
                .replacingOccurrences(of: "location=IN.jpg", with: "location=\(Checkout.pictures)/grace_hopper.jpg")
                .replacingOccurrences(of: "location=IN", with: "location=\(Checkout.pictures)/clip.mp4")
                .replacingOccurrences(of: "location=OUT", with: "location=\(scratch / "OUT")")
            let outcome = try launch(String(changed.dropFirst("gst-launch-1.0 ".count)))
            #expect(outcome.status == 0, "\(line)\n\(outcome.text)")
        }
        #expect(scratch.data("OUT.jpg").count > 10_000)
        let probe = try Command.run([
            "ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", scratch / "OUT",
        ])
        #expect(probe.output == "h264\naac\n")
    }

    /// What it is, two commands, and the first use, before anybody has to scroll.
    @Test func theFirstScreenIsEnoughToBegin() throws {
        let screen = Self.text.components(separatedBy: "\n").prefix(30).joined(separator: "\n")
        for command in ["make demo", "make test", "faceanon mask VIDEO"] {
            #expect(screen.contains("\n" + command), "\(command)")
        }
        #expect(screen.contains("`sudo`") && screen.contains("asks first"))
        for section in ["## Use", "## Install", "### Exit statuses"] { #expect(Self.text.contains("\n\(section)\n")) }
    }

    @Test func theTargetsOfMakeExist() throws {
        let makefile = try String(contentsOfFile: Checkout.root + "/Makefile", encoding: .utf8)
        let targets = Set(Self.text.matches(of: #/(?:^|[ `(])make ([a-z]+)/#.anchorsMatchLineEndings()).map { $0.1 })
        #expect(targets.isSuperset(of: ["demo", "test", "build", "env", "install"]))
        for target in targets { #expect(makefile.contains("\n\(target):"), "make \(target)") }
    }

    @Test func whatMakeEnvPrintsIsEnough() throws {
        let line =
            "eval \"$(make -s env)\"; command -v faceanon; gst-inspect-1.0 faceanon; faceanon --version"
        let outcome = try Command.run(["bash", "-euc", line], environment: Checkout.bareEnvironment)
        let lines = outcome.output.split(separator: "\n")
        #expect(outcome.status == 0 && lines.first == "\(Checkout.root)/build/faceanon", "\(outcome.text)")
        let version = outcome.output.firstMatch(of: #/\n +Version +([0-9.]+)\n/#)
        #expect(version != nil && lines.last == version?.1, "\(outcome.output)")
    }

    @Test func theFilesItPointsToExist() throws {
        let links = Self.text.matches(of: #/\]\(([^)#:]+)\)/#).map { String($0.1) }
        let scripts = Self.text.matches(of: #/`((?:pipelines|meson-helper)\/[a-z0-9.-]+)/#).map { String($0.1) }
        #expect(links.count > 2 && scripts.count >= 3)
        for name in links + scripts {
            #expect(FileManager.default.fileExists(atPath: "\(Checkout.root)/\(name)"), "\(name)")
        }
    }
}
