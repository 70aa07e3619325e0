// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Synchronization

/// What one stream has done, for reports. Counts only grow, whatever is rebuilt meanwhile.
package final class StreamMetrics: Sendable {
    package enum State: String, Sendable { case connecting, playing, waiting, ending, ended }

    /// The numbers of one moment.
    package struct Snapshot: Equatable, Sendable {
        package var stream = ""
        package var state = State.connecting
        package var frames: UInt64 = 0
        /// Masked areas, summed over all frames.
        package var faces: UInt64 = 0
        package var covered: UInt64 = 0
        /// Frames that did not go on: late ones, those with a part missing or that refer to such a one, and those that could
        /// not be inspected.
        package var dropped: UInt64 = 0
        package var reconnects: UInt64 = 0
        /// Frames a second since the snapshot before.
        package var fps = 0.0
        /// Milliseconds from a frame's time of arrival to its way out, the mean since the snapshot before.
        package var latency: Double?

        package init() {}
    }

    package let name: String

    private struct Counts {
        var state = State.connecting
        var reconnects: UInt64 = 0
        var watched: [WatchedElement] = []
        /// Of the elements that are gone.
        var past = Snapshot()
        var ages = AgeSum()
        var last: (frames: UInt64, time: ContinuousClock.Instant) = (0, .now)
        var latest = Snapshot()
    }

    private let counts = Mutex(Counts())

    package init(name: String) { self.name = name }

    package var state: State {
        get { counts.withLock { $0.state } }
        set { counts.withLock { $0.state = newValue } }
    }

    package func countReconnect() { counts.withLock { $0.reconnects += 1 } }

    func watch(_ element: WatchedElement) { counts.withLock { $0.watched.append(element) } }

    /// Adds what an element has done to the past. To be called before the element's state is NULL.
    func forget(_ element: WatchedElement) {
        counts.withLock { counts in
            guard let index = counts.watched.firstIndex(where: { $0 === element }) else { return }
            counts.watched.remove(at: index)
            element.add(to: &counts.past)
            counts.ages.add(element.ages.take())
        }
    }

    /// The numbers of now. Called by one only, about once a second, since rates are counted from one call to the next.
    package func sample() -> Snapshot {
        counts.withLock { counts in
            var now = counts.past
            for element in counts.watched {
                element.add(to: &now)
                counts.ages.add(element.ages.take())
            }
            let time = ContinuousClock.now
            let seconds = (time - counts.last.time) / .seconds(1)
            now.fps = seconds > 0 ? Double(now.frames - min(now.frames, counts.last.frames)) / seconds : 0
            now.latency = counts.ages.mean
            (now.stream, now.state, now.reconnects) = (name, counts.state, counts.reconnects)
            counts.last = (now.frames, time)
            counts.ages = AgeSum()
            counts.latest = now
            return now
        }
    }

    /// What `sample` has given last.
    package var latest: Snapshot { counts.withLock { $0.latest } }
}
