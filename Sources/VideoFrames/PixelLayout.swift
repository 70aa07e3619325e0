// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

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
}

/// The memory layout of a format: every byte of a pixel belongs to one component.
package struct PixelLayout: Sendable {
    package let model: ColorModel
    package let sample: SampleFormat
    /// Y, U, V or R, G, B or Y, then the fourth one where there is one (alpha or padding).
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

    init(_ model: ColorModel, _ sample: SampleFormat, _ components: [Component]) {
        self.model = model
        self.sample = sample
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

// MARK: - The kinds of layouts

/// A chroma sample for 2^columns x 2^rows pixels.
struct ChromaGrid {
    let columns: Int
    let rows: Int

    static let c444 = ChromaGrid(columns: 0, rows: 0)
    static let c422 = ChromaGrid(columns: 1, rows: 0)
    static let c420 = ChromaGrid(columns: 1, rows: 1)
    static let c411 = ChromaGrid(columns: 2, rows: 0)
    static let c410 = ChromaGrid(columns: 2, rows: 2)
}

extension PixelLayout {
    /// Each component in a plane of its own; `planes` says in which one.
    static func planar(
        _ model: ColorModel, _ chroma: ChromaGrid = .c444, planes: [Int] = [0, 1, 2], _ sample: SampleFormat = .byte
    ) -> PixelLayout {
        PixelLayout(
            model, sample,
            planes.enumerated().map { index, plane in
                let isChroma = model == .yuv && (index == 1 || index == 2)
                return Component(
                    plane: plane, offset: 0, step: sample.bytes, horizontalShift: isChroma ? chroma.columns : 0,
                    verticalShift: isChroma ? chroma.rows : 0)
            })
    }

    /// Luma in the first plane, pairs of U and V in the second, alpha, where there is one, in the third.
    static func semiplanar(
        _ chroma: ChromaGrid, u: Int = 0, v: Int = 1, hasAlpha: Bool = false, _ sample: SampleFormat = .byte
    ) -> PixelLayout {
        let bytes = sample.bytes
        func full(_ plane: Int) -> Component {
            Component(plane: plane, offset: 0, step: bytes, horizontalShift: 0, verticalShift: 0)
        }
        let pairs = [u, v].map {
            Component(
                plane: 1, offset: $0 * bytes, step: 2 * bytes, horizontalShift: chroma.columns,
                verticalShift: chroma.rows)
        }
        return PixelLayout(.yuv, sample, [full(0)] + pairs + (hasAlpha ? [full(2)] : []))
    }

    /// All components of a pixel side by side; `places` are theirs, counted in samples.
    static func packed(_ model: ColorModel, _ places: [Int], _ sample: SampleFormat = .byte) -> PixelLayout {
        PixelLayout(
            model, sample,
            places.map {
                Component(
                    plane: 0, offset: $0 * sample.bytes, step: places.count * sample.bytes, horizontalShift: 0,
                    verticalShift: 0)
            })
    }

    /// Four samples for two pixels: two of luma, every other one from `y` on, and one of each chroma.
    static func pairs(y: Int, u: Int, v: Int, _ sample: SampleFormat = .byte) -> PixelLayout {
        let bytes = sample.bytes
        func chroma(_ place: Int) -> Component {
            Component(plane: 0, offset: place * bytes, step: 4 * bytes, horizontalShift: 1, verticalShift: 0)
        }
        let luma = Component(plane: 0, offset: y * bytes, step: 2 * bytes, horizontalShift: 0, verticalShift: 0)
        return PixelLayout(.yuv, sample, [luma, chroma(u), chroma(v)])
    }
}
