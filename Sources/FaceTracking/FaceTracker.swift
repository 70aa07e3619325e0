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
/// For each frame: `begin`, `associate`, then `sight` for lost faces that were found again, then `finish`. `faces(at:)`
/// then answers for that frame, or for an earlier one within `lookahead`, with what has become known since.
package final class FaceTracker {
    /// How long a face stays after it was last seen, ns.
    package var hold: UInt64 = 0
    /// How far back a newly found face reaches, ns.
    package var lookahead: UInt64 = 0

    private var tracks: [Track] = []
    private var nextIdentifier: UInt32 = 1
    private var now: UInt64?
    private var sceneStart: UInt64 = 0
    private var isCut = false
    private var pairs: [Pair] = []
    private var isTaken: [Bool] = []

    package init() {}

    /// Forgets all faces: after a flush or a seek nothing that was seen before says anything. Identifiers go on.
    package func reset() {
        tracks.removeAll(keepingCapacity: true)
        now = nil
        sceneStart = 0
    }

    /// Carries all faces over to frames of another size: x and y are the new sides as shares of the old ones.
    package func rescale(x: Float, y: Float) {
        for index in tracks.indices { tracks[index].rescale(x: x, y: y) }
    }

    /// Starts a frame. Time that runs back is a new stream; a scene cut is the start of all that is new in the frame.
    package func begin(at time: UInt64, isCut: Bool = false) {
        if let now, time < now { reset() }
        now = time
        self.isCut = isCut
        if isCut { sceneStart = time }
        // Longer than hold: an identity may outlive its mask for a moment.
        let memory = hold + lookahead
        tracks.removeAll { track in track.last.time + max(memory, Self.shortestMemory) < time }
        for index in tracks.indices { tracks[index].forget(before: time >= memory ? time - memory : 0) }
    }

    /// Gives each detection to the track it continues, or to a new one.
    package func associate(_ detections: [FaceBox], at time: UInt64) {
        let known = tracks.count
        pairs.removeAll(keepingCapacity: true)
        for index in 0..<known where isAlive(tracks[index], at: time) {
            let place = tracks[index].predicted(at: time)
            let lastBox = tracks[index].last.box
            for (detection, box) in detections.enumerated() {
                // A face may also have stopped where it was.
                let likeness = max(Self.likeness(place, box), Self.likeness(lastBox, box))
                if likeness > 0 { pairs.append(Pair(track: index, detection: detection, likeness: likeness)) }
            }
        }
        pairs.sort { $0.precedes($1) }

        isTaken.removeAll(keepingCapacity: true)
        isTaken.append(contentsOf: repeatElement(false, count: detections.count))
        for pair in pairs where !isTaken[pair.detection] && tracks[pair.track].last.time < time {
            isTaken[pair.detection] = true
            tracks[pair.track].see(detections[pair.detection], at: time, steadily: hold > 0)
        }
        for (detection, box) in detections.enumerated() where !isTaken[detection] {
            tracks.append(
                Track(
                    identifier: nextIdentifier, sighting: Sighting(time: time, box: box), sceneStart: sceneStart))
            nextIdentifier &+= 1
        }
    }

    /// The faces that should be in the frame and were not seen in it: their track's index and where they should be.
    package func lost(at time: UInt64, _ body: (_ index: Int, _ box: FaceBox) -> Void) {
        for index in tracks.indices
        where tracks[index].last.time < time && tracks[index].end == nil && tracks[index].last.time + hold >= time {
            body(index, tracks[index].predicted(at: time))
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
        guard !isOthers else { return false }
        tracks[index].see(box, at: time, steadily: hold > 0)
        return true
    }

    /// Ends a frame. At a scene cut, faces that were not seen in the new scene have ended with the old one.
    package func finish(at time: UInt64) {
        guard isCut else { return }
        for index in tracks.indices where tracks[index].last.time < time && tracks[index].end == nil {
            tracks[index].end = time
        }
    }

    /// The faces of the frame at `time`, which may be an earlier one than the last one begun.
    package func faces(at time: UInt64, into faces: inout [TrackedFace]) {
        faces.removeAll(keepingCapacity: true)
        for track in tracks {
            guard let face = face(of: track, at: time) else { continue }
            faces.append(face)
        }
    }

    // MARK: - One track

    private func face(of track: Track, at time: UInt64) -> TrackedFace? {
        func made(_ box: FaceBox, _ source: TrackedFace.Source) -> TrackedFace {
            TrackedFace(identifier: track.identifier, box: box, source: source)
        }
        let after = track.sightings.first { $0.time >= time }
        if let after, after.time == time { return made(after.box, .detected) }
        if let before = track.sightings.last(where: { $0.time < time }) {
            if let after, after.time - before.time <= max(hold, lookahead) {
                let source: TrackedFace.Source = after.time - before.time <= hold ? .held : .ahead
                return made(Track.interpolated(before, after, at: time), source)
            }
            if time - before.time <= hold, track.end.map({ time < $0 }) ?? true {
                return made(track.predicted(at: time), .held)
            }
        }
        if let after, after.time - time <= lookahead, time >= track.sceneStart {
            return made(track.retraced(from: after, to: time), .ahead)
        }
        return nil
    }

    /// Whether a detection may continue the track.
    private func isAlive(_ track: Track, at time: UInt64) -> Bool {
        track.end == nil && track.last.time + max(hold, Self.shortestMemory) >= time
    }

    /// Identities are kept over gaps of so long, ns, even without a hold.
    private static let shortestMemory: UInt64 = 200_000_000
    /// Two boxes that overlap more are the same face.
    private static let sameFace: Float = 0.4

    // MARK: - Pairs

    private struct Pair {
        var track: Int
        var detection: Int
        var likeness: Float

        func precedes(_ other: Pair) -> Bool {
            likeness == other.likeness
                ? (track, detection) < (other.track, other.detection) : likeness > other.likeness
        }
    }

    /// How likely two boxes are one face: by overlap; without one, by how near their centres are. 0 for not at all.
    private static func likeness(_ a: FaceBox, _ b: FaceBox) -> Float {
        let overlap = a.intersectionOverUnion(b)
        if overlap > 0.1 { return 1 + overlap }
        let side = max(1, (a.width + a.height + b.width + b.height) / 4)
        let ratio = max(1, a.width + a.height) / max(1, b.width + b.height)
        let x = (a.x1 + a.x2 - b.x1 - b.x2) / 2
        let y = (a.y1 + a.y2 - b.y1 - b.y2) / 2
        let distance = (x * x + y * y).squareRoot() / side
        return distance < 1 && ratio > 0.5 && ratio < 2 ? 1 - distance : 0
    }
}
