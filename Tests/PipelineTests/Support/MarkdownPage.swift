// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// A page of documentation, taken apart.
struct MarkdownPage: Sendable, CustomTestStringConvertible {
    /// A fenced block.
    struct Block: Sendable {
        /// The words behind the fence: the language, then what the tests are to do with it.
        let info: [String]
        let text: String
        let line: Int
        /// The heading that it stands under.
        let section: String

        var language: String { info.first ?? "" }
    }

    /// From the root of the checkout on.
    let path: String
    let blocks: [Block]
    /// The text outside of blocks, line by line; in place of a block's lines are empty ones.
    let prose: [String]

    var testDescription: String { path }

    init(_ path: String) {
        let text = (try? String(contentsOfFile: Checkout.root + "/" + path, encoding: .utf8)) ?? ""
        self.init(path: path, text: text)
    }

    init(path: String, text: String) {
        self.path = path
        var blocks: [Block] = []
        var prose: [String] = []
        var open: (info: [String], line: Int, lines: [String])?
        var section = ""
        for (number, line) in text.components(separatedBy: "\n").enumerated() {
            let isFence = line.hasPrefix("```")
            if let block = open, isFence {
                blocks.append(
                    Block(
                        info: block.info, text: block.lines.joined(separator: "\n"), line: block.line, section: section)
                )
                open = nil
            } else if isFence {
                open = (line.dropFirst(3).split(separator: " ").map(String.init), number + 1, [])
            } else if open != nil {
                open?.lines.append(line)
            }
            prose.append(open != nil || isFence ? "" : line)
            if open == nil, line.hasPrefix("#") { section = line }
        }
        self.blocks = blocks
        self.prose = prose
    }

    /// All pages of a folder, but those that are named.
    static func all(in folder: String) -> [MarkdownPage] {
        ((try? FileManager.default.contentsOfDirectory(atPath: Checkout.root + "/" + folder)) ?? [])
            .filter { $0.hasSuffix(".md") }.sorted().map { MarkdownPage("\(folder)/\($0)") }
    }

    /// What is set as code within the text, with the number of its line.
    var spans: [(line: Int, text: String)] {
        prose.enumerated().flatMap { number, line in
            line.matches(of: #/`([^`]+)`/#).map {
                (number + 1, String($0.1).replacingOccurrences(of: "\\|", with: "|"))
            }
        }
    }

    /// Where it points to: pages and pictures.
    var links: [String] { prose.flatMap { $0.matches(of: #/\]\(([^)]+)\)/#).map { String($0.1) } } }

    /// The anchors of its headings, as GitHub makes them.
    var anchors: Set<String> {
        Set(
            prose.filter { $0.hasPrefix("#") }.map { line in
                line.drop { $0 == "#" || $0 == " " }.lowercased()
                    .filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacingOccurrences(
                        of: " ", with: "-")
            })
    }

    /// The rows of tables as heading: cell.
    var rows: [[String: String]] {
        var rows: [[String: String]] = []
        var heading: [String] = []
        for line in prose {
            guard line.hasPrefix("|") else {
                heading = []
                continue
            }
            let cells = line.replacingOccurrences(of: "\\|", with: "\u{1}").components(separatedBy: "|")
                .dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "\u{1}", with: "|") }
            if heading.isEmpty {
                heading = cells
            } else if !cells.allSatisfy({ $0.allSatisfy { "-:".contains($0) } && !$0.isEmpty }) {
                rows.append(Dictionary(zip(heading, cells)) { first, _ in first })
            }
        }
        return rows
    }
}
