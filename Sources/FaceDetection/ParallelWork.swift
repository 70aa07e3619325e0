// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Synchronization

/// Work in independent pieces, which the threads of a pool take in turn. What a piece throws ends the work.
///
/// A class to derive from, made once and kept: starting it allocates nothing.
class ParallelWork {
    private let nextPiece = Atomic<Int>(0)
    private let donePieces = Atomic<Int>(0)
    private let hasFailed = Atomic<Bool>(false)
    /// Of the first piece that failed; written by the thread that set `hasFailed`, and read when all have ended.
    private var failure: DetectionError?
    private var pieces = 0

    /// Does one piece.
    ///
    /// - Parameter worker: below the number of workers; no two pieces have the same one at the same time.
    func perform(piece: Int, worker: Int) throws(DetectionError) {}

    /// Does pieces 0 up to `pieces`, and returns when all are done.
    final func run(pieces: Int, workers: Int, in pool: WorkerPool) throws(DetectionError) {
        let workers = min(workers, pieces, pool.workers)
        guard workers > 1 else {
            for piece in 0..<pieces { try perform(piece: piece, worker: 0) }
            return
        }
        self.pieces = pieces
        failure = nil
        hasFailed.store(false, ordering: .relaxed)
        nextPiece.store(0, ordering: .relaxed)
        donePieces.store(0, ordering: .relaxed)
        pool.run(self, workers: workers)
        if let failure { throw failure }
        guard donePieces.load(ordering: .relaxed) == pieces else { throw .threads(reason: "a piece was left out") }
    }

    /// What a worker of the pool does: one piece after the other, until none is left or one has failed.
    final func takePieces(worker: Int) {
        while true {
            let piece = nextPiece.wrappingAdd(1, ordering: .relaxed).oldValue
            guard piece < pieces else { return }
            do throws(DetectionError) {
                try perform(piece: piece, worker: worker)
                donePieces.wrappingAdd(1, ordering: .relaxed)
            } catch {
                if !hasFailed.exchange(true, ordering: .relaxed) { failure = error }
                nextPiece.store(pieces, ordering: .relaxed)
                return
            }
        }
    }
}
