// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

/// The default main context is one a process: one test after the other.
@Suite(.serialized) struct MainLoopTests {
    /// Runs a loop until `quit` is called, and at most 10 s.
    private static func run(_ body: (_ quit: @escaping () -> Void) -> [Any]) -> Bool {
        let loop = MainLoop()
        var isLate = false
        let limit = MainLoop.Timer(seconds: 10) {
            isLate = true
            loop.quit()
        }
        // What has to be kept while it runs.
        let kept = body { loop.quit() }
        loop.run(onSignal: { _ in })
        withExtendedLifetime(kept) {}
        limit.cancel()
        return !isLate
    }

    @Test func whatThreadsSayComesInOrderOnTheLoop() {
        var numbers: [Int] = []
        var threads: Set<UInt> = []
        let isInTime = Self.run { quit in
            let inbox = MainLoop.Inbox<Int> { number in
                numbers.append(number)
                threads.insert(pthread_self())
                if number == 99 { quit() }
            }
            Thread.detachNewThread { for number in 0..<100 { inbox.post(number) } }
            return []
        }
        #expect(isInTime)
        #expect(numbers == Array(0..<100))
        #expect(threads == [pthread_self()])
    }

    /// Not within the call that posts: who posts may hold a lock.
    @Test func anInboxNeverCallsBackAtOnce() {
        var isPosting = false
        var wasPosting: Bool?
        let isInTime = Self.run { quit in
            let inbox = MainLoop.Inbox<Void> {
                wasPosting = isPosting
                quit()
            }
            let timer = MainLoop.Timer(seconds: 0) {
                isPosting = true
                inbox.post(())
                isPosting = false
            }
            return [timer]
        }
        #expect(isInTime && wasPosting == false)
    }

    @Test func aTimerIsNeverEarly() {
        let start = ContinuousClock.now
        let moment = start + .milliseconds(30.4)
        var rung: ContinuousClock.Instant?
        let isInTime = Self.run { quit in
            [
                MainLoop.Timer(at: moment) {
                    rung = .now
                    quit()
                }
            ]
        }
        #expect(isInTime)
        #expect(rung.map { $0 >= moment } == true)
    }

    /// A moment that has passed, one farther away than GLib can count, and a timer that nobody keeps.
    @Test func oddMoments() {
        var order: [String] = []
        let isInTime = Self.run { quit in
            _ = MainLoop.Timer(seconds: 0) { order.append("lost") }
            return [
                MainLoop.Timer(seconds: 1e12) { order.append("never") },
                MainLoop.Timer(at: .now - .seconds(5)) { order.append("past") },
                MainLoop.Timer(seconds: 0.05) {
                    order.append("last")
                    quit()
                },
            ]
        }
        #expect(isInTime)
        #expect(order == ["past", "last"])
    }
}

@Suite struct TallyTests {
    @Test func itKnowsTheFirstTimeAndTheLast() async throws {
        let tally = Tally()
        #expect(tally.count == 0 && tally.first == nil && tally.last == nil)
        let before = ContinuousClock.now
        #expect(tally.add())
        let first = try #require(tally.first)
        #expect(first >= before - .microseconds(1) && first <= .now && tally.last == first)
        while ContinuousClock.now - before < .milliseconds(2) {}
        #expect(!tally.add())
        #expect(try tally.first == first && #require(tally.last) > first && tally.count == 2)
    }

    /// Exactly one of many threads is told that it was the first.
    @Test func oneThreadIsFirst() async {
        for _ in 0..<50 {
            let tally = Tally()
            let firsts = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { tally.add() } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(firsts == 1 && tally.count == 8)
        }
    }
}
