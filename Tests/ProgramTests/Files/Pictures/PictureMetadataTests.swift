// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

extension PicturesTests {
    @Suite struct PictureMetadataTests {
        @Test(arguments: (1...8).map { ($0, "png") } + [(5, "jpg"), (6, "jpg"), (6, "webp"), (7, "tif"), (8, "apng")])
        func comesOutUpright(_ orientation: Int, _ suffix: String) throws {
            let lab = try PictureLab()
            let extra =
                switch suffix {
                case "tif": "tiffinfo={0x0112: \(orientation)}"
                case "webp": "exif=exif(\(orientation)), lossless=True"
                case "apng":
                    "format='PNG', exif=exif(\(orientation)), save_all=True, append_images=[lay(\(orientation)).point(lambda v: v * 3 // 4)]"
                default: "exif=exif(\(orientation))"
                }
            try lab.python("face.save('upright.png'); lay(\(orientation)).save('a.\(suffix)', \(extra))")
            let summary = try lab.mask("a.\(suffix)")
            #expect(summary.faces == summary.frames, "a face that lies on its side is not found")
            let differences = try Differences(lab, "upright.png", "out-a.\(suffix)")
            #expect(differences.outside <= (suffix == "jpg" ? 60 : 0))
            #expect(differences.inside > 8)
            // And says nothing of turning any more.
            let left = try lab.python("print(dict(Image.open('out-a.\(suffix)').getexif()).get(0x0112, 1))")
            #expect(left == "1")
        }

        @Test(arguments: ["png", "jpg", "webp", "tif", "gif", "apng"]) func leavesOutWhatNamesPeople(_ suffix: String)
            throws
        {
            let lab = try PictureLab()
            try lab.python(
                """
                from PIL import PngImagePlugin, TiffImagePlugin
                secret = 'SECRET'
                if '\(suffix)' in ('png', 'apng'):
                    info = PngImagePlugin.PngInfo()
                    info.add_text('Title', secret); info.add_text('Long', secret * 9, zip=True); info.add_itxt('XML:com.adobe.xmp', secret)
                    more = dict(save_all=True, append_images=[face.rotate(3)], format='PNG') if '\(suffix)' == 'apng' else {}
                    face.save('a.\(suffix)', pnginfo=info, exif=exif(1), icc_profile=icc, **more)
                    insert('a.\(suffix)', chunk(b'prVt', b'SECRET') + chunk(b'tIME', bytes([7, 230, 1, 1, 1, 1, 1])))
                    open('a.\(suffix)', 'ab').write(b'SECRET')
                elif '\(suffix)' == 'jpg':
                    face.save('a.jpg', exif=exif(1), comment=b'SECRET', icc_profile=icc)
                    segment = lambda m, d: bytes([0xff, m]) + struct.pack('>H', len(d) + 2) + d
                    thumbnail = io.BytesIO(); face.resize((40, 48)).save(thumbnail, 'JPEG')
                    insert('a.jpg', segment(0xe1, b'http://ns.adobe.com/xap/1.0/\\0SECRET') + segment(0xed, b'Photoshop 3.0\\0SECRET')
                           + segment(0xe2, b'MPF\\0SECRET') + segment(0xe5, b'SECRET') + segment(0xe0, b'JFXX\\0\\x10' + thumbnail.getvalue()), 20)
                    open('a.jpg', 'ab').write(thumbnail.getvalue() + b'SECRET')
                elif '\(suffix)' == 'webp':
                    face.save('a.webp', exif=exif(1), xmp=b'SECRET', icc_profile=icc)
                    open('a.webp', 'ab').write(b'SECRET')
                elif '\(suffix)' == 'tif':
                    ifd = TiffImagePlugin.ImageFileDirectory_v2()
                    for tag in (270, 271, 315, 33432): ifd[tag] = secret
                    face.save('a.tif', tiffinfo=ifd, icc_profile=icc)
                else:
                    face.save('a.gif', save_all=True, append_images=[face.rotate(3)], comment=b'SECRET')
                    open('a.gif', 'ab').write(b'SECRET')
                assert b'SECRET' in open('a.\(suffix)', 'rb').read()
                """)
            let summary = try lab.mask("a.\(suffix)")
            let written = try lab.bytes("out-a.\(suffix)")
            #expect(!written.isEmpty)
            #expect(!Data(written).contains("SECRET"))
            #expect(!Data(written).contains("JFXX"))
            #expect(!summary.leftOut.isEmpty)
            if suffix != "gif" {
                // The profile is the source's, byte for byte.
                #expect(try lab.python("print(Image.open('out-a.\(suffix)').info['icc_profile'] == icc)") == "True")
            }
        }

        @Test func carriesColourInformationOfPNG() throws {
            let lab = try PictureLab()
            try lab.python(
                """
                face.save('a.png')
                insert('a.png', chunk(b'gAMA', struct.pack('>I', 45455)) + chunk(b'cHRM', struct.pack('>8I', 31270, 32900,
                       64000, 33000, 30000, 60000, 15000, 6000)) + chunk(b'cICP', bytes([9, 16, 0, 1])) + chunk(b'mDCV', bytes(range(24)))
                       + chunk(b'cLLI', bytes(range(8))) + chunk(b'pHYs', struct.pack('>IIB', 2835, 2836, 1)))
                face.save('b.png'); insert('b.png', chunk(b'sRGB', bytes([1])))
                """)
            try lab.mask("a.png")
            try lab.mask("b.png")
            let chunks = """
                def chunks(name):
                    d = open(name, 'rb').read(); at = 8; found = {}
                    while at < len(d):
                        n = struct.unpack('>I', d[at:at + 4])[0]; found[d[at + 4:at + 8]] = d[at + 8:at + 8 + n]; at += 12 + n
                    return found
                for name, wanted in (('a.png', b'gAMA cHRM cICP mDCV cLLI pHYs'), ('b.png', b'sRGB')):
                    before, after = chunks(name), chunks('out-' + name)
                    for chunk in wanted.split(): assert before[chunk] == after[chunk], (chunk, after.get(chunk))
                """
            #expect(try lab.python(chunks) == "")
        }

        @Test func leavesOutProfilesThatDoNotFit() throws {
            let lab = try PictureLab()
            try lab.python(
                "face.convert('L').save('grey.jpg', icc_profile=icc); face.save('bad.jpg', icc_profile=b'no profile')")
            #expect(try lab.mask("grey.jpg").leftOut == ["an ICC profile that is not for its colours"])
            #expect(try lab.mask("bad.jpg").leftOut == ["an ICC profile that is damaged"])
            #expect(try lab.python("print('icc_profile' in Image.open('out-grey.jpg').info)") == "False")
        }

        @Test func survivesEXIFThatIsNonsense() throws {
            let lab = try PictureLab()
            let tables: [[UInt8]] = [
                [], [0x4d], Array("MM\0*".utf8), Array("MM\0*\u{7f}".utf8) + [0xff, 0xff, 0xff],
                Array("II*\0".utf8) + [8, 0, 0, 0, 0xff, 0xff],
                Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 99, 0, 0],
                Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 4, 0xff, 0xff, 0xff, 0xff, 0, 6, 0, 0],
            ]
            for table in tables {
                let hexadecimal = table.map { String(format: "%02x", $0) }.joined()
                try lab.python("face.save('a.png'); insert('a.png', chunk(b'eXIf', bytes.fromhex('\(hexadecimal)')))")
                let facts = try MediaJob.facts(of: lab.request("a.png"))
                #expect(facts.width == 200 && facts.height == 240)
            }
        }
    }
}

extension Data {
    fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}
