// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures
internal import Foundation

/// Whether a picture that was written is the one that was masked, when it is read again.
enum PictureComparison {
    /// nil where it is; else what is wrong.
    static func difference(written: Picture, masked: Picture) -> String? {
        let (own, other) = (written.raw, masked.raw)
        guard own.width == other.width, own.height == other.height else {
            return "it has \(own.width)x\(own.height) pixels in place of \(other.width)x\(other.height)"
        }
        guard own.depth == other.depth else { return "it has \(own.depth) bits a sample in place of \(other.depth)" }
        guard own.model == other.model, written.hasAlpha == masked.hasAlpha, own.plane_count == other.plane_count else {
            return "its colours are stored in another way"
        }
        guard written.profile == masked.profile else { return "its ICC profile is another one" }
        for index in 0..<Int(own.plane_count) {
            let (plane, expected) = (written.plane(index), masked.plane(index))
            guard plane.width == expected.width, plane.height == expected.height, plane.step == expected.step,
                let first = plane.base, let second = expected.base
            else { return "its chroma is sampled in another way" }
            let isAlike =
                switch written.kind {
                case .jpeg: isWithinQuantisation(plane, expected, written.table(index))
                case .webp where own.is_lossless == 0 && index < 3: areMeansAlike(plane, expected)
                default: memcmp(first, second, Int(plane.width) * Int(plane.height) * Int(plane.step)) == 0
                }
            guard isAlike else { return "its pixels are others" }
        }
        return nil
    }

    /// JPEG rounds each of a block's 64 frequencies to a multiple of its table's entry, so that none is further off than
    /// half of it. The transform keeps lengths: neither are the pixels, taken together. On top come the roundings of both
    /// transforms and of the pixels, at most 2 a pixel, 16 a block.
    private static func isWithinQuantisation(
        _ plane: pictures_plane, _ expected: pictures_plane, _ table: [UInt16]
    ) -> Bool {
        guard let first = plane.base, let second = expected.base else { return false }
        let length = (table.reduce(0.0) { $0 + Double($1) * Double($1) / 4 }).squareRoot() + 16
        let limit = Int((length * length).rounded(.up))
        let (width, height) = (Int(plane.width), Int(plane.height))
        for top in stride(from: 0, to: height, by: 8) {
            for left in stride(from: 0, to: width, by: 8) {
                var sum = 0
                for y in top..<min(top + 8, height) {
                    for x in left..<min(left + 8, width) {
                        let difference = Int(first[y * width + x]) - Int(second[y * width + x])
                        sum += difference * difference
                    }
                }
                guard sum <= limit else { return false }
            }
        }
        return true
    }

    /// WebP gives no bound for a pixel; the mean of a macroblock, 16 px a side, it keeps within a few steps of its
    /// quantiser (at most 157 for the mean of a block of 4x4, whose 16 are transformed again: 157 / 8).
    private static func areMeansAlike(_ plane: pictures_plane, _ expected: pictures_plane) -> Bool {
        guard let first = plane.base, let second = expected.base else { return false }
        let (width, height) = (Int(plane.width), Int(plane.height))
        for top in stride(from: 0, to: height, by: 16) {
            for left in stride(from: 0, to: width, by: 16) {
                let (rows, columns) = (top..<min(top + 16, height), left..<min(left + 16, width))
                var sum = 0
                for y in rows {
                    for x in columns { sum += Int(first[y * width + x]) - Int(second[y * width + x]) }
                }
                guard abs(sum) <= 32 * rows.count * columns.count else { return false }
            }
        }
        return true
    }
}
