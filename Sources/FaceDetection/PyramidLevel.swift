// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// One level of the image pyramid.
package struct PyramidLevel: Equatable {
    /// The nominal scale: a face of 12/scale px is 12 px in this level.
    package let scale: Double
    /// Pixels of the level.
    package let width: Int
    package let height: Int

    package init(scale: Double, width: Int, height: Int) {
        self.scale = scale
        self.width = width
        self.height = height
    }

    /// The levels for a frame, in the order of falling size; none where no face of the minimum size fits.
    package static func levels(
        width: Int, height: Int, settings: DetectorSettings
    ) throws(DetectionError) -> [PyramidLevel] {
        var levels: [PyramidLevel] = []
        var scale = Double(PyramidLevel.cell) / Double(settings.minimumSize)
        while Double(min(width, height)) * scale > Double(cell) {
            guard levels.count < limit else { throw .tooManyLevels(limit: limit) }
            levels.append(
                PyramidLevel(scale: scale, width: Int(Double(width) * scale), height: Int(Double(height) * scale)))
            scale *= settings.scaleFactor
        }
        return levels
    }

    /// P-Net sees 12 x 12 px of a level at a time, every 2 px.
    package static let cell = 12
    package static let stride = 2
    /// The default has 10 levels at 1920x1080 and 14 at 8K.
    package static let limit = 64

    /// The cells of P-Net along a side of `length` px: with pooling that drops an odd border (the reference's), or keeps it.
    package static func cells(along length: Int, keepingBorder: Bool) -> Int {
        (length - 2 + (keepingBorder ? 1 : 0)) / 2 - 4
    }

    /// Pieces of the level of about `pixels` px at most, for threads that share it: P-Net finds in them what it finds in the
    /// whole, as each reaches over the next one's cells by what a cell sees.
    package func strips(ofAtMost pixels: Int) -> [PyramidStrip] {
        let cells = Self.cells(along: height, keepingBorder: true)
        let count = min(max(1, (width * height + pixels - 1) / pixels), cells)
        return (0..<count).map { index in
            let first = cells * index / count
            let end = cells * (index + 1) / count
            let lastRow = Self.stride * (end - 1) + Self.cell
            return PyramidStrip(
                level: self, firstCell: first, rows: Self.stride * first..<(index == count - 1 ? height : lastRow))
        }
    }
}

/// Some rows of a pyramid level.
package struct PyramidStrip {
    package let level: PyramidLevel
    /// The first row of P-Net's cells.
    package let firstCell: Int
    /// Rows of the level.
    package let rows: Range<Int>
}
