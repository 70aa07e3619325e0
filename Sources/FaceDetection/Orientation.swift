// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// How the picture has to be turned to stand upright, as the image-orientation tag has it: first mirrored, then turned.
package struct Orientation: Sendable, Equatable {
    /// Upright columns run along native rows.
    package var isTransposed: Bool
    /// Native columns and rows run against the upright axis they lie along.
    package var flipsColumns: Bool
    package var flipsRows: Bool

    package init(isTransposed: Bool = false, flipsColumns: Bool = false, flipsRows: Bool = false) {
        self.isTransposed = isTransposed
        self.flipsColumns = flipsColumns
        self.flipsRows = flipsRows
    }

    package static let upright = Orientation()

    /// A box of the upright picture in a native frame of that size.
    package func native(_ box: FaceBox, width: Int, height: Int) -> FaceBox {
        var result = box
        if isTransposed { (result.x1, result.y1, result.x2, result.y2) = (box.y1, box.x1, box.y2, box.x2) }
        let (w, h) = (Float(width), Float(height))
        if flipsColumns { (result.x1, result.x2) = (w - result.x2, w - result.x1) }
        if flipsRows { (result.y1, result.y2) = (h - result.y2, h - result.y1) }
        return result
    }

    /// A box of a native frame of that size in the upright picture.
    package func upright(_ box: FaceBox, width: Int, height: Int) -> FaceBox {
        var result = box
        let (w, h) = (Float(width), Float(height))
        if flipsColumns { (result.x1, result.x2) = (w - box.x2, w - box.x1) }
        if flipsRows { (result.y1, result.y2) = (h - box.y2, h - box.y1) }
        if isTransposed { (result.x1, result.y1, result.x2, result.y2) = (result.y1, result.x1, result.y2, result.x2) }
        return result
    }
}
