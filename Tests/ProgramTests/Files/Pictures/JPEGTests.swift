// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

extension PicturesTests {
    @Suite struct JPEGTests {
        /// What FFmpeg calls the chroma of each JPEG.
        private static func format(_ lab: PictureLab, _ name: String) throws -> String {
            try StillPictureTests.format(lab, name)
        }

        @Test(arguments: [
            ("444", "face.save('444.jpg', quality=85, subsampling=0)", "yuvj444p"),
            ("422", "face.save('422.jpg', quality=85, subsampling=1)", "yuvj422p"),
            ("420", "face.save('420.jpg', quality=85, subsampling=2)", "yuvj420p"),
            ("440", "lay(6).save('440.jpg', quality=85, subsampling=1, exif=exif(6))", "yuvj440p"),
            ("grey", "face.convert('L').save('grey.jpg', quality=85)", "gray"),
            ("progressive", "face.save('progressive.jpg', quality=85, progressive=True)", "yuvj420p"),
            ("odd", "face.crop((0, 0, 199, 239)).save('odd.jpg', quality=85)", "yuvj420p"),
            ("rgb", "face.save('rgb.jpg', quality=90, keep_rgb=True, subsampling=0)", "gbrp"),
        ]) func keepsSamplingAndQuality(_ name: String, _ script: String, _ format: String) throws {
            let lab = try PictureLab()
            // This Pillow knows no keep_rgb: the Adobe marker makes three planes RGB.
            try lab.python(
                name == "rgb"
                    ? """
                    r, g, b = face.split()
                    stored = Image.merge('YCbCr', (r, g, b)); stored.save('rgb.jpg', quality=90, subsampling=0)
                    adobe = b'\\xff\\xee\\x00\\x0eAdobe\\x00\\x64\\x00\\x00\\x00\\x00\\x00'
                    data = open('rgb.jpg', 'rb').read()
                    # Without JFIF's marker, which would say YCbCr.
                    length = struct.unpack('>H', data[4:6])[0]
                    open('rgb.jpg', 'wb').write(data[:2] + adobe + data[4 + length:])
                    """ : script)
            let summary = try lab.mask("\(name).jpg")
            #expect(summary.faces == 1 && summary.warnings.isEmpty)
            #expect(try Self.format(lab, "out-\(name).jpg") == format)
            // The same tables: the second time, rounding finds little to round.
            let texts = try lab.python(
                """
                a, b = Image.open('\(name).jpg'), Image.open('out-\(name).jpg')
                def tables(p): return sorted(sorted(t) for t in p.quantization.values())
                print(tables(a) == tables(b), a.info.get('progressive', 0) == b.info.get('progressive', 0))
                a = np.asarray(Image.open('\(name).jpg').convert('RGB')).astype(int)
                if '\(name)' == '440': a = np.rot90(a, -1)
                b = np.asarray(b.convert('RGB')).astype(int)
                d = abs(a - b)
                print(d[70:150, 60:130].mean()); d[:box[3] + 16, :box[2] + 15] = 0
                print(d.max(), a.shape == b.shape)
                """)
            let lines = texts.split(separator: "\n")
            try #require(lines.count == 3)
            #expect(lines[0] == "True True")
            #expect(try #require(Double(lines[1])) > 8)
            // Away from the mask's blocks: what rounding twice leaves.
            let last = lines[2].split(separator: " ")
            #expect(try #require(Int(last[0])) <= 12)
            #expect(last[1] == "True")
        }

        @Test(arguments: ["cmyk", "ycck"]) func turnsInkIntoLight(_ name: String) throws {
            let lab = try PictureLab()
            // Pillow writes CMYK with Adobe's marker; with transform 2 the same planes are YCCK.
            try lab.python(
                """
                face.convert('CMYK').save('cmyk.jpg', quality=95, icc_profile=icc)
                # Adobe's ink is inverted, and so is what it is made of.
                y, cb, cr = Image.eval(face, lambda v: 255 - v).convert('YCbCr').split()
                k = Image.new('L', face.size, 255)
                Image.merge('CMYK', [Image.eval(c, lambda v: 255 - v) for c in (y, cb, cr, k)]).save('ycck.jpg', quality=95)
                data = bytearray(open('ycck.jpg', 'rb').read())
                data[data.index(b'Adobe') + 11] = 2
                open('ycck.jpg', 'wb').write(data)
                face.save('face.png')
                """)
            let summary = try lab.mask("\(name).jpg")
            #expect(summary.faces == 1)
            #expect(summary.warnings == ["its colours were CMYK, and come out as YCbCr"])
            let differences = try Differences(lab, "face.png", "out-\(name).jpg")
            // Pillow's own conversion to CMYK is exact; JPEG at 95 is not.
            #expect(differences.outside < 48)
            #expect(differences.inside > 8)
            #expect(try lab.python("print('icc_profile' in Image.open('out-\(name).jpg').info)") == "False")
        }

        @Test func takesQualityWhereItIsAskedFor() throws {
            let lab = try PictureLab()
            try lab.python("face.save('a.jpg', quality=85)")
            try lab.mask("a.jpg") { $0.quality = 30 }
            let isEqual = try lab.python(
                "face.save('b.jpg', quality=30); print(Image.open('b.jpg').quantization == Image.open('out-a.jpg').quantization)"
            )
            #expect(isEqual == "True")
        }

        @Test func takesManyPicturesInOneFileAsAVideo() throws {
            let lab = try PictureLab()
            try lab.python("face.save('a.jpg'); d = open('a.jpg', 'rb').read(); open('video.jpg', 'wb').write(d * 3)")
            // One picture with others behind it that are not the same size is a picture.
            try lab.python(
                "face.resize((50, 60)).save('s.jpg'); "
                    + "open('photo.jpg', 'wb').write(open('a.jpg', 'rb').read() + open('s.jpg', 'rb').read())")
            #expect(try MediaJob.facts(of: lab.request("photo.jpg")).kind == .picture)
            let kind = try? MediaJob.facts(of: lab.request("video.jpg", to: "out.mp4")).kind
            #expect(kind != .picture)
        }

        @Test func leavesOutWhatIsBehindThePicture() throws {
            let lab = try PictureLab()
            try lab.python(
                "face.save('a.jpg'); d = open('a.jpg', 'rb').read(); open('b.jpg', 'wb').write(d + b'SECRET' * 9)")
            #expect(try lab.mask("b.jpg").leftOut == ["54 bytes behind the picture's end"])
            #expect(!String(decoding: try lab.bytes("out-b.jpg"), as: UTF8.self).contains("SECRET"))
        }
    }
}
