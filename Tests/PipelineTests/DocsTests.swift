// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// The commands of the pages in docs/, as a reader types them one after the other; and what the pages say comes out of
/// them. A block's fence tells what is done with it:
///
/// - `sh run` is run to its end, which is exit status 0, or N with `status=N`.
/// - `sh run stream` is left running, and ended as by Ctrl-C at the next heading, with the same exit status.
/// - `sh settings` goes before every later block: what a reader sets to what is theirs.
/// - `text`, `json` behind one of these is what comes out of it: `…` stands for anything, a number for any number.
/// - `LANGUAGE FILE` with a file's name is that file.
/// - `sh REASON` is not run, for one of the reasons below.
@Suite struct DocsTests {
    static let pages = MarkdownPage.all(in: "docs")
    /// Why a block is not run: it changes the machine; takes long; is but a part of a line.
    static let reasons = ["install", "long", "part"]

    // MARK: - The pages themselves

    @Test func thePagesOfTheUsesAreThere() {
        let names = Set(Self.pages.map { $0.path.dropFirst("docs/".count).dropLast(".md".count) })
        let uses = ["camera-to-screen", "files", "folders", "rtsp-restream", "rtsp-server", "rtmp-relay", "web-page"]
        #expect(names.isSuperset(of: ["README", "recording", "in-your-application", "troubleshooting", "security"]))
        #expect(names.isSuperset(of: uses.map { Substring($0) }))
    }

    @Test(arguments: pages) func everyCommandIsRunOrSaysWhyNot(_ page: MarkdownPage) {
        for (number, block) in page.blocks.enumerated() where block.info.contains("stream") {
            #expect(Self.output(behind: number, in: page) != nil, "\(page.path):\(block.line): what does one see?")
        }
        for block in page.blocks where ["sh", "bash", "shell", "console", ""].contains(block.language) {
            let words = block.info.dropFirst()
            let isRun =
                words.first == "run" && words.dropFirst().allSatisfy { $0 == "stream" || $0.hasPrefix("status=") }
            let isOther = words.count == 1 && (words.first == "settings" || Self.reasons.contains(words.first ?? ""))
            #expect(
                block.language == "sh" && (isRun || isOther),
                "\(page.path):\(block.line): ```\(block.info.joined(separator: " ")) is neither run nor says why not")
        }
    }

    /// Each row of the table of ways out says that there is a test of that name.
    @Test func everyWayOutHasATest() throws {
        let page = try String(contentsOfFile: "\(Checkout.root)/docs/guarantees.md", encoding: .utf8)
        let rows = page.matches(of: #/(?m)^\| (L[0-9]+) \| [^|]+ \| [^|]+ \|$/#).map { String($0.1) }
        #expect(rows == (1...30).map { "L\($0)" })
        let files = FileManager.default.enumerator(atPath: "\(Checkout.root)/Tests")?.compactMap { $0 as? String } ?? []
        let tests = files.filter { $0.hasSuffix(".swift") }
            .compactMap { try? String(contentsOfFile: "\(Checkout.root)/Tests/\($0)", encoding: .utf8) }
            .joined(separator: "\n")
        for row in rows {
            // The name may stand on the line after the attribute.
            let name = try Regex("@Test\\(\\s*\"([^\"]*, )?\(row): ")
            #expect(tests.firstMatch(of: name) != nil, "no test is named after \(row)")
        }
    }

    // MARK: - Commands

    @Test(arguments: pages) func theCommandsDoWhatThePageSays(_ page: MarkdownPage) throws {
        guard page.blocks.contains(where: { $0.info.prefix(2) == ["sh", "run"] }) else { return }
        let stand = try DocsStand(page)
        for (text, _) in stand.standIns {
            #expect(page.blocks.contains { $0.text.contains(text) }, "\(page.path) no longer has \(text)")
        }
        var settings = ""
        var streams: [(command: Command, status: Int32)] = []
        defer { for stream in streams { stream.command.send(SIGKILL) } }
        for (number, block) in page.blocks.enumerated() {
            if number == 0 || block.section != page.blocks[number - 1].section { try Self.end(&streams, page) }
            let text = stand.replaced(block.text)
            guard block.language == "sh" else {
                if block.info.count == 2, !block.info[1].contains("=") {
                    try stand.write(text + "\n", to: block.info[1])
                }
                continue
            }
            if block.info.last == "settings" { settings += text + "\n" }
            guard block.info.dropFirst().first == "run" else { continue }

            let expected = Self.output(behind: number, in: page).map(stand.replaced)
            let place = "\(page.path):\(block.line): \(block.text)"
            let command = try Command(
                ["bash", "-euo", "pipefail", "-c", settings + text], environment: stand.environment,
                directory: stand.scratch.path)
            let status = block.info.last.flatMap { $0.hasPrefix("status=") ? Int32($0.dropFirst(7)) : nil } ?? 0
            if block.info.contains("stream") {
                streams.append((command, status))
                func missing() -> [String] { Self.missing(expected ?? "", in: command.output + command.errors) }
                _ = try? Wait.until("what the page says") {
                    missing().isEmpty || command.hasEnded ? true : nil
                }
                #expect(missing().isEmpty && !command.hasEnded, "\(place): \(command.output)\(command.errors)")
                continue
            }
            let outcome = try command.finish()
            #expect(outcome.status == status, "\(place)\n\(outcome.text)")
            if let expected {
                let missing = Self.missing(expected, in: outcome.text)
                #expect(missing.isEmpty, "\(place) does not say \(missing) but:\n\(outcome.text)")
            }
        }
        try Self.end(&streams, page)
        try stand.check()
    }

    /// Ends what still runs, the last one first.
    private static func end(_ streams: inout [(command: Command, status: Int32)], _ page: MarkdownPage) throws {
        while let stream = streams.popLast() {
            stream.command.send(SIGINT)
            let outcome = try stream.command.finish()
            #expect(outcome.status == stream.status, "\(page.path): \(outcome.text)")
        }
    }

    /// What a page says comes out of a block.
    private static func output(behind number: Int, in page: MarkdownPage) -> String? {
        guard number + 1 < page.blocks.count else { return nil }
        let next = page.blocks[number + 1]
        return next.section == page.blocks[number].section && ["text", "json"].contains(next.language) ? next.text : nil
    }

    /// The lines that a page promises and a program has not written.
    static func missing(_ expected: String, in said: String) -> [String] {
        expected.split(separator: "\n").map(String.init).filter { line in
            let number = "[0-9]+(\\.[0-9]+)?"
            let pattern = NSRegularExpression.escapedPattern(for: line.trimmingCharacters(in: .whitespaces))
                .replacingOccurrences(of: "…", with: ".*").replacing(#/[0-9]+(\\\.[0-9]+)?/#, with: number)
            return said.range(of: "(?m)^\\s*\(pattern)\\s*$", options: .regularExpression) == nil
        }
    }

    @Test func whatAPagePromisesHasToBeSaid() {
        let said = "masked: 12 frames, 3.5 fps\nthe end"
        #expect(Self.missing("masked: 1 frames, … fps\nthe end", in: said) == [])
        #expect(Self.missing("masked: 1.25 frames, 7 fps\nthe beginning", in: said) == ["the beginning"])
        #expect(Self.missing("masked", in: said) == ["masked"])
    }
}
