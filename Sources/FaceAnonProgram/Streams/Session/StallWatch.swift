// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Notices what no error tells: a source that falls silent, a target that takes no more.
struct StallWatch {
    enum Finding: Equatable {
        case fine
        /// Some stream keeps silent: what is known by now has to do.
        case pads
        case source(String)
        case masking(String)
        case target(String)
    }

    /// Since when a count stands still.
    private struct Mark {
        var count = 0
        var since = ContinuousClock.now

        /// Seconds.
        mutating func still(_ now: Int) -> Double {
            if now != count { (count, since) = (now, .now) }
            return (ContinuousClock.now - since) / .seconds(1)
        }
    }

    /// Seconds.
    let stallTimeout: Double
    var chain: MaskingChain?
    private var packets = Mark()
    private var decoded = Mark()
    private var sent = Mark()
    private var masked = Mark()
    private var end: Mark?
    private var firstPad: ContinuousClock.Instant?
    private var firstSent: ContinuousClock.Instant?

    init(stallTimeout: Double) { self.stallTimeout = stallTimeout }

    /// What there is to say, by the packets that the source has given so far.
    ///
    /// A source keeps silent, or gives nothing that can be decoded, only where nothing moves behind it either: a file may
    /// have been read to its end long before a slow machine has masked it, and may wait for that.
    mutating func look(
        packets count: Int, pads: [Intake.HeldPad], lacksKeyFrame: Bool, hasPlayed: Bool
    ) -> Finding {
        let unmasked = masked.still(chain?.maskedCount ?? 0)
        let undecoded = min(unmasked, decoded.still(chain?.decodedCount ?? 0))
        let silent = min(packets.still(count), undecoded)
        guard silent < max(stallTimeout, count == 0 ? RTSPClient.timeout(stallTimeout: stallTimeout) + 1 : 0) else {
            return .source(count == 0 ? "does not answer" : "has been silent for \(Int(silent)) s")
        }
        guard let chain else {
            if firstPad == nil, pads.contains(where: { $0.caps.isVideo }) { firstPad = .now }
            if let firstPad, ContinuousClock.now - firstPad > .seconds(3) { return .pads }
            return undecoded < 20 ? .fine : .source(Self.undecoded(undecoded, lacksKeyFrame))
        }
        guard undecoded < max(15, stallTimeout) else {
            return .source(Self.undecoded(undecoded, lacksKeyFrame))
        }
        if chain.hasSent, !hasPlayed {
            if firstSent == nil { firstSent = .now }
            if let firstSent, ContinuousClock.now - firstSent > .seconds(15) {
                return .target("does not take the stream")
            }
        }
        let unsent = sent.still(chain.sentCount)
        // What is masked waits for the target; masking itself may take long on a slow machine.
        if unsent >= stallTimeout, undecoded < 1, chain.maskedCount > chain.sentCount {
            return .target("takes no more")
        }
        return unmasked < 60 ? .fine : .masking("faceanon has given no picture for \(Int(unmasked)) s")
    }

    /// Seconds for which nothing has gone on, from the first call on: while the stream is being ended.
    mutating func stillWhileEnding() -> Double {
        var mark = end ?? Mark()
        defer { end = mark }
        return mark.still(chain.map { $0.maskedCount + $0.sentCount } ?? 0)
    }

    private static func undecoded(_ seconds: Double, _ lacksKeyFrame: Bool) -> String {
        lacksKeyFrame
            ? DamageWatch.keyFrameAdvice(seconds)
            : "has given no picture that can be decoded for \(Int(seconds)) s"
    }
}
