// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import Testing
import VideoFrames

/// Frames inspected by several threads.
@Suite struct WorkerPoolTests {
    @Test("any number of threads finds the same", arguments: [1, 2, 3, 8, 200], [Sampling.area, .reference])
    func sameBoxes(threads: Int, sampling: Sampling) throws {
        var settings = DetectorSettings()
        settings.sampling = sampling
        settings.minimumSize = 20
        // More candidates, and with them more pieces.
        settings.proposalThreshold = 0.4
        let frame = try TestPicture.astronaut.frame(.nv12)
        let view = try #require(frame.view())
        let models = try TestModels.load()
        let expected = try FaceDetector(models: models).detect(in: view, settings: settings)
        #expect(!expected.isEmpty)
        let pool = WorkerPool(threads: threads)
        #expect(pool.workers == threads)
        let detector = try FaceDetector(models: models, pool: pool)
        for _ in 0..<5 {
            let found = try detector.detect(in: view, settings: settings)
            #expect(found.count == expected.count)
            for (a, b) in zip(found, expected) {
                // Strips end elsewhere, and with them what is summed together.
                #expect(max(abs(a.x1 - b.x1), abs(a.y1 - b.y1), abs(a.x2 - b.x2), abs(a.y2 - b.y2)) < 0.01)
                #expect(abs(a.score - b.score) < 1e-4)
            }
        }
    }

    @Test("a pool of no number has as many as the machine, and pools come and go")
    func sizes() {
        #expect(WorkerPool(threads: 0).workers >= 1)
        for threads in 1...64 { #expect(WorkerPool(threads: threads).workers == threads) }
    }
}
