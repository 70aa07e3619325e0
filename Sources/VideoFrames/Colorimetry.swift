// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// How Y, U and V become R, G and B, all in 0 to 255; deeper samples by their 8 highest bits.
package struct Colorimetry: Sendable, Equatable {
    /// The weights of red and blue in luma (ITU-R BT.601: 0.299 and 0.114).
    package let redWeight: Double
    package let blueWeight: Double
    /// Luma from 16 to 235 and chroma from 16 to 240, instead of 0 to 255.
    package let isLimitedRange: Bool

    package init(redWeight: Double, blueWeight: Double, isLimitedRange: Bool) {
        self.redWeight = redWeight
        self.blueWeight = blueWeight
        self.isLimitedRange = isLimitedRange
    }

    /// ITU-R BT.601, limited range: what GStreamer assumes of standard definition.
    package static let bt601 = Colorimetry(redWeight: 0.299, blueWeight: 0.114, isLimitedRange: true)
    /// ITU-R BT.709, limited range: what GStreamer assumes of high definition.
    package static let bt709 = Colorimetry(redWeight: 0.2126, blueWeight: 0.0722, isLimitedRange: true)
    /// Full range, for RGB and grey.
    package static let fullRange = Colorimetry(redWeight: 0.299, blueWeight: 0.114, isLimitedRange: false)

    /// The factors of `R = y(Y - black) + redFromV(V - 128)` and so on.
    package struct Decoding: Sendable {
        package let black: Float
        package let y: Float
        package let redFromV: Float
        package let greenFromU: Float
        package let greenFromV: Float
        package let blueFromU: Float
    }

    package var decoding: Decoding {
        let lumaGain = isLimitedRange ? 255.0 / 219.0 : 1
        let chromaGain = isLimitedRange ? 255.0 / 224.0 : 1
        let greenWeight = 1 - redWeight - blueWeight
        return Decoding(
            black: isLimitedRange ? 16 : 0,
            y: Float(lumaGain),
            redFromV: Float(2 * (1 - redWeight) * chromaGain),
            greenFromU: Float(-2 * (1 - blueWeight) * blueWeight / greenWeight * chromaGain),
            greenFromV: Float(-2 * (1 - redWeight) * redWeight / greenWeight * chromaGain),
            blueFromU: Float(2 * (1 - blueWeight) * chromaGain)
        )
    }

    /// The Y, U and V of a colour given in 0 to 255, with `depth` bits: the limited range scales by 2^(depth - 8), the full
    /// one by its largest value (ITU-R BT.2100, tables 9 and 10).
    package func encode(
        red: UInt8, green: UInt8, blue: UInt8, depth: Int = 8
    ) -> (y: UInt16, u: UInt16, v: UInt16) {
        let (r, g, b) = (Double(red), Double(green), Double(blue))
        let luma = redWeight * r + (1 - redWeight - blueWeight) * g + blueWeight * b
        let u = (b - luma) / (2 * (1 - blueWeight))
        let v = (r - luma) / (2 * (1 - redWeight))
        let unit = Double(1 << (depth - 8))
        let top = 256 * unit - 1
        func value(_ value: Double) -> UInt16 { UInt16(min(max(value.rounded(), 0), top)) }
        guard !isLimitedRange else {
            return (
                value(unit * (16 + luma * 219 / 255)), value(unit * (128 + u * 224 / 255)),
                value(unit * (128 + v * 224 / 255))
            )
        }
        return (value(luma * (top / 255)), value(128 * unit + u * (top / 255)), value(128 * unit + v * (top / 255)))
    }
}
