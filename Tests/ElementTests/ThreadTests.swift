// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import COpenCVCheck
import Foundation
import Synchronization
import Testing
import VideoFrames

/// Runs every body on a thread of its own, all at the same time, and waits for them.
func together(_ bodies: [@Sendable () -> Void]) {
    let ended = DispatchSemaphore(value: 0)
    for body in bodies {
        Thread.detachNewThread {
            body()
            ended.signal()
        }
    }
    for _ in bodies { ended.wait() }
}

/// For what GStreamer lets any thread call.
private struct Shared<Value>: @unchecked Sendable {
    let value: Value
}

/// Counts in all threads, and orders nothing between them: the thread sanitizer has to see what is not ordered.
private final class Tally: Sendable {
    private let atomic = Atomic(0)

    var count: Int { atomic.load(ordering: .relaxed) }

    /// The count before.
    @discardableResult
    func add() -> Int { atomic.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// What a thread hands over at its end.
private final class Outcome: Sendable {
    private let stored = Mutex<[[UInt8]]>([])

    var frames: [[UInt8]] { stored.withLock { $0 } }
    func set(_ frames: [[UInt8]]) { stored.withLock { $0 = frames } }
}

extension Elements {
    /// What more than one thread may do at the same time. The thread sanitizer watches these (make test-tsan).
    @Suite struct Threads {
        /// Values under each of which the face is masked, so that any mixture of them masks it too.
        private static let changes: [(name: String, values: [String])] = [
            ("mask", ["mosaic", "blur", "fill"]),
            ("margin", ["0.1", "0.3"]),
            ("mosaic-level", ["5", "9"]),
            ("fill-color", ["0xffffffff", "0xff000000"]),
            ("network-thresholds", ["<0.5,0.6,0.6>", "<0.6,0.7,0.7>"]),
            ("hold", ["0", "500000000"]),
            ("mask-zones", ["<<0,0,8,8>>", "<>"]),
            ("mask-roi", ["face,person", "*"]),
            ("attach-meta", ["true", "false"]),
            ("post-messages", ["none", "every-frame"]),
        ]

        @Test("properties are set and read by other threads while frames flow")
        func properties() throws {
            let picture = Picture.astronaut()
            let harness = Shared(value: try FaceHarness(picture.caps))
            let (frames, changed, read) = (Tally(), Tally(), Tally())
            let (clear, failed) = (Tally(), Tally())
            // Enough of each that they must have met; a test that hangs ends by the deadline.
            let deadline = Date(timeIntervalSinceNow: 600)
            let isDone: @Sendable () -> Bool = {
                [frames, changed, read].allSatisfy { $0.count >= 60 } || Date() > deadline
            }
            together([
                {
                    while !isDone() {
                        let frame = frames.add()
                        if harness.value.push(picture, frame: frame) != GST_FLOW_OK { failed.add() }
                        guard let output = harness.value.pullBytes() else { continue }
                        if clearShare(output, picture) > 0.1 { clear.add() }
                    }
                },
                {
                    while !isDone() {
                        let round = changed.add()
                        for (name, values) in Self.changes { harness.value.set(name, values[round % values.count]) }
                    }
                },
                {
                    while !isDone() {
                        read.add()
                        for (name, _) in Self.changes { _ = FaceHarness.value(harness.value.element, name) }
                        _ = harness.value.statistic("frames")
                    }
                },
            ])
            #expect(Date() < deadline)
            #expect(failed.count == 0 && clear.count == 0)
            #expect(harness.value.statistic("frames") == UInt64(frames.count))
            #expect(harness.value.messages(GST_MESSAGE_ERROR).isEmpty)
        }

        @Test("elements at work at the same time do what each does alone")
        func elements() throws {
            let picture = Picture.astronaut()
            let settings = ["mosaic", "fill"]
            let run: @Sendable (String) -> [[UInt8]] = { mask in
                guard let harness = try? FaceHarness(picture.caps, ["mask": mask]) else { return [] }
                return (0..<10).compactMap { frame in
                    harness.push(picture, frame: frame)
                    return harness.pullBytes()
                }
            }
            let alone = settings.map(run)
            #expect(alone.allSatisfy { $0.count == 10 })
            let (first, second) = (Outcome(), Outcome())
            together([
                { first.set(run(settings[0])) },
                { second.set(run(settings[1])) },
            ])
            #expect(first.frames == alone[0])
            #expect(second.frames == alone[1])
        }

        /// How often the next test starts an element; `make test-starts` asks for more.
        private static let starts =
            ProcessInfo.processInfo.environment["FACEANON_STARTS"].flatMap { Int($0) } ?? 200

        @Test("L30: elements start and stop beside two streams, with any number of threads, and each does its work")
        func starts() throws {
            let picture = Picture.astronaut()
            let (started, failed) = (Tally(), Tally())
            let isDone: @Sendable () -> Bool = { started.count >= Self.starts }
            let stream: @Sendable () -> Void = {
                guard let harness = try? FaceHarness(picture.caps, ["threads": "2"]) else {
                    failed.add()
                    return
                }
                var frame = 0
                while !isDone() {
                    harness.push(picture, frame: frame)
                    if harness.pullBytes().map(picture.isMasked) != true { failed.add() }
                    frame += 1
                }
                if frame == 0 || harness.statistic("frames") != UInt64(frame) { failed.add() }
            }
            together([
                stream, stream,
                {
                    while !isDone() {
                        let round = started.add()
                        guard let harness = try? FaceHarness(picture.caps, ["threads": "\(1 + round % 256)"]) else {
                            failed.add()
                            continue
                        }
                        // Most stop before their first frame.
                        guard round % 8 == 0 else { continue }
                        harness.push(picture, frame: 0)
                        if harness.pullBytes().map(picture.isMasked) != true { failed.add() }
                    }
                },
            ])
            #expect(failed.count == 0)
        }

        @Test(
            "L30: a host's own setting of OpenCV's threads stays, and whatever it is, faces are masked",
            arguments: [3, 1, 7])
        func hostSetting(count: Int32) throws {
            let before = check_opencv_threads()
            check_set_opencv_threads(count)
            defer { check_set_opencv_threads(before) }
            let picture = Picture.astronaut()
            for threads in ["0", "1", "5"] {
                do {
                    let harness = try FaceHarness(picture.caps, ["threads": threads])
                    #expect(check_opencv_threads() == count)
                    for frame in 0..<5 {
                        harness.push(picture, frame: frame)
                        #expect(try picture.isMasked(#require(harness.pullBytes())))
                    }
                    #expect(check_opencv_threads() == count)
                    #expect(check_opencv_loop(50) <= count)
                }
                #expect(check_opencv_threads() == count)
            }
        }

        @Test("L30: a host may change OpenCV's threads, and use them, while frames flow")
        func hostChanges() throws {
            let before = check_opencv_threads()
            defer { check_set_opencv_threads(before) }
            let picture = Picture.astronaut()
            let (frames, failed) = (Tally(), Tally())
            let harness = Shared(value: try FaceHarness(picture.caps, ["threads": "2"]))
            together([
                {
                    while frames.count < 100 {
                        harness.value.push(picture, frame: frames.add())
                        if harness.value.pullBytes().map(picture.isMasked) != true { failed.add() }
                    }
                },
                {
                    var round: Int32 = 0
                    while frames.count < 100 {
                        check_set_opencv_threads(1 + round % 5)
                        _ = check_opencv_loop(4)
                        round += 1
                    }
                },
            ])
            #expect(failed.count == 0)
        }

        @Test(
            "L30: an element has the threads that were asked for, and no others; they go with it", arguments: [1, 2, 6])
        func threads(count: Int) throws {
            // Those that GStreamer and Swift make once.
            let picture = Picture.astronaut()
            func run(_ body: () -> Void) throws {
                let harness = try FaceHarness(picture.caps, ["threads": "\(count)"])
                for frame in 0..<10 { harness.push(picture, frame: frame) }
                #expect(harness.pullAll().filter(picture.isMasked).count == 10)
                body()
            }
            try run {}
            let before = Self.threadNames()
            #expect(!before.values.contains("faceanon"))
            try run {
                let new = Self.threadNames().filter { before[$0.key] == nil }
                #expect(new.values.filter { $0 == "faceanon" }.count == count - 1)
                #expect(new.count == count - 1, "\(new)")
            }
            #expect(!Self.threadNames().values.contains("faceanon"))
        }

        /// The threads of this process by their number in the system.
        private static func threadNames() -> [String: String] {
            let folder = "/proc/self/task"
            let numbers = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return numbers.reduce(into: [:]) { names, number in
                let name = try? String(contentsOfFile: "\(folder)/\(number)/comm", encoding: .utf8)
                names[number] = name?.trimmingCharacters(in: .newlines)
            }
        }

        @Test("where the system has no more threads, the streaming thread does the work", arguments: [0, 2])
        func noThreads(after: Int) throws {
            let picture = Picture.astronaut()
            let made = Tally()
            FaultInjection.set { $0 == .thread && made.add() >= after }
            defer { FaultInjection.set(nil) }
            let harness = try FaceHarness(picture.caps, ["threads": "6"])
            #expect(made.count == after + 1)
            for frame in 0..<5 { harness.push(picture, frame: frame) }
            #expect(harness.pullAll().filter(picture.isMasked).count == 5)
        }
    }
}
