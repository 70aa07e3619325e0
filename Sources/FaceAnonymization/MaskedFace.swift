// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import FaceDetection

/// An area of a frame that is masked, and why.
package struct MaskedFace: Sendable, Equatable {
    /// How it came to be known.
    package enum Source: String, Sendable {
        /// Found in this frame.
        case detected
        /// Found before (and perhaps after), not in this frame.
        case held
        /// Found later.
        case ahead
        /// Named by somebody upstream.
        case roi
        /// Always masked.
        case zone
    }

    /// px of the frame as it is stored, clipped to it, before the margin.
    package var box: FaceBox
    package var source: Source
    /// The face's identity in the stream; nil for what is not tracked.
    package var track: UInt32?

    package init(box: FaceBox, source: Source, track: UInt32? = nil) {
        self.box = box
        self.source = source
        self.track = track
    }
}
