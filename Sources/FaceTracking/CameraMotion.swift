// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import FaceDetection

/// How the whole picture has moved from one frame to a later one, because the camera did: point p of the earlier frame is
/// at `scale * p + (x, y)` in the later one, px. Faces that nobody sees at the moment move along with it.
package struct CameraMotion: Sendable, Equatable {
    package var scale: Float
    package var x: Float
    package var y: Float

    package init(scale: Float, x: Float, y: Float) {
        self.scale = scale
        self.x = x
        self.y = y
    }

    package static let none = CameraMotion(scale: 1, x: 0, y: 0)

    /// The motion that this one and then another one make together.
    func followed(by next: CameraMotion) -> CameraMotion {
        CameraMotion(scale: scale * next.scale, x: x * next.scale + next.x, y: y * next.scale + next.y)
    }

    /// The same for frames of another size.
    mutating func rescale(x factorX: Float, y factorY: Float) {
        x *= factorX
        y *= factorY
    }

    /// A box of the earlier frame in the later one.
    func carried(_ box: FaceBox) -> FaceBox {
        sane(
            FaceBox(
                x1: box.x1 * scale + x, y1: box.y1 * scale + y, x2: box.x2 * scale + x, y2: box.y2 * scale + y,
                score: box.score), else: box)
    }

    /// A box of the later frame in the earlier one.
    func carriedBack(_ box: FaceBox) -> FaceBox {
        sane(
            FaceBox(
                x1: (box.x1 - x) / scale, y1: (box.y1 - y) / scale, x2: (box.x2 - x) / scale,
                y2: (box.y2 - y) / scale, score: box.score), else: box)
    }

    /// A face cannot be masked at a place that is no place: it stays where it was then.
    private func sane(_ moved: FaceBox, else box: FaceBox) -> FaceBox {
        guard moved.isFinite, Self.scales.contains(scale) else { return box }
        return moved
    }

    /// What zooming can do to a face within the longest hold and look-ahead, 20 s.
    private static let scales: ClosedRange<Float> = 0.02...50
}

/// What has become of the picture since the frame before, as far as the picture itself tells.
package struct SceneStep: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        /// The scene goes on, or nothing says that it does not.
        case none
        /// It may be another scene, or the same after a fast pan. Faces are held, but for a shorter time.
        case doubtful
        /// Another scene begins: what was seen before has gone, but for `unchanged`, if the next frame goes on with it.
        case cut
        /// The picture is back that was there before the change of that number: that change, and all since, were none.
        case undone
    }

    package var change: Change
    /// At a cut: the places that look as they did before.
    package var unchanged: PlaceGrid
    package var motion: CameraMotion
    /// Where the motion shows.
    package var evidence: MotionEvidence
    /// Numbers changes in their order, from 1 on; with `undone` that of the first one that was none.
    package var number: Int

    package init(
        _ change: Change = .none, unchanged: PlaceGrid = .nowhere, motion: CameraMotion = .none,
        evidence: MotionEvidence = .everywhere, number: Int = 0
    ) {
        self.change = change
        self.unchanged = unchanged
        self.motion = motion
        self.evidence = evidence
        self.number = number
    }
}

/// Some of the cells of a coarse grid over the picture.
package struct PlaceGrid: Sendable, Equatable {
    package static let columns = 8
    package static let rows = 6
    /// Bit `row * columns + column` is set where the cell is one of them.
    package var cells: UInt64
    /// Pixels of the picture.
    package var width: Float
    package var height: Float

    package init(cells: UInt64, width: Int, height: Int) {
        self.cells = cells
        self.width = Float(width)
        self.height = Float(height)
    }

    package static let nowhere = PlaceGrid(cells: 0, width: 0, height: 0)

    /// Carries it over to frames of another size.
    mutating func rescale(x: Float, y: Float) {
        width *= x
        height *= y
    }

    /// Whether a box lies on one of the cells.
    func touches(_ box: FaceBox) -> Bool {
        guard cells != 0 else { return false }
        for row in 0..<Self.rows {
            for column in 0..<Self.columns where cells >> UInt64(row * Self.columns + column) & 1 == 1 {
                let cell = FaceBox(
                    x1: Float(column) * width / Float(Self.columns), y1: Float(row) * height / Float(Self.rows),
                    x2: Float(column + 1) * width / Float(Self.columns),
                    y2: Float(row + 1) * height / Float(Self.rows), score: 1)
                if cell.sharedArea(box) > 0 { return true }
            }
        }
        return false
    }
}
