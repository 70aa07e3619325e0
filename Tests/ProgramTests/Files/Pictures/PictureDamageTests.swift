// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

extension PicturesTests {
    @Suite struct PictureDamageTests {
        @Test(arguments: ["png", "jpg", "webp", "bmp", "tif", "gif", "apng"])
        func refusesEveryPictureThatIsCutOff(_ suffix: String) throws {
            let lab = try PictureLab()
            let more = suffix == "apng" || suffix == "gif" ? ", save_all=True, append_images=[face.rotate(5)]" : ""
            let format = suffix == "apng" ? ", format='PNG'" : ""
            try lab.python("face.save('a.\(suffix)'\(more)\(format))")
            let whole = try lab.bytes("a.\(suffix)")
            // At every place of the start and of the end, and at some between.
            let places =
                Array(1..<64) + stride(from: 64, to: whole.count - 64, by: whole.count / 40)
                + Array(whole.count - 64..<whole.count)
            for place in places {
                try lab.write(Array(whole[..<place]), to: "cut.\(suffix)")
                #expect(throws: ProgramFailure.self, "cut at \(place) of \(whole.count)") {
                    try lab.mask("cut.\(suffix)")
                }
                #expect(try lab.bytes("out-cut.\(suffix)").isEmpty)
            }
        }

        @Test func namesTheDamage() throws {
            let lab = try PictureLab()
            try lab.python(
                "face.save('a.png'); face.save('a.jpg'); face.save('a.bmp'); face.save('a.webp'); face.save('a.tif')")
            let png = try lab.bytes("a.png")
            try lab.write(Array(png.dropLast(12)), to: "b.png")
            try lab.expectRefusal("b.png", saying: "b.png is damaged: the file ends early: there is no IEND")
            var wrong = png
            wrong[png.count / 2] ^= 1
            try lab.write(wrong, to: "c.png")
            try lab.expectRefusal("c.png", saying: "c.png is damaged: the checksum of its chunk IDAT is wrong")
            let jpeg = try lab.bytes("a.jpg")
            try lab.write(Array(jpeg.dropLast(2)), to: "b.jpg")
            try lab.expectRefusal("b.jpg", saying: "b.jpg is damaged: Premature end of JPEG file")
            // A hole: the decoder would go on with the next restart or with grey.
            try lab.write(Array(jpeg[..<(jpeg.count / 2)] + jpeg[(jpeg.count / 2 + 400)...]), to: "c.jpg")
            try lab.expectRefusal("c.jpg", saying: "c.jpg is damaged: Corrupt JPEG data")
            try lab.write(Array(try lab.bytes("a.bmp").dropLast(10)), to: "b.bmp")
            try lab.expectRefusal("b.bmp", saying: "b.bmp is damaged: its pixels end early: 10 bytes are missing")
            try lab.write(Array(try lab.bytes("a.webp").dropLast(10)), to: "b.webp")
            try lab.expectRefusal("b.webp", saying: "b.webp is damaged: its parts do not fit together, or end early")
            try lab.write(Array(try lab.bytes("a.tif").dropLast(10)), to: "b.tif")
            try lab.expectRefusal("b.tif", saying: "b.tif is damaged: Read error")
        }

        /// Pixels that end before the picture does, in a file whose parts are all there.
        @Test func refusesPicturesWithTooFewPixels() throws {
            let lab = try PictureLab()
            try lab.python(
                """
                head = struct.pack('>IIBBBBB', 200, 240, 8, 2, 0, 0, 0)
                row = b'\\0' + bytes(600)
                open('a.png', 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', head) + chunk(b'IDAT', zlib.compress(row * 100)) + chunk(b'IEND', b''))
                face.convert('P').save('a.gif')
                d = open('a.gif', 'rb').read()
                # The image descriptor of the first frame says one row more than there is.
                at = d.rindex(b'\\x2c\\0\\0\\0\\0\\xc8\\0\\xf0\\0')
                open('b.gif', 'wb').write(d[:6] + struct.pack('<HH', 200, 400) + d[10:at + 7] + struct.pack('<H', 400) + d[at + 9:])
                """)
            try lab.expectRefusal("a.png", saying: "damaged: Not enough image data")
            try lab.expectRefusal("b.gif", saying: "b.gif is damaged")
        }

        @Test func refusesSizesBeyondTheLimit() throws {
            let lab = try PictureLab()
            try lab.python(
                """
                def png(name, w, h):
                    open(name, 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0))
                        + chunk(b'IDAT', zlib.compress(b'')) + chunk(b'IEND', b''))
                png('wide.png', 32768, 1); png('large.png', 16384, 8193); png('huge.png', 2**31 - 1, 2**31 - 1)
                face.save('a.jpg'); d = bytearray(open('a.jpg', 'rb').read())
                at = d.index(b'\\xff\\xc0'); d[at + 5:at + 9] = struct.pack('>HH', 65500, 65500); open('large.jpg', 'wb').write(d)
                face.save('a.bmp'); d = bytearray(open('a.bmp', 'rb').read())
                d[18:26] = struct.pack('<ii', 2**31 - 1, -2**31); open('large.bmp', 'wb').write(d)
                face.save('a.gif'); d = bytearray(open('a.gif', 'rb').read())
                d[6:10] = struct.pack('<HH', 65535, 65535); open('large.gif', 'wb').write(d)
                """)
            try lab.expectRefusal("wide.png", saying: "32768x1 pixels: GStreamer takes at most 32767 a side")
            try lab.expectRefusal("large.png", saying: "16384x8193 pixels: faceanon takes at most 134217728")
            for name in ["huge.png", "large.jpg", "large.bmp", "large.gif"] {
                try lab.expectRefusal(name, saying: "GStreamer takes at most 32767 a side")
            }
        }

        @Test func refusesWhatItCannotMask() throws {
            let lab = try PictureLab()
            try lab.python(
                """
                face.convert('1').save('bit.tif'); face.convert('CMYK').save('cmyk.tif'); face.convert('F').save('float.tif')
                face.save('pages.tif', save_all=True, append_images=[face]); face.convert('LAB').save('lab.tif')
                face.save('anim.webp', save_all=True, append_images=[face.rotate(9)])
                """)
            try lab.expectRefusal("bit.tif", saying: "a TIFF with samples of 1 bits: only 8 and 16 are masked")
            try lab.expectRefusal("cmyk.tif", saying: "a TIFF in CMYK")
            try lab.expectRefusal("lab.tif", saying: "a TIFF in Lab")
            try lab.expectRefusal("float.tif", saying: "a TIFF of floating-point numbers")
            try lab.expectRefusal("pages.tif", saying: "a TIFF of 2 pages: write each page to a file of its own")
            try lab.expectRefusal(
                "anim.webp", saying: "anim.webp is an animated WebP: turn it into GIF, APNG or a video first")
        }

        @Test func refusesAJPEGOf12Bits() throws {
            let lab = try PictureLab()
            try lab.python(
                "face.save('a.jpg'); d = bytearray(open('a.jpg', 'rb').read()); d[d.index(b'\\xff\\xc0') + 4] = 12; "
                    + "open('a.jpg', 'wb').write(d)")
            try lab.expectRefusal("a.jpg", saying: "a.jpg is a JPEG of a sort that libjpeg does not read")
        }

        @Test func saysWhichNameFits() throws {
            let lab = try PictureLab()
            try lab.python("face.save('a.jpg'); os.rename('a.jpg', 'a.png'); face.save('b.png'); face.save('c.gif')")
            try lab.expectRefusal(
                "a.png", .misuse, saying: "a.png is a JPEG picture and comes out as one: let OUT end in .jpg")
            let summary = try lab.mask("a.png", to: "out.jpg")
            #expect(summary.warnings == ["its name ends in .png, but it holds JPEG: it is taken as that"])
            #expect(try MediaJob.facts(of: lab.request("a.png")).suffix == "jpg")
            try lab.expectRefusal("b.png", to: "b.mp4", .misuse, saying: "let OUT end in .png")
            try lab.expectRefusal("c.gif", to: "c.png", .misuse, saying: "let OUT end in .gif, or in .mp4 for a video")
        }

        @Test func leavesNothingWhereThereIsNoRoom() throws {
            let lab = try PictureLab()
            try lab.python("face.save('a.png')")
            do throws(ProgramFailure) {
                var request = lab.request("a.png")
                request.output = MediaPath("/dev/full")
                _ = try MediaJob.run(request) { _ in }
                Issue.record("a full disk is no reason to fail")
            } catch {
                #expect(error.status == .storage)
            }
        }
    }

    @Suite struct PictureContentTests {
        @Test(arguments: [
            ("0000001c66747970 68656963", "HEIC"), ("0000001c66747970 61766966", "AVIF"),
            ("0000001c66747970 6d696631", "HEIF"), ("ff0a", "JPEG XL"), ("0000000c6a502020", "JPEG 2000"),
            ("38425053", "Photoshop (PSD)"), ("67696d7020786366", "GIMP (XCF)"), ("8a4d4e47", "MNG"),
            ("00000100", "Windows icon (ICO)"), ("762f3101", "OpenEXR"), ("50360a", "PNM"),
            ("49492a0008000000 4352", "the raw picture of a camera"), ("255044462d", "PDF"),
            ("3c3f786d6c3f3e3c73766720", "SVG"), ("3c73766720", "SVG"),
        ]) func namesKindsThatAreLeftAlone(_ bytes: String, _ name: String) {
            let digits = Array(bytes.filter { $0 != " " })
            let head = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
            #expect(PictureContent(head: head) == .leftAlone(name))
        }

        @Test func tellsKindsByContent() {
            let heads: [(String, PictureKind)] = [
                ("\u{ff}\u{d8}\u{ff}\u{e0}", .jpeg), ("GIF89a", .gif), ("GIF87a", .gif), ("II*\0\u{8}", .tiff),
                ("MM\0*", .tiff), ("RIFF\0\0\0\0WEBP", .webp), ("\u{89}PNG\r\n\u{1a}\n", .png),
            ]
            for (text, kind) in heads {
                let head = text.unicodeScalars.map { UInt8($0.value) }
                #expect(PictureContent(head: head, suffix: "txt") == .picture(kind))
                #expect(PictureContent(head: Array(head.dropLast(head.count / 2 + 1))) == .other)
            }
            #expect(PictureContent(head: Array("RIFF\0\0\0\0AVI ".utf8)) == .other)
            #expect(PictureContent(head: Array("\0\0\0\u{20}ftypisom".utf8)) == .other)
            #expect(
                PictureContent(head: Array("II*\0\u{8}".utf8), suffix: "nef")
                    == .leftAlone("the raw picture of a camera"))
            #expect(PictureContent(head: [], suffix: "tga") == .leftAlone("TGA"))
            #expect(PictureContent(head: []) == .other)
        }

        @Test func refusesThemByName() throws {
            let lab = try PictureLab()
            try lab.python("open('a.heic', 'wb').write(b'\\0\\0\\0\\x1cftypheic' + bytes(99))")
            try lab.expectRefusal("a.heic", saying: "a.heic is HEIC, which is not masked here: PNG")
        }
    }
}
