// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Testing
import VideoFrames

@Suite struct FrameViewTests {
    /// A view over one small piece of memory: only sizes and strides are looked at.
    private static func makes(
        _ format: PixelFormat, width: Int, height: Int, strides: [Int]
    ) -> Bool {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
        defer { memory.deallocate() }
        func plane(_ index: Int) -> PlaneMemory? {
            index < strides.count ? PlaneMemory(base: memory, stride: strides[index]) : nil
        }
        guard let first = plane(0) else { return false }
        return FrameView(
            format: format, width: width, height: height, colorimetry: .bt601,
            planes: (first, plane(1), plane(2), plane(3)))
            != nil
    }

    /// The strides of a frame without padding.
    private static func strides(_ format: PixelFormat, width: Int) -> [Int] {
        (0..<format.layout.planeCount).map { format.layout.rowBytes(plane: $0, width: width) }
    }

    /// The value of a sample without padding bits.
    private static func value(_ sample: UnsafeMutablePointer<UInt8>, _ format: SampleFormat) -> Int {
        switch format.word {
        case .byte: Int(sample[0])
        case .littleEndian: (Int(sample[0]) | Int(sample[1]) << 8) >> format.shift
        case .bigEndian: (Int(sample[0]) << 8 | Int(sample[1])) >> format.shift
        }
    }

    @Test("a stride that holds no row is refused, upwards and downwards", arguments: PixelFormat.allCases, [1, 8, 9])
    func strides(format: PixelFormat, width: Int) {
        let tight = Self.strides(format, width: width)
        #expect(Self.makes(format, width: width, height: 4, strides: tight))
        #expect(Self.makes(format, width: width, height: 4, strides: tight.map { -$0 - 3 }))
        for plane in tight.indices {
            for stride in [tight[plane] - 1, 1 - tight[plane], 0] {
                var strides = tight
                strides[plane] = stride
                #expect(!Self.makes(format, width: width, height: 4, strides: strides), "plane \(plane): \(stride)")
            }
        }
    }

    @Test("a missing plane is refused, one too many is ignored", arguments: PixelFormat.allCases)
    func planes(format: PixelFormat) {
        let tight = Self.strides(format, width: 8)
        if tight.count > 1 { #expect(!Self.makes(format, width: 8, height: 4, strides: tight.dropLast())) }
        if tight.count < 4 { #expect(Self.makes(format, width: 8, height: 4, strides: tight + [0])) }
    }

    @Test(
        "sides that no frame has are refused",
        arguments: [
            (0, 4), (4, 0), (-4, 4), (4, -4), (0, 0), (FrameView.maximumSide + 1, 1), (1, FrameView.maximumSide + 1),
            (1 << 14, 1 << 14), (Int.max, Int.max), (Int.min, 4),
        ])
    func sides(width: Int, height: Int) {
        #expect(!Self.makes(.gray8, width: width, height: height, strides: [1 << 20]))
    }

    @Test("the largest frames are taken", arguments: [(1 << 15, 1 << 12), (1 << 12, 1 << 15), (7680, 4320)])
    func largest(width: Int, height: Int) {
        #expect(Self.makes(.rgba, width: width, height: height, strides: [4 * width]))
    }

    @Test(
        "components lead to the samples, whatever the padding and the direction of rows",
        arguments: PixelFormat.allCases, [(8, 6), (7, 5), (1, 1)])
    func components(format: PixelFormat, size: (Int, Int)) throws {
        for (padding, isUpward) in [(0, false), (5, false), (0, true), (3, true)] {
            let frame = FrameBuffer(
                format, width: size.0, height: size.1, padding: padding, isUpward: isUpward)
            frame.fillSamples { UInt16(64 * $0 + 9 * $2 + $1) }
            let view = try #require(frame.view())
            for index in format.layout.components.indices {
                let component = view.component(index)
                #expect((component.width, component.height) == frame.size(component: index))
                for y in 0..<component.height {
                    for x in 0..<component.width {
                        let sample = component.row(y) + x * component.step
                        #expect(Self.value(sample, component.sample) == 64 * index + 9 * y + x)
                    }
                }
            }
        }
    }
}

@Suite struct ScratchBufferTests {
    @Test("memory grows, stays when less is asked for, and is aligned for vectors")
    func grows() {
        let buffer = ScratchBuffer<Float>()
        #expect(buffer.reserve(0) && buffer.capacity == 0)
        #expect(buffer.reserve(10) && buffer.capacity == 10)
        let first = buffer.base
        #expect(buffer.reserve(4) && buffer.base == first && buffer.capacity == 10)
        #expect(buffer.reserve(1000) && buffer.capacity == 1000)
        buffer.base[999] = 1
        #expect(UInt(bitPattern: buffer.base) % 64 == 0)
    }

    @Test("where there is no memory it says so and keeps what it has")
    func noMemory() {
        let buffer = ScratchBuffer<UInt8>()
        #expect(buffer.reserve(8))
        buffer.base[7] = 42
        // More than an address space holds.
        #expect(!buffer.reserve(1 << 60))
        #expect(buffer.capacity == 8 && buffer.base[7] == 42)
    }
}
