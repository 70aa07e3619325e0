// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// A box on its way through the cascade, with the offsets that the last network wants it moved by.
package struct Candidate {
    package var box: FaceBox
    /// Shares of the box's sides: left, top, right, bottom.
    package var offsets: (Float, Float, Float, Float)

    package init(box: FaceBox, offsets: (Float, Float, Float, Float)) {
        self.box = box
        self.offsets = offsets
    }

    var regressed: FaceBox { box.regressed(offsets.0, offsets.1, offsets.2, offsets.3) }
}

/// Greedy non-maximum suppression over intersection over union: by falling score, ties by lower index, a box goes when it
/// overlaps one that stays by more than the threshold. Boxes without area never suppress.
package final class NonMaximumSuppression {
    /// The reference keeps at most so many boxes each time.
    package static let limit = 1000

    private var order: [Int32] = []
    private var kept: [Candidate] = []

    package init() {}

    /// Leaves the candidates that stay, by falling score.
    package func apply(to candidates: inout [Candidate], threshold: Float) {
        order.removeAll(keepingCapacity: true)
        for index in candidates.indices { order.append(Int32(truncatingIfNeeded: index)) }
        Self.sort(&order) { a, b in
            let (left, right) = (candidates[Int(a)].box.score, candidates[Int(b)].box.score)
            return left == right ? a < b : left > right
        }
        kept.removeAll(keepingCapacity: true)
        for index in order {
            let candidate = candidates[Int(index)]
            if !Self.isSuppressed(candidate.box, by: kept, threshold: threshold) {
                kept.append(candidate)
                if kept.count == Self.limit { break }
            }
        }
        swap(&kept, &candidates)
    }

    @inline(__always)
    private static func isSuppressed(_ box: FaceBox, by kept: [Candidate], threshold: Float) -> Bool {
        for other in kept where box.intersectionOverUnion(other.box) > threshold { return true }
        return false
    }

    /// Heap sort: in place, without the temporary memory the standard library's sort takes every time.
    @inline(__always)
    private static func sort(_ values: inout [Int32], _ precedes: (Int32, Int32) -> Bool) {
        func sift(_ start: Int, _ end: Int) {
            var root = start
            while 2 * root + 1 < end {
                var child = 2 * root + 1
                if child + 1 < end, precedes(values[child], values[child + 1]) { child += 1 }
                guard precedes(values[root], values[child]) else { return }
                values.swapAt(root, child)
                root = child
            }
        }
        for start in stride(from: values.count / 2 - 1, through: 0, by: -1) { sift(start, values.count) }
        for end in stride(from: values.count - 1, to: 0, by: -1) {
            values.swapAt(0, end)
            sift(0, end)
        }
    }
}
