// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The pixel formats that are inspected and masked in place, by GStreamer's names.
package enum PixelFormat: String, CaseIterable, Sendable {
    case i420 = "I420"
    case yv12 = "YV12"
    case nv12 = "NV12"
    case nv21 = "NV21"
    case y42b = "Y42B"
    case y444 = "Y444"
    case yuy2 = "YUY2"
    case uyvy = "UYVY"
    case rgb = "RGB"
    case bgr = "BGR"
    case rgbx = "RGBx"
    case bgrx = "BGRx"
    case xrgb = "xRGB"
    case xbgr = "xBGR"
    case rgba = "RGBA"
    case bgra = "BGRA"
    case argb = "ARGB"
    case abgr = "ABGR"
    case gray8 = "GRAY8"
}

/// What the first three components of a format say.
package enum ColorModel: Sendable {
    case luminance
    case yuv
    case rgb
}

/// Where one component of a pixel lies.
package struct Component: Sendable, Equatable {
    /// The index of the plane.
    package let plane: Int
    /// Bytes from the start of a row to the component's first sample.
    package let offset: Int
    /// Bytes from one sample to the next in a row.
    package let step: Int
    /// log2 of the luma columns a sample stands for.
    package let horizontalShift: Int
    /// log2 of the luma rows a sample stands for.
    package let verticalShift: Int

    init(_ plane: Int, _ offset: Int, _ step: Int, _ horizontalShift: Int = 0, _ verticalShift: Int = 0) {
        self.plane = plane
        self.offset = offset
        self.step = step
        self.horizontalShift = horizontalShift
        self.verticalShift = verticalShift
    }
}

/// The memory layout of a format: every byte of a pixel belongs to one component.
package struct PixelLayout: Sendable {
    package let model: ColorModel
    /// Y, U, V or R, G, B or Y, then the fourth byte where there is one (alpha or padding).
    package let components: [Component]
    package let planeCount: Int
    /// log2 of the grid of luma columns and rows that a mask has to keep to, so that no chroma sample is cut.
    package let horizontalShift: Int
    package private(set) var verticalShift: Int

    /// The same for frames of two fields woven together: a chroma row stands for two rows of one field, so that the grid
    /// that holds whole samples of both is twice as high.
    package var interlaced: PixelLayout {
        var layout = self
        if verticalShift > 0 { layout.verticalShift += 1 }
        return layout
    }

    fileprivate init(_ model: ColorModel, _ components: [Component]) {
        self.model = model
        self.components = components
        planeCount = (components.map(\.plane).max() ?? 0) + 1
        horizontalShift = components.map(\.horizontalShift).max() ?? 0
        verticalShift = components.map(\.verticalShift).max() ?? 0
    }

    /// Bytes of a row of plane `plane` at a frame width of `width`.
    package func rowBytes(plane: Int, width: Int) -> Int {
        var bytes = 0
        for component in components where component.plane == plane {
            let samples = (width + (1 << component.horizontalShift) - 1) >> component.horizontalShift
            // Packed 4:2:2 rows hold whole pairs: the last step of the widest component covers its pair.
            bytes = max(bytes, samples * component.step)
        }
        return bytes
    }

    /// Rows of plane `plane` at a frame height of `height`.
    package func rows(plane: Int, height: Int) -> Int {
        guard let component = components.first(where: { $0.plane == plane }) else { return 0 }
        return (height + (1 << component.verticalShift) - 1) >> component.verticalShift
    }
}

extension PixelFormat {
    /// The layout, from the one table of formats.
    package var layout: PixelLayout { Self.layouts[self] ?? PixelLayout(.luminance, []) }

    private static let layouts: [PixelFormat: PixelLayout] = [
        .i420: PixelLayout(.yuv, [Component(0, 0, 1), Component(1, 0, 1, 1, 1), Component(2, 0, 1, 1, 1)]),
        .yv12: PixelLayout(.yuv, [Component(0, 0, 1), Component(2, 0, 1, 1, 1), Component(1, 0, 1, 1, 1)]),
        .nv12: PixelLayout(.yuv, [Component(0, 0, 1), Component(1, 0, 2, 1, 1), Component(1, 1, 2, 1, 1)]),
        .nv21: PixelLayout(.yuv, [Component(0, 0, 1), Component(1, 1, 2, 1, 1), Component(1, 0, 2, 1, 1)]),
        .y42b: PixelLayout(.yuv, [Component(0, 0, 1), Component(1, 0, 1, 1), Component(2, 0, 1, 1)]),
        .y444: PixelLayout(.yuv, [Component(0, 0, 1), Component(1, 0, 1), Component(2, 0, 1)]),
        .yuy2: PixelLayout(.yuv, [Component(0, 0, 2), Component(0, 1, 4, 1), Component(0, 3, 4, 1)]),
        .uyvy: PixelLayout(.yuv, [Component(0, 1, 2), Component(0, 0, 4, 1), Component(0, 2, 4, 1)]),
        .rgb: PixelLayout(.rgb, [Component(0, 0, 3), Component(0, 1, 3), Component(0, 2, 3)]),
        .bgr: PixelLayout(.rgb, [Component(0, 2, 3), Component(0, 1, 3), Component(0, 0, 3)]),
        .rgbx: packedRGB(0, 1, 2, 3),
        .bgrx: packedRGB(2, 1, 0, 3),
        .xrgb: packedRGB(1, 2, 3, 0),
        .xbgr: packedRGB(3, 2, 1, 0),
        .rgba: packedRGB(0, 1, 2, 3),
        .bgra: packedRGB(2, 1, 0, 3),
        .argb: packedRGB(1, 2, 3, 0),
        .abgr: packedRGB(3, 2, 1, 0),
        .gray8: PixelLayout(.luminance, [Component(0, 0, 1)]),
    ]

    private static func packedRGB(_ red: Int, _ green: Int, _ blue: Int, _ fourth: Int) -> PixelLayout {
        PixelLayout(.rgb, [red, green, blue, fourth].map { Component(0, $0, 4) })
    }
}
