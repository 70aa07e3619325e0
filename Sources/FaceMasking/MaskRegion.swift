// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import VideoFrames

/// The pixels that a mask covers: a box with its margin, rounded outward to whole chroma samples.
package struct MaskRegion: Sendable, Equatable {
    /// The whole rectangle, also where it reaches over the frame's border: cells and strength go by it, so that a face
    /// that leaves the frame is not masked more finely. Luma px, on the chroma grid.
    package let left: Int
    package let top: Int
    package let right: Int
    package let bottom: Int
    /// The part within the frame. Never empty.
    package let visibleX: Range<Int>
    package let visibleY: Range<Int>

    package var width: Int { right - left }
    package var height: Int { bottom - top }

    /// The region of a box given in px of the frame, with `margin` times its side added on each side; nil where nothing
    /// of it is within the frame.
    package init?(x1: Double, y1: Double, x2: Double, y2: Double, margin: Double, frame: FrameView) {
        self.init(
            x1: x1, y1: y1, x2: x2, y2: y2, margin: margin, frameWidth: frame.width, frameHeight: frame.height,
            horizontalShift: frame.layout.horizontalShift, verticalShift: frame.layout.verticalShift)
    }

    /// As above, for frames of that size and with a chroma sample for 2^shift columns and rows.
    package init?(
        x1: Double, y1: Double, x2: Double, y2: Double, margin: Double, frameWidth: Int, frameHeight: Int,
        horizontalShift: Int, verticalShift: Int
    ) {
        let (width, height) = (x2 - x1, y2 - y1)
        guard width > 0, height > 0, width.isFinite, height.isFinite else { return nil }
        left = Self.outward(x1 - margin * width, .down, horizontalShift)
        right = Self.outward(x2 + margin * width, .up, horizontalShift)
        top = Self.outward(y1 - margin * height, .down, verticalShift)
        bottom = Self.outward(y2 + margin * height, .up, verticalShift)
        let (firstX, endX) = (max(left, 0), min(right, frameWidth))
        let (firstY, endY) = (max(top, 0), min(bottom, frameHeight))
        guard firstX < endX, firstY < endY else { return nil }
        visibleX = firstX..<endX
        visibleY = firstY..<endY
    }

    /// The whole frame.
    package init(wholeOf frame: FrameView) {
        let (unitX, unitY) = (1 << frame.layout.horizontalShift, 1 << frame.layout.verticalShift)
        (left, top) = (0, 0)
        right = (frame.width + unitX - 1) / unitX * unitX
        bottom = (frame.height + unitY - 1) / unitY * unitY
        visibleX = 0..<frame.width
        visibleY = 0..<frame.height
    }

    /// Far outside of any frame, and far from the ends of `Int`.
    private static let farthest = 1e6

    private static func outward(_ value: Double, _ rule: FloatingPointRoundingRule, _ shift: Int) -> Int {
        let unit = Double(1 << shift)
        return Int((min(max(value, -farthest), farthest) / unit).rounded(rule)) << shift
    }
}
