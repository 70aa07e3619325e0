// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

private let isAskedFor = ProcessInfo.processInfo.environment["SOAK_MINUTES"] != nil

extension SoakTests {
    /// How late viewers see what a camera sees: part of `make soak`, since it wants the machine for itself.
    @Suite(.serialized, .enabled(if: isAskedFor)) struct LatencySoakTests {
        private static let streams = 4
        /// Seconds.
        private static let length = 40.0
        /// Milliseconds, for 95 of 100 frames, on two cores that also have the cameras and the viewers.
        private static let limit = 600

        /// The camera draws the time into its pictures, and the viewer reads it from what it gets.
        @Test func fourStreamsComeInTime() throws {
            let cameras = try (0..<Self.streams).map { _ in
                try StreamPeer.camera("--clock", "--width", "640", "--height", "480", "--rate", "15")
            }
            let mounts = cameras.enumerated().map { "- {name: c\($0), source: \"\($1.address)\", latency: 100}\n" }
            let server = try ServeProgram("mounts:\n" + mounts.joined())
            let viewers = try (0..<Self.streams).map { try server.viewer("c\($0)", "--latency", "100") }
            for viewer in viewers { try viewer.more(15) }
            let end = ContinuousClock.now + .seconds(Self.length)
            _ = try? Wait.until("the end", Self.length + 1) { ContinuousClock.now > end ? true : nil }
            for (number, viewer) in viewers.enumerated() {
                let late = try #require(viewer.ages)
                print("stream \(number): \(late.count) frames, median \(late.median) ms, 95 % within \(late.p95) ms")
                #expect(late.p95 < Self.limit)
                // All of them: what was left out would not be late.
                #expect(Double(late.count) > 0.9 * 15 * Self.length - 45, "\(late)")
            }
            let outcome = try server.end()
            #expect(outcome.status == 0)
            // What was delivered and what was left out, in the server's own words.
            for line in outcome.errors.split(separator: "\n").suffix(2) { print(line) }
            withExtendedLifetime(cameras) {}
        }
    }
}
