// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import FaceDetection
import VideoFrames

extension FaceDetector {
    /// The faces of a frame in an array of their own, as tests like them.
    func detect(
        in frame: FrameView, orientation: Orientation = .upright, settings: DetectorSettings
    ) throws(DetectionError) -> [FaceBox] {
        var faces: [FaceBox] = []
        try detect(in: frame, orientation: orientation, settings: settings, into: &faces)
        return faces
    }
}

extension Anonymizer {
    func inspect(
        _ frame: FrameView, at time: UInt64?, orientation: Orientation = .upright, settings: AnonymizerSettings
    ) throws(AnonymizationError) -> [MaskedFace] {
        var faces: [MaskedFace] = []
        try inspect(
            frame, at: time ?? 0, isStill: time == nil, orientation: orientation, settings: settings)
        if time == nil { add(facesAt: 0, isStill: true, width: frame.width, height: frame.height, to: &faces) }
        return faces
    }

    func faces(at time: UInt64, width: Int, height: Int) -> [MaskedFace] {
        var faces: [MaskedFace] = []
        add(facesAt: time, width: width, height: height, to: &faces)
        return faces
    }
}
