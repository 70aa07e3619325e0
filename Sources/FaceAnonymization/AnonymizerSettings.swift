// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import FaceDetection
package import FaceMasking

/// All that decides how a frame is inspected and masked: a value, copied once a frame.
package struct AnonymizerSettings: Sendable, Equatable {
    package var detector = DetectorSettings()
    package var mask = MaskSettings()
    /// How long a face stays masked after it was last seen, ns.
    package var hold: UInt64 = 500_000_000
    /// How far back in time a newly found face is masked too, ns.
    package var lookahead: UInt64 = 0
    /// Always masked, px of the frame.
    package var maskZones: [PixelRectangle] = []
    /// Never masked, but for what lies in `maskZones`; px of the frame.
    package var clearZones: [PixelRectangle] = []

    package init() {}

    /// What cannot work, as a sentence that says what can; nil where all can.
    package var problem: String? {
        func fraction(_ name: String, _ value: Double) -> String? {
            (0...1).contains(value) ? nil : "\(name) is \(value); it has to be from 0 to 1."
        }
        let detector = self.detector
        let mask = self.mask
        if !(12...8192).contains(detector.minimumSize) {
            return "min-size is \(detector.minimumSize); it has to be from 12 to 8192 px."
        }
        if !(detector.scaleFactor > 0 && detector.scaleFactor < 1) {
            return "scale-factor is \(detector.scaleFactor); it has to be more than 0 and less than 1, such as 0.709."
        }
        if !(1...64).contains(mask.mosaicLevel) {
            return "mosaic-level is \(mask.mosaicLevel); it has to be from 1 to 64 cells per side."
        }
        if !(1...1000).contains(mask.blurLevel) {
            return "blur-level is \(mask.blurLevel); it has to be from 1 to 1000 px."
        }
        if !(0...2).contains(mask.margin) {
            return "margin is \(mask.margin); it has to be from 0 to 2 times the face's side."
        }
        for (name, span) in [("hold", hold), ("lookahead", lookahead)] where span > 10_000_000_000 {
            return "\(name) is \(span) ns; it has to be at most 10 s, 10000000000."
        }
        for (name, zones) in [("mask-zones", maskZones), ("clear-zones", clearZones)] {
            for zone in zones where zone.width <= 0 || zone.height <= 0 {
                return "\(name) has a zone of \(zone.width)x\(zone.height) px; both sides have to be at least 1: "
                    + "\"<<x,y,width,height>>\"."
            }
        }
        return fraction("pnet-threshold", detector.proposalThreshold)
            ?? fraction("rnet-threshold", detector.refinementThreshold)
            ?? fraction("onet-threshold", detector.outputThreshold)
            ?? fraction("score-threshold", detector.scoreThreshold)
    }
}
