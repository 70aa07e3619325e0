// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The memory of one plane. Rows may have padding, and may run upwards (a negative stride).
package struct PlaneMemory {
    /// The first byte of the top row.
    package let base: UnsafeMutablePointer<UInt8>
    /// Bytes from one row to the next.
    package let stride: Int

    package init(base: UnsafeMutablePointer<UInt8>, stride: Int) {
        self.base = base
        self.stride = stride
    }
}

/// One component of a frame: a grid of samples. Sample (x, y) begins at `base + y * stride + x * step`, wherever that is:
/// samples of two bytes need not be aligned.
package struct ComponentView {
    package let base: UnsafeMutablePointer<UInt8>
    /// Bytes from one row to the next.
    package let stride: Int
    /// Bytes from one sample to the next.
    package let step: Int
    package let sample: SampleFormat
    /// Samples in a row.
    package let width: Int
    package let height: Int
    package let horizontalShift: Int
    package let verticalShift: Int

    /// The first byte of a row's first sample; the one bounds check of the row's work.
    @inline(__always)
    package func row(_ y: Int) -> UnsafeMutablePointer<UInt8> {
        precondition(y >= 0 && y < height)
        return base + y &* stride
    }
}

/// A frame mapped by somebody else: checked once when made, and valid as long as the mapping is.
package struct FrameView {
    package let format: PixelFormat
    package let layout: PixelLayout
    package let colorimetry: Colorimetry
    /// Pixels.
    package let width: Int
    package let height: Int
    private let planes: (PlaneMemory, PlaneMemory, PlaneMemory, PlaneMemory)

    /// The most pixels that are taken, four times 8K: sums over a frame stay within their integers (`IntegralImage`).
    package static let maximumPixelCount = 1 << 27
    /// The longest side that is taken, px.
    package static let maximumSide = 1 << 15

    /// Nil where sides, planes or strides cannot hold a frame of that format. Planes the format has not are ignored.
    package init?(
        format: PixelFormat, width: Int, height: Int, colorimetry: Colorimetry,
        planes: (PlaneMemory, PlaneMemory?, PlaneMemory?, PlaneMemory?)
    ) {
        self.init(
            format: format, layout: format.layout, width: width, height: height, colorimetry: colorimetry,
            planes: planes)
    }

    /// As above, with the format's layout at hand: a frame then costs no look-up.
    package init?(
        format: PixelFormat, layout: PixelLayout, width: Int, height: Int, colorimetry: Colorimetry,
        planes: (PlaneMemory, PlaneMemory?, PlaneMemory?, PlaneMemory?)
    ) {
        guard width > 0, height > 0, width <= Self.maximumSide, height <= Self.maximumSide,
            width * height <= Self.maximumPixelCount
        else { return nil }
        let given = (planes.0, planes.1 ?? planes.0, planes.2 ?? planes.0, planes.3 ?? planes.0)
        let present = planes.1 == nil ? 1 : planes.2 == nil ? 2 : planes.3 == nil ? 3 : 4
        guard layout.planeCount <= present else { return nil }
        for plane in 0..<layout.planeCount {
            let stride = Self.plane(plane, of: given).stride
            guard stride.magnitude >= layout.rowBytes(plane: plane, width: width) else { return nil }
        }
        self.format = format
        self.layout = layout
        self.width = width
        self.height = height
        self.colorimetry = colorimetry
        self.planes = given
    }

    /// Component `index` of the format's table.
    package func component(_ index: Int) -> ComponentView {
        let component = layout.components[index]
        let memory = Self.plane(component.plane, of: planes)
        return ComponentView(
            base: memory.base + component.offset,
            stride: memory.stride,
            step: component.step,
            sample: layout.sample,
            width: (width + (1 << component.horizontalShift) - 1) >> component.horizontalShift,
            height: (height + (1 << component.verticalShift) - 1) >> component.verticalShift,
            horizontalShift: component.horizontalShift,
            verticalShift: component.verticalShift
        )
    }

    private static func plane(
        _ index: Int, of planes: (PlaneMemory, PlaneMemory, PlaneMemory, PlaneMemory)
    ) -> PlaneMemory {
        switch index {
        case 0: planes.0
        case 1: planes.1
        case 2: planes.2
        default: planes.3
        }
    }
}
