// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// What is put over a face.
package enum MaskStyle: Int32, Sendable {
    /// Square-ish cells of one colour, the true mean of the pixels under them.
    case mosaic
    /// A Gaussian.
    case blur
    /// One colour: the only mask that keeps nothing.
    case fill
}

package enum MaskShape: Int32, Sendable {
    case rectangle
    case ellipse
}

/// How faces are masked. Strength is in units of the face, so that it does not weaken on big ones.
package struct MaskSettings: Sendable, Equatable {
    package var style = MaskStyle.mosaic
    /// Cells per side of the region; more cells hide less. PeekingDuck's default.
    package var mosaicLevel = 7
    /// The Gaussian's standard deviation, px; PeekingDuck's default. See `minimumBlurShare`.
    package var blurLevel = 50.0
    /// 0xAARRGGBB.
    package var fillColor: UInt32 = 0xff00_0000
    package var shape = MaskShape.rectangle
    /// Share of the box's side added on each side. At 0.2, 91 % of found faces are covered to 95 %, at 0 only 12 %.
    package var margin = 0.2

    package init() {}

    /// The standard deviation is never less than this share of the region's longer side. PeekingDuck's fixed 50 px are
    /// recognised again by the detector from faces of 180 px on.
    package static let minimumBlurShare = 0.25

    /// A mosaic cell is never smaller, px: with more cells than pixels a mosaic would show the face as it is.
    package static let minimumCell = 2
}
