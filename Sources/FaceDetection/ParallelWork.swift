// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import COpenCV
internal import Synchronization

/// Work in independent pieces, which the threads of OpenCV's pool take in turn. What a piece throws ends the work.
///
/// A class to derive from, made once and kept: starting it allocates nothing of ours. Within a piece OpenCV runs on that one
/// thread, so that whole networks run side by side instead of layers being cut up.
class ParallelWork {
    private let nextPiece = Atomic<Int>(0)
    private let donePieces = Atomic<Int>(0)
    private let failure = Mutex<DetectionError?>(nil)
    private var pieces = 0

    /// Does one piece.
    ///
    /// - Parameter worker: below the number of workers; no two pieces have the same one at the same time.
    func perform(piece: Int, worker: Int) throws(DetectionError) {}

    /// Does pieces 0 up to `pieces`, and returns when all are done.
    final func run(pieces: Int, workers: Int) throws(DetectionError) {
        guard pieces > 1, workers > 1 else {
            for piece in 0..<pieces { try perform(piece: piece, worker: 0) }
            return
        }
        self.pieces = pieces
        nextPiece.store(0, ordering: .relaxed)
        donePieces.store(0, ordering: .relaxed)
        var message = faceanon_message()
        let status = faceanon_parallel_for(
            Int32(truncatingIfNeeded: min(workers, pieces)),
            { context, worker in
                guard let context else { return }
                Unmanaged<ParallelWork>.fromOpaque(context).takeUnretainedValue().takePieces(worker: Int(worker))
            }, Unmanaged.passUnretained(self).toOpaque(), &message)
        let failure = failure.withLock { failure in
            defer { failure = nil }
            return failure
        }
        if let failure { throw failure }
        guard status == FACEANON_OK else { throw .threads(reason: message.string) }
        guard donePieces.load(ordering: .acquiring) == pieces else { throw .threads(reason: "a piece was left out") }
    }

    private func takePieces(worker: Int) {
        while true {
            let piece = nextPiece.wrappingAdd(1, ordering: .relaxed).oldValue
            guard piece < pieces else { return }
            do throws(DetectionError) {
                try perform(piece: piece, worker: worker)
                donePieces.wrappingAdd(1, ordering: .releasing)
            } catch {
                failure.withLock { $0 = $0 ?? error }
                nextPiece.store(pieces, ordering: .relaxed)
                return
            }
        }
    }
}

extension faceanon_message {
    /// The text of a failed call.
    var string: String {
        withUnsafeBytes(of: text) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
