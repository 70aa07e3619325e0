// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import Testing

@Suite struct FaceBoxTests {
    private static func box(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float) -> FaceBox {
        FaceBox(x1: x1, y1: y1, x2: x2, y2: y2, score: 0.5)
    }

    @Test("overlap is counted by area, without the +1 of pixels")
    func overlap() {
        let a = Self.box(0, 0, 10, 10)
        #expect(a.intersectionOverUnion(a) == 1)
        #expect(a.intersectionOverUnion(Self.box(5, 0, 15, 10)) == Float(50) / 150)
        #expect(a.intersectionOverUnion(Self.box(2, 2, 7, 7)) == 0.25)
        #expect(a.intersectionOverUnion(Self.box(10, 0, 20, 10)) == 0, "sides that touch share nothing")
        #expect(a.sharedArea(Self.box(-5, 8, 3, 40)) == 6)
    }

    @Test(
        "boxes without an inside overlap nothing",
        arguments: [[3, 3, 3, 8], [3, 3, 8, 3], [8, 3, 3, 8], [8, 8, 3, 3], [3, 3, 3, 3]] as [[Float]])
    func empty(corners: [Float]) {
        let empty = Self.box(corners[0], corners[1], corners[2], corners[3])
        #expect(empty.area == 0)
        #expect(empty.intersectionOverUnion(Self.box(0, 0, 10, 10)) == 0)
        #expect(Self.box(0, 0, 10, 10).intersectionOverUnion(empty) == 0)
        #expect(empty.intersectionOverUnion(empty) == 0)
    }

    @Test("clipping leaves the part within the frame")
    func clipped() {
        #expect(Self.box(-5, -6, 200, 100).clipped(width: 64, height: 48) == Self.box(0, 0, 64, 48))
        #expect(Self.box(3.5, 4.5, 7.25, 9).clipped(width: 64, height: 48) == Self.box(3.5, 4.5, 7.25, 9))
        #expect(Self.box(70, 4, 90, 9).clipped(width: 64, height: 48).area == 0)
    }

    @Test("a box of anything but numbers is told")
    func finite() {
        #expect(Self.box(1, 2, 3, 4).isFinite)
        for value in [Float.nan, .infinity, -.infinity] {
            #expect(!Self.box(value, 2, 3, 4).isFinite && !Self.box(1, value, 3, 4).isFinite)
            #expect(!Self.box(1, 2, value, 4).isFinite && !Self.box(1, 2, 3, value).isFinite)
        }
    }
}
