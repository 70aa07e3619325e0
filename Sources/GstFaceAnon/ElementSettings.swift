// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import FaceAnonymization

/// All properties' values: copied once a frame, and once at the start.
struct ElementSettings: Sendable {
    var anonymizer = AnonymizerSettings()
    var failurePolicy = FailurePolicy.error
    var reportLocation = ""
    var modelDirectory = ""
    var threads = 0
    /// What was set and has not the shape it needs; the value before it still stands. `start` refuses it.
    var malformed: String?

    /// What cannot work, as a sentence that says what can; nil where all can.
    var problem: String? { malformed ?? anonymizer.problem }
}

/// What happens to a frame that could not be inspected.
enum FailurePolicy: Int32, Sendable {
    /// The pipeline stops with an element error.
    case error
}
