// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// How the element is to be set: a preset, then properties in the order given, which win over it.
package struct ElementProperties: Equatable, Sendable {
    package struct Assignment: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    package var preset: String?
    package var assignments: [Assignment]

    /// Reads `NAME=VALUE NAME="A VALUE"…`, the words as a shell splits them.
    package init(preset: String? = nil, _ texts: [String] = []) throws(ProgramFailure) {
        self.preset = preset
        assignments = []
        for text in texts {
            for word in try Self.words(text) {
                guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                    throw ProgramFailure(.misuse, "element settings are NAME=VALUE, unlike \(word)")
                }
                assignments.append(
                    Assignment(name: String(word[..<equals]), value: String(word[word.index(after: equals)...])))
            }
        }
    }

    /// Sets an element. What GLib would answer with a warning, a value out of range, is an error here.
    func apply(to element: UnsafeMutablePointer<GstElement>) throws(ProgramFailure) {
        if let preset {
            guard gst_preset_load_preset(OpaquePointer(element), preset) != 0 else {
                throw ProgramFailure(.misuse, "faceanon has no preset \(preset): it has \(Self.presets(of: element))")
            }
        }
        for assignment in assignments {
            guard let spec = stream_find_property(element, assignment.name), stream_is_writable(spec) != 0 else {
                throw ProgramFailure(
                    .misuse, "faceanon has no property \(assignment.name): see gst-inspect-1.0 faceanon")
            }
            guard assignment.name != "report-location" else {
                throw ProgramFailure(
                    .misuse,
                    "faceanon's report-location would begin anew with each connection: leave it out; record writes reports"
                )
            }
            switch stream_set_text(element, spec, assignment.value) {
            case STREAM_VALUE_UNREADABLE:
                throw ProgramFailure(.misuse, "faceanon's \(assignment.name) cannot be \(assignment.value)")
            case STREAM_VALUE_OUT_OF_RANGE:
                throw ProgramFailure(
                    .misuse, "faceanon's \(assignment.name) cannot be \(assignment.value): that is out of its range")
            default: break
            }
        }
    }

    private static func presets(of element: UnsafeMutablePointer<GstElement>) -> String {
        guard let names = gst_preset_get_preset_names(OpaquePointer(element)) else { return "none" }
        defer { g_strfreev(names) }
        var texts: [String] = []
        var index = 0
        while let name = names[index] {
            texts.append(String(cString: name))
            index += 1
        }
        return texts.joined(separator: ", ")
    }

    private static func words(_ text: String) throws(ProgramFailure) -> [String] {
        guard text.contains(where: { !$0.isWhitespace }) else { return [] }
        var count: gint = 0
        var words: UnsafeMutablePointer<UnsafeMutablePointer<gchar>?>?
        guard g_shell_parse_argv(text, &count, &words, nil) != 0, let words else {
            throw ProgramFailure(.misuse, "element settings with an open quote: \(text)")
        }
        defer { g_strfreev(words) }
        return (0..<Int(count)).compactMap { words[$0].map { String(cString: $0) } }
    }
}
