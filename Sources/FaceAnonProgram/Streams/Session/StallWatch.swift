// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Notices what no error tells: a source that falls silent, a target that takes no more. It says so when it is asked, and
/// when it is to be asked again.
package struct StallWatch: Sendable {
    package typealias Moment = ContinuousClock.Instant

    /// When each thing has happened last; nil: never.
    package struct Progress: Sendable {
        /// The source has given a packet; a frame was decoded, was masked, was sent to the target.
        package var packet: Moment?
        package var decoded: Moment?
        package var masked: Moment?
        package var sent: Moment?
        /// The first decoded video stream was there; the chain that masks it was built.
        package var video: Moment?
        package var chain: Moment?
        /// The first frame was sent.
        package var firstSent: Moment?
        /// The target has taken the stream.
        package var isTaken = false
        /// Frames come, and no key frame from which they could be decoded.
        package var lacksKeyFrame = false

        package init() {}
    }

    package enum Finding: Equatable, Sendable {
        /// Nothing is wrong before that moment, whatever happens.
        case fine(until: Moment)
        /// Some stream keeps silent: what is known by now has to do.
        case pads
        /// For so many seconds: no answer, no packet, no picture that can be decoded, frames without a key frame.
        case noAnswer
        case silentSource(Double)
        case undecoded(Double)
        case noKeyFrame(Double)
        /// No masked picture for so many seconds.
        case masking(Double)
        /// The target does not take the stream, or takes no more of it.
        case refusal
        case stuckTarget
    }

    /// Seconds.
    package static let padTime = 3.0
    /// For a machine that has to find a decoder and start it, s.
    package static let firstPictureTime = 20.0
    package static let pictureTime = 15.0
    package static let openTime = 15.0
    package static let maskingTime = 60.0
    /// How long the end may take without anything going out, s. All of it may take longer: frames that wait under a long
    /// lookahead, on a slow machine.
    package static let drainTime = 15.0

    private let started: Moment
    /// Seconds.
    private let stallTimeout: Double
    private let connectionTimeout: Double

    /// - Parameters:
    ///   - stallTimeout: Seconds without a packet after which the source counts as lost.
    ///   - connectionTimeout: Seconds after which the source reports by itself that it cannot be reached.
    package init(stallTimeout: Double, connectionTimeout: Double, started: Moment = .now) {
        self.started = started
        self.stallTimeout = stallTimeout
        self.connectionTimeout = connectionTimeout
    }

    /// What there is to say at a moment.
    ///
    /// A source keeps silent, or gives nothing that can be decoded, only where nothing moves behind it either: a file may
    /// have been read to its end long before a slow machine has masked it, and may wait for that.
    package func look(_ progress: Progress, at now: Moment) -> Finding {
        let undecoded = Self.last(started, progress.decoded, progress.masked)
        let silent = Self.last(undecoded, progress.packet)
        var limits = Limits(now)
        if progress.packet == nil {
            limits.add(silent, max(stallTimeout, connectionTimeout + 1)) { _ in .noAnswer }
        } else {
            limits.add(silent, stallTimeout) { .silentSource($0) }
        }
        func undecodedFinding(_ seconds: Double) -> Finding {
            progress.lacksKeyFrame ? .noKeyFrame(seconds) : .undecoded(seconds)
        }
        guard let chain = progress.chain else {
            if let video = progress.video { limits.add(video, Self.padTime) { _ in .pads } }
            limits.add(undecoded, Self.firstPictureTime, undecodedFinding)
            return limits.finding
        }
        limits.add(undecoded, max(Self.pictureTime, stallTimeout), undecodedFinding)
        if let firstSent = progress.firstSent, !progress.isTaken {
            limits.add(firstSent, Self.openTime) { _ in .refusal }
        }
        // What is masked waits for the target; masking itself may take long on a slow machine.
        let sent = Self.last(chain, progress.sent)
        if let masked = progress.masked, masked > sent { limits.add(sent, stallTimeout) { _ in .stuckTarget } }
        limits.add(Self.last(started, progress.masked), Self.maskingTime) { .masking($0) }
        return limits.finding
    }

    /// What there is to say while the stream is being ended, since a moment: `stuckTarget` where nothing goes on.
    package func lookAtEnd(_ progress: Progress, since ending: Moment, at now: Moment) -> Finding {
        var limits = Limits(now)
        limits.add(Self.last(ending, progress.masked, progress.sent), Self.drainTime) { _ in .stuckTarget }
        return limits.finding
    }

    private static func last(_ first: Moment, _ others: Moment?...) -> Moment {
        others.reduce(first) { last, moment in max(last, moment ?? last) }
    }

    /// Limits of time, the most important one first.
    private struct Limits {
        private let now: Moment
        private var passed: Finding?
        private var next: Moment?

        init(_ now: Moment) { self.now = now }

        var finding: Finding {
            passed ?? .fine(until: next ?? now + .seconds(StallWatch.maskingTime))
        }

        /// Something may take so many seconds.
        mutating func add(_ since: Moment, _ seconds: Double, _ finding: (Double) -> Finding) {
            let due = since + .seconds(seconds)
            if due <= now {
                passed = passed ?? finding((now - since) / .seconds(1))
            } else {
                next = min(next ?? due, due)
            }
        }
    }
}
