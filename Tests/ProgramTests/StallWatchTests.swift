// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

/// Moments are given, so nothing waits.
@Suite struct StallWatchTests {
    private typealias Moment = StallWatch.Moment
    private typealias Finding = StallWatch.Finding

    private static let start = Moment.now
    /// 5 s of silence; an RTSP connection fails by itself after 4 s.
    private static let watch = StallWatch(stallTimeout: 5, connectionTimeout: 4, started: start)

    /// Seconds from the start.
    private static func at(_ seconds: Double) -> Moment { start + .seconds(seconds) }

    private static func look(_ seconds: Double, _ change: (inout StallWatch.Progress) -> Void = { _ in }) -> Finding {
        var progress = StallWatch.Progress()
        change(&progress)
        return watch.look(progress, at: at(seconds))
    }

    /// A stream that plays, and has done all it does up to that second.
    private static func play(_ progress: inout StallWatch.Progress, upTo seconds: Double) {
        let now = at(seconds)
        (progress.packet, progress.decoded, progress.masked, progress.sent) = (now, now, now, now)
        (progress.video, progress.chain, progress.firstSent) = (at(0.5), at(1), at(1.5))
        progress.isTaken = true
    }

    @Test func aSourceHasToAnswer() {
        #expect(Self.look(0) == .fine(until: Self.at(5)))
        #expect(Self.look(4.9) == .fine(until: Self.at(5)))
        #expect(Self.look(5) == .noAnswer)
        // It may take as long as a connection may, and a little longer.
        let patient = StallWatch(stallTimeout: 2, connectionTimeout: 4, started: Self.start)
        #expect(patient.look(.init(), at: Self.at(4.9)) == .fine(until: Self.at(5)))
        #expect(patient.look(.init(), at: Self.at(5)) == .noAnswer)
    }

    @Test func aSourceMayNotFallSilent() {
        #expect(Self.look(100) { Self.play(&$0, upTo: 98) } == .fine(until: Self.at(103)))
        #expect(Self.look(103) { Self.play(&$0, upTo: 98) } == .silentSource(5))
        // Not while what it has given is still worked at.
        let masking = Self.look(103) {
            Self.play(&$0, upTo: 98)
            $0.masked = Self.at(102)
            $0.sent = Self.at(102)
        }
        #expect(masking == .fine(until: Self.at(107)))
    }

    /// With one video pad there, the others are waited for.
    @Test func silentStreamsAreNotWaitedForForLong() {
        func look(_ seconds: Double) -> Finding {
            Self.look(seconds) { ($0.packet, $0.video) = (Self.at(seconds), Self.at(2)) }
        }
        #expect(look(3) == .fine(until: Self.at(5)))
        #expect(look(5) == .pads)
    }

    @Test func whatCannotBeDecodedIsSaid() {
        func look(_ seconds: Double, lacksKeyFrame: Bool = false, plays: Bool = false) -> Finding {
            Self.look(seconds) {
                if plays { Self.play(&$0, upTo: 10) }
                $0.packet = Self.at(seconds)
                $0.lacksKeyFrame = lacksKeyFrame
            }
        }
        #expect(look(19) == .fine(until: Self.at(20)))
        #expect(look(20) == .undecoded(20))
        #expect(look(20, lacksKeyFrame: true) == .noKeyFrame(20))
        #expect(look(24, plays: true) == .fine(until: Self.at(25)))
        #expect(look(25, plays: true) == .undecoded(15))
        #expect(look(26, lacksKeyFrame: true, plays: true) == .noKeyFrame(16))
    }

    @Test func aTargetHasToTakeTheStream() {
        func look(_ seconds: Double, isTaken: Bool) -> Finding {
            Self.look(seconds) {
                Self.play(&$0, upTo: seconds)
                $0.isTaken = isTaken
            }
        }
        #expect(look(16, isTaken: false) == .fine(until: Self.at(16.5)))
        #expect(look(16.5, isTaken: false) == .refusal)
        #expect(look(16.5, isTaken: true) == .fine(until: Self.at(21.5)))
    }

    @Test func aTargetThatTakesNoMoreIsTold() {
        func look(_ seconds: Double, masked: Double) -> Finding {
            Self.look(seconds) {
                Self.play(&$0, upTo: seconds)
                ($0.sent, $0.masked) = (Self.at(100), Self.at(masked))
            }
        }
        #expect(look(104, masked: 104) == .fine(until: Self.at(105)))
        #expect(look(105, masked: 104.9) == .stuckTarget)
        // Where nothing waits for it, it is not to blame.
        #expect(look(105, masked: 100) == .fine(until: Self.at(110)))
    }

    @Test func maskingMayTakeAMinute() {
        func look(_ seconds: Double) -> Finding {
            Self.look(seconds) {
                Self.play(&$0, upTo: 10)
                ($0.packet, $0.decoded) = (Self.at(seconds), Self.at(seconds))
            }
        }
        #expect(look(69) == .fine(until: Self.at(70)))
        #expect(look(70) == .masking(60))
    }

    /// While it ends, only what goes on counts.
    @Test func theEndMayTakeLongUnlessNothingGoesOn() {
        var progress = StallWatch.Progress()
        Self.play(&progress, upTo: 90)
        func look(_ seconds: Double) -> Finding {
            Self.watch.lookAtEnd(progress, since: Self.at(100), at: Self.at(seconds))
        }
        #expect(look(100) == .fine(until: Self.at(115)))
        #expect(look(115) == .stuckTarget)
        progress.masked = Self.at(110)
        #expect(look(115) == .fine(until: Self.at(125)))
        progress.sent = Self.at(120)
        #expect(look(125) == .fine(until: Self.at(135)))
        #expect(look(135) == .stuckTarget)
    }

    /// Nothing is found before the moment that it has named: so nobody needs to look before.
    @Test(arguments: 0..<200) func betweenTwoLooksNothingIsMissed(_ seed: UInt64) {
        var generator = SplitMix(state: seed)
        func moment(_ limit: Double) -> Moment? {
            Bool.random(using: &generator) ? Self.at(.random(in: 0...limit, using: &generator)) : nil
        }
        var progress = StallWatch.Progress()
        let now = 30.0
        (progress.packet, progress.decoded, progress.masked) = (moment(now), moment(now), moment(now))
        (progress.sent, progress.video, progress.chain) = (moment(now), moment(now), moment(now))
        progress.firstSent = moment(now)
        progress.isTaken = Bool.random(using: &generator)
        guard case .fine(let until) = Self.watch.look(progress, at: Self.at(now)) else { return }
        #expect(until > Self.at(now))
        let before = until - .milliseconds(1)
        if before > Self.at(now) { #expect(Self.watch.look(progress, at: before) == .fine(until: until)) }
        if case .fine = Self.watch.look(progress, at: until) { Issue.record("there is nothing to be seen at \(until)") }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            return word ^ word >> 31
        }
    }
}
