// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// A line of `--progress json`. Fields that say nothing are left out.
struct MaskEvent: Encodable {
    /// `progress`, `file`, `summary`.
    let event: String

    /// IN and OUT as text, or where they are no text as base64 of their bytes.
    var input: String?
    var inputBase64: String?
    var output: String?
    var outputBase64: String?
    var report: String?
    var reportBase64: String?

    /// `masked`, `would-be-masked`, `left-alone`, `failed`.
    var outcome: String?
    var reason: String?
    /// The exit status that it would have alone.
    var status: Int32?
    var description: String?
    var leftOut: [String]?
    var warnings: [String]?

    var frames: Int?
    var of: Int?
    var faces: Int?
    /// Seconds of the source that are masked.
    var seconds: Double?
    /// Of all the work, 0 to 1.
    var share: Double?
    var framesPerSecond: Double?
    /// Seconds that all the work may still take.
    var secondsLeft: Double?

    var masked: Int?
    var leftAlone: Int?
    var failed: Int?
    var passedOver: [String]?

    private init(_ event: String) { self.event = event }

    private init(_ event: String, _ item: MaskItem) {
        self.event = event
        switch item.source {
        case .file(let path): (input, inputBase64) = Self.names(path)
        case .address(let text): input = text
        }
        (output, outputBase64) = Self.names(item.output)
        (report, reportBase64) = Self.names(item.report)
    }

    private static func names(_ path: FilePath?) -> (String?, String?) {
        guard let path else { return (nil, nil) }
        if let text = path.text { return (text, nil) }
        return (nil, Data(path.bytes).base64EncodedString())
    }

    static func progress(_ item: MaskItem, _ progress: MaskProgress, _ meter: ProgressMeter) -> MaskEvent {
        var event = MaskEvent("progress", item)
        (event.frames, event.of, event.faces, event.seconds) = (
            progress.frames, progress.of, progress.faces, progress.seconds
        )
        (event.share, event.framesPerSecond, event.secondsLeft) = (meter.share, meter.rate, meter.secondsLeft)
        return event
    }

    static func file(_ item: MaskItem) -> MaskEvent {
        var event = MaskEvent("file", item)
        event.description = item.facts?.description
        switch item.outcome {
        case .masked(let summary):
            event.outcome = "masked"
            (event.frames, event.faces) = (summary.frames, summary.faces)
            (event.leftOut, event.warnings) = (summary.leftOut, summary.warnings)
        case .wouldBeMasked:
            event.outcome = "would-be-masked"
            event.leftOut = item.facts?.leftOut
        case .leftAlone(let reason): (event.outcome, event.reason) = ("left-alone", reason)
        case .failed(let failure):
            (event.outcome, event.reason, event.status) = ("failed", failure.description, failure.status.rawValue)
        case nil: (event.outcome, event.reason) = ("failed", "not done")
        }
        return event
    }

    static func summary(_ report: MaskReport) -> MaskEvent {
        var event = MaskEvent("summary")
        (event.masked, event.leftAlone, event.failed) = (report.maskedCount, report.leftAloneCount, report.failedCount)
        (event.frames, event.faces, event.passedOver) = (report.frames, report.faces, report.passedOver)
        return event
    }
}
