// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import FaceTracking

extension MotionEvidence {
    /// Compares two levels cell by cell, the later one as it is and moved back by a motion. Both have a row of cells for each
    /// of `rows`, and a column for each of `columns`.
    init(_ first: PictureLevel, _ second: PictureLevel, _ motion: CellMotion, width: Int, height: Int) {
        self.init(width: width, height: height)
        let (centreX, centreY) = (Float(first.width - 1) / 2, Float(first.height - 1) / 2)
        for row in 0..<min(Self.rows, first.height) {
            let y = centreY + motion.scale * (Float(row) - centreY) + motion.y
            var (movedCells, stillCells, strongCells): (UInt64, UInt64, UInt64) = (0, 0, 0)
            for column in 0..<min(Self.columns, first.width) {
                let x = centreX + motion.scale * (Float(column) - centreX) + motion.x
                let index = row * first.width + column
                let still = abs(second.values[index] - first.values[index])
                guard let value = second.sample(x, y) else {
                    // Where it would have moved to cannot be seen. If it is clearly not where it was, it has left.
                    if still > Self.much { movedCells |= 1 << UInt64(column) }
                    continue
                }
                let moved = abs(value - first.values[index])
                if max(still, moved) > Self.much { strongCells |= 1 << UInt64(column) }
                if still > Self.telling, moved < Self.share * still { movedCells |= 1 << UInt64(column) }
                if moved > Self.telling, still < Self.share * moved { stillCells |= 1 << UInt64(column) }
            }
            self.strong[row] = strongCells
            self.moved[row] = movedCells
            self.still[row] = stillCells
        }
    }

    /// Cells that differ by less than a level of 255 say nothing.
    private static let telling: Float = 1 / 128
    /// Four levels are much.
    private static let much: Float = 4 / 128
    /// A cell fits clearly better when its difference is less than this share of the other one.
    private static let share: Float = 0.5
}
