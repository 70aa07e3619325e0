// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// A face's place in a frame: corners in px of the upright frame, with fractions, and how sure the last network was.
package struct FaceBox: Sendable, Equatable {
    package var x1: Float
    package var y1: Float
    package var x2: Float
    package var y2: Float
    /// 0 to 1.
    package var score: Float

    package init(x1: Float, y1: Float, x2: Float, y2: Float, score: Float) {
        self.x1 = x1
        self.y1 = y1
        self.x2 = x2
        self.y2 = y2
        self.score = score
    }

    package var width: Float { x2 - x1 }
    package var height: Float { y2 - y1 }

    /// Zero for a box without an inside.
    package var area: Float { width > 0 && height > 0 ? width * height : 0 }

    /// Whether every corner is a number; what is not can be neither clipped nor masked.
    package var isFinite: Bool { x1.isFinite && y1.isFinite && x2.isFinite && y2.isFinite }

    /// Whether every corner is a number within 1e6 px, 30 times the largest frame: no side, area or sample of such a box
    /// overflows. What is farther is no network's opinion of where a face is.
    package var hasPlace: Bool {
        // Also false for what is not a number.
        max(x1.magnitude, x2.magnitude) <= Self.farthest && max(y1.magnitude, y2.magnitude) <= Self.farthest
            && isFinite
    }

    private static let farthest: Float = 1e6

    /// The area two boxes share, over the area they cover together. Without the +1 of the original Caffe code.
    package func intersectionOverUnion(_ other: FaceBox) -> Float {
        let shared = sharedArea(other)
        let union = area + other.area - shared
        return shared > 0 && union > 0 ? shared / union : 0
    }

    package func sharedArea(_ other: FaceBox) -> Float {
        let width = min(x2, other.x2) - max(x1, other.x1)
        let height = min(y2, other.y2) - max(y1, other.y1)
        return width > 0 && height > 0 ? width * height : 0
    }

    /// The part within a frame of that size, px.
    package func clipped(width: Int, height: Int) -> FaceBox {
        FaceBox(
            x1: min(max(x1, 0), Float(width)), y1: min(max(y1, 0), Float(height)),
            x2: min(max(x2, 0), Float(width)), y2: min(max(y2, 0), Float(height)), score: score)
    }

    /// Moved by a network's offsets, which are shares of the box's own sides.
    func regressed(_ dx1: Float, _ dy1: Float, _ dx2: Float, _ dy2: Float) -> FaceBox {
        FaceBox(
            x1: x1 + dx1 * width, y1: y1 + dy1 * height, x2: x2 + dx2 * width, y2: y2 + dy2 * height, score: score)
    }

    /// The square round the same centre. The side is that of the reference: the longer one of x2 - x1 + 1, less 1.
    func squared() -> FaceBox {
        let side = max(width + 1, height + 1)
        let left = x1 + (width + 1) * 0.5 - side * 0.5
        let top = y1 + (height + 1) * 0.5 - side * 0.5
        return FaceBox(x1: left, y1: top, x2: left + side - 1, y2: top + side - 1, score: score)
    }
}
