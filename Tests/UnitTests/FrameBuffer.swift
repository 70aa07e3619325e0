// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import VideoFrames

/// A frame with memory of its own, for tests: any format, size and padding.
final class FrameBuffer {
    let format: PixelFormat
    let width: Int
    let height: Int
    /// Bytes behind each row beyond what the format needs.
    let padding: Int
    private let storage: [UnsafeMutableBufferPointer<UInt8>]
    private let strides: [Int]

    init(_ format: PixelFormat, width: Int, height: Int, padding: Int = 0) {
        self.format = format
        self.width = width
        self.height = height
        self.padding = padding
        let layout = format.layout
        strides = (0..<layout.planeCount).map { layout.rowBytes(plane: $0, width: width) + padding }
        storage = (0..<layout.planeCount).map { plane in
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(
                capacity: layout.rows(plane: plane, height: height)
                    * (layout.rowBytes(plane: plane, width: width) + padding))
            buffer.initialize(repeating: 0)
            return buffer
        }
    }

    deinit { storage.forEach { $0.deallocate() } }

    /// All bytes of all planes, with the padding.
    var bytes: [[UInt8]] { storage.map(Array.init) }

    /// A view that is valid as long as this object lives; nil where the format's rules refuse it.
    func view(colorimetry: Colorimetry = .bt601) -> FrameView? {
        guard let first = storage[0].baseAddress else { return nil }
        func plane(_ index: Int) -> PlaneMemory? {
            guard index < storage.count, let base = storage[index].baseAddress else { return nil }
            return PlaneMemory(base: base, stride: strides[index])
        }
        return FrameView(
            format: format, width: width, height: height, colorimetry: colorimetry,
            planes: (PlaneMemory(base: first, stride: strides[0]), plane(1), plane(2)))
    }

    /// Sets every byte, plane by plane.
    func fill(_ value: (_ plane: Int, _ index: Int) -> UInt8) {
        for (plane, buffer) in storage.enumerated() {
            for index in buffer.indices { buffer[index] = value(plane, index) }
        }
    }

    /// Bytes from one row of a plane to the next.
    func stride(plane: Int) -> Int { strides[plane] }
}

/// A repeatable source of numbers (a linear congruential generator after Knuth).
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
