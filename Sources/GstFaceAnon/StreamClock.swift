// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The time that tracking goes by. It grows from frame to frame, so that a face is held over a time stamp that comes
/// twice or is a little late, and in reverse playback as well.
struct StreamClock {
    /// The last time stamp that is one, ns: beyond the half of the range it is a negative one that somebody computed.
    static let latest = UInt64(Int64.max)
    /// Time stamps that run back by less than this, ns, are in disorder; by more, time starts anew.
    private static let disorder: UInt64 = 1_000_000_000

    private var last: UInt64?

    /// The next frame's time, ns; nil where it has no time stamp: a still.
    ///
    /// - Parameters:
    ///   - length: how long the frame lasts, ns.
    mutating func time(of stamp: UInt64?, length: UInt64, isReverse: Bool) -> UInt64? {
        let step = max(1, min(length, Self.disorder))
        guard let stamp, stamp <= Self.latest else { return nil }
        var time = isReverse ? Self.latest - stamp : stamp
        if let last, time <= last, last - time < Self.disorder { time = last + max(1, step / 2) }
        last = time
        return time
    }
}
