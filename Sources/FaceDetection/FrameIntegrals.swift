// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

/// The sums over a frame's components, made by several threads: each piece is a slab of columns of one component.
final class FrameIntegrals: ParallelWork {
    let components = [IntegralImage(), IntegralImage(), IntegralImage()]
    private var frame: FrameView?

    /// A component is cut into so many slabs: with 4:2:0, the two of chroma are as long as half of one of luma.
    private static let slabs = 4

    /// Takes in the first `count` components of a frame.
    func load(_ frame: FrameView, count: Int, pool: WorkerPool) throws(DetectionError) {
        for index in 0..<count { try components[index].prepare(frame.component(index)) }
        self.frame = frame
        defer { self.frame = nil }
        try run(pieces: count * Self.slabs, workers: pool.workers, in: pool)
    }

    override func perform(piece: Int, worker: Int) throws(DetectionError) {
        guard let frame else { return }
        let component = frame.component(piece / Self.slabs)
        let slab = piece % Self.slabs
        let columns = component.width * slab / Self.slabs..<component.width * (slab + 1) / Self.slabs
        components[piece / Self.slabs].sum(component, columns: columns)
    }
}
