// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// How a picture is to be turned to stand upright, as EXIF and TIFF number it.
struct PictureOrientation: Equatable {
    /// 1 (upright) to 8.
    let number: Int

    static let upright = PictureOrientation(number: 1)

    /// Whether width and height change places.
    var swapsSides: Bool { number >= 5 }

    /// - Parameter exif: an EXIF block: a TIFF header, and directories of entries. What cannot be read says upright.
    init(exif: [UInt8]) {
        var file = PictureBytes(bytes: exif)
        self.init(number: Self.number(&file) ?? 1)
    }

    init(number: Int) { self.number = (1...8).contains(number) ? number : 1 }

    private static func number(_ file: inout PictureBytes) -> Int? {
        guard let order = file.word(0), order == 0x4949 || order == 0x4d4d else { return nil }
        file.isBigEndian = order == 0x4d4d
        guard file.word(2) == 42, let directory = file.long(4), let count = file.word(directory) else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + 12 * index
            // Tag 0x0112, one SHORT (3), in the field itself.
            guard let tag = file.word(entry) else { return nil }
            if tag == 0x0112 {
                return file.word(entry + 2) == 3 && file.long(entry + 4) == 1 ? file.word(entry + 8) : nil
            }
        }
        return nil
    }

    /// Turns every plane.
    func apply(to picture: Picture) throws(PictureProblem) {
        guard number != 1 else { return }
        for index in 0..<Int(picture.raw.plane_count) {
            let plane = picture.plane(index)
            var turned = pictures_plane()
            let (width, height) = swapsSides ? (plane.height, plane.width) : (plane.width, plane.height)
            guard pictures_make_plane(&turned, width, height, plane.step) != 0 else { throw .noMemory }
            turn(plane, into: turned)
            picture.replacePlane(index, with: turned)
        }
        guard swapsSides else { return }
        let old = picture.raw
        (picture.raw.width, picture.raw.height) = (old.height, old.width)
        picture.raw.horizontal_sampling = old.vertical_sampling
        picture.raw.vertical_sampling = old.horizontal_sampling
        (picture.raw.density_x, picture.raw.density_y) = (old.density_y, old.density_x)
        picture.transposeQuantisation()
    }

    private func turn(_ plane: pictures_plane, into turned: pictures_plane) {
        guard let from = plane.base, let into = turned.base else { return }
        let (width, height, step) = (Int(plane.width), Int(plane.height), Int(plane.step))
        let (right, down) = (step, width * step)
        let (lastColumn, lastRow) = ((width - 1) * right, (height - 1) * down)
        // Where the upright picture's first pixel is, and how far it is from one to the next, and to the next row.
        let (start, next, nextRow) =
            switch number {
            case 2: (lastColumn, -right, down)
            case 3: (lastColumn + lastRow, -right, -down)
            case 4: (lastRow, right, -down)
            case 5: (0, down, right)
            case 6: (lastRow, -down, right)
            case 7: (lastColumn + lastRow, -down, -right)
            case 8: (lastColumn, down, -right)
            default: (0, right, down)
            }
        for y in 0..<Int(turned.height) {
            var source = start + y * nextRow
            var target = y * Int(turned.width) * step
            for _ in 0..<Int(turned.width) {
                for byte in 0..<step { into[target + byte] = from[source + byte] }
                source += next
                target += step
            }
        }
    }
}
