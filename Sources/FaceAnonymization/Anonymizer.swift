// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
package import FaceDetection
internal import FaceMasking
package import VideoFrames

/// A face that is masked, and why.
package struct MaskedFace: Sendable, Equatable {
    /// How it came to be known.
    package enum Source: String, Sendable {
        /// By the cascade, in this frame.
        case detected
    }

    /// px of the frame as it is stored, clipped to it, before the margin.
    package var box: FaceBox
    package var source: Source
}

/// The engine: a frame in, a masked frame and what was found out. Knows no GStreamer; tests and benchmarks drive it.
///
/// One engine serves one stream, and one thread at a time. A frame that it throws on must not be passed on.
package final class Anonymizer {
    private let detector: FaceDetector
    private let painter = MaskPainter()
    private var regions: [MaskRegion] = []

    /// Nanoseconds the last frame spent in each stage.
    package private(set) var times = FrameTimes()

    package init(models: ModelFiles) throws(AnonymizationError) {
        do {
            detector = try FaceDetector(models: models)
        } catch {
            throw .detection(error)
        }
    }

    /// Finds the faces of a frame and masks them in place.
    package func process(
        _ frame: FrameView, orientation: Orientation = .upright, settings: AnonymizerSettings
    ) throws(AnonymizationError) -> [MaskedFace] {
        let faces = try inspect(frame, orientation: orientation, settings: settings)
        try mask(faces, of: frame, settings: settings)
        return faces
    }

    /// Finds the faces of a frame. Nothing is written.
    package func inspect(
        _ frame: FrameView, orientation: Orientation = .upright, settings: AnonymizerSettings
    ) throws(AnonymizationError) -> [MaskedFace] {
        do {
            var faces: [MaskedFace] = []
            for box in try detector.detect(in: frame, orientation: orientation, settings: settings.detector) {
                let native = orientation.native(box, width: frame.width, height: frame.height)
                faces.append(MaskedFace(box: native, source: .detected))
            }
            times.detection = detector.times
            return faces
        } catch {
            throw .detection(error)
        }
    }

    /// Masks faces of a frame in place.
    package func mask(
        _ faces: [MaskedFace], of frame: FrameView, settings: AnonymizerSettings
    ) throws(AnonymizationError) {
        let start = faceanon_monotonic_ns()
        regions.removeAll(keepingCapacity: true)
        for face in faces {
            // A box that is no rectangle of numbers can be masked nowhere: the whole frame has to pay for it.
            guard face.box.isFinite else {
                throw .unreadableFrame(reason: "a face was found at a place that is not a number")
            }
            let region = MaskRegion(
                x1: Double(face.box.x1), y1: Double(face.box.y1), x2: Double(face.box.x2), y2: Double(face.box.y2),
                margin: settings.mask.margin, frame: frame)
            if let region { regions.append(region) }
        }
        do {
            try painter.mask(regions, of: frame, settings: settings.mask)
        } catch {
            throw .masking(error)
        }
        times.masking = faceanon_monotonic_ns() - start
    }
}

/// Nanoseconds of one frame, by stage.
package struct FrameTimes: Sendable, Equatable {
    package var detection = StageTimes()
    package var masking: Int64 = 0
}
