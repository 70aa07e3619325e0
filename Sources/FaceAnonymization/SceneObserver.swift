// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import FaceTracking

/// Tells from successive thumbnails how the camera moves and where scenes are cut.
///
/// A picture is looked at in blocks, each by its correlation with the same block before, which a change of light leaves
/// high. A scene is cut where nearly all blocks that show anything have become different ones. A screen that lights up, a
/// lamp, an object that comes in or a person who walks leave most blocks as they were; white, black and other plain blocks
/// say nothing; and a picture that is found again elsewhere, or is blurred along one direction only, may be a fast pan.
package struct SceneObserver {
    /// The values of a thumbnail, row by row: brightness, (v - 127.5) / 128.
    package static let thumbnailSize = (width: Thumbnail.width, height: Thumbnail.height)

    private var before = Thumbnail()
    private var now = Thumbnail()
    private var hasBefore = false
    private var estimator = CameraMotionEstimator()
    /// What the pictures were before the last changes; the oldest is overwritten.
    private var kept = [KeptPicture](repeating: KeptPicture(), count: 4)
    /// Changes so far.
    private var changes = 0

    private struct KeptPicture {
        var thumbnail = Thumbnail()
        /// Of the change that came after it; zero where there is none.
        var number = 0
        /// Frames since.
        var age = 0
    }

    package init() {}

    /// Forgets all frames before.
    package mutating func reset() {
        hasBefore = false
        for index in kept.indices { kept[index].number = 0 }
    }

    /// Takes in the next frame's thumbnail, of a frame of that size, px: what has become of the picture.
    package mutating func step(
        to thumbnail: UnsafeBufferPointer<Float>, width: Int, height: Int
    ) -> SceneStep {
        guard thumbnail.count == Thumbnail.count else {
            reset()
            return SceneStep()
        }
        swap(&before, &now)
        now.load(thumbnail)
        defer { hasBefore = true }
        guard hasBefore else { return SceneStep() }

        for index in kept.indices where kept[index].number > 0 {
            kept[index].age += 1
            if kept[index].age > Self.longestKept { kept[index].number = 0 }
        }
        guard now.levels[0].difference(to: before.levels[0]) > Self.noise else { return SceneStep() }
        let still = BlockComparison(before.levels[0], now.levels[0], .none)
        let motion = estimator.estimate(from: before, to: now)
        var similarShare = still.similarShare
        if motion.isPlausible {
            let moved = BlockComparison(before.levels[0], now.levels[0], motion)
            if moved.explains(better: still) { return carried(along: motion, from: before, width, height) }
            similarShare = max(similarShare, moved.similarShare)
        }
        let isTelling = still.telling * Self.tellingPart >= PlaceGrid.columns * PlaceGrid.rows
        let isChanged = isTelling && similarShare <= Self.cutShare
        if var step = returned(isChanged: isChanged, width, height) {
            step.unchanged = PlaceGrid(cells: still.unchanged, width: width, height: height)
            return step
        }
        guard isChanged else { return SceneStep() }
        let isDoubtful = isPan
        keep()
        if isDoubtful { return SceneStep(.doubtful, number: changes) }
        return SceneStep(
            .cut, unchanged: PlaceGrid(cells: still.unchanged, width: width, height: height), number: changes)
    }

    private func carried(along motion: CellMotion, from earlier: Thumbnail, _ width: Int, _ height: Int) -> SceneStep {
        SceneStep(
            motion: motion.pixels(width: width, height: height),
            evidence: MotionEvidence(earlier.levels[0], now.levels[0], motion, width: width, height: height))
    }

    // MARK: - Pictures that come back

    /// Keeps the picture before a change.
    private mutating func keep() {
        changes += 1
        let index = changes % kept.count
        swap(&kept[index].thumbnail, &before)
        kept[index].number = changes
        kept[index].age = 0
    }

    /// The step back to a picture from before a change, so that this was none: a damaged frame, or something in front of
    /// the camera. The camera may have moved in between, which is looked for only where the picture changes at once.
    private mutating func returned(isChanged: Bool, _ width: Int, _ height: Int) -> SceneStep? {
        var first: Int?
        for index in kept.indices where kept[index].number > 0 {
            if let first, kept[first].number < kept[index].number { continue }
            let earlier = kept[index].thumbnail.levels[0]
            if Self.isBack(BlockComparison(earlier, now.levels[0], .none)) { first = index }
        }
        if let first { return undone(first, SceneStep()) }
        guard isChanged else { return nil }
        for index in kept.indices where kept[index].number > 0 {
            let earlier = kept[index].thumbnail
            let motion = estimator.estimate(from: earlier, to: now)
            guard motion.isPlausible else { continue }
            if Self.isBack(BlockComparison(earlier.levels[0], now.levels[0], motion)) {
                return undone(index, carried(along: motion, from: earlier, width, height))
            }
        }
        return nil
    }

    private mutating func undone(_ index: Int, _ step: SceneStep) -> SceneStep {
        var step = step
        step.change = .undone
        step.number = kept[index].number
        for other in kept.indices where kept[other].number >= step.number { kept[other].number = 0 }
        return step
    }

    private static func isBack(_ comparison: BlockComparison) -> Bool {
        comparison.telling * tellingPart >= PlaceGrid.columns * PlaceGrid.rows
            && comparison.similarShare >= backShare
    }

    /// A picture is back when so many of the blocks that say anything are similar: twice what `cutShare` allows for another.
    private static let backShare: Float = 0.6
    /// Frames: as long as faces can be held, 10 s, at 60 frames a second, and more than a second at any rate up to 500.
    private static let longestKept = 600

    /// Frames that differ by less than half a level of 255 are the same.
    private static let noise: Float = 0.5 / 128
    /// At a cut at most so many of the blocks that say anything are similar. On the cuts of the clips measured it was 5 to
    /// 21 %, by chance; on all other pairs of frames 94 % and more.
    private static let cutShare: Float = 0.3
    /// At least one in so many of all blocks has to say something.
    private static let tellingPart = 2

    // MARK: - Pans

    /// Whether the picture may be the one before after a fast pan.
    private var isPan: Bool {
        Self.isSmeared(before.levels[0]) || Self.isSmeared(now.levels[0]) || isFoundElsewhere
    }

    /// Whether detail is left along one direction only, as in a picture that moved while it was taken.
    private static func isSmeared(_ level: PictureLevel) -> Bool {
        let detail = level.detail
        return detail.across * smear < detail.down || detail.down * smear < detail.across
    }

    /// How many times one direction's mean squared difference is the other's; in the pictures measured it is up to 3.
    private static let smear: Float = 6

    /// Whether at least a third of the picture before is seen somewhere in this one.
    private var isFoundElsewhere: Bool {
        let (first, second) = (before.levels[1], now.levels[1])
        for y in (1 - second.height)..<second.height {
            for x in (1 - second.width)..<second.width {
                let (columns, rows) = (second.width - abs(x), second.height - abs(y))
                guard columns * rows * 3 >= first.values.count else { continue }
                var sums = CorrelationSums()
                for row in max(0, -y)..<max(0, -y) + rows {
                    for column in max(0, -x)..<max(0, -x) + columns {
                        sums.add(
                            first.values[row * first.width + column],
                            second.values[(row + y) * first.width + column + x])
                    }
                }
                if let correlation = sums.correlation, correlation > Self.sameElsewhere { return true }
            }
        }
        return false
    }

    /// The correlation of two different pictures is up to 0.6 at the best of all shifts.
    private static let sameElsewhere: Float = 0.75
}

extension CellMotion {
    /// Whether a camera moves so from one frame to the next: by up to a quarter of the picture, and a fifth of its size.
    var isPlausible: Bool {
        (0.8...1.25).contains(scale) && abs(x) * 4 <= Float(Thumbnail.width) && abs(y) * 4 <= Float(Thumbnail.height)
    }

    /// The same for the pixels of a frame of that size.
    func pixels(width: Int, height: Int) -> CameraMotion {
        let (width, height) = (Float(width), Float(height))
        return CameraMotion(
            scale: scale, x: width / 2 * (1 - scale) + x * width / Float(Thumbnail.width),
            y: height / 2 * (1 - scale) + y * height / Float(Thumbnail.height))
    }
}
