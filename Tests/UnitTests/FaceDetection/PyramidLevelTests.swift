// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import Testing

@Suite struct PyramidLevelTests {
    private static func levels(_ width: Int, _ height: Int, minimumSize: Int = 40) throws -> [PyramidLevel] {
        var settings = DetectorSettings()
        settings.minimumSize = minimumSize
        return try PyramidLevel.levels(width: width, height: height, settings: settings)
    }

    /// The counts of the reference system at its defaults.
    @Test(
        "there are as many levels as the reference has",
        arguments: [(640, 480, 8), (1280, 720, 9), (1920, 1080, 10), (1080, 1920, 10), (7680, 4320, 14)])
    func counts(width: Int, height: Int, count: Int) throws {
        #expect(try Self.levels(width, height).count == count)
    }

    @Test("a level exists while more than 12 px are left of the shorter side")
    func shortest() throws {
        #expect(try Self.levels(40, 640).isEmpty)
        #expect(try Self.levels(41, 640).count == 1)
        #expect(try Self.levels(1, 1, minimumSize: 12).isEmpty)
        #expect(try Self.levels(12, 12, minimumSize: 12).isEmpty)
        #expect(try Self.levels(13, 13, minimumSize: 12).count == 1)
        for minimumSize in 12...600 {
            for level in try Self.levels(700, 601, minimumSize: minimumSize) {
                #expect(min(level.width, level.height) >= PyramidLevel.cell)
            }
        }
    }

    @Test("sizes are cut down to whole pixels")
    func sizes() throws {
        let levels = try Self.levels(1280, 720)
        #expect((levels[0].width, levels[0].height) == (384, 216))
        // 0.3 * 0.709 = 0.2127: 272.256 x 153.144.
        #expect((levels[1].width, levels[1].height) == (272, 153))
        // 0.3 * 0.709^8 = 0.019155: 24.5 x 13.8.
        #expect((levels[8].width, levels[8].height) == (24, 13))
    }

    @Test("64 levels work, one more is an error")
    func limit() throws {
        var settings = DetectorSettings()
        settings.minimumSize = 100
        // At 100 * f^-n px the (n+1)th level begins.
        settings.scaleFactor = 0.98
        #expect(try PyramidLevel.levels(width: 363, height: 363, settings: settings).count == 64)
        #expect(throws: DetectionError.tooManyLevels(limit: 64)) {
            try PyramidLevel.levels(width: 365, height: 365, settings: settings)
        }
    }

    /// P-Net: 3x3, pooling by 2, 3x3, 3x3; the pool is what keeps or drops an odd column.
    @Test("the cells are those of the network's layers", arguments: 12...400)
    func cells(length: Int) {
        #expect(PyramidLevel.cells(along: length, keepingBorder: false) == (length - 2) / 2 - 2 - 2)
        #expect(PyramidLevel.cells(along: length, keepingBorder: true) == (length - 1) / 2 - 2 - 2)
        #expect(PyramidLevel.cells(along: length, keepingBorder: false) >= 1)
    }

    @Test("strips of a level have each of its cells once, and the rows that these see", arguments: 12...90)
    func strips(height: Int) {
        let level = PyramidLevel(scale: 0.3, width: 20, height: height)
        for pixels in [1, 20 * 12, 20 * 30, 20 * 45, 1 << 20] {
            let strips = level.strips(ofAtMost: pixels)
            var next = 0
            for (index, strip) in strips.enumerated() {
                #expect(strip.firstCell == next)
                #expect(strip.rows.lowerBound == PyramidLevel.stride * next)
                // The last cell of an odd height has a row less.
                #expect(strip.rows.count >= PyramidLevel.cell - height % 2 && strip.rows.upperBound <= height)
                // An odd row at a strip's end would make a cell that the next strip has as well.
                #expect(index == strips.count - 1 || strip.rows.count % 2 == 0)
                next += PyramidLevel.cells(along: strip.rows.count, keepingBorder: true)
            }
            #expect(next == PyramidLevel.cells(along: height, keepingBorder: true))
            #expect(strips.last?.rows.upperBound == height)
        }
    }
}
