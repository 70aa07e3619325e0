// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
package import FaceDetection
internal import FaceMasking
internal import FaceTracking
package import VideoFrames

/// The engine: a frame in, a masked frame and what was found out. Knows no GStreamer; tests and benchmarks drive it.
///
/// A frame is first inspected, in the stream's order. Its faces are asked for when it is to leave, which may be later, so
/// that what has become known since counts; then it is masked. One engine serves one stream, and one thread at a time. A
/// frame that any step throws on must not be passed on.
package final class Anonymizer {
    private let detector: FaceDetector
    private let models: ModelFiles
    private let pool: WorkerPool
    private var storedDetector: FaceDetector?
    private let painter = MaskPainter()
    private let tracker = FaceTracker()
    private var scene = SceneObserver()
    private var regions: [MaskRegion] = []
    private var zones: [MaskRegion] = []
    private var boxes: [FaceBox] = []
    private var found: [FaceBox] = []
    private var lost: [(index: Int, place: FaceBox)] = []
    private var tracked: [TrackedFace] = []

    /// Nanoseconds the last frame spent in each stage.
    package private(set) var times = FrameTimes()

    /// How many threads work at a frame, the calling one included.
    package var threads: Int { pool.workers }

    /// - Parameter threads: how many threads work at a frame, the calling one included; 0 for as many as the machine has.
    package init(models: ModelFiles, threads: Int = 1) throws(AnonymizationError) {
        self.models = models
        pool = WorkerPool(threads: threads)
        do {
            detector = try FaceDetector(models: models, pool: pool)
        } catch {
            throw .detection(error)
        }
    }

    /// Forgets what was seen: after a flush. Call this only after all waiting frames have been sent or dropped.
    package func reset() {
        tracker.reset()
        scene.reset()
    }

    /// Carries what was seen over to frames of another size: x and y are the new sides as shares of the old ones. Call this
    /// only after all waiting frames have been sent.
    package func rescale(x: Double, y: Double) {
        tracker.rescale(x: Float(x), y: Float(y))
        scene.reset()
    }

    // MARK: - Inspecting

    /// Finds the faces of a frame. Nothing is written to it.
    ///
    /// - Parameters:
    ///   - time: when the frame is, ns: later than all frames before it.
    ///   - isStill: the frame has nothing to do with those before it.
    package func inspect(
        _ frame: FrameView, at time: UInt64, isStill: Bool = false, orientation: Orientation = .upright,
        settings: AnonymizerSettings
    ) throws(AnonymizationError) {
        defer { detector.release() }
        do {
            boxes.removeAll(keepingCapacity: true)
            // Somebody upstream may have turned the picture and left the tag (videoflip 1.22 does): then it is upright
            // as it comes. Which of the two holds cannot be told, so that both are looked at.
            if orientation != .upright {
                let asStored = try asStored()
                try find(with: asStored, in: frame, orientation: .upright, settings: settings)
                asStored.release()
            }
            try find(with: detector, in: frame, orientation: orientation, settings: settings)
            times.detection = detector.times
            if isStill { reset() }
            try track(frame, at: time, orientation: orientation, settings: settings)
            times.detection = detector.times
        } catch let error as DetectionError {
            throw .detection(error)
        } catch let error as AnonymizationError {
            throw error
        } catch {
            throw .unreadableFrame(reason: "\(error)")
        }
    }

    /// Adds the faces of a frame to `boxes`, px of the frame as it is stored.
    private func find(
        with detector: FaceDetector, in frame: FrameView, orientation: Orientation, settings: AnonymizerSettings
    ) throws {
        try detector.detect(in: frame, orientation: orientation, settings: settings.detector, into: &found)
        for box in found {
            // A box that is no rectangle of numbers can be masked nowhere: nothing may pass.
            guard box.isFinite else { throw AnonymizationError.unreadableFrame(reason: "a face has no place") }
            boxes.append(orientation.native(box, width: frame.width, height: frame.height))
        }
    }

    /// A detector of its own for the second look, so that the networks of both sizes are kept.
    private func asStored() throws(DetectionError) -> FaceDetector {
        if let storedDetector { return storedDetector }
        let made = try FaceDetector(models: models, pool: pool)
        storedDetector = made
        return made
    }

    /// Takes the detections of a frame into the tracks, and looks again for the faces that are missing.
    private func track(
        _ frame: FrameView, at time: UInt64, orientation: Orientation, settings: AnonymizerSettings
    ) throws(DetectionError) {
        if FaultInjection.fails(.tracking) { throw .outOfMemory(bytes: 0) }
        let start = faceanon_monotonic_ns()
        tracker.hold = settings.hold
        tracker.lookahead = settings.lookahead
        tracker.frameSize = (frame.width, frame.height)
        let size = SceneObserver.thumbnailSize
        let step = try detector.withThumbnail(width: size.width, height: size.height) { thumbnail in
            scene.step(to: thumbnail, width: frame.width, height: frame.height)
        }
        tracker.begin(at: time, step: step ?? SceneStep())
        tracker.associate(boxes, at: time)

        lost.removeAll(keepingCapacity: true)
        boxes.removeAll(keepingCapacity: true)
        tracker.lost(at: time) { index, place in
            lost.append((index, place))
            boxes.append(orientation.upright(place, width: frame.width, height: frame.height))
        }
        times.tracking = faceanon_monotonic_ns() - start
        try detector.confirm(boxes, settings: settings.detector) { found, box in
            // Anything else than a face at that place is somebody else, or nobody.
            guard box.intersectionOverUnion(boxes[found]) > Self.samePlace else { return }
            tracker.sight(
                lost[found].index, orientation.native(box, width: frame.width, height: frame.height), at: time)
        }
        tracker.finish(at: time)
    }

    /// A face that is looked for again has to overlap its place by more than this.
    private static let samePlace: Float = 0.3

    /// Adds the faces of a frame that was inspected, by all that is known by now; clipped to the frame. Those of a still
    /// have no track.
    package func add(
        facesAt time: UInt64, isStill: Bool = false, width: Int, height: Int, to faces: inout [MaskedFace]
    ) {
        tracker.faces(at: time, into: &tracked)
        for face in tracked {
            var box = face.box
            // What has no place stays as it is, for `mask` to refuse: clipped it would have no area, and be no face.
            if box.isFinite {
                box = box.clipped(width: width, height: height)
                guard box.area > 0 else { continue }
            }
            let source: MaskedFace.Source =
                switch face.source {
                case .detected: .detected
                case .held: .held
                case .ahead: .ahead
                }
            faces.append(MaskedFace(box: box, source: source, track: isStill ? nil : face.identifier))
        }
    }

    // MARK: - Masking

    /// Masks faces of a frame in place.
    package func mask(
        _ faces: [MaskedFace], of frame: FrameView, settings: AnonymizerSettings
    ) throws(AnonymizationError) {
        let start = faceanon_monotonic_ns()
        regions.removeAll(keepingCapacity: true)
        zones.removeAll(keepingCapacity: true)
        for face in faces {
            guard face.box.isFinite else { throw .unreadableFrame(reason: "a face has no place") }
            let isZone = face.source == .zone
            let region = MaskRegion(
                x1: Double(face.box.x1), y1: Double(face.box.y1), x2: Double(face.box.x2), y2: Double(face.box.y2),
                margin: isZone ? 0 : settings.mask.margin, frame: frame)
            guard let region else { continue }
            if isZone { zones.append(region) } else { regions.append(region) }
        }
        // A small mask within a large one would show more of the face there than the large one alone.
        regions.sort { $0.width * $0.height < $1.width * $1.height }
        do {
            try painter.mask(regions, zones: zones, clearing: settings.clearZones, of: frame, settings: settings.mask)
        } catch {
            throw .masking(error)
        }
        times.masking = faceanon_monotonic_ns() - start
    }

    /// Makes a frame that could not be inspected black.
    package func cover(_ frame: FrameView) { painter.cover(frame) }
}

/// Nanoseconds of one frame, by stage.
package struct FrameTimes: Sendable, Equatable {
    package var detection = StageTimes()
    package var tracking: Int64 = 0
    package var masking: Int64 = 0
}
