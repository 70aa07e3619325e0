// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import Testing
import VideoFrames

@Suite struct FrameSamplerTests {
    private static let sizes = [(64, 48), (101, 77), (37, 90)]
    /// Boxes inside; with fractions; small; over each side; over all sides; outside.
    private static let corners: [[Float]] = [
        [10, 8, 36, 34], [3.25, 4.75, 35.5, 37.125], [12.1, 9.2, 19.7, 17.1], [-9.3, 5, 24, 40], [20, -30.2, 55, 8.8],
        [25, 20, 110, 105.5], [5, 40, 44, 99], [-40, -50, 160, 150.5], [200, 200, 260, 260], [-80, 10, -3, 87],
    ]
    /// A tenth of a step of a byte.
    private static let tolerance = 0.1 / 128

    private static func noisy(_ format: PixelFormat, _ size: (Int, Int), padding: Int = 3) -> FrameBuffer {
        let frame = FrameBuffer(format, width: size.0, height: size.1, padding: padding)
        frame.fillWithNoise(seed: UInt64(size.0))
        return frame
    }

    /// What the sampler under test writes, of memory that was full of something else.
    private static func sampled(
        _ frame: FrameBuffer, _ orientation: Orientation, _ sampling: Sampling, _ colorimetry: Colorimetry, count: Int,
        _ write: (FrameSampler, UnsafeMutablePointer<Float>) throws -> Void
    ) throws -> [Float] {
        let sampler = FrameSampler()
        try sampler.load(
            try #require(frame.view(colorimetry: colorimetry)), orientation: orientation, sampling: sampling)
        var output = [Float](repeating: 9, count: count)
        try output.withUnsafeMutableBufferPointer { try write(sampler, try #require($0.baseAddress)) }
        return output
    }

    private static func worst(_ found: [Float], _ expected: [Double]) -> Double {
        found.count == expected.count ? zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0 : .infinity
    }

    @Test(
        "levels are what the rules say, in every format, size and orientation", arguments: PixelFormat.allCases,
        [Sampling.area, .reference])
    func levels(format: PixelFormat, sampling: Sampling) throws {
        for size in Self.sizes {
            let frame = Self.noisy(format, size)
            for (index, orientation) in Orientation.all.enumerated() {
                let (width, height) = [(17, 13), (12, 31), (36, 36)][index % 3]
                let naive = NaiveSampler(
                    frame: frame, orientation: orientation, sampling: sampling, colorimetry: .bt601)
                let found = try Self.sampled(frame, orientation, sampling, .bt601, count: 3 * width * height) {
                    try $0.writeLevel(width: width, height: height, scratch: SamplingScratch(), into: $1)
                }
                let worst = Self.worst(found, naive.level(width: width, height: height))
                #expect(worst < Self.tolerance, "\(size) to \(width)x\(height), \(orientation)")
            }
        }
    }

    @Test(
        "crops are what the rules say, also where they leave the frame", arguments: PixelFormat.allCases,
        [Sampling.area, .reference])
    func crops(format: PixelFormat, sampling: Sampling) throws {
        // Inside; with fractions; small; over each side; over all sides; outside.
        let boxes = Self.corners.map { FaceBox(x1: $0[0], y1: $0[1], x2: $0[2], y2: $0[3], score: 1) }
        for size in Self.sizes {
            let frame = Self.noisy(format, size)
            for (index, box) in boxes.enumerated() {
                let orientation = Orientation.all[index % 8]
                for side in [24, 48] {
                    let naive = NaiveSampler(
                        frame: frame, orientation: orientation, sampling: sampling, colorimetry: .bt709)
                    let found = try Self.sampled(frame, orientation, sampling, .bt709, count: 3 * side * side) {
                        try $0.writeCrop(box, side: side, scratch: SamplingScratch(), into: $1)
                    }
                    let worst = Self.worst(found, naive.crop(box, side: side))
                    #expect(worst < Self.tolerance, "\(size), \(box), \(side), \(orientation)")
                }
            }
        }
    }

    @Test("rows of a level are those of the whole level, and threads make the sums that one makes")
    func rows() throws {
        let frame = Self.noisy(.i420, (101, 77))
        for sampling in [Sampling.area, .reference] {
            let whole = try Self.sampled(frame, .upright, sampling, .bt601, count: 3 * 40 * 30) {
                try $0.writeLevel(width: 40, height: 30, scratch: SamplingScratch(), into: $1)
            }
            let sampler = FrameSampler()
            try sampler.load(
                try #require(frame.view(colorimetry: .bt601)), orientation: .upright, sampling: sampling,
                pool: WorkerPool(threads: 3))
            var part = [Float](repeating: 9, count: 3 * 40 * 7)
            try part.withUnsafeMutableBufferPointer {
                try sampler.writeLevel(
                    width: 40, height: 30, rows: 11..<18, scratch: SamplingScratch(), into: try #require($0.baseAddress)
                )
            }
            for plane in 0..<3 {
                for i in 0..<40 * 7 {
                    #expect(abs(part[plane * 280 + i] - whole[plane * 1200 + 11 * 40 + i]) < 1e-5)
                }
            }
        }
    }

    @Test("colours are converted as the stream says", arguments: ColorimetryTests.all)
    func colorimetry(colorimetry: Colorimetry) throws {
        for format in [PixelFormat.i420, .uyvy, .y444, .gray8, .p010, .i422Deep12, .ayuv64] {
            let frame = Self.noisy(format, (40, 30))
            for sampling in [Sampling.area, .reference] {
                let naive = NaiveSampler(
                    frame: frame, orientation: .upright, sampling: sampling, colorimetry: colorimetry)
                let found = try Self.sampled(frame, .upright, sampling, colorimetry, count: 3 * 13 * 12) {
                    try $0.writeLevel(width: 13, height: 12, scratch: SamplingScratch(), into: $1)
                }
                #expect(Self.worst(found, naive.level(width: 13, height: 12)) < Self.tolerance)
            }
        }
    }

    @Test("the mean of a white frame is white, however large the frame", arguments: [(32768, 4096), (4096, 32768)])
    func large(size: (Int, Int)) throws {
        // The sum over the frame has 36 bits, that over one column of the smallest level 32.
        let frame = FrameBuffer(.gray8, width: size.0, height: size.1)
        frame.fill { _, _ in 255 }
        let found = try Self.sampled(frame, .upright, .area, .fullRange, count: 3 * 96 * 12) {
            try $0.writeLevel(
                width: size.0 > size.1 ? 96 : 12, height: size.0 > size.1 ? 12 : 96, scratch: SamplingScratch(),
                into: $1)
        }
        #expect(found.allSatisfy { abs($0 - 127.5 / 128) < 0.0001 })
        let side = Float(min(size.0, size.1))
        let crop = try Self.sampled(frame, .upright, .area, .fullRange, count: 3 * 24 * 24) {
            try $0.writeCrop(
                FaceBox(x1: 0, y1: 0, x2: side, y2: side, score: 1), side: 24, scratch: SamplingScratch(), into: $1)
        }
        #expect(crop.allSatisfy { abs($0 - 127.5 / 128) < 0.0001 })
    }

    @Test("a frame of one pixel is that pixel", arguments: PixelFormat.allCases, [Sampling.area, .reference])
    func onePixel(format: PixelFormat, sampling: Sampling) throws {
        let frame = Self.noisy(format, (1, 1))
        let naive = NaiveSampler(frame: frame, orientation: .upright, sampling: sampling, colorimetry: .bt601)
        let found = try Self.sampled(frame, .upright, sampling, .bt601, count: 3 * 12 * 12) {
            try $0.writeLevel(width: 12, height: 12, scratch: SamplingScratch(), into: $1)
        }
        #expect(Self.worst(found, naive.level(width: 12, height: 12)) < Self.tolerance)
    }

    @Test("what lies outside the frame is mid grey", arguments: [Sampling.area, .reference])
    func outside(sampling: Sampling) throws {
        let frame = FrameBuffer(.gray8, width: 100, height: 100)
        frame.fill { _, _ in 255 }
        let found = try Self.sampled(frame, .upright, sampling, .fullRange, count: 3 * 24 * 24) {
            try $0.writeCrop(
                FaceBox(x1: -46, y1: 10, x2: 46, y2: 102, score: 1), side: 24, scratch: SamplingScratch(), into: $1)
        }
        for y in 0..<22 {
            // The points lie 4 * 0.99 px apart, the 12th one just left of the frame.
            for x in 0..<12 { #expect(found[y * 24 + x] == 0) }
            for x in 12..<24 { #expect(abs(found[y * 24 + x] - 127.5 / 128) < 0.0001) }
        }
        // The last one is at 102 * 0.99 = 100.98, below the frame.
        #expect(found[23 * 24..<24 * 24].allSatisfy { $0 == 0 })
    }

    @Test("a sampler that has let go of its frame reads nothing of it")
    func unloaded() throws {
        let frame = Self.noisy(.rgb, (64, 48))
        let found = try Self.sampled(frame, .upright, .area, .fullRange, count: 3 * 24 * 24) {
            $0.unload()
            #expect($0.width == 0 && $0.height == 0)
            try $0.writeCrop(
                FaceBox(x1: 1, y1: 1, x2: 40, y2: 40, score: 1), side: 24, scratch: SamplingScratch(), into: $1)
        }
        #expect(found.allSatisfy { $0 == 0 || $0 == 9 })
    }
}
