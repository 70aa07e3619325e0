// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Synchronization
import Testing

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
    }
}
