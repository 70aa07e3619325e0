// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// What came of everything, in the end.
struct MaskReport {
    let items: [MaskItem]
    let passedOver: [String]
    /// Whether one file, camera or URL was all that was asked for.
    let isSingle: Bool
    let hasReports: Bool

    private var summaries: [MaskSummary] {
        items.compactMap { if case .masked(let summary) = $0.outcome { summary } else { nil } }
    }
    private var failures: [ProgramFailure] {
        items.compactMap { if case .failed(let failure) = $0.outcome { failure } else { nil } }
    }
    var maskedCount: Int { summaries.count }
    var failedCount: Int { failures.count }
    var leftAloneCount: Int { items.filter { if case .leftAlone = $0.outcome { true } else { false } }.count }
    private var plannedCount: Int { items.filter { if case .wouldBeMasked = $0.outcome { true } else { false } }.count }
    var frames: Int { summaries.map(\.frames).reduce(0, +) }
    var faces: Int { summaries.map(\.faces).reduce(0, +) }

    /// What the program ends with: the file's own failure, or how many of several failed. nil: all is well.
    var failure: ProgramFailure? {
        if isSingle, let item = items.first, case .failed(let failure) = item.outcome {
            return ProgramFailure(failure.status, "\(item.shown): \(failure)")
        }
        if failedCount > 0 {
            return ProgramFailure(
                .failed, "\(failedCount) of \(ProgressText.count(items.count - leftAloneCount, "file")) failed")
        }
        // A folder without a picture or video is a mistake.
        guard maskedCount + plannedCount > 0 else {
            return ProgramFailure(
                .source, "there is nothing to mask: \(ProgressText.count(leftAloneCount, "file")) left alone")
        }
        return nil
    }

    func show(on console: Console) {
        for item in items {
            console.emit(MaskEvent.file(item))
            for line in lines(item) { console.tell(line) }
        }
        console.emit(MaskEvent.summary(self))
        if !isSingle { console.tell(totals) }
        for sentence in passedOver { console.tell(sentence) }
    }

    private func lines(_ item: MaskItem) -> [String] {
        let output = item.output.map { " -> \($0)" } ?? ""
        switch item.outcome {
        case .masked(let summary):
            let counts = "\(ProgressText.count(summary.frames, "frame")), \(ProgressText.count(summary.faces, "face"))"
            return ["\(item.shown)\(output): \(counts)"] + summary.leftOut.map { "    left out: \(Shown.line($0))" }
                + summary.warnings.map { "    warning: \(Shown.line($0))" }
                + (item.report.map { ["    report: \($0)"] } ?? [])
        case .wouldBeMasked:
            return ["\(item.shown)\(output)"] + (item.facts.map { ["    \(Shown.line($0.description))"] } ?? [])
                + (item.facts?.leftOut ?? []).map { "    left out: \(Shown.line($0))" }
                + (item.report.map { ["    report: \($0)"] } ?? [])
        case .leftAlone(let reason): return ["\(item.shown): left alone: \(Shown.line(reason))"]
        // What ends the program is said once.
        case .failed(let failure):
            return isSingle ? [] : ["\(item.shown): not masked: \(Shown.line(failure.description))"]
        case nil: return ["\(item.shown): not done"]
        }
    }

    private var totals: String {
        var parts: [String] = []
        if plannedCount > 0 {
            parts.append("\(ProgressText.count(plannedCount, "file")) would be masked")
        } else {
            let what = "\(ProgressText.count(frames, "frame")), \(ProgressText.count(faces, "face")) in all frames"
            parts.append("\(ProgressText.count(maskedCount, "file")) masked (\(what))")
        }
        if leftAloneCount > 0 { parts.append("\(leftAloneCount) left alone") }
        if failedCount > 0 { parts.append("\(failedCount) failed") }
        return parts.joined(separator: ", ")
    }
}
