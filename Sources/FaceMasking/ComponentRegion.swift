// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// A region's part of one component: rectangles in the component's own samples.
struct ComponentRegion {
    /// The whole region, also beyond the frame.
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    /// The part within the frame.
    let columns: Range<Int>
    let rows: Range<Int>
    private let horizontalShift: Int
    private let verticalShift: Int

    init(_ region: MaskRegion, horizontalShift: Int, verticalShift: Int) {
        left = region.left >> horizontalShift
        top = region.top >> verticalShift
        width = max(1, region.width >> horizontalShift)
        height = max(1, region.height >> verticalShift)
        columns = Self.outward(region.visibleX, horizontalShift)
        rows = Self.outward(region.visibleY, verticalShift)
        self.horizontalShift = horizontalShift
        self.verticalShift = verticalShift
    }

    private static func outward(_ range: Range<Int>, _ shift: Int) -> Range<Int> {
        (range.lowerBound >> shift)..<((range.upperBound + (1 << shift) - 1) >> shift)
    }

    /// The samples of row `row` that a mask of that shape covers.
    func columns(row: Int, shape: MaskShape, of region: MaskRegion) -> Range<Int> {
        guard shape == .ellipse else { return columns }
        // The luma row nearest to the ellipse's centre is where it is widest within this row of samples.
        let centreY = Double(region.top + region.bottom) / 2
        let first = Double(row << verticalShift)
        let last = Double((row + 1) << verticalShift)
        let y = min(max(centreY, first), last)
        let share = (y - centreY) / (Double(region.height) / 2)
        let halfWidth = Double(region.width) / 2 * max(0, 1 - share * share).squareRoot()
        let centreX = Double(region.left + region.right) / 2
        let start = Int((centreX - halfWidth).rounded(.down)) >> horizontalShift
        let end = (Int((centreX + halfWidth).rounded(.up)) + (1 << horizontalShift) - 1) >> horizontalShift
        return start < end ? columns.clamped(to: start..<end) : columns.lowerBound..<columns.lowerBound
    }
}
