// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Growing waits between attempts, up to a limit, each shortened by chance lest many instances come back at once.
package struct Backoff: Sendable {
    /// Seconds.
    package let first: Double
    package let limit: Double
    private var attempts = 0

    /// The limit leaves room for one attempt within 10 s of the peer's return.
    package init(first: Double = 0.5, limit: Double = 4) {
        self.first = first
        self.limit = limit
    }

    /// The next wait, in seconds: between three quarters of its step and the whole of it.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Double {
        var step = first
        for _ in 0..<attempts where step < limit { step *= 2 }
        attempts += 1
        return min(step, limit) * Double.random(in: 0.75...1, using: &generator)
    }

    package mutating func next() -> Double {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// After a success.
    package mutating func reset() { attempts = 0 }
}
