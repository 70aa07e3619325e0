// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Testing
import VideoFrames

@Suite struct ColorimetryTests {
    private static let full709 = Colorimetry(redWeight: 0.2126, blueWeight: 0.0722, isLimitedRange: false)
    static let all = [Colorimetry.bt601, .bt709, .fullRange, full709]

    private static func decode(_ y: UInt16, _ u: UInt16, _ v: UInt16, _ colorimetry: Colorimetry) -> [Double] {
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
        ] as [(Colorimetry, [UInt8], [UInt16])])
    func known(colorimetry: Colorimetry, rgb: [UInt8], yuv: [UInt16]) {
        let (y, u, v) = colorimetry.encode(red: rgb[0], green: rgb[1], blue: rgb[2])
        #expect([y, u, v] == yuv)
    }

    /// The 100 % bars of ITU-R BT.709 in 10 and 12 bits, and the ends of the full range after BT.2100, table 10.
    @Test(
        "known colours have their known values at more than 8 bits",
        arguments: [
            (Colorimetry.bt709, 10, [255, 255, 255], [940, 512, 512]),
            (.bt709, 10, [0, 0, 0], [64, 512, 512]),
            (.bt709, 10, [255, 0, 0], [250, 409, 960]),
            (.bt709, 10, [0, 255, 0], [691, 167, 105]),
            (.bt709, 10, [0, 0, 255], [127, 960, 471]),
            (.bt709, 12, [255, 255, 255], [3760, 2048, 2048]),
            (.bt601, 16, [255, 255, 255], [60160, 32768, 32768]),
            (.fullRange, 10, [255, 255, 255], [1023, 512, 512]),
            (.fullRange, 16, [255, 255, 255], [65535, 32768, 32768]),
            (.fullRange, 10, [0, 0, 255], [117, 1023, 429]),
        ] as [(Colorimetry, Int, [UInt8], [UInt16])])
    func deep(colorimetry: Colorimetry, depth: Int, rgb: [UInt8], yuv: [UInt16]) {
        let (y, u, v) = colorimetry.encode(red: rgb[0], green: rgb[1], blue: rgb[2], depth: depth)
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
