// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// What the engine costs, without timing anything: instructions over fixed frames, by one thread. A slowdown fails here on
/// any machine and under any load. Where it is meant: make guard-record.
@Suite(.serialized, .enabled(if: hasAVX2, "valgrind counts what OpenCV does with AVX2, which this processor has not"))
struct InstructionTests {
    /// The share by which a count may be above its limit.
    private static let tolerance = 0.03

    /// So many more frames of a stream that is under way.
    private static let frames = 8

    /// What more frames take is compared with Golden/instructions.txt, and that they allocate nothing. Allocations within
    /// OpenCV are its own: it makes about two thousand small ones for each frame.
    @Test func noSlowerThanItWas() throws {
        let frames = try Frames()
        let short = try frames.profile(count: 2)
        let long = try frames.profile(count: 2 + Self.frames)
        func more(_ count: (CallgrindProfile) -> Int) -> Int { count(long) - count(short) }

        let ours = "libgstfaceanon.so"
        let allocations: Set<String> = [
            "malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign", "mmap",
        ]
        // That the calls are seen at all.
        try #require(short.count(from: ours, allocations) > 100)
        // The number differs by one or two from run to run, of those that GStreamer's threads make at the start.
        let allocated = more { $0.count(from: ours, allocations) }
        #expect(allocated < Self.frames, "\(allocated) allocations in \(Self.frames) frames")
        // Another build of OpenCV counts differently: then only what is ours is compared.
        let version = try Command.run(["dpkg-query", "-W", "-f=${Version}", "libopencv-dnn406"]).output
        let counts = [
            "faceanon instructions": more { $0.instructions[ours] ?? 0 },
            "OpenCV \(version) instructions": more { profile in
                profile.instructions.filter { $0.key.hasPrefix("libopencv_") }.reduce(0) { $0 + $1.value }
            },
        ]
        try Limits.expect(counts, tolerance: Self.tolerance)
    }
}

/// A face of 86 px as raw frames, and the built plugin over them.
private struct Frames {
    private static let side = 160
    private let scratch: Scratch
    private var raw: String { scratch / "frame.raw" }

    init() throws {
        scratch = try Scratch()
        let outcome = try launch(
            "-q filesrc location=\(Checkout.pictures)/astronaut.png ! gdkpixbufdec ! "
                + "videocrop left=143 top=36 right=209 bottom=316 ! videoconvert ! video/x-raw,format=NV12 ! "
                + "filesink location=\(raw)")
        try #require(outcome.status == 0, "\(outcome.text)")
    }

    func profile(count: Int) throws -> CallgrindProfile {
        let side = Self.side
        let line =
            ["gst-launch-1.0", "-q", "multifilesrc", "location=" + raw, "loop=true", "num-buffers=\(count)", "!"]
            + ["rawvideoparse", "format=nv12", "width=\(side)", "height=\(side)", "framerate=30/1", "!"]
            + ["faceanon", "threads=1", "!", "fakesink"]
        return try CallgrindProfile(running: line, environment: Checkout.environment)
    }
}

private let hasAVX2 = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).contains(" avx2 ")) ?? false

/// The stored counts, Golden/instructions.txt: a name, a space, a number.
private enum Limits {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden/instructions.txt")

    static func expect(_ counts: [String: Int], tolerance: Double) throws {
        if ProcessInfo.processInfo.environment["FACEANON_UPDATE_GOLDEN"] == "1" {
            let lines = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
            try Data(lines.joined().utf8).write(to: file)
            return
        }
        var stored: [String: Int] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let end = try #require(line.lastIndex(of: " "))
            stored[String(line[..<end])] = Int(line[line.index(after: end)...])
        }
        try #require(stored["faceanon instructions"] != nil, "\(file.path) has no limit: make guard-record")
        for (name, count) in counts {
            guard let limit = stored[name] else { continue }
            #expect(
                Double(count) <= Double(limit) * (1 + tolerance),
                "\(name): \(count), where \(limit) were enough. Where that is meant: make guard-record")
        }
    }
}
