// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

extension PicturesTests {
    /// Damaged files, by chance but always the same: none may end or stop the process, and none whose damage shows may leave
    /// anything in OUT. `FACEANON_PICTURE_FUZZ` says how many of each kind.
    @Suite struct PictureFuzzTests {
        private static let count =
            ProcessInfo.processInfo.environment["FACEANON_PICTURE_FUZZ"].flatMap { Int($0) } ?? 60

        /// Knuth's MMIX constants.
        private struct Chance: RandomNumberGenerator {
            var state: UInt64
            mutating func next() -> UInt64 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return state ^ (state >> 29)
            }
        }

        @Test(arguments: ["png", "jpg", "webp", "bmp", "tif", "gif", "apng"]) func survivesDamage(_ suffix: String)
            throws
        {
            let lab = try PictureLab()
            let more =
                suffix == "apng" || suffix == "gif"
                ? ", save_all=True, append_images=[face.resize((24, 30)).rotate(5)]" : ""
            let format = suffix == "apng" ? ", format='PNG'" : suffix == "tif" ? ", compression='tiff_lzw'" : ""
            try lab.python("face.resize((24, 30)).save('a.\(suffix)'\(more)\(format))")
            let whole = try lab.bytes("a.\(suffix)")
            try lab.mask("a.\(suffix)")
            var chance = Chance(state: UInt64(suffix.utf8.reduce(7) { $0 * 31 + Int($1) }))
            for number in 0..<Self.count {
                var bytes = whole
                let isCut = number % 3 == 0
                if isCut {
                    bytes.removeLast(Int.random(in: 1..<bytes.count, using: &chance))
                } else {
                    for _ in 0..<Int.random(in: 1...8, using: &chance) {
                        let place = Int.random(in: 0..<bytes.count, using: &chance)
                        bytes[place] = UInt8.random(in: 0...255, using: &chance)
                    }
                }
                guard bytes != whole else { continue }
                try lab.write(bytes, to: "b.\(suffix)")
                _ = try? MediaJob.facts(of: lab.request("b.\(suffix)"))
                let summary = try? lab.mask("b.\(suffix)")
                let written = try lab.bytes("out-b.\(suffix)")
                guard let summary else {
                    #expect(written.isEmpty, "number \(number) is refused, and something is left in OUT")
                    continue
                }
                #expect(!isCut, "number \(number), cut to \(bytes.count) of \(whole.count) bytes, is masked")
                // Every chunk has a checksum.
                #expect(suffix != "png" && suffix != "apng", "number \(number) is masked")
                #expect(summary.damage.isEmpty && !written.isEmpty)
            }
        }
    }
}
