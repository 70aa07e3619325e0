// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import FaceTracking

/// What a correlation is made of.
struct CorrelationSums {
    private var count: Float = 0
    private var (first, second): (Float, Float) = (0, 0)
    private var (firstSquares, secondSquares, products): (Float, Float, Float) = (0, 0, 0)

    @inline(__always)
    mutating func add(_ a: Float, _ b: Float) {
        count += 1
        first += a
        second += b
        firstSquares += a * a
        secondSquares += b * b
        products += a * b
    }

    /// What the first and the second values differ by in the mean.
    var offset: Float { count > 0 ? (second - first) / count : 0 }

    /// The variances, without rounding below zero.
    var variances: (first: Float, second: Float) {
        guard count > 0 else { return (0, 0) }
        let (a, b) = (first / count, second / count)
        return (max(0, firstSquares / count - a * a), max(0, secondSquares / count - b * b))
    }

    /// Normalised, -1 to 1; nil where one of them is too plain to say anything.
    var correlation: Float? {
        let (a, b) = variances
        guard min(a, b) > Self.plain * Self.plain else { return nil }
        return (products / count - first / count * (second / count)) / (a * b).squareRoot()
    }

    /// Values that vary by less than two levels of 255 show nothing, or noise.
    static let plain: Float = 2 / 128
}

/// Two thumbnails compared block by block, the later one moved back by a motion. The blocks are the cells of `PlaceGrid`.
struct BlockComparison {
    /// How many blocks say anything: they are plain in neither picture.
    private(set) var telling = 0
    /// How many of them show the same thing, if in another light.
    private var similar = 0
    /// The blocks that look as they did, plain or not: bits as in `PlaceGrid`.
    private(set) var unchanged: UInt64 = 0
    /// What brightness differs by in the mean, block by block; infinite where too little of a block is still in the picture.
    private var differences = InlineArray<48, Float>(repeating: .infinity)

    /// A block is similar above this correlation, and the same above that.
    private static let similarity: Float = 0.5
    private static let sameness: Float = 0.8
    /// Plain blocks are the same when they differ by less: 8 levels of 255.
    private static let plainDifference: Float = 8 / 128
    private static let columns = Thumbnail.width / PlaceGrid.columns
    private static let rows = Thumbnail.height / PlaceGrid.rows

    init(_ first: PictureLevel, _ second: PictureLevel, _ motion: CellMotion) {
        for block in 0..<PlaceGrid.rows * PlaceGrid.columns {
            var sums = CorrelationSums()
            var (sum, count): (Float, Int) = (0, 0)
            let (top, left) = (block / PlaceGrid.columns * Self.rows, block % PlaceGrid.columns * Self.columns)
            for row in top..<top + Self.rows {
                let y = Float(Thumbnail.height - 1) / 2
                let movedY = y + motion.scale * (Float(row) - y) + motion.y
                for column in left..<left + Self.columns {
                    let x = Float(Thumbnail.width - 1) / 2
                    let movedX = x + motion.scale * (Float(column) - x) + motion.x
                    guard let value = second.sample(movedX, movedY) else { continue }
                    let old = first.values[row * first.width + column]
                    sums.add(old, value)
                    sum += abs(value - old)
                    count += 1
                }
            }
            guard count * 2 >= Self.rows * Self.columns else { continue }
            differences[block] = sum / Float(count)
            guard let correlation = sums.correlation else {
                let (a, b) = sums.variances
                let isPlain = max(a, b) <= 4 * CorrelationSums.plain * CorrelationSums.plain
                if isPlain, abs(sums.offset) < Self.plainDifference { unchanged |= 1 << UInt64(block) }
                continue
            }
            telling += 1
            if correlation > Self.similarity { similar += 1 }
            if correlation > Self.sameness { unchanged |= 1 << UInt64(block) }
        }
    }

    /// The share of the telling blocks that show the same thing; 1 where there are none.
    var similarShare: Float { telling > 0 ? Float(similar) / Float(telling) : 1 }

    /// Whether this motion is the whole picture's, compared to none at all: most of all blocks fit much better, and what
    /// can be told apart is the same.
    func explains(better still: BlockComparison) -> Bool {
        var better = 0
        var count = 0
        for block in differences.indices where differences[block].isFinite {
            count += 1
            if differences[block] < Self.improvement * still.differences[block] { better += 1 }
        }
        let blocks = differences.count
        return telling * 5 >= blocks * 2 && similarShare >= 0.6 && better * 2 >= blocks && better * 3 >= count * 2
    }

    /// A block fits much better when its difference falls to this share.
    private static let improvement: Float = 0.7
}
