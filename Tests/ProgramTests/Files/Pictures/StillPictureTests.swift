// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

extension PicturesTests {
    @Suite struct StillPictureTests {
        /// How each picture is made, and what `ffprobe` says of its pixels before and after.
        struct Kind: CustomTestStringConvertible, Sendable {
            let name: String
            let script: String
            let format: String
            var outFormat: String?
            var testDescription: String { name }
        }

        /// Kinds that keep every pixel outside the masks.
        static let lossless: [Kind] = [
            Kind(name: "rgb.png", script: "face.save('rgb.png')", format: "rgb24"),
            Kind(name: "grey.png", script: "face.convert('L').save('grey.png')", format: "gray"),
            Kind(
                name: "palette.png", script: "face.quantize(64).save('palette.png')", format: "pal8",
                outFormat: "rgb24"),
            Kind(
                name: "interlaced.png",
                script: "ffmpeg('-i', os.environ['FACEANON_ROOT'] + '/build/test-data/astronaut.png', "
                    + "'-vf', 'crop=200:240:140:20', '-flags', '+ilme', 'interlaced.png')", format: "rgb24"),
            Kind(
                name: "rgb16.png",
                script: "face.save('a.png'); ffmpeg('-i', 'a.png', '-pix_fmt', 'rgb48be', 'rgb16.png')",
                format: "rgb48be"),
            Kind(
                name: "grey16.png",
                script: "face.save('a.png'); ffmpeg('-i', 'a.png', '-pix_fmt', 'gray16be', 'grey16.png')",
                format: "gray16be"),
            Kind(
                name: "alpha.png",
                script: "f = face.convert('RGBA'); f.putalpha(f.convert('L').point(lambda v: 0 if v < 60 else 200)); "
                    + "f.save('alpha.png')", format: "rgba"),
            Kind(
                name: "alpha16.png",
                script: "f = face.convert('RGBA'); f.putalpha(128); f.save('a.png'); "
                    + "ffmpeg('-i', 'a.png', '-pix_fmt', 'rgba64be', 'alpha16.png')", format: "rgba64be"),
            Kind(
                name: "greyalpha.png",
                script: "f = face.convert('LA'); f.putalpha(128); f.save('greyalpha.png')", format: "ya8"),
            Kind(
                name: "greyalpha16.png",
                script: "face.save('a.png'); ffmpeg('-i', 'a.png', '-pix_fmt', 'ya16be', 'greyalpha16.png')",
                format: "ya16be"),
            Kind(
                name: "key.png",
                script: "f = face.copy(); f.putpixel((0, 0), (1, 2, 3)); f.save('key.png', transparency=(1, 2, 3))",
                format: "rgba"),
            Kind(name: "lossless.webp", script: "face.save('lossless.webp', lossless=True)", format: "argb"),
            Kind(name: "rgb.bmp", script: "face.save('rgb.bmp')", format: "bgr24"),
            Kind(name: "odd.bmp", script: "face.crop((0, 0, 199, 239)).save('odd.bmp')", format: "bgr24"),
            Kind(
                name: "palette.bmp", script: "face.quantize(64).save('palette.bmp')", format: "pal8",
                outFormat: "bgr24"),
            Kind(name: "bit.bmp", script: "face.convert('1').save('bit.bmp')", format: "pal8", outFormat: "bgr24"),
            Kind(
                name: "565.bmp",
                script: "face.save('a.png'); ffmpeg('-i', 'a.png', '-pix_fmt', 'rgb565le', '565.bmp')",
                format: "rgb565le", outFormat: "bgr24"),
            Kind(name: "rgb.tif", script: "face.save('rgb.tif')", format: "rgb24"),
            Kind(name: "lzw.tif", script: "face.save('lzw.tif', compression='tiff_lzw')", format: "rgb24"),
            Kind(name: "grey.tif", script: "face.convert('L').save('grey.tif')", format: "gray"),
            Kind(
                name: "palette.tif", script: "face.quantize(64).save('palette.tif')", format: "pal8",
                outFormat: "rgb24"),
            Kind(
                name: "rgb16.tif",
                script: "face.save('a.png'); ffmpeg('-i', 'a.png', '-pix_fmt', 'rgb48le', 'rgb16.tif')",
                format: "rgb48le"),
            Kind(
                name: "grey16.tif",
                script: "face.save('a.png'); ffmpeg('-i', 'a.png', '-pix_fmt', 'gray16le', 'grey16.tif')",
                format: "gray16le"),
            Kind(
                name: "alpha.tif", script: "f = face.convert('RGBA'); f.putalpha(128); f.save('alpha.tif')",
                format: "rgba"),
        ]

        @Test(arguments: lossless) func keepsEveryPixelOutsideTheMask(_ kind: Kind) throws {
            let lab = try PictureLab()
            try lab.python(kind.script)
            let summary = try lab.mask(kind.name)
            #expect(summary.frames == 1 && summary.faces == 1)
            let differences = try Differences(lab, kind.name, "out-" + kind.name)
            // 565: FFmpeg widens 5 bits by repeating them, and rounds otherwise than the program does, by less than 1.
            #expect(differences.outside <= (kind.name == "565.bmp" ? 1 : 0))
            #expect(differences.inside > 8)
            #expect(try Self.format(lab, kind.name) == kind.format)
            #expect(try Self.format(lab, "out-" + kind.name) == kind.outFormat ?? kind.format)
        }

        static func format(_ lab: PictureLab, _ name: String) throws -> String {
            try lab.python(
                "print(subprocess.run(['ffprobe', '-v', 'error', '-show_entries', 'stream=pix_fmt', '-of', 'csv=p=0', "
                    + "'\(name)'], check=True, stdout=subprocess.PIPE, text=True).stdout.strip())")
        }

        @Test func keepsNoColourUnderTransparentPixelsOfAMask() throws {
            let lab = try PictureLab()
            try lab.python("f = face.convert('RGBA'); f.putalpha(0); f.save('hidden.png')")
            let summary = try lab.mask("hidden.png")
            #expect(summary.faces == 1)
            let differences = try Differences(lab, "hidden.png", "out-hidden.png")
            #expect(differences.outside == 0)
            #expect(differences.inside > 8, "the face is still under alpha 0")
        }

        /// The colours say nothing: all that is to be seen is in alpha.
        @Test(arguments: ["png", "tif", "webp"], [0, 255]) func masksAFaceThatAlphaDraws(
            _ suffix: String, _ ground: Int
        ) throws {
            let lab = try PictureLab()
            try lab.python(
                """
                f = Image.new('RGBA', face.size, (\(ground),) * 3)
                luma = face.convert('L'); f.putalpha(luma if \(ground) else luma.point(lambda v: 255 - v))
                f.save('a.\(suffix)', **(dict(quality=90) if '\(suffix)' == 'webp' else {}))
                """)
            let summary = try lab.mask("a.\(suffix)")
            #expect(summary.faces == 1)
            #expect(summary.warnings.contains { $0.contains("seen through transparency") })
            let text = try lab.python(
                """
                def alpha(name): return np.asarray(Image.open(name).convert('RGBA'))[:, :, 3].astype(int)
                a, b = alpha('a.\(suffix)'), alpha('out-a.\(suffix)')
                print((b[70:150, 60:130] == 255).mean() > 0.98)
                d = abs(a - b); d[box[1]:box[3], box[0]:box[2]] = 0; print(d.max())
                """)
            #expect(text == "True\n0")
        }

        @Test func saysWhatBecomesOfAPalette() throws {
            let lab = try PictureLab()
            try lab.python("face.quantize(64).save('a.png')")
            #expect(try lab.mask("a.png").warnings == ["it had a palette, and comes out as RGB"])
        }

        @Test(arguments: ["a.png", "a.tif", "a.bmp", "a.webp", "a.jpg"]) func isOneFrameWithoutATime(_ name: String)
            throws
        {
            let lab = try PictureLab()
            try lab.python("face.save('\(name)')")
            try lab.mask(name) { $0.report = MediaPath(lab.path("report")) }
            let report = try lab.bytes("report")
            let line = try JSONSerialization.jsonObject(with: Data(report)) as? [String: Any]
            #expect(line?["frame"] as? Int == 0)
            #expect(line?["pts"] is NSNull)
            #expect((line?["faces"] as? [Any])?.count == 1)
        }

        @Test func carriesLossyWebP() throws {
            let lab = try PictureLab()
            try lab.python("face.save('a.webp', quality=80)")
            try lab.mask("a.webp")
            let differences = try Differences(lab, "a.webp", "out-a.webp")
            #expect(differences.outside < 40)
            #expect(differences.inside > 8)
            #expect(try Self.format(lab, "out-a.webp") == "yuv420p")
        }

        @Test func takesQualityForWebP() throws {
            let lab = try PictureLab()
            try lab.python("face.save('a.webp', quality=80)")
            try lab.mask("a.webp", to: "low.webp") { $0.quality = 5 }
            try lab.mask("a.webp", to: "high.webp") { $0.quality = 95 }
            #expect(try lab.bytes("low.webp").count * 3 < lab.bytes("high.webp").count)
        }

        @Test(arguments: ["png", "jpg", "webp", "bmp", "tif"]) func masksPicturesThatNoFaceFitsInto(_ suffix: String)
            throws
        {
            let lab = try PictureLab()
            try lab.python(
                "for w, h in ((1, 1), (3, 1), (1, 5), (17, 9)): "
                    + "face.resize((w, h)).save(f'{w}x{h}.\(suffix)')")
            for size in ["1x1", "3x1", "1x5", "17x9"] {
                let summary = try lab.mask("\(size).\(suffix)")
                #expect(summary.frames == 1 && summary.faces == 0)
            }
        }

        @Test func tellsFactsWithoutMasking() throws {
            let lab = try PictureLab()
            try lab.python("lay(6).save('a.jpg', exif=exif(6), icc_profile=icc)")
            let facts = try MediaJob.facts(of: lab.request("a.jpg"))
            #expect(facts.kind == .picture && facts.width == 200 && facts.height == 240 && facts.frames == 1)
            #expect(facts.suffix == "jpg")
            #expect(facts.description.contains("YCbCr 4:2:0"))
            #expect(facts.leftOut.contains { $0.hasPrefix("EXIF") })
        }

        /// The element's own settings reach it.
        @Test func takesSettingsOfTheElement() throws {
            let lab = try PictureLab()
            try lab.python("face.save('a.png')")
            #expect(try lab.mask("a.png") { $0.element = ["min-size=190"] }.faces == 0)
            #expect(throws: ProgramFailure.self) { try lab.mask("a.png") { $0.element = ["min-size=x"] } }
        }
    }
}
