// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import FaceDetection

/// Where a face is that nobody sees, by how the camera has moved since: once if it was carried along wherever that may be,
/// and once if it stayed wherever that may be. Mostly both are the same.
struct CarriedPlace {
    /// Carried along, unless the picture shows that it was not.
    var carried: FaceBox
    /// Left where it was, unless the picture shows that it was carried along.
    var still: FaceBox
    /// Whether it has clearly been carried along all the time, or clearly never.
    var (isCarried, isStill) = (true, true)

    init(_ box: FaceBox) {
        carried = box
        still = box
    }

    /// Takes a step of the camera's, with what the picture shows of it at both places.
    mutating func take(
        _ atCarried: MotionEvidence.Verdict, _ atStill: MotionEvidence.Verdict, _ move: (FaceBox) -> FaceBox
    ) {
        // Doubt that has not parted the places yet ends with the first clear answer.
        let isOne = carried == still || carried.sharedArea(still) > 0
        let isClear = isOne && atCarried == atStill && atStill != .doubtful
        let (wasCarried, wasStill) = carried == still ? (isCarried, isStill) : (true, true)
        if isClear, carried != still {
            if atStill == .carried { still = carried } else { carried = still }
        }
        if atCarried != .still { carried = move(carried) }
        if atStill == .carried { still = move(still) }
        isCarried = isClear && wasCarried && atStill == .carried
        isStill = isClear && wasStill && atStill == .still
    }
}

/// The frames within memory, and how the picture has moved from each to the next.
struct FrameHistory {
    private struct Frame {
        var time: UInt64
        /// How the camera has moved from this frame to the last one.
        var since: CameraMotion
        /// How it has moved from the frame before to this one, and where that shows.
        var motion: CameraMotion
        var evidence: MotionEvidence
    }

    private var frames: [Frame] = []

    mutating func removeAll() { frames.removeAll(keepingCapacity: true) }

    mutating func forget(before time: UInt64) {
        guard let first = frames.first, first.time < time else { return }
        frames.removeAll { $0.time < time }
    }

    mutating func append(_ time: UInt64, _ step: SceneStep) {
        if step.motion != .none {
            for index in frames.indices { frames[index].since = frames[index].since.followed(by: step.motion) }
        }
        frames.append(Frame(time: time, since: .none, motion: step.motion, evidence: step.evidence))
    }

    mutating func rescale(x: Float, y: Float) {
        for index in frames.indices {
            frames[index].since.rescale(x: x, y: y)
            frames[index].motion.rescale(x: x, y: y)
            frames[index].evidence.rescale(x: x, y: y)
        }
    }

    mutating func shift(back span: UInt64) {
        for index in frames.indices { frames[index].time = frames[index].time.subtracting(span) }
    }

    /// A box of the last frame's in the frame at `time`, or in the last one before that.
    func atTime(_ time: UInt64, _ box: FaceBox) -> FaceBox {
        guard let frame = frames.last(where: { $0.time <= time }) ?? frames.first else { return box }
        return frame.since == .none ? box : frame.since.carriedBack(box)
    }

    /// A box of the frame at `start` in the frame at `end`, which is a later one.
    func carried(_ box: FaceBox, from start: UInt64, to end: UInt64) -> CarriedPlace {
        var place = CarriedPlace(box)
        let first = frames.lastIndex { $0.time <= start }.map { $0 + 1 } ?? 0
        var index = first
        while index < frames.count, frames[index].time <= end {
            let (motion, evidence) = (frames[index].motion, frames[index].evidence)
            index += 1
            guard motion != .none else { continue }
            let still = evidence.verdict(at: place.still)
            let carried = place.carried == place.still ? still : evidence.verdict(at: place.carried)
            place.take(carried, still) { motion.carried($0) }
        }
        return place
    }

    /// A box of the frame at `start` in the frame at `end`, which is an earlier one.
    func carriedBack(_ box: FaceBox, from start: UInt64, to end: UInt64) -> CarriedPlace {
        var place = CarriedPlace(box)
        var index = frames.count
        while index > 0, frames[index - 1].time > end {
            index -= 1
            let (motion, evidence) = (frames[index].motion, frames[index].evidence)
            guard frames[index].time <= start, motion != .none else { continue }
            // What comes from elsewhere has moved there, and what has not moved has been here before.
            func verdict(_ box: FaceBox) -> MotionEvidence.Verdict {
                switch (evidence.verdict(at: motion.carriedBack(box)), evidence.verdict(at: box)) {
                case (.carried, .carried), (.carried, .doubtful): .carried
                case (.still, .still), (.doubtful, .still): .still
                default: .doubtful
                }
            }
            let still = verdict(place.still)
            let carried = place.carried == place.still ? still : verdict(place.carried)
            place.take(carried, still) { motion.carriedBack($0) }
        }
        return place
    }
}
