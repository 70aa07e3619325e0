// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// The threads of a process that has nothing but the element in it, from outside.
@Suite struct ThreadCountTests {
    @Test("L30: the element works on its own threads: none of OpenCV's pool ever starts", arguments: [1, 3])
    func threads(count: Int) throws {
        let scratch = try Scratch()
        let report = scratch / "report.jsonl"
        let program = try Command(
            ["gst-launch-1.0", "-q", "videotestsrc", "pattern=snow", "!"]
                + ["video/x-raw,format=I420,width=640,height=480", "!"]
                + ["faceanon", "threads=\(count)", "report-location=" + report, "!", "fakesink"])
        defer { kill(program.group, SIGKILL) }
        // Ten frames are through all networks.
        let deadline = Date(timeIntervalSinceNow: 60)
        func lines() -> Int { (try? String(contentsOfFile: report, encoding: .utf8))?.filter { $0 == "\n" }.count ?? 0 }
        while lines() < 10, Date() < deadline { usleep(20_000) }
        #expect(lines() >= 10)
        let folder = "/proc/\(program.group)/task"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            try? String(contentsOfFile: "\(folder)/\($0)/comm", encoding: .utf8).trimmingCharacters(in: .newlines)
        }
        #expect(names.filter { $0 == "faceanon" }.count == count - 1, "\(names)")
        // A pool's threads have the name of the thread that first needed them.
        #expect(names.filter { $0.hasPrefix("videotestsrc") }.count == 1, "\(names)")
    }
}
