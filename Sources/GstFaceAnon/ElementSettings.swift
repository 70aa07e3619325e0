// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization

/// All properties' values: copied once a frame, and once at the start.
struct ElementSettings: Sendable {
    var anonymizer = AnonymizerSettings()
    var failurePolicy = FailurePolicy.error
    var roiTypes = RegionTypes()
    var attachesMeta = false
    var postMessages = PostMessages.none
    var reportLocation = ""
    var modelDirectory = ""
    var threads = 0
    /// Whether frames that come too late are dropped.
    var handlesLateFrames = true
    /// By property, what was set and has not the shape it needs; the value before it still stands.
    var malformed: [String: String] = [:]

    /// What cannot work, as a sentence that says what can; nil where all can.
    var problem: String? { malformed.isEmpty ? anonymizer.problem : malformed.values.sorted().first }
}

/// What happens to a frame that could not be inspected.
enum FailurePolicy: Int32, Sendable {
    /// The pipeline stops with an element error.
    case error
    /// It goes on black, with a warning.
    case cover
    /// It does not go on, with a warning.
    case drop
}

/// When an element message tells of faces.
enum PostMessages: Int32, Sendable {
    case none
    /// When faces have come or gone.
    case onChange
    case everyFrame
}

/// The types of region-of-interest metas that are masked.
struct RegionTypes: Sendable {
    /// As it was set.
    let text: String
    private let all: Bool
    private let quarks: [GQuark]

    init(_ text: String = "") {
        self.text = text
        let names = text.split(separator: ",").map { $0.drop { $0 == " " } }
            .map { String($0.reversed().drop { $0 == " " }.reversed()) }
        all = names.contains("*")
        quarks = names.filter { !$0.isEmpty }.map { g_quark_from_string($0) }
    }

    var isEmpty: Bool { !all && quarks.isEmpty }

    func contains(_ type: GQuark) -> Bool { all || quarks.contains(type) }
}
