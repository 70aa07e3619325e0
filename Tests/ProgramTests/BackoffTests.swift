// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

@Suite struct BackoffTests {
    /// Always the same number.
    struct Fixed: RandomNumberGenerator {
        let number: UInt64
        mutating func next() -> UInt64 { number }
    }

    @Test func waitsGrowUpToTheLimit() {
        var backoff = Backoff(first: 0.5, limit: 4)
        var highest = Fixed(number: .max)
        let waits = (0..<6).map { _ in backoff.next(using: &highest) }
        for (wait, step) in zip(waits, [0.5, 1, 2, 4, 4, 4]) { #expect(abs(wait - step) < 0.001) }
    }

    @Test func chanceShortensByAQuarterAtMost() {
        var backoff = Backoff(first: 1, limit: 1)
        // Not 0, which the standard library draws again, for ever.
        var lowest = Fixed(number: 1)
        #expect(backoff.next(using: &lowest) == 0.75)
        let waits = (0..<100).map { _ in backoff.next() }
        #expect(waits.allSatisfy { (0.75...1).contains($0) })
        #expect(Set(waits).count > 1)
    }

    @Test func aSuccessBeginsAnew() {
        var backoff = Backoff(first: 0.5, limit: 4)
        for _ in 0..<5 { _ = backoff.next() }
        backoff.reset()
        #expect(backoff.next() <= 0.5)
    }

    /// One attempt takes 4 s at most: a peer that is back is found within 10 s.
    @Test func theLimitLeavesRoomForAnAttempt() {
        var backoff = Backoff()
        #expect((0..<50).allSatisfy { _ in backoff.next() <= 5 })
    }
}
