// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceMasking
import Testing
import VideoFrames

@Suite struct MaskRegionTests {
    private static func region(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, margin: Double = 0, width: Int = 640, height: Int = 480,
        shifts: (Int, Int) = (0, 0)
    ) -> MaskRegion? {
        MaskRegion(
            x1: x1, y1: y1, x2: x2, y2: y2, margin: margin, frameWidth: width, frameHeight: height,
            horizontalShift: shifts.0, verticalShift: shifts.1)
    }

    @Test("a box is rounded outward to the chroma grid and clamped to the frame")
    func known() throws {
        let region = try #require(
            Self.region(10.5, -20, 31.5, 5.1, width: 30, height: 40, shifts: (1, 1)))
        #expect(region.left == 10 && region.right == 32 && region.top == -20 && region.bottom == 6)
        #expect(region.visibleX == 10..<30 && region.visibleY == 0..<6)
        // 20 % of 100x50 px on each side.
        let grown = try #require(Self.region(200, 100, 300, 150, margin: 0.2))
        #expect(grown.left == 180 && grown.right == 320 && grown.top == 90 && grown.bottom == 160)
        let exact = try #require(Self.region(8, 8, 16, 16, shifts: (1, 1)))
        #expect(exact.left == 8 && exact.right == 16 && exact.width == 8 && exact.height == 8)
    }

    @Test(
        "random boxes: nothing of the box is left out, and less than a grid step is added",
        arguments: [(0, 0), (1, 0), (1, 1)], [0, 0.2, 2])
    func random(shifts: (Int, Int), margin: Double) throws {
        var numbers = Numbers(seed: 3)
        for _ in 0..<2000 {
            let (width, height) = (Int.random(in: 1...99, using: &numbers), Int.random(in: 1...99, using: &numbers))
            let x1 = Double.random(in: -60...120, using: &numbers)
            let y1 = Double.random(in: -60...120, using: &numbers)
            let x2 = x1 + Double.random(in: 0.001...80, using: &numbers)
            let y2 = y1 + Double.random(in: 0.001...80, using: &numbers)
            let sides = [
                (x1 - margin * (x2 - x1), x2 + margin * (x2 - x1), width, shifts.0),
                (y1 - margin * (y2 - y1), y2 + margin * (y2 - y1), height, shifts.1),
            ]
            guard
                let region = Self.region(
                    x1, y1, x2, y2, margin: margin, width: width, height: height, shifts: shifts)
            else {
                #expect(sides.contains { $0.1 <= 0 || $0.0 >= Double($0.2) }, "a box within the frame has a region")
                continue
            }
            let found = [
                (region.left, region.right, region.visibleX), (region.top, region.bottom, region.visibleY),
            ]
            for ((low, high, length, shift), (first, end, visible)) in zip(sides, found) {
                #expect(Double(first) <= low && Double(end) >= high)
                #expect(Double(first) > low - Double(1 << shift) && Double(end) < high + Double(1 << shift))
                #expect(first % (1 << shift) == 0 && end % (1 << shift) == 0)
                #expect(!visible.isEmpty && visible == max(first, 0)..<min(end, length))
            }
        }
    }

    @Test("a box beside the frame has a region only where its margin reaches in")
    func beside() {
        for (x1, x2) in [(50.0, 60.0), (-60, -50), (30, 40), (-10, 0)] {
            #expect(Self.region(x1, 0, x2, 10, width: 30, height: 40) == nil)
            #expect(Self.region(0, x1, 10, x2, width: 40, height: 30) == nil)
        }
        #expect(Self.region(30, 0, 40, 10, margin: 0.1, width: 30, height: 40)?.visibleX == 29..<30)
    }

    @Test("what is no rectangle of numbers has no region")
    func noNumbers() {
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(Self.region(value, 0, 20, 10) == nil)
            #expect(Self.region(0, value, 20, 10) == nil)
            #expect(Self.region(0, 0, value, 10) == nil)
            #expect(Self.region(0, 0, 20, value) == nil)
        }
        #expect(Self.region(-.infinity, -.infinity, .infinity, .infinity) == nil)
        #expect(Self.region(5, 5, 5, 9) == nil && Self.region(9, 5, 5, 9) == nil && Self.region(5, 9, 9, 5) == nil)
    }

    @Test("a box of any finite size masks what of it is in the frame", arguments: [1e4, 1e9, 1e30, 1e300])
    func huge(size: Double) throws {
        let region = try #require(Self.region(-size, 3, size, size, margin: 2, shifts: (1, 1)))
        #expect(region.visibleX == 0..<640 && region.visibleY.upperBound == 480)
        #expect(region.width > 640 && region.width % 2 == 0)
    }

    @Test("the whole frame is a region on the grid", arguments: PixelFormat.allCases, [(64, 48), (63, 47), (1, 1)])
    func whole(format: PixelFormat, size: (Int, Int)) throws {
        let frame = FrameBuffer(format, width: size.0, height: size.1)
        let region = MaskRegion(wholeOf: try #require(frame.view()))
        #expect(region.visibleX == 0..<size.0 && region.visibleY == 0..<size.1)
        #expect(region.width % (1 << frame.layout.horizontalShift) == 0)
        #expect(region.height % (1 << frame.layout.verticalShift) == 0)
    }
}
