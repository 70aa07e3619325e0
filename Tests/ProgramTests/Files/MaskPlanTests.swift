// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

@Suite struct MaskPlanTests {
    private static func items(_ paths: [FilePath], suffix: String = "mp4") -> [MaskItem] {
        paths.map { path in
            let item = MaskItem(.file(path), place: path.name)
            item.facts = MediaFacts(kind: .video, width: 1, height: 1, description: "", suffix: suffix)
            return item
        }
    }

    private static func reason(_ item: MaskItem) -> String? {
        if case .failed(let failure) = item.outcome { failure.description } else { nil }
    }

    @Test func outputsAndReportsGetTheirNames() throws {
        let folder = try TestFolder()
        folder.write("x", to: folder / "a.mp4")
        let items = Self.items([folder / "a.mp4"])
        try MaskPlan(.besideInput, reports: .folder(folder / "reports")).apply(to: items)
        #expect(items[0].output == folder / "a_masked.mp4")
        #expect(items[0].report == folder / "reports/a.mp4.jsonl")
        #expect(items[0].outcome == nil)
    }

    @Test func whatWouldHitAnInputIsRefusedAsAWhole() throws {
        let folder = try TestFolder()
        for name in ["a.mp4", "b.mp4", "a_masked.mp4"] { folder.write("x", to: folder / name) }
        folder.hardLink(folder / "b.mp4", as: folder / "hard.mp4")
        folder.link(folder / "b.mp4", as: folder / "soft.mp4")
        folder.link(folder.path, as: folder / "around")
        for (inputs, target, report) in [
            (["a.mp4", "a_masked.mp4"], MaskPlan.Target.besideInput, MaskPlan.ReportTarget.none),
            (["b.mp4"], .file(folder / "b.mp4"), .none), (["b.mp4"], .file(folder / "around/b.mp4"), .none),
            (["b.mp4"], .file(folder / "hard.mp4"), .none), (["b.mp4"], .file(folder / "soft.mp4"), .none),
            (["soft.mp4"], .file(folder / "b.mp4"), .none), (["b.mp4"], .folder(folder.path), .none),
            (["b.mp4"], .file(folder / "out.mp4"), .file(folder / "b.mp4")),
            (["b.mp4"], .file(folder / "out.mp4"), .file(folder / "around/hard.mp4")),
            (["b.mp4"], .file(folder / "out.mp4"), .file(folder / "around/out.mp4")),
        ] {
            for replaces in [false, true] {
                let items = Self.items(inputs.map { folder / $0 })
                let plan = MaskPlan(target, reports: report, replaces: replaces)
                let failure = #expect(throws: ProgramFailure.self) { try plan.apply(to: items) }
                #expect(failure?.status == .misuse)
            }
        }
    }

    @Test func twoForOneNameAreRefused() throws {
        let folder = try TestFolder()
        let (one, other) = (folder.makeFolder("one"), folder.makeFolder("other"))
        for place in [one, other] { folder.write("x", to: place / FilePath("a.mp4")) }
        let items = Self.items([one, other].map { $0 / FilePath("a.mp4") })
        #expect(throws: ProgramFailure.self) { try MaskPlan(.folder(folder / "out")).apply(to: items) }
        try MaskPlan(.besideInput).apply(to: items)
    }

    @Test func filesThatDifferInTheirSuffixAloneStayApart() throws {
        let folder = try TestFolder()
        let paths = ["a.avi", "a.mkv", "a.wmv"].map { folder / $0 }
        for path in paths { folder.write("x", to: path) }
        let items = Self.items(paths, suffix: "mkv")
        try MaskPlan(.folder(folder / "out")).apply(to: items)
        #expect(items.map(\.output) == ["out/a.avi.mkv", "out/a.mkv", "out/a.wmv.mkv"].map { folder / $0 })
        try MaskPlan(.besideInput).apply(to: items)
        #expect(items.map(\.output) == ["a.avi_masked.mkv", "a_masked.mkv", "a.wmv_masked.mkv"].map { folder / $0 })
    }

    @Test func anOutputThatExistsIsTheFailureOfItsInputAlone() throws {
        let folder = try TestFolder()
        for name in ["a.mp4", "b.mp4", "a_masked.mp4"] { folder.write("x", to: folder / name) }
        let items = Self.items([folder / "a.mp4", folder / "b.mp4"])
        try MaskPlan(.besideInput).apply(to: items)
        #expect(Self.reason(items[0])?.contains("--force") ?? false)
        #expect(items[1].outcome == nil)
        let again = Self.items([folder / "a.mp4", folder / "b.mp4"])
        try MaskPlan(.besideInput, replaces: true).apply(to: again)
        #expect(again.allSatisfy { $0.outcome == nil })
    }
}
