// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import Testing

@Suite struct SceneCutDetectorTests {
    /// A thumbnail of 24x13 values in -1...1 with something to see.
    private static func thumbnail(_ seed: UInt64) -> [Float] {
        var numbers = Numbers(seed: seed)
        return (0..<24 * 13).map { _ in Float.random(in: -0.6...0.6, using: &numbers) }
    }

    private static func cuts(_ thumbnails: [[Float]]) -> [Bool] {
        var detector = SceneCutDetector()
        return thumbnails.map { $0.withUnsafeBufferPointer { detector.isCut($0) } }
    }

    @Test("the first frame is no cut, nor is one like the one before")
    func same() {
        let a = Self.thumbnail(1)
        #expect(Self.cuts([a, a, a]) == [false, false, false])
    }

    @Test("another picture is a cut, once")
    func other() {
        let (a, b) = (Self.thumbnail(1), Self.thumbnail(2))
        #expect(Self.cuts([a, a, b, b, a]) == [false, false, true, false, true])
    }

    @Test("a flash, a fade and a little motion are none")
    func light() {
        let a = Self.thumbnail(1)
        #expect(Self.cuts([a, a.map { $0 + 0.4 }, a]) == [false, false, false])
        #expect(Self.cuts([a, a.map { $0 * 0.3 }, a.map { $0 * 0.1 }]) == [false, false, false])
        // A smooth picture that moves by a 48th of its width.
        let smooth = (0...1).map { shift in
            (0..<24 * 13).map { index in
                let x = Float(index % 24) + 0.5 * Float(shift)
                return abs(x - 12) / 24 + Float(index / 24) / 26
            }
        }
        #expect(Self.cuts(smooth) == [false, false])
    }

    @Test("the negative of a picture is another one")
    func negative() {
        let a = Self.thumbnail(1)
        #expect(Self.cuts([a, a.map { -$0 }]) == [false, true])
    }

    @Test("a picture without anything to see tells nothing")
    func flat() {
        let (a, black) = (Self.thumbnail(1), [Float](repeating: -1, count: 24 * 13))
        #expect(Self.cuts([a, black, a, black]) == [false, false, false, false])
    }

    @Test("frames of another size, and those after a reset, have none before them")
    func reset() {
        let (a, b) = (Self.thumbnail(1), Self.thumbnail(2))
        #expect(Self.cuts([a, Array(b.dropLast()), []]) == [false, false, false])
        var detector = SceneCutDetector()
        _ = a.withUnsafeBufferPointer { detector.isCut($0) }
        detector.reset()
        #expect(!b.withUnsafeBufferPointer { detector.isCut($0) })
    }
}
