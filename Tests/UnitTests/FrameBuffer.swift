// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import VideoFrames

/// A frame with memory of its own, for tests: any format, size and padding, rows downwards or upwards, and guards round
/// each plane that show what was written beyond it.
final class FrameBuffer {
    let format: PixelFormat
    let layout: PixelLayout
    let width: Int
    let height: Int
    /// Bytes behind each row beyond what the format needs.
    let padding: Int
    private let storage: [UnsafeMutableBufferPointer<UInt8>]
    private let strides: [Int]

    private static let guardSize = 64
    private static let guardByte: UInt8 = 0xa5

    init(_ format: PixelFormat, width: Int, height: Int, padding: Int = 0, isUpward: Bool = false) {
        self.format = format
        self.width = width
        self.height = height
        self.padding = padding
        let layout = format.layout
        self.layout = layout
        let pitches = (0..<layout.planeCount).map { layout.rowBytes(plane: $0, width: width) + padding }
        strides = pitches.map { isUpward ? -$0 : $0 }
        storage = pitches.indices.map { plane in
            let count = layout.rows(plane: plane, height: height) * pitches[plane]
            let whole = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count + 2 * Self.guardSize)
            whole.initialize(repeating: Self.guardByte)
            let plane = UnsafeMutableBufferPointer(rebasing: whole[Self.guardSize..<Self.guardSize + count])
            plane.update(repeating: 0)
            return plane
        }
    }

    deinit { storage.forEach { ($0.baseAddress.map { $0 - Self.guardSize })?.deallocate() } }

    /// A view that is valid as long as this object lives; nil where the format's rules refuse it.
    func view(colorimetry: Colorimetry = .bt601) -> FrameView? {
        func plane(_ index: Int) -> PlaneMemory? {
            guard index < storage.count, let base = storage[index].baseAddress else { return nil }
            return PlaneMemory(base: base + start(plane: index), stride: strides[index])
        }
        guard let first = plane(0) else { return nil }
        return FrameView(
            format: format, width: width, height: height, colorimetry: colorimetry,
            planes: (first, plane(1), plane(2), plane(3)))
    }

    // MARK: - Bytes

    /// All bytes of all planes in the order of memory, with the padding.
    var bytes: [[UInt8]] { storage.map(Array.init) }

    /// Sets every byte, plane by plane.
    func fill(_ value: (_ plane: Int, _ index: Int) -> UInt8) {
        for (plane, buffer) in storage.enumerated() {
            for index in buffer.indices { buffer[index] = value(plane, index) }
        }
    }

    /// Sets every byte, with the padding, to noise that leaves out 0 and 255.
    func fillWithNoise(seed: UInt64 = 7) {
        var numbers = Numbers(seed: seed)
        fill { _, _ in UInt8.random(in: 1...254, using: &numbers) }
    }

    /// Bytes from one row of a plane to the next.
    func stride(plane: Int) -> Int { strides[plane] }

    /// Whether nothing was written before or behind a plane.
    var guardsAreIntact: Bool {
        storage.allSatisfy { plane in
            guard let base = plane.baseAddress else { return false }
            return (1...Self.guardSize).allSatisfy {
                (base - $0).pointee == Self.guardByte && base[plane.count + $0 - 1] == Self.guardByte
            }
        }
    }

    // MARK: - Samples

    /// How many samples a component has.
    func size(component index: Int) -> (width: Int, height: Int) {
        let component = layout.components[index]
        return (
            (width + (1 << component.horizontalShift) - 1) >> component.horizontalShift,
            (height + (1 << component.verticalShift) - 1) >> component.verticalShift
        )
    }

    /// The first byte of a sample within its plane's `bytes`.
    func offset(component index: Int, x: Int, y: Int) -> Int {
        let component = layout.components[index]
        return start(plane: component.plane) + y * strides[component.plane] + component.offset + x * component.step
    }

    /// A sample's byte or word as it is in memory, padding bits and all.
    func word(component: Int, x: Int, y: Int) -> UInt16 {
        let plane = storage[layout.components[component].plane]
        let offset = offset(component: component, x: x, y: y)
        switch layout.sample.word {
        case .byte: return UInt16(plane[offset])
        case .littleEndian: return UInt16(plane[offset]) | UInt16(plane[offset + 1]) << 8
        case .bigEndian: return UInt16(plane[offset]) << 8 | UInt16(plane[offset + 1])
        }
    }

    func setWord(_ word: UInt16, component: Int, x: Int, y: Int) {
        let plane = storage[layout.components[component].plane]
        let offset = offset(component: component, x: x, y: y)
        let (low, high) = (UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8))
        switch layout.sample.word {
        case .byte: plane[offset] = low
        case .littleEndian: (plane[offset], plane[offset + 1]) = (low, high)
        case .bigEndian: (plane[offset], plane[offset + 1]) = (high, low)
        }
    }

    /// The significant bits of a sample of a component; padding bits become 0.
    subscript(component: Int, x: Int, y: Int) -> UInt16 {
        get { word(component: component, x: x, y: y) >> UInt16(layout.sample.shift) & maximum }
        set { setWord(newValue << UInt16(layout.sample.shift), component: component, x: x, y: y) }
    }

    /// The largest value of a sample.
    var maximum: UInt16 { UInt16((1 << layout.sample.depth) - 1) }
    /// A step of 8 bits, in steps of the format.
    var unit: Int { 1 << (layout.sample.depth - 8) }
    /// The bits of a word that are no part of a sample.
    var paddingBits: UInt16 { layout.sample.word == .byte ? 0 : ~(maximum << UInt16(layout.sample.shift)) }

    /// The samples of each component, row by row, wherever they lie in memory.
    var samples: [[UInt16]] {
        layout.components.indices.map { component in
            let (width, height) = size(component: component)
            var samples: [UInt16] = []
            samples.reserveCapacity(width * height)
            for y in 0..<height { for x in 0..<width { samples.append(self[component, x, y]) } }
            return samples
        }
    }

    /// Sets every sample, and leaves alone what lies behind the rows.
    func fillSamples(_ value: (_ component: Int, _ x: Int, _ y: Int) -> UInt16) {
        for component in layout.components.indices {
            let (width, height) = size(component: component)
            for y in 0..<height { for x in 0..<width { self[component, x, y] = value(component, x, y) } }
        }
    }

    /// Takes over the samples of a frame of the same format and size, which may lie otherwise in memory.
    func copySamples(of other: FrameBuffer) {
        precondition(other.format == format && other.width == width && other.height == height)
        fillSamples { other[$0, $1, $2] }
    }

    /// The first byte of a plane's top row within its `bytes`.
    private func start(plane: Int) -> Int {
        strides[plane] < 0 ? storage[plane].count + strides[plane] : 0
    }
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
