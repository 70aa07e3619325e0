// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// What the pages in docs/ name is there: options, properties, defaults, files, links.
@Suite struct DocsNamesTests {
    /// The pages that are of one use each.
    private static let uses = Set(
        [
            "camera-to-screen", "files", "folders", "rtsp-restream", "rtsp-server", "rtmp-relay", "web-page",
            "recording", "in-your-application",
        ].map { "docs/\($0).md" })

    private static let element = Result { try InspectedElement() }

    // MARK: - What there is

    /// The help of each subcommand of faceanon and each script of pipelines/, by how the pages write it.
    private static let helps: [String: String] = {
        var helps: [String: String] = [:]
        let stream = try? Command.run([Stream.program, "--help"]).output
        for match in (stream ?? "").matches(of: #/\n  ([a-z]+)  +[A-Z]/#) {
            let name = String(match.1)
            helps["faceanon " + name] = try? Command.run([Stream.program, name, "--help"]).output
        }
        for name in PipelineScriptTests.scripts {
            helps["pipelines/" + name] = try? Command.run([Checkout.root + "/pipelines/" + name, "--help"]).output
        }
        // The examples: their sources have the options, and the text of their help.
        for name in ["appsrc-appsink.py", "rtsp-factory.py"] {
            let path = "pipelines/examples/" + name
            helps[path] = try? String(contentsOfFile: Checkout.root + "/" + path, encoding: .utf8)
        }
        return helps
    }()

    private static func files(below folder: String) -> [String] {
        let path = "\(Checkout.root)/\(folder)"
        return (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).map {
            "\(path)/\($0)"
        }
    }

    /// Every word of the project's own sources, and what they are called.
    private static let words: Set<String> = {
        var words: Set<String> = []
        for folder in ["Sources", "pipelines", "meson-helper", "Makefile"] {
            for file in files(below: folder) + ["\(Checkout.root)/\(folder)"] {
                words.insert((file as NSString).lastPathComponent)
                let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
                words.formUnion(text.matches(of: #/[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*/#).map { String($0.0) })
            }
        }
        return words
    }()

    private static func isOption(_ option: String, in help: String) -> Bool {
        let pattern = "(?<![a-z-])\(NSRegularExpression.escapedPattern(for: option))(?![a-z0-9-])"
        return help.range(of: pattern, options: .regularExpression) != nil
    }

    // MARK: - Commands

    /// A command line of ours within a text: which, and the words behind it.
    private static func commands(in text: String) -> [(name: String, words: [String])] {
        let line = text.replacingOccurrences(of: "\\\n", with: " ")
        let command =
            #/(?:^|[ \n(;])(faceanon +(?:mask|restream|serve|relay|hls|record)(?=[ \n]|$)|pipelines\/[a-z][a-z.\/-]*)([^\n|;&]*)/#
        return line.matches(of: command).map {
            ($0.1.split(separator: " ").joined(separator: " "), $0.2.split(separator: " ").map(String.init))
        }
    }

    @Test(arguments: DocsTests.pages) func optionsAreThoseOfTheProgram(_ page: MarkdownPage) throws {
        try #require(Self.helps.count >= 11)
        var used: Set<String> = []
        let codes = page.blocks.filter { $0.language == "sh" }.map { ($0.line, $0.text) } + page.spans
        for (line, code) in codes {
            for command in Self.commands(in: code) {
                used.insert(command.name)
                // Of a file or folder that is no command, `filesAndTargetsAreThere` sees to it.
                guard let help = Self.helps[command.name] else {
                    #expect(command.name.hasPrefix("pipelines/examples"), "\(page.path):\(line): \(command.name)")
                    continue
                }
                for word in command.words where word.hasPrefix("--") {
                    let option = String(word.prefix { $0 != "=" })
                    #expect(Self.isOption(option, in: help), "\(page.path):\(line): \(command.name) \(option)")
                }
            }
        }
        // An option by itself is one of a command that the page has, or, where it tells of all of them, of any.
        let isUse = Self.uses.contains(page.path)
        let known = Self.helps.filter { !isUse || used.contains($0.key) }.values
        for (line, span) in page.spans {
            guard let option = span.firstMatch(of: #/^--[a-z][a-z-]*/#).map({ String($0.0) }) else { continue }
            #expect(known.contains { Self.isOption(option, in: $0) }, "\(page.path):\(line): \(option)")
        }
    }

    // MARK: - Properties

    /// The settings of the element in a text: `… ! faceanon a=b ! …`, `--element 'a=b'`, or nothing but `a=b`.
    private static func settings(in text: String, isSpan: Bool) -> [(name: String, value: String)] {
        let line = text.replacingOccurrences(of: "\\\n", with: " ")
        var parts = line.matches(of: #/! faceanon( [^!\n]*)/#).map { String($0.1) }
        parts += line.matches(of: #/--element '([^']*)'/#).map { String($0.1) }
        if isSpan, text.wholeMatch(of: #/[a-z]+(-[a-z]+)*=.*/#) != nil { parts.append(text) }
        return parts.flatMap { part in
            part.matches(of: #/(?:^| )([a-z]+(?:-[a-z]+)*)=([^ ]*)/#).map { (String($0.1), String($0.2)) }
        }
    }

    @Test(arguments: DocsTests.pages) func propertiesAreThoseOfTheElement(_ page: MarkdownPage) throws {
        let element = try Self.element.get()
        let codes = page.blocks.map { ($0.line, $0.text, false) } + page.spans.map { ($0.line, $0.text, true) }
        for (line, code, isSpan) in codes {
            for setting in Self.settings(in: code, isSpan: isSpan) {
                #expect(
                    setting.name == "name" || element.properties[setting.name] != nil,
                    "\(page.path):\(line): \(setting.name)")
                let choices = element.choices(setting.name)
                let isChoice = choices.isEmpty || choices.contains(setting.value) || setting.value.contains("…")
                #expect(isChoice, "\(page.path):\(line): \(setting)")
            }
        }
    }

    @Test(arguments: DocsTests.pages) func wordsSetAsCodeAreKnown(_ page: MarkdownPage) throws {
        let element = try Self.element.get()
        for (line, span) in page.spans {
            if let word = span.wholeMatch(of: #/[a-z_]+(?:-[a-z_]+)*|FACEANON_[A-Z_]+/#).map({ String($0.0) }) {
                let isKnown = element.properties[word] != nil || Self.words.contains(word)
                #expect(isKnown, "\(page.path):\(line): nothing is called \(word)")
            }
        }
    }

    /// The programs say what a page tells its readers to look for. What others say is in quotes, not set as code.
    @Test(arguments: DocsTests.pages) func symptomsAreWordsOfTheProgram(_ page: MarkdownPage) {
        for row in page.rows {
            for match in (row["you see"] ?? "").matches(of: #/`([^`]+)`/#) {
                // What differs from case to case: names, numbers, paths.
                let words = match.1.split(separator: " ").map { word in
                    word.contains(#/[\/…0-9]|\.[a-z]|^(web|recordings)$/#)
                        ? ".{1,60}?" : NSRegularExpression.escapedPattern(for: String(word))
                }
                let isSaid = Self.sources.range(of: words.joined(separator: " "), options: .regularExpression) != nil
                #expect(isSaid, "\(page.path): nothing says \(match.1)")
            }
        }
    }

    /// What the programs say, with the line breaks of the sources taken out.
    private static let sources: String = {
        ["Sources", "pipelines"].flatMap { files(below: $0) }
            .map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }.joined(separator: "\n")
            .replacing(#/\\?"? ?\n *(\+ )?"?/#, with: " ").replacing(#/ +/#, with: " ")
    }()

    // MARK: - Defaults

    /// In a unit that the reader thinks in, or as it is.
    private static func plain(_ value: String) -> String {
        let value = value.replacingOccurrences(of: "`", with: "")
        guard let match = value.wholeMatch(of: #/([0-9.]+) ?(ns|ms|s|px|kbit/s)/#), let number = Double(match.1) else {
            return value
        }
        let factors = ["ms": 1e6, "s": 1e9]
        return factors[String(match.2)].map { "\(Int(number * $0))" } ?? String(match.1)
    }

    @Test(arguments: DocsTests.pages) func defaultsAreAsThePageSays(_ page: MarkdownPage) throws {
        let element = try Self.element.get()
        var stated: [(name: String, value: String)] = page.rows.compactMap { row in
            guard let name = row["property"] ?? row["option"], let value = row["default"] else { return nil }
            return (name, value)
        }
        let prose = page.prose.joined(separator: " ")
        stated += prose.matches(of: #/`((?:--)?[a-z][a-z-]*)[^`]*` \(default ([^)]+)\)/#).map {
            (String($0.1), String($0.2))
        }
        // In other words it would not be looked at.
        let unread = prose.matches(of: #/[^.]*\bdefaults? (?:is|are|of|to|=) ?`?[0-9][^.]*/#).map { String($0.0) }
        #expect(unread.isEmpty, "\(page.path): write `NAME` (default VALUE)")

        let used = Set(page.blocks.flatMap { Self.commands(in: $0.text).map(\.name) })
        for (name, value) in stated {
            let name = name.replacingOccurrences(of: "`", with: "").split(separator: " ").first.map(String.init) ?? ""
            guard name.hasPrefix("--") else {
                let found = try #require(element.value(name), "\(page.path): \(name)")
                #expect(found == Self.plain(value) || found == value, "\(page.path): \(name) is \(found)")
                continue
            }
            let helps = Self.helps.filter { used.contains($0.key) }
            let defaults = helps.compactMap { Self.optionDefault(name, in: $0.value) }
            try #require(!defaults.isEmpty, "\(page.path): \(name) has no default")
            let said = value.replacingOccurrences(of: "`", with: "").split(separator: " ").first.map(String.init) ?? ""
            #expect(
                defaults.contains { $0 == said || Double($0) != nil && Double($0) == Double(said) },
                "\(page.path): \(name) is \(defaults)")
        }
    }

    /// What a help says is an option's default.
    private static func optionDefault(_ option: String, in help: String) -> String? {
        guard let start = help.range(of: "  \(option)(?![a-z0-9-])", options: .regularExpression) else { return nil }
        let text = help[start.upperBound...].components(separatedBy: "\n  -").first ?? ""
        return text.replacingOccurrences(of: "\\s+", with: " ", options: .regularExpression)
            .firstMatch(of: #/default:? ([^\s);]+)/#).map { String($0.1) }
    }

    /// The keys of serve's configuration: the source that reads them is their one list.
    @Test func keysOfTheServerAreThoseThatItReads() throws {
        let source = try String(
            contentsOfFile: Checkout.root + "/Sources/FaceAnonProgram/Streams/Server/ServeConfiguration.swift",
            encoding: .utf8)
        // What a source is has its own place: serve is not the only one that reads sources.
        let defaults = try ["Server/ServeConfiguration", "Source/SourceSettings", "Source/Peer"].map { file in
            try String(
                contentsOfFile: "\(Checkout.root)/Sources/FaceAnonProgram/Streams/\(file).swift", encoding: .utf8)
        }.joined()
        let keys = Set(source.matches(of: #/"([a-z]+(?:-[a-z]+)*)",? ?\]?/#).map { String($0.1) })
        let rows = MarkdownPage("docs/rtsp-server.md").rows.filter { $0["key"] != nil }
        var documented: Set<String> = []
        for row in rows {
            let names = (row["key"] ?? "").matches(of: #/`([a-z-]+)`/#).map { String($0.1) }
            documented.formUnion(names)
            for name in names {
                #expect(keys.contains(name), "\(name)")
                guard let value = row["default"], !value.isEmpty else { continue }
                let words = name.split(separator: "-")
                let variable = words[0] + words.dropFirst().map(\.capitalized).joined()
                let text = NSRegularExpression.escapedPattern(for: value)
                let pattern = "var \(variable)(: \\w+)? = [A-Za-z]*[.\"]?\(text)\"?\n"
                #expect(defaults.range(of: pattern, options: .regularExpression) != nil, "\(name) is not \(value)")
            }
        }
        let lists = source.matches(of: #/refuseOthers\(than: \[([^\]]*)\]/#).map { String($0.1) }
        try #require(lists.count == 2)
        let all = Set(lists.joined().matches(of: #/"([a-z-]+)"/#).map { String($0.1) })
        #expect(documented == all.subtracting(["mounts"]))
    }

    // MARK: - Files, links, pictures

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test(arguments: DocsTests.pages) func linksLeadSomewhere(_ page: MarkdownPage) {
        for link in page.links where !link.contains("://") {
            let parts = link.components(separatedBy: "#")
            let file = parts[0].isEmpty ? page.path : "docs/" + parts[0]
            let path = URL(fileURLWithPath: "\(Checkout.root)/\(file)").standardized.path
            #expect(Self.exists(path), "\(page.path): \(link)")
            if parts.count == 2, path.hasPrefix(Checkout.root) {
                let target = MarkdownPage(String(path.dropFirst(Checkout.root.count + 1)))
                #expect(target.anchors.contains(parts[1]), "\(page.path): \(link)")
            }
        }
    }

    @Test(arguments: DocsTests.pages) func filesAndTargetsAreThere(_ page: MarkdownPage) throws {
        let makefile = try String(contentsOfFile: Checkout.root + "/Makefile", encoding: .utf8)
        for (line, code) in page.blocks.map({ ($0.line, $0.text) }) + page.spans {
            let name = #/(?:^|[ \n"'\/])((?:pipelines|meson-helper|Sources|docs|Tests)\/[A-Za-z0-9_.@\/-]+)/#
            for file in code.matches(of: name) where !code.contains("share/doc") {
                #expect(Self.exists("\(Checkout.root)/\(file.1)"), "\(page.path):\(line): \(file.1)")
            }
            for match in code.matches(of: #/(?:^|[ \n(])make ([a-z][a-z-]*)/#) {
                #expect(
                    makefile.contains("\n\(match.1):") || makefile.contains("\n\(match.1) test-"),
                    "\(page.path):\(line): make \(match.1)")
            }
        }
    }

    @Test(arguments: DocsTests.pages) func picturesAreSmallAndHaveTheirCredit(_ page: MarkdownPage) throws {
        let names = page.prose.flatMap { $0.matches(of: #/!\[[^\]]+\]\(([^)]+)\)/#).map { String($0.1) } }
        for name in names {
            let data = FileManager.default.contents(atPath: "\(Checkout.root)/docs/\(name)") ?? Data()
            let isDrawing = name.hasSuffix(".svg")
            let most = isDrawing ? 100_000 : 60_000
            #expect(!data.isEmpty && data.count <= most, "\(page.path): \(name) has \(data.count) bytes")
            #expect(isDrawing || page.prose.contains { $0.contains("public domain") }, "\(page.path): \(name)")
        }
        if Self.uses.contains(page.path) { #expect(!names.isEmpty, "\(page.path)") }
    }

    @Test func theIndexHasEveryPage() {
        let links = MarkdownPage("docs/README.md").links
        for page in DocsTests.pages where page.path != "docs/README.md" {
            #expect(links.contains(String(page.path.dropFirst("docs/".count))), "\(page.path)")
        }
    }
}
