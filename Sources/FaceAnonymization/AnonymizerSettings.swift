// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import FaceDetection
package import FaceMasking

/// All that decides how a frame is inspected and masked: a value, copied once a frame.
package struct AnonymizerSettings: Sendable, Equatable {
    package var detector = DetectorSettings()
    package var mask = MaskSettings()

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
        return fraction("pnet-threshold", detector.proposalThreshold)
            ?? fraction("rnet-threshold", detector.refinementThreshold)
            ?? fraction("onet-threshold", detector.outputThreshold)
            ?? fraction("score-threshold", detector.scoreThreshold)
    }
}
