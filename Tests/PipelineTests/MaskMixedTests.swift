// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// A folder of everything: every good file masked, every other one named with a reason. `make test-files` has the long form.
@Suite struct MaskMixedTests {
    private static let isLong = ProcessInfo.processInfo.environment["FACEANON_FILES"] == "long"

    @Test func aFolderOfEverything() throws {
        let scratch = try Scratch()
        var mixed = try MixedFiles("in", in: scratch)
        if Self.isLong { try mixed.addEverything() } else { try mixed.addUsual() }
        // What cannot be made here makes the test weaker without a word.
        try #require(mixed.files.count >= (Self.isLong ? 200 : 50), "\(mixed.files.keys.sorted())")
        let outcome = try MaskProgram.run(
            ["in", "--output-dir", "out", "--mask", "fill", "--progress", "json", "--report", "reports"], in: scratch,
            seconds: Patience.long)
        #expect(outcome.status == 1)
        let events = try MaskProgram.events(outcome.output).filter { $0.event == "file" }
        let byName = Dictionary(grouping: events) { ($0.input ?? "").dropFirst(3) }
        #expect(events.count == mixed.files.count)
        for (name, expectation) in mixed.files.sorted(by: { $0.key < $1.key }) {
            guard let event = byName[name[...]]?.first, byName[name[...]]?.count == 1 else {
                Issue.record("\(name) is not in the summary, or more than once")
                continue
            }
            try Self.check(name, expectation, event, in: scratch)
        }
        // Nothing but outputs is there.
        let outputs = Set(
            events.compactMap { $0.outcome == "masked" ? $0.output : nil }.map { String($0.dropFirst(4)) })
        #expect(Set(scratch.names(in: "out")) == outputs)
        #expect(scratch.names(in: "reports").count == outputs.count)
        if Self.isLong { Self.tell(events) }
    }

    private static func check(
        _ name: String, _ expectation: MixedFiles.Expectation, _ event: MaskEvent, in scratch: Scratch
    ) throws {
        switch (expectation, event.outcome) {
        case (.masked(let hasFace), "masked"):
            try checkMasked(name, event, in: scratch)
            if hasFace {
                #expect((event.faces ?? 0) > 0, "\(name): no face")
                #expect(
                    try MaskProgram.isMasked(event.output ?? "", of: "in/" + name, in: scratch), "\(name) is not masked"
                )
            }
        case (.anyButSilent, "masked"): try checkMasked(name, event, in: scratch)
        case (.failed, "failed"), (.leftAlone, "left-alone"), (.anyButSilent, "failed"), (.anyButSilent, "left-alone"):
            #expect(
                !(event.reason ?? "").isEmpty && !(event.reason ?? "").contains("/proc/"),
                "\(name): \(event.reason ?? "no reason")")
            #expect(!(event.reason ?? "").contains("SIG"), "\(name): \(event.reason ?? "")")
        default: Issue.record("\(name): \(event.outcome ?? "nothing"), \(event.reason ?? "")")
        }
    }

    private static func checkMasked(_ name: String, _ event: MaskEvent, in scratch: Scratch) throws {
        let input = "in/" + name
        let before = try MaskProgram.frameTimes(input, in: scratch)
        let after = try MaskProgram.frameTimes(event.output ?? "", in: scratch)
        #expect(event.frames == before.count, "\(name): \(event.frames ?? -1) of \(before.count) frames masked")
        guard before.count == after.count, let first = before.first, let start = after.first else {
            Issue.record("\(name): \(before.count) frames, \(after.count) come out")
            return
        }
        let worst = zip(before, after).map { abs(($0 - first) - ($1 - start)) }.filter(\.isFinite).max() ?? 0
        #expect(worst <= 0.0011, "\(name): a frame is \(worst) s away from its time")
    }

    /// What the long form has seen, for whoever runs it.
    private static func tell(_ events: [MaskEvent]) {
        for event in events where event.outcome != "masked" {
            FileHandle.standardError.write(
                Data("\(event.outcome ?? "") \(event.input ?? ""): \(event.reason ?? "")\n".utf8))
        }
        let masked = events.filter { $0.outcome == "masked" }.count
        FileHandle.standardError.write(Data("\(masked) of \(events.count) masked\n".utf8))
    }
}
