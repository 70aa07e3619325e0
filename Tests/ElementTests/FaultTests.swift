// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import FaceAnonymization
import Foundation
import Testing

extension Elements {
    /// 1,000 frames with failures at random, under each policy: none leaves in clear, and it is said once.
    @Suite struct Faults {
        /// The same failures every time (a linear congruential generator after Knuth).
        private final class Plan: @unchecked Sendable {
            // Touched by the streaming thread only, which is the test's own.
            private var state: UInt64 = 42
            func fails(_ share: Double) -> Bool {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 40) / Double(1 << 24) < share
            }
        }

        private static let points: [FaultPoint] = [.map, .inference, .allocation, .tracking]

        @Test("no clear frame leaves while frames fail at random", arguments: ["cover", "drop"])
        func randomFailures(policy: String) throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(
                picture.caps, ["failure-policy": policy, "mask": "fill", "fill-color": "0xffffffff", "qos": "false"])
            let plan = Plan()
            FaultInjection.set { point in Self.points.contains(point) && plan.fails(0.05) }
            defer { FaultInjection.set(nil) }
            var outputs = 0
            for frame in 0..<1000 {
                #expect(harness.push(picture, frame: frame) == GST_FLOW_OK)
                while let output = harness.pullBytes() {
                    outputs += 1
                    #expect(clearShare(output, picture) < 0.02, "frame \(frame)")
                }
            }
            let covered = harness.statistic("covered")
            let dropped = harness.statistic("dropped")
            #expect(outputs + Int(dropped) == 1000)
            #expect(policy == "cover" ? covered > 100 && dropped == 0 : dropped > 100 && covered == 0)
            #expect(harness.messages(GST_MESSAGE_WARNING).count == 1)
        }

        @Test("the first failure stops the stream under failure-policy=error", arguments: FaultPoint.allCases)
        func error(point: FaultPoint) throws {
            let picture = Picture.astronaut()
            let report = NSTemporaryDirectory() + "faceanon-fault-\(UUID().uuidString).jsonl"
            defer { try? FileManager.default.removeItem(atPath: report) }
            let harness = try FaceHarness(picture.caps, ["report-location": report])
            #expect(harness.push(picture, frame: 0) == GST_FLOW_OK)
            #expect(try clearShare(#require(harness.pullBytes()), picture) < 0.1)
            FaultInjection.set { $0 == point }
            defer { FaultInjection.set(nil) }
            #expect(harness.push(picture, frame: 1) == GST_FLOW_ERROR)
            #expect(harness.pullBytes() == nil)
            #expect(harness.messages(GST_MESSAGE_ERROR).count == 1)
        }

        @Test("a report that cannot be written ends, and masking goes on", arguments: ["cover", "drop"])
        func report(policy: String) throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(
                picture.caps, ["report-location": "/dev/full", "failure-policy": policy])
            for frame in 0..<20 {
                #expect(harness.push(picture, frame: frame) == GST_FLOW_OK)
                #expect(try clearShare(#require(harness.pullBytes()), picture) < 0.1)
            }
            #expect(harness.statistic("frames") == 20)
            let warnings = harness.messages(GST_MESSAGE_WARNING)
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains("/dev/full") == true)
        }

        @Test("frames that wait in the queue fall under the policy when they cannot be masked at last")
        func queued() throws {
            let picture = Picture.astronaut()
            let harness = try FaceHarness(picture.caps, ["failure-policy": "cover", "lookahead": "200000000"])
            for frame in 0..<5 { harness.push(picture, frame: frame) }
            FaultInjection.set { $0 == .map }
            defer { FaultInjection.set(nil) }
            gst_harness_push_event(harness.harness, gst_event_new_eos())
            var outputs = 0
            while let output = harness.pullBytes() {
                outputs += 1
                // I420's black, of limited range.
                #expect(output.prefix(picture.width * picture.height).allSatisfy { $0 == 16 })
            }
            #expect(outputs == 5)
        }
    }
}
