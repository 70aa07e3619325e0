// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing
import VideoFrames

extension Elements {
    /// 1,000 frames with failures at random, under each policy: none leaves in clear, and it is said once.
    @Suite struct Faults {
        /// The same failures every time (a linear congruential generator after Knuth).
        final class Plan: @unchecked Sendable {
            // Guarded by the lock: strips and crops are sampled by several threads.
            private let lock = NSLock()
            private var state: UInt64 = 42
            private var counts: [FaultPoint: Int] = [:]

            var failed: [FaultPoint: Int] { lock.withLock { counts } }

            /// How often each point fails; points that a frame passes more often fail less often there.
            func fails(_ point: FaultPoint) -> Bool {
                let share: Double =
                    switch point {
                    case .map, .tracking, .copy: 0.03
                    case .masking: 0.02
                    case .inference: 0.005
                    case .allocation: 0.001
                    case .replacement, .report, .thread: 0
                    }
                return lock.withLock {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    guard Double(state >> 40) / Double(1 << 24) < share else { return false }
                    counts[point, default: 0] += 1
                    return true
                }
            }
        }

        /// What a frame has to be inspected and masked for.
        private static let points: [FaultPoint] = [.map, .inference, .allocation, .tracking, .masking, .copy]
        private let picture = Picture.astronaut()

        /// What came out for a frame.
        private func isBlack(_ output: [UInt8]) -> Bool {
            output.prefix(320 * 320).allSatisfy { $0 == 16 } && output.dropFirst(320 * 320).allSatisfy { $0 == 128 }
        }

        @Test(
            "L14: no clear frame leaves while frames fail at random, and order and times stay",
            arguments: ["cover", "drop"], ["0", "200000000"])
        func randomFailures(policy: String, lookahead: String) throws {
            let harness = try FaceHarness(
                picture.caps,
                FaceHarness.white.merging(["failure-policy": policy, "lookahead": lookahead, "qos": "false"]) { $1 })
            let plan = Plan()
            FaultInjection.set { plan.fails($0) }
            defer { FaultInjection.set(nil) }
            var times: [UInt64] = []
            var black = 0
            func take() {
                while let buffer = harness.tryPull() {
                    let output = Picture.bytes(of: buffer)
                    let isCovered = isBlack(output)
                    if isCovered { black += 1 }
                    times.append(UInt64(check_pts(buffer)))
                    #expect(check_duration(buffer) == 40_000_000)
                    #expect(isCovered || clearShare(output, picture) == 0, "frame at \(times.last ?? 0)")
                    gst_buffer_unref(buffer)
                }
            }
            for frame in 0..<1000 {
                #expect(harness.push(picture, frame: frame) == GST_FLOW_OK)
                take()
            }
            harness.push(event: gst_event_new_eos())
            take()
            let covered = Int(harness.statistic("covered"))
            let dropped = Int(harness.statistic("dropped"))
            #expect(times == times.sorted() && Set(times).count == times.count)
            #expect(times.count + dropped == 1000 && black == covered)
            #expect(policy == "cover" ? covered > 100 && dropped == 0 : dropped > 100 && covered == 0)
            for point in Self.points { #expect(plan.failed[point, default: 0] > 5, "\(point) \(plan.failed)") }
            #expect(harness.messages(GST_MESSAGE_WARNING).count == 1)
        }

        @Test("L14: under failure-policy=error nothing leaves after the first failure, however many frames come")
        func randomFailuresAsErrors() throws {
            for point in FaultPoint.allCases where point != .replacement && point != .thread {
                try withTemporaryFile { report in
                    let harness = try FaceHarness(picture.caps, ["report-location": report])
                    FaultInjection.set(nil)
                    for frame in 0..<3 { #expect(harness.push(picture, frame: frame) == GST_FLOW_OK) }
                    #expect(harness.pullAll().filter(picture.isMasked).count == 3)
                    FaultInjection.set { $0 == point }
                    defer { FaultInjection.set(nil) }
                    #expect(harness.push(picture, frame: 3) == GST_FLOW_ERROR, "\(point)")
                    FaultInjection.set(nil)
                    for frame in 4..<100 { #expect(harness.push(picture, frame: frame) == GST_FLOW_ERROR, "\(point)") }
                    harness.push(event: gst_event_new_eos())
                    #expect(harness.pullAll().isEmpty, "\(point)")
                    #expect(harness.messages(GST_MESSAGE_ERROR).count == 1, "\(point)")
                    // A flush is a new start.
                    harness.flush()
                    #expect(harness.push(picture, frame: 0) == GST_FLOW_OK)
                    #expect(harness.pullAll().filter(picture.isMasked).count == 1)
                }
            }
        }

        @Test(
            "L14: each kind of failure, in the frame that comes or among frames that wait, falls under the policy",
            arguments: [FaultPoint.map, .inference, .allocation, .tracking, .masking, .copy],
            ["error", "cover", "drop"])
        func kinds(point: FaultPoint, policy: String) throws {
            // With lookahead the frames before have been inspected, and are masked after the failure began.
            for lookahead in ["0", "80000000"] {
                let harness = try FaceHarness(
                    picture.caps, FaceHarness.white.merging(["failure-policy": policy, "lookahead": lookahead]) { $1 })
                for frame in 0..<4 { harness.push(picture, frame: frame) }
                FaultInjection.set { $0 == point }
                defer { FaultInjection.set(nil) }
                for frame in 4..<8 { harness.push(picture, frame: frame) }
                FaultInjection.set(nil)
                for frame in 8..<12 { harness.push(picture, frame: frame) }
                harness.push(event: gst_event_new_eos())
                let outputs = harness.pullAll()
                for output in outputs { #expect(isBlack(output) || picture.isMasked(output)) }
                switch policy {
                case "error": #expect(outputs.count <= 4 && harness.messages(GST_MESSAGE_ERROR).count == 1)
                // Among frames that wait, both those that come and those that leave meanwhile can be struck.
                case "cover":
                    let black = outputs.filter(isBlack).count
                    #expect(outputs.count == 12 && (lookahead == "0" ? black == 4 : (4...8).contains(black)))
                default:
                    let dropped = 12 - outputs.count
                    #expect(lookahead == "0" ? dropped == 4 : (4...8).contains(dropped))
                    #expect(harness.statistic("dropped") == UInt64(dropped))
                }
                if policy != "error" { #expect(harness.messages(GST_MESSAGE_WARNING).count == 1) }
            }
        }

        @Test("L14: what OpenCV throws is caught, told in its words, and the next frame is inspected as ever")
        func exception() throws {
            let harness = try FaceHarness(picture.caps, ["failure-policy": "cover"])
            harness.push(picture, frame: 0)
            let before = try #require(harness.pullBytes())
            FaultInjection.set { $0 == .inference }
            harness.push(picture, frame: 1)
            FaultInjection.set(nil)
            #expect(try isBlack(#require(harness.pullBytes())))
            let warning = try #require(harness.takeMessages().first { $0.type == GST_MESSAGE_WARNING })
            #expect(warning.domain == String(cString: g_quark_to_string(gst_library_error_quark())))
            #expect(warning.text.contains("OpenCV") && warning.text.contains("P-Net"))
            harness.set("hold", "0")
            harness.push(picture, frame: 2)
            #expect(try #require(harness.pullBytes()) == before)
        }

        @Test("L14: where there is no memory for a black frame either, nothing goes on")
        func replacement() throws {
            let harness = try FaceHarness(picture.caps, ["failure-policy": "cover"])
            FaultInjection.set { $0 == .map || $0 == .replacement }
            defer { FaultInjection.set(nil) }
            for frame in 0..<3 { #expect(harness.push(picture, frame: frame) == GST_FLOW_OK) }
            #expect(harness.pullAll().isEmpty && harness.statistic("dropped") == 3)
            #expect(harness.messages(GST_MESSAGE_WARNING).count == 1)
        }

        @Test("a report that cannot be written ends, and masking goes on", arguments: ["cover", "drop"])
        func report(policy: String) throws {
            let harness = try FaceHarness(
                picture.caps, ["report-location": "/dev/full", "failure-policy": policy])
            for frame in 0..<20 {
                #expect(harness.push(picture, frame: frame) == GST_FLOW_OK)
                #expect(try picture.isMasked(#require(harness.pullBytes())))
            }
            #expect(harness.statistic("frames") == 20)
            #expect(harness.value("stats").contains("report-ended=(boolean)true"))
            let warnings = harness.messages(GST_MESSAGE_WARNING)
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains("/dev/full") == true)
        }

        @Test("frames that wait in the queue fall under the policy when they cannot be masked at last")
        func queued() throws {
            let harness = try FaceHarness(picture.caps, ["failure-policy": "cover", "lookahead": "200000000"])
            for frame in 0..<5 { harness.push(picture, frame: frame) }
            FaultInjection.set { $0 == .map }
            defer { FaultInjection.set(nil) }
            harness.push(event: gst_event_new_eos())
            let outputs = harness.pullAll()
            #expect(outputs.count == 5 && outputs.allSatisfy(isBlack))
        }
    }
}
