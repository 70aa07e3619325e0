// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// Keeps a stream going: one session after the other, with growing waits, until the source's end, a signal, or something
/// that no further attempt would change.
final class Supervisor {
    private let plan: Session.Plan
    private let reporter: Reporter
    /// Seconds without a picture after which it is no use; 0: never.
    private let giveUpAfter: Double
    private let loop = MainLoop()
    private var backoff = Backoff()
    private var session: Session?
    private var timer: MainLoop.Timer?
    private var isEnding = false
    private var hasEverPlayed = false
    private var lastPlayed = ContinuousClock.now
    private var started = ContinuousClock.now
    private var outcome: ProgramFailure?

    init(_ plan: Session.Plan, reporter: Reporter, giveUpAfter: Double) {
        self.plan = plan
        self.reporter = reporter
        self.giveUpAfter = giveUpAfter
    }

    /// Returns when it has ended in good order.
    func run() throws(ProgramFailure) {
        reporter.start()
        timer = MainLoop.Timer(seconds: 0) { [unowned self] in attempt() }
        loop.run(untilInterrupted: { [unowned self] in interrupt() })
        timer = nil
        plan.metrics.state = .ended
        reporter.stop()
        if let outcome { throw outcome }
    }

    private func attempt() {
        plan.metrics.state = .connecting
        started = .now
        do throws(ProgramFailure) {
            let session = try Session(plan)
            self.session = session
            session.start { [unowned self] end in ended(end) }
        } catch {
            outcome = error
            loop.quit()
        }
    }

    private func ended(_ end: Session.End) {
        let hasPlayed = session?.hasPlayed == true
        // Within a callback of the session's own: it goes when this has returned.
        let ended = session
        timer = MainLoop.Timer(seconds: 0) { [unowned self] in
            _ = ended
            stream_trim_heap()
            goOn(after: end, hasPlayed: hasPlayed)
        }
        session = nil
    }

    private func goOn(after end: Session.End, hasPlayed: Bool) {
        if hasPlayed {
            hasEverPlayed = true
            lastPlayed = .now
            if ContinuousClock.now - started > .seconds(5) { backoff.reset() }
        }
        switch end {
        case .finished: loop.quit()
        case .changed where !isEnding:
            Log.say("the picture has changed: building the pipeline anew")
            attempt()
        case .changed: loop.quit()
        case .trouble(let trouble): retry(trouble)
        }
    }

    private func retry(_ trouble: Trouble) {
        let text = trouble.failure.description
        if isEnding || trouble.isPermanent && (!hasEverPlayed || trouble.failure.status.isFinal)
            || trouble.failure.status == .storage
        {
            outcome = isEnding && trouble.failure.status == .source ? nil : trouble.failure
            loop.quit()
            return
        }
        let without = (ContinuousClock.now - lastPlayed) / .seconds(1)
        if giveUpAfter > 0, without >= giveUpAfter {
            outcome = ProgramFailure(
                trouble.failure.status, "\(text); given up after \(Int(without)) s without a picture")
            loop.quit()
            return
        }
        let wait = backoff.next()
        Log.say("\(text); trying again in \(String(format: "%.1f", wait)) s")
        plan.metrics.state = .waiting
        plan.metrics.countReconnect()
        timer = MainLoop.Timer(seconds: wait) { [unowned self] in attempt() }
    }

    private func interrupt() {
        isEnding = true
        plan.metrics.state = .ending
        if let session { session.finish() } else { loop.quit() }
    }
}

extension ExitStatus {
    /// Whether what failed stays as it is, also where it has worked before.
    var isFinal: Bool { self != .source && self != .target }
}
