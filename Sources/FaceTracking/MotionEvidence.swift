// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import FaceDetection

/// Where in the picture a camera's motion shows, and where it does not: something there may go along with the camera, such
/// as the person whom it follows. Told for each cell of a grid over the frame before the motion.
package struct MotionEvidence: Sendable, Equatable {
    package enum Verdict: Sendable {
        /// What is there has moved as the whole picture has.
        case carried
        /// It has stayed where it was in the picture.
        case still
        /// Either may be.
        case doubtful
    }

    package static let columns = 64
    package static let rows = 36

    /// Row by row, bit `column` is set where the cell has clearly moved.
    package var moved = InlineArray<36, UInt64>(repeating: 0)
    /// The same where it clearly has not.
    package var still = InlineArray<36, UInt64>(repeating: 0)
    /// Those of both that differ by much: they count for more.
    package var strong = InlineArray<36, UInt64>(repeating: 0)
    /// Pixels of the picture; zero where nothing is known of single places, and all are taken to have moved.
    package var width: Float
    package var height: Float

    package init(width: Int, height: Int) {
        self.width = Float(width)
        self.height = Float(height)
    }

    package static let everywhere = MotionEvidence(width: 0, height: 0)

    package static func == (a: MotionEvidence, b: MotionEvidence) -> Bool {
        guard a.width == b.width, a.height == b.height else { return false }
        for row in 0..<rows
        where a.moved[row] != b.moved[row] || a.still[row] != b.still[row] || a.strong[row] != b.strong[row] {
            return false
        }
        return true
    }

    /// Carries it over to frames of another size.
    mutating func rescale(x: Float, y: Float) {
        width *= x
        height *= y
    }

    /// What has become of the place of a box.
    func verdict(at box: FaceBox) -> Verdict {
        guard width > 0, height > 0 else { return .carried }
        guard box.isFinite else { return .doubtful }
        let (across, down) = (Float(Self.columns) / width, Float(Self.rows) / height)
        let columns = Self.cells(box.x1 * across, box.x2 * across, count: Self.columns)
        let rows = Self.cells(box.y1 * down, box.y2 * down, count: Self.rows)
        guard box.width * across >= Self.fewest, box.height * down >= Self.fewest else { return .doubtful }
        // What is outside of the picture is moved by the camera only.
        guard !columns.isEmpty, !rows.isEmpty else { return .carried }
        let mask = (UInt64.max >> UInt64(Self.columns - columns.count)) << UInt64(columns.lowerBound)
        var (movedCells, stillCells, movedWeight, stillWeight) = (0, 0, 0, 0)
        for row in rows {
            movedCells += (moved[row] & mask).nonzeroBitCount
            stillCells += (still[row] & mask).nonzeroBitCount
            movedWeight += (moved[row] & strong[row] & mask).nonzeroBitCount * Self.strength
            stillWeight += (still[row] & strong[row] & mask).nonzeroBitCount * Self.strength
        }
        movedWeight += movedCells
        stillWeight += stillCells
        let cells = columns.count * rows.count
        if movedCells * Self.part >= cells, movedWeight >= Self.clearly * stillWeight { return .carried }
        if stillCells * Self.part >= cells, stillWeight >= Self.clearly * movedWeight { return .still }
        return .doubtful
    }

    /// A box of fewer cells along one side is too small to tell.
    private static let fewest: Float = 2
    /// One in so many of a box's cells has to say what the box is taken to have done, and they have to weigh so many times as
    /// much as those that say the opposite.
    private static let part = 6
    private static let clearly = 3
    /// What a cell weighs more that differs by much.
    private static let strength = 3

    /// The cells whose centres lie between two places, cells.
    private static func cells(_ start: Float, _ end: Float, count: Int) -> Range<Int> {
        let limit = Float(count)
        let first = Int(min(max((start - 0.5).rounded(.up), 0), limit))
        let last = Int(min(max((end - 0.5).rounded(.down) + 1, 0), limit))
        return first..<max(first, last)
    }
}
