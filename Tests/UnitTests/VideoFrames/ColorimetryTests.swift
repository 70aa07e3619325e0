// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Testing
import VideoFrames

@Suite struct ColorimetryTests {
    private static let full709 = Colorimetry(redWeight: 0.2126, blueWeight: 0.0722, isLimitedRange: false)
    static let all = [Colorimetry.bt601, .bt709, .fullRange, full709]

    private static func decode(_ y: UInt8, _ u: UInt8, _ v: UInt8, _ colorimetry: Colorimetry) -> [Double] {
        let decoding = colorimetry.decoding
        let luma = (Float(y) - decoding.black) * decoding.y
        let (blue, red) = (Float(u) - 128, Float(v) - 128)
        return [
            Double(luma + red * decoding.redFromV),
            Double(luma + blue * decoding.greenFromU + red * decoding.greenFromV),
            Double(luma + blue * decoding.blueFromU),
        ]
    }

    @Test("a colour comes back from Y, U and V as near as bytes allow", arguments: all)
    func roundTrip(colorimetry: Colorimetry) {
        // Half a step of each byte, as much as it weighs in that colour.
        let decoding = colorimetry.decoding
        let tolerances = [
            0.5 * Double(decoding.y + decoding.redFromV),
            0.5 * Double(decoding.y - decoding.greenFromU - decoding.greenFromV),
            0.5 * Double(decoding.y + decoding.blueFromU),
        ].map { $0 + 0.01 }
        for red in stride(from: 0, through: 255, by: 15) {
            for green in stride(from: 0, through: 255, by: 15) {
                for blue in stride(from: 0, through: 255, by: 15) {
                    let (y, u, v) = colorimetry.encode(red: UInt8(red), green: UInt8(green), blue: UInt8(blue))
                    // At full range pure blue and red lie half a step beyond the last byte.
                    let beyond = colorimetry.isLimitedRange ? 0 : 1.0
                    for (found, (wanted, tolerance)) in zip(
                        Self.decode(y, u, v, colorimetry), zip([red, green, blue], tolerances))
                    {
                        #expect(abs(found - Double(wanted)) < tolerance + beyond, "\(red) \(green) \(blue)")
                    }
                }
            }
        }
    }

    /// The bars of ITU-R BT.601 and BT.709 at 100 %, as published in every table of colour bars.
    @Test(
        "known colours have their known bytes",
        arguments: [
            (Colorimetry.bt601, [255, 255, 255], [235, 128, 128]),
            (.bt601, [0, 0, 0], [16, 128, 128]),
            (.bt601, [255, 0, 0], [81, 90, 240]),
            (.bt601, [0, 255, 0], [145, 54, 34]),
            (.bt601, [0, 0, 255], [41, 240, 110]),
            (.bt709, [255, 255, 255], [235, 128, 128]),
            (.bt709, [255, 0, 0], [63, 102, 240]),
            (.bt709, [0, 255, 0], [173, 42, 26]),
            (.bt709, [0, 0, 255], [32, 240, 118]),
            (.fullRange, [255, 255, 255], [255, 128, 128]),
            (.fullRange, [255, 0, 0], [76, 85, 255]),
            (.fullRange, [0, 0, 255], [29, 255, 107]),
        ] as [(Colorimetry, [UInt8], [UInt8])])
    func known(colorimetry: Colorimetry, rgb: [UInt8], yuv: [UInt8]) {
        let (y, u, v) = colorimetry.encode(red: rgb[0], green: rgb[1], blue: rgb[2])
        #expect([y, u, v] == yuv)
    }

    /// The factors that every description of limited-range YCbCr gives, to three digits.
    @Test(
        "the factors of decoding are the published ones",
        arguments: [
            (Colorimetry.bt601, [1.164, 1.596, -0.392, -0.813, 2.017]),
            (.bt709, [1.164, 1.793, -0.213, -0.533, 2.112]),
            (.fullRange, [1, 1.402, -0.344, -0.714, 1.772]),
        ] as [(Colorimetry, [Float])])
    func factors(colorimetry: Colorimetry, expected: [Float]) {
        let decoding = colorimetry.decoding
        let found = [
            decoding.y, decoding.redFromV, decoding.greenFromU, decoding.greenFromV, decoding.blueFromU,
        ]
        for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 0.0006) }
        #expect(decoding.black == (colorimetry.isLimitedRange ? 16 : 0))
    }
}
