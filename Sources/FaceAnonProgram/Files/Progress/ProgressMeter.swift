// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// How far a run is, how fast it goes, and how long it may still take.
package struct ProgressMeter {
    /// What is known of one file's share.
    private struct File {
        /// Work in pixels; a file whose length is unknown counts as one frame until it is done.
        var total: Double
        var done = 0.0
        var frames = 0
        var isOver = false
    }

    private var files: [Int: File] = [:]
    /// The work that was done at some moments, the oldest first: the rate is that of the last `window` seconds.
    private var history: [(seconds: Double, work: Double, frames: Int)] = []
    private let window = 20.0

    package init() {}

    /// Announces a file. `frames` nil: unknown.
    package mutating func add(_ file: Int, frames: Int?, pixels: Int) {
        files[file] = File(total: Double(max(1, frames ?? 1)) * Double(max(1, pixels)))
    }

    /// Takes what a worker says of a file. `share` is how much of it is done, 0 to 1, where that is known.
    package mutating func advance(_ file: Int, frames: Int, share: Double?) {
        guard var entry = files[file], !entry.isOver else { return }
        entry.frames = max(entry.frames, frames)
        if let share, share.isFinite { entry.done = max(entry.done, entry.total * min(max(share, 0), 1)) }
        files[file] = entry
    }

    /// A file is done with, whatever came of it.
    package mutating func end(_ file: Int, frames: Int?) {
        guard var entry = files[file] else { return }
        (entry.done, entry.isOver) = (entry.total, true)
        entry.frames = max(entry.frames, frames ?? 0)
        files[file] = entry
    }

    /// Takes note of the moment. Call this about once a second.
    package mutating func sample(at seconds: Double) {
        history.append((seconds, files.values.map(\.done).reduce(0, +), frames))
        while history.count > 2, history[1].seconds <= seconds - window { history.removeFirst() }
    }

    /// Frames of all files so far.
    package var frames: Int { files.values.map(\.frames).reduce(0, +) }
    package var filesDone: Int { files.values.filter(\.isOver).count }
    package var fileCount: Int { files.count }

    /// How much of all work is done, 0 to 1.
    package var share: Double {
        let total = files.values.map(\.total).reduce(0, +)
        return total > 0 ? files.values.map(\.done).reduce(0, +) / total : 0
    }

    /// Frames a second of late; nil at the beginning.
    package var rate: Double? {
        guard let first = history.first, let last = history.last, last.seconds - first.seconds >= 0.5 else {
            return nil
        }
        return Double(last.frames - first.frames) / (last.seconds - first.seconds)
    }

    /// Seconds that the rest may take; nil where nothing can be said.
    package var secondsLeft: Double? {
        guard let first = history.first, let last = history.last, last.seconds - first.seconds >= 1,
            last.work > first.work
        else { return nil }
        let total = files.values.map(\.total).reduce(0, +)
        let left = (total - last.work) * (last.seconds - first.seconds) / (last.work - first.work)
        return left.isFinite && left >= 0 && left < 1e7 ? left : nil
    }
}
