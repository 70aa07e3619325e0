// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// The element's own properties, as gst-inspect-1.0 tells of them.
struct InspectedElement {
    /// By name, the lines after the blurb as one.
    let properties: [String: String]

    init() throws {
        let text = try Command.run(["gst-inspect-1.0", "faceanon"]).output
        var properties: [String: String] = [:]
        var name = ""
        let start = try #require(text.range(of: "Element Properties:\n"))
        for line in text[start.upperBound...].components(separatedBy: "\n").prefix(while: { $0 != "Presets:" }) {
            if let match = line.wholeMatch(of: #/  ([a-z][a-z0-9-]+) +: .*/#) {
                name = String(match.1)
                properties[name] = ""
            } else if !name.isEmpty {
                properties[name, default: ""] += line.trimmingCharacters(in: .whitespaces) + " "
            }
        }
        for name in ["name", "parent"] { #expect(properties.removeValue(forKey: name) != nil) }
        self.properties = properties
    }

    /// A default as the documentation writes it.
    func value(_ name: String) -> String? {
        guard let text = properties[name], !text.contains("Boxed") else { return nil }
        if let array = text.firstMatch(of: #/Default: "<(.*)>"/#) {
            let numbers = array.1.replacingOccurrences(of: "(double)", with: "").split { " ,".contains($0) }
            let short = numbers.compactMap { Double($0) }.map { "\(($0 * 1e6).rounded() / 1e6)" }
            return short.isEmpty ? "" : "<\(short.joined(separator: ","))>"
        }
        if let choice = text.firstMatch(of: #/Default: [0-9]+, "([a-z-]+)"/#) { return String(choice.1) }
        if let string = text.firstMatch(of: #/Default: "(.*)"/#) { return String(string.1) }
        return text.firstMatch(of: #/Default: +([a-z0-9.]+)/#).map { String($0.1) }
    }

    /// The words that a property takes, if it takes one of a few.
    func choices(_ name: String) -> [String] {
        properties[name]?.matches(of: #/\([0-9]+\): ([a-z-]+) /#).map { String($0.1) } ?? []
    }
}
