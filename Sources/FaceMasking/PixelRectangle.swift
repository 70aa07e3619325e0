// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// A rectangle of a frame, px.
package struct PixelRectangle: Sendable, Equatable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The samples of a component along one axis that lie wholly within the rectangle, which is first rounded inward to
    /// the format's chroma grid, so that luma and chroma end at the same place. At the frame's end an odd one counts.
    func inward(
        _ origin: KeyPath<PixelRectangle, Int>, _ size: KeyPath<PixelRectangle, Int>, shift: Int, grid: Int, length: Int
    ) -> Range<Int> {
        let low = max(0, self[keyPath: origin])
        let high = min(length, self[keyPath: origin] + self[keyPath: size])
        let start = ((low + (1 << grid) - 1) >> grid) << grid
        let end = high == length ? length : (high >> grid) << grid
        guard start < end else { return 0..<0 }
        return (start >> shift)..<((end + (1 << shift) - 1) >> shift)
    }
}
