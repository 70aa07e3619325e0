// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import FaceDetection

/// A face of a frame as its track tells it.
package struct TrackedFace: Sendable, Equatable {
    package enum Source: Sendable {
        /// It was seen in this frame.
        case detected
        /// It was seen before (and perhaps after), not in this frame.
        case held
        /// It was first seen later.
        case ahead
    }

    package var identifier: UInt32
    package var box: FaceBox
    package var source: Source
}

/// Keeps the identity of faces from frame to frame, and tells where those are that a frame's detection missed.
///
/// A face that was seen is masked for `hold` where it was, or where it has to be by then, whoever else turns up: only a
/// box that clearly overlaps with that place goes on with its track. What never had a score of 0.7 may be no face: it gets
/// an eighth of `hold` and `lookahead` for each time that it was seen, up to eight.
///
/// For each frame: `begin`, `associate`, then `sight` for lost faces that were found again, then `finish`. `faces(at:)`
/// then answers for that frame, or for an earlier one within `lookahead`, with what has become known since. Any number
/// may come as a time, and as a side of a box.
package final class FaceTracker {
    /// How long a face stays after it was last seen, ns.
    package var hold: UInt64 = 0
    /// How far back a newly found face reaches, ns.
    package var lookahead: UInt64 = 0
    /// The frames' size, px, where it is known: faces are cut off at their sides.
    package var frameSize: (width: Int, height: Int)?

    private var tracks: [Track] = []
    private var nextIdentifier: UInt32 = 1
    private var now: UInt64?
    private var step = SceneStep()
    /// The last changes of the scene, in their order.
    private var changes: [Change] = []
    /// Whether the frame before began another scene, which nothing has confirmed yet.
    private var isUnconfirmed = false
    private var frames = FrameHistory()
    private var pairs: [Pair] = []
    private var isTaken: [Bool] = []

    package init() {}

    /// In doubt whether the scene is still the same, a face is held for so long, ns, from then on, if `hold` is not less;
    /// as far does a new face reach back over that moment.
    package static let doubtfulHold: UInt64 = 500_000_000

    /// Forgets all faces: after a flush or a seek nothing that was seen before says anything. Identifiers go on.
    package func reset() {
        tracks.removeAll(keepingCapacity: true)
        frames.removeAll()
        now = nil
        changes.removeAll(keepingCapacity: true)
        isUnconfirmed = false
    }

    /// Carries all faces over to frames of another size: x and y are the new sides as shares of the old ones. Call this only
    /// after all waiting frames have been sent.
    package func rescale(x: Float, y: Float) {
        for index in tracks.indices { tracks[index].rescale(x: x, y: y) }
        frames.rescale(x: x, y: y)
        for index in changes.indices { changes[index].unchanged.rescale(x: x, y: y) }
    }

    /// Starts a frame. Where time runs back, what was seen stays as long ago as it was.
    package func begin(at time: UInt64, step: SceneStep = SceneStep()) {
        if let now, time < now { shift(back: (now - time).adding(1)) }
        now = time
        self.step = step
        // Longer than hold: an identity may outlive its mask for a moment.
        let memory = max(hold.adding(lookahead), Self.shortestMemory)
        tracks.removeAll { track in track.last.time.adding(memory) < time }
        let oldest = time.subtracting(memory)
        for index in tracks.indices { tracks[index].forget(before: oldest) }
        frames.forget(before: oldest)
        if step.motion != .none {
            for index in tracks.indices { tracks[index].carry(along: step.motion) }
        }
        frames.append(time, step)
        takeChange(at: time)
    }

    /// A cut ends nothing before a second frame of the new scene: one frame alone may be a damaged one.
    private func takeChange(at time: UInt64) {
        switch step.change {
        case .none:
            guard isUnconfirmed else { return }
            isUnconfirmed = false
            for index in tracks.indices { tracks[index].leave() }
        case .doubtful, .cut:
            if step.change == .cut {
                isUnconfirmed = true
                for index in tracks.indices { leave(index, at: time, number: step.number) }
            }
            if changes.count == Self.mostChanges { changes.removeFirst() }
            changes.append(
                Change(number: step.number, time: time, isCut: step.change == .cut, unchanged: step.unchanged))
        case .undone:
            undoChanges(at: time)
        }
    }

    /// A face's scene may have gone: it is held until a second frame says so, where its place has changed.
    private func leave(_ index: Int, at time: UInt64, number: Int) {
        let (place, other) = tracks[index].predicted(at: time, frames)
        let isUnchanged = step.unchanged.touches(place) || other.map { step.unchanged.touches($0) } ?? false
        if !isUnchanged { tracks[index].doubt(from: time, number: number, isLeaving: true) }
    }

    private func undoChanges(at time: UInt64) {
        let number = step.number
        // Faces of what was there in between have gone with it, unless they were there before.
        let start = changes.first { $0.number >= number }?.time
        changes.removeAll { $0.number >= number }
        for index in tracks.indices {
            tracks[index].undo(number: number)
            guard let start else { continue }
            if tracks[index].sightings[0].time >= start {
                isUnconfirmed = true
                leave(index, at: time, number: .max)
            }
            if tracks[index].sceneStart.adding(Self.doubtfulHold) >= start {
                tracks[index].sceneStart = min(tracks[index].sceneStart, sceneStart(of: tracks[index].last.box))
            }
        }
    }

    private func shift(back span: UInt64) {
        for index in tracks.indices { tracks[index].shift(back: span) }
        frames.shift(back: span)
        for index in changes.indices { changes[index].time = changes[index].time.subtracting(span) }
    }

    /// Gives each detection to the track it continues, or to a new one.
    package func associate(_ detections: [FaceBox], at time: UInt64) {
        let known = tracks.count
        pairs.removeAll(keepingCapacity: true)
        for index in 0..<known where isAlive(tracks[index], at: time) {
            for (detection, box) in detections.enumerated() {
                let likeness = tracks[index].likeness(box, at: time, frames)
                if likeness > 0 {
                    pairs.append(Pair(track: index, detection: detection, likeness: likeness))
                }
            }
        }
        pairs.sort { $0.precedes($1) }

        isTaken.removeAll(keepingCapacity: true)
        isTaken.append(contentsOf: repeatElement(false, count: detections.count))
        for pair in pairs where !isTaken[pair.detection] && tracks[pair.track].last.time < time {
            isTaken[pair.detection] = true
            tracks[pair.track].see(detections[pair.detection], at: time, steadily: hold > 0, within: frameSize)
        }
        for (detection, box) in detections.enumerated() where !isTaken[detection] {
            tracks.append(
                Track(
                    identifier: nextIdentifier, sighting: Sighting(time: time, box: box),
                    sceneStart: sceneStart(of: box)))
            nextIdentifier &+= 1
        }
    }

    /// The moment before which nothing is known of a face that is first seen now.
    private func sceneStart(of box: FaceBox) -> UInt64 {
        guard let change = changes.last else { return 0 }
        let isProven = change.isCut && !change.unchanged.touches(frames.atTime(change.time, box))
        return isProven ? change.time : change.time.subtracting(Self.doubtfulHold)
    }

    /// The faces that should be in the frame and were not seen in it: their track's index and where they should be; twice
    /// where either of two places may be the right one.
    package func lost(at time: UInt64, _ body: (_ index: Int, _ box: FaceBox) -> Void) {
        for index in tracks.indices
        where tracks[index].last.time < time && !tracks[index].isLeaving && isHeld(tracks[index], at: time) {
            let (place, other) = tracks[index].predicted(at: time, frames)
            body(index, place)
            if let other { body(index, other) }
        }
    }

    /// A lost face was found again. Nothing happens where the box is another face's.
    ///
    /// - Returns: whether the track took it.
    @discardableResult
    package func sight(_ index: Int, _ box: FaceBox, at time: UInt64) -> Bool {
        guard tracks.indices.contains(index), tracks[index].last.time < time else { return false }
        let isOthers = tracks.contains { other in
            other.last.time == time && other.last.box.intersectionOverUnion(box) > Self.sameFace
        }
        guard !isOthers, tracks[index].likeness(box, at: time, frames) > 0 else { return false }
        tracks[index].see(box, at: time, steadily: hold > 0, within: frameSize)
        return true
    }

    /// Ends a frame. Where the scene may have changed, faces that were not seen since are held for a shorter time.
    package func finish(at time: UInt64) {
        guard step.change == .doubtful || step.change == .cut else { return }
        for index in tracks.indices where tracks[index].last.time < time {
            tracks[index].doubt(from: time, number: step.number, isLeaving: false)
        }
    }

    /// The faces of the frame at `time`, which may be an earlier one than the last one begun.
    package func faces(at time: UInt64, into faces: inout [TrackedFace]) {
        faces.removeAll(keepingCapacity: true)
        for track in tracks {
            guard let face = face(of: track, at: time) else { continue }
            add(face, face.box, of: track, to: &faces)
            if let other = face.other { add(face, other, of: track, to: &faces) }
        }
    }

    private func add(_ face: Face, _ box: FaceBox, of track: Track, to faces: inout [TrackedFace]) {
        // Numbers at the end of their range have left it: better a place than none.
        faces.append(
            TrackedFace(
                identifier: track.identifier, box: box.isFinite ? box : track.last.seen, source: face.source))
    }

    // MARK: - One track

    private struct Face {
        var box: FaceBox
        /// The face may be here as well.
        var other: FaceBox?
        var source: TrackedFace.Source

        init(_ places: (FaceBox, FaceBox?), _ source: TrackedFace.Source) {
            (box, other) = places
            self.source = source
            // One mask for both while they overlap.
            if let other, other.sharedArea(box) > 0 {
                box = box.union(other)
                self.other = nil
            }
        }
    }

    private func face(of track: Track, at time: UInt64) -> Face? {
        let after = track.sightings.first { $0.time >= time }
        if let after, after.time == time { return Face((after.seen, nil), .detected) }
        if let before = track.sightings.last(where: { $0.time < time }) {
            if let after, after.time - before.time <= max(hold, lookahead) {
                let source: TrackedFace.Source = after.time - before.time <= hold ? .held : .ahead
                return Face(track.interpolated(before, after, at: time, frames), source)
            }
            if time - before.time <= track.share(of: hold), track.end.map({ time < $0 }) ?? true {
                return Face(track.predicted(at: time, frames), .held)
            }
        }
        if let after, after.time - time <= track.share(of: lookahead), time >= track.sceneStart {
            return Face(track.retraced(from: after, to: time, frames), .ahead)
        }
        return nil
    }

    /// Whether a track's face is masked where it is not seen.
    private func isHeld(_ track: Track, at time: UInt64) -> Bool {
        track.last.time.adding(track.share(of: hold)) >= time && track.end.map { time < $0 } ?? true
    }

    /// Whether a detection may continue the track.
    private func isAlive(_ track: Track, at time: UInt64) -> Bool {
        guard !track.isLeaving, track.end.map({ time < $0 }) ?? true else { return false }
        return track.last.time.adding(max(hold, Self.shortestMemory)) >= time
    }

    /// Identities are kept over gaps of so long, ns, even without a hold.
    private static let shortestMemory: UInt64 = 200_000_000
    /// Two boxes that overlap more are the same face.
    private static let sameFace: Float = 0.4

    /// So many changes of the scene are remembered.
    private static let mostChanges = 8

    // MARK: - Pairs

    private struct Change {
        var number: Int
        var time: UInt64
        var isCut: Bool
        var unchanged: PlaceGrid
    }

    private struct Pair {
        var track: Int
        var detection: Int
        var likeness: Float

        func precedes(_ other: Pair) -> Bool {
            likeness == other.likeness
                ? (track, detection) < (other.track, other.detection) : likeness > other.likeness
        }
    }
}
