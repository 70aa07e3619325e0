// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import VideoFrames

/// The two samplings, written down once more the slow way, in double precision: positions in px of the upright picture,
/// where pixel k reaches from k to k + 1, go to the native frame, and each component is read there by itself.
struct NaiveSampler {
    let frame: FrameBuffer
    let orientation: Orientation
    let sampling: Sampling
    let colorimetry: Colorimetry

    var width: Double { Double(orientation.isTransposed ? frame.height : frame.width) }
    var height: Double { Double(orientation.isTransposed ? frame.width : frame.height) }

    /// Red, green and blue of (v - 127.5) / 128, plane by plane.
    func level(width columns: Int, height rows: Int) -> [Double] {
        let (stepX, stepY) = (width / Double(columns), height / Double(rows))
        return planes(columns, rows) { i, j in
            let (x, y) = (Double(j) * stepX, Double(i) * stepY)
            return sampling == .area
                ? colour(mean: (x, x + stepX), (y, y + stepY)) : colour(at: x + 0.5, y + 0.5)
        }
    }

    /// y(i) = (y1/H)(H-1) + i * ((y2-y1)/H)(H-1)/(n-1), x likewise; mid grey outside of [0, H-1] x [0, W-1]. With area
    /// sampling and a step longer than a pixel, the mean over one step round each point.
    func crop(_ box: FaceBox, side: Int) -> [Double] {
        func position(_ low: Float, _ high: Float, _ length: Double, _ i: Int) -> Double {
            Double(low) / length * (length - 1)
                + Double(i) * (Double(high) - Double(low)) / length * (length - 1) / Double(side - 1)
        }
        let stepX = position(box.x1, box.x2, width, 1) - position(box.x1, box.x2, width, 0)
        let stepY = position(box.y1, box.y2, height, 1) - position(box.y1, box.y2, height, 0)
        return planes(side, side) { i, j in
            let x = position(box.x1, box.x2, width, j)
            let y = position(box.y1, box.y2, height, i)
            guard (0...(width - 1)).contains(x), (0...(height - 1)).contains(y) else { return [0, 0, 0] }
            guard sampling == .area, stepX > 1, stepY > 1 else { return colour(at: x + 0.5, y + 0.5) }
            return colour(
                mean: (x + 0.5 - stepX / 2, x + 0.5 + stepX / 2), (y + 0.5 - stepY / 2, y + 0.5 + stepY / 2))
        }
    }

    private func planes(_ columns: Int, _ rows: Int, _ colour: (_ i: Int, _ j: Int) -> [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: 3 * columns * rows)
        for i in 0..<rows {
            for j in 0..<columns {
                for (plane, value) in colour(i, j).enumerated() { result[(plane * rows + i) * columns + j] = value }
            }
        }
        return result
    }

    // MARK: - Components

    /// A sample as far as detection looks at it: its 8 highest bits.
    private func byte(_ component: Int, _ x: Int, _ y: Int) -> Double {
        Double(Int(frame[component, x, y]) / frame.unit)
    }

    private var components: Range<Int> { 0..<(frame.layout.model == .luminance ? 1 : 3) }

    /// The native place of an upright one.
    private func native(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        var (column, row) = orientation.isTransposed ? (y, x) : (x, y)
        if orientation.flipsColumns { column = Double(frame.width) - column }
        if orientation.flipsRows { row = Double(frame.height) - row }
        return (column, row)
    }

    private func colour(at x: Double, _ y: Double) -> [Double] {
        let place = native(x, y)
        return convert(
            components.map { index in
                let component = frame.layout.components[index]
                let (width, height) = frame.size(component: index)
                func point(_ value: Double, _ shift: Int, _ length: Int) -> (Int, Int, Double) {
                    let position = min(max(value / Double(1 << shift) - 0.5, 0), Double(length - 1))
                    let first = Int(position)
                    return (first, min(first + 1, length - 1), position - Double(first))
                }
                let (left, right, across) = point(place.x, component.horizontalShift, width)
                let (above, below, down) = point(place.y, component.verticalShift, height)
                func value(_ x: Int, _ y: Int) -> Double { byte(index, x, y) }
                return (value(left, above) * (1 - across) + value(right, above) * across) * (1 - down)
                    + (value(left, below) * (1 - across) + value(right, below) * across) * down
            })
    }

    private func colour(mean x: (Double, Double), _ y: (Double, Double)) -> [Double] {
        let (a, b) = (native(x.0, y.0), native(x.1, y.1))
        return convert(
            components.map { index in
                let component = frame.layout.components[index]
                let (width, height) = frame.size(component: index)
                func parts(_ first: Double, _ second: Double, _ shift: Int, _ length: Int) -> [(Int, Double)] {
                    let low = max(min(first, second) / Double(1 << shift), 0)
                    let high = min(max(first, second) / Double(1 << shift), Double(length))
                    return (Int(low)..<max(Int(low), Int(high.rounded(.up)))).map {
                        ($0, min(high, Double($0 + 1)) - max(low, Double($0)))
                    }
                }
                let columns = parts(a.x, b.x, component.horizontalShift, width)
                let rows = parts(a.y, b.y, component.verticalShift, height)
                var (sum, area) = (0.0, 0.0)
                for (row, high) in rows {
                    for (column, wide) in columns {
                        sum += high * wide * byte(index, column, row)
                        area += high * wide
                    }
                }
                return sum / area
            })
    }

    // MARK: - Colours

    private func convert(_ values: [Double]) -> [Double] {
        let (red, blue) = (colorimetry.redWeight, colorimetry.blueWeight)
        let green = 1 - red - blue
        func luma(_ value: Double) -> Double { colorimetry.isLimitedRange ? (value - 16) * 255 / 219 : value }
        func chroma(_ value: Double) -> Double { (value - 128) * (colorimetry.isLimitedRange ? 255.0 / 224 : 1) }
        let rgb: [Double]
        switch frame.layout.model {
        case .rgb: rgb = values
        case .luminance: rgb = [Double](repeating: luma(values[0]), count: 3)
        case .yuv:
            let (y, u, v) = (luma(values[0]), chroma(values[1]), chroma(values[2]))
            let (r, b) = (y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u)
            rgb = [r, (y - red * r - blue * b) / green, b]
        }
        return rgb.map { (min(max($0, 0), 255) - 127.5) / 128 }
    }
}
