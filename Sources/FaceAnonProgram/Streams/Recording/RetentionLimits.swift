// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// A length of time, as in `90s`, `30m`, `36h`, `7d`.
package struct Span: ExpressibleByArgument, Equatable, Sendable {
    package let seconds: Double

    package init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = argument.last, let unit = units[last], let number = Double(argument.dropLast()),
            number > 0, number.isFinite
        else { return nil }
        seconds = number * unit
    }
}

/// A number of bytes, as in `500M`, `20G`.
package struct ByteCount: ExpressibleByArgument, Equatable, Sendable {
    package let bytes: Int64

    package init?(argument: String) {
        let units: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12]
        guard let last = argument.last, let unit = units[last], let number = Double(argument.dropLast()),
            number > 0, number * unit >= 1, number * unit < 1e18
        else { return nil }
        bytes = Int64(number * unit)
    }
}
