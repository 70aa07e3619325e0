// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// A frame in few values, by which successive frames are compared: their mean brightness over each cell of a grid, in -1
/// to 1, and the same at half and a quarter of that size.
struct Thumbnail {
    /// Cells. Halved twice, and cut into the blocks of a `PlaceGrid`, both without a rest.
    static let width = 64
    static let height = 36
    static let count = width * height

    /// The finest level first.
    private(set) var levels: [PictureLevel] = [
        PictureLevel(width: width, height: height), PictureLevel(width: width / 2, height: height / 2),
        PictureLevel(width: width / 4, height: height / 4),
    ]

    /// Takes a frame in; `values` has to have `count` of them.
    mutating func load(_ values: UnsafeBufferPointer<Float>) {
        for index in 0..<Self.count { levels[0].values[index] = values[index] }
        for index in 1..<levels.count { levels[index].halve(levels[index - 1]) }
    }
}

/// Values on a grid, row by row.
struct PictureLevel {
    let width: Int
    let height: Int
    var values: [Float]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        values = [Float](repeating: 0, count: width * height)
    }

    /// Takes the means over 2 x 2 values of a level of twice the size.
    mutating func halve(_ level: PictureLevel) {
        for y in 0..<height {
            for x in 0..<width {
                let first = 2 * y * level.width + 2 * x
                let second = first + level.width
                values[y * width + x] =
                    (level.values[first] + level.values[first + 1] + level.values[second] + level.values[second + 1])
                    / 4
            }
        }
    }

    /// What the values differ by in the mean from those of another level of the same size.
    func difference(to other: PictureLevel) -> Float {
        var sum: Float = 0
        for index in values.indices { sum += abs(values[index] - other.values[index]) }
        return sum / Float(values.count)
    }

    /// The value at a place between the values; nil outside of them.
    @inline(__always)
    func sample(_ x: Float, _ y: Float) -> Float? {
        guard x >= 0, y >= 0, x <= Float(width - 1), y <= Float(height - 1) else { return nil }
        let column = min(Int(x), width - 2)
        let row = min(Int(y), height - 2)
        let (right, down) = (x - Float(column), y - Float(row))
        let index = row * width + column
        let upper = values[index] + (values[index + 1] - values[index]) * right
        let lower = values[index + width] + (values[index + width + 1] - values[index + width]) * right
        return upper + (lower - upper) * down
    }

    /// What the values vary by from cell to cell along rows and along columns: the means of the squared differences.
    var detail: (across: Float, down: Float) {
        var (across, down): (Float, Float) = (0, 0)
        for y in 0..<height - 1 {
            for x in 0..<width - 1 {
                let index = y * width + x
                let (right, below) = (values[index + 1] - values[index], values[index + width] - values[index])
                across += right * right
                down += below * below
            }
        }
        let count = Float((width - 1) * (height - 1))
        return (across / count, down / count)
    }
}
