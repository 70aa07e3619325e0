// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import Foundation
import Testing

extension Elements {
    /// Bugs on purpose, one a kind, for run-checked.py to see that its checkers still find them. They run
    /// only where FACEANON_PLANT names them; the tests themselves pass.
    @Suite struct PlantedBugs {
        private static let planted = ProcessInfo.processInfo.environment["FACEANON_PLANT"]

        /// Never given back: the state of an element, as if `finalize` forgot it.
        @Test(.enabled(if: planted == "leak"))
        func leak() throws {
            let element = try FaceHarness.makeElement([:])
            let instance = UnsafeMutableRawPointer(element).assumingMemoryBound(to: GstFaceAnon.self)
            let state = try #require(instance.pointee.implementation)
            _ = Unmanaged<AnyObject>.fromOpaque(state).retain()
            gst_object_unref(element)
        }

        /// One byte behind a frame.
        @Test(.enabled(if: planted == "overflow"))
        func overflow() {
            let picture = Picture.grey(width: 32, height: 32)
            let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: picture.bytes.count)
            defer { memory.deallocate() }
            for (offset, byte) in picture.bytes.enumerated() { memory[offset] = byte }
            let sum = (0...picture.bytes.count).reduce(0) { $0 &+ Int(memory[$1]) }
            #expect(sum > 0)
        }

        /// Two threads and one count, with nothing between them.
        @Test(.enabled(if: planted == "race"))
        func race() {
            final class Count: @unchecked Sendable {
                // Nobody guards it: that is the bug.
                var value = 0
            }
            let count = Count()
            let body: @Sendable () -> Void = { for _ in 0..<10_000 { count.value &+= 1 } }
            together([body, body])
            #expect(count.value > 0)
        }
    }
}
