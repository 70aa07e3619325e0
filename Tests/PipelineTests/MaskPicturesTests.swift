// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// Pictures as they come: upright, in their own kind, at their depth, or named with a reason.
@Suite struct MaskPicturesTests {
    /// A PNG with chunks put in after its header: `kind` and `data` as Python writes bytes.
    private static func makePNG(_ name: String, from source: String, _ chunks: [(String, String)], in scratch: Scratch)
        throws
    {
        let list = chunks.map { "(b'\($0.0)',\($0.1))" }.joined(separator: ",")
        let script = """
            import zlib,struct
            b=open('\(source)','rb').read(); o=b[:33]
            for k,d in [\(list)]: o+=struct.pack('>I',len(d))+k+d+struct.pack('>I',zlib.crc32(k+d))
            open('\(name)','wb').write(o+b[33:])
            """
        let outcome = try Command.run(["/usr/bin/python3", "-c", script], directory: scratch.path)
        try #require(outcome.status == 0, "\(outcome.text)")
    }

    private static func stream(_ file: String, _ entry: String, in scratch: Scratch) throws -> String {
        let outcome = try Command.run(
            ["ffprobe", "-v", "error", "-show_entries", "stream=\(entry)", "-of", "csv=p=0", file],
            directory: scratch.path)
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func everySuffixIsMaskedAsItsOwnKind() throws {
        let scratch = try Scratch()
        _ = try scratch.folder("in")
        for name in ["a.jpg", "a.png", "a.bmp", "a.tif", "a.webp"] {
            try MaskProgram.makePicture("in/" + name, in: scratch)
        }
        for name in ["a.jpeg", "a.JPE", "a.jfif"] { try scratch.copy(scratch / "in/a.jpg", to: "in/" + name) }
        try scratch.write(Data("<svg/>".utf8), to: "in/a.svg")
        try scratch.write(Data("8BPS".utf8), to: "in/a.psd")
        let outcome = try MaskProgram.run(["in", "--output-dir", "out", "--mask", "fill"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(
            outcome.output.contains("a.svg: left alone") && outcome.output.contains("a.psd: left alone"),
            "\(outcome.output)")
        #expect(
            outcome.output.contains("8 files masked") && outcome.output.contains("2 left alone"), "\(outcome.output)")
        for name in scratch.names(in: "out") {
            #expect(try MaskProgram.isMasked("out/" + name, of: "in/" + name, in: scratch), "\(name)")
            #expect(
                try Self.stream("out/" + name, "codec_name", in: scratch)
                    == Self.stream("in/" + name, "codec_name", in: scratch))
        }
        #expect(scratch.names(in: "out").count == 8)
    }

    /// The face lies on its side in the file; EXIF says how it is to be turned.
    @Test(arguments: ["png", "jpg"]) func picturesComeOutUpright(_ kind: String) throws {
        let scratch = try Scratch()
        try MaskProgram.ffmpeg(
            ["-i", MaskProgram.picture, "-vf", "scale=256:240,transpose=cclock", "plain." + kind], in: scratch)
        let exif = #"b'MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0'"#
        if kind == "png" {
            try Self.makePNG("in.png", from: "plain.png", [("eXIf", exif)], in: scratch)
        } else {
            let body =
                Data("Exif\0\0".utf8)
                + Data([0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0])
            let jpeg = scratch.data("plain.jpg")
            try scratch.write(
                jpeg.prefix(2) + Data([0xFF, 0xE1, 0, UInt8(body.count + 2)]) + body + jpeg.dropFirst(2), to: "in.jpg")
        }
        let outcome = try MaskProgram.run(["in." + kind, "--output", "out." + kind, "--mask", "fill"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(try Self.stream("out." + kind, "width,height", in: scratch) == "256,240")
        #expect(try MaskProgram.isMasked("out." + kind, of: MaskProgram.picture, in: scratch))
    }

    @Test func depthAndProfileStay() throws {
        let scratch = try Scratch()
        try MaskProgram.ffmpeg(
            ["-i", MaskProgram.picture, "-vf", "scale=256:256", "-pix_fmt", "rgb48be", "plain.png"], in: scratch)
        // libpng's own minimum of a profile: 132 bytes with a signature, RGB, no tags.
        let profile =
            #"b'x\0\0'+zlib.compress(struct.pack('>I4sI4s4s4s',132,b'lcms',0x02100000,b'mntr',b'RGB ',b'XYZ ')+bytes(12)"#
            + #"+b'acsp'+bytes(28)+struct.pack('>III',63190,65536,54061)+bytes(48)+bytes(4))"#
        try Self.makePNG("in.png", from: "plain.png", [("iCCP", profile)], in: scratch)
        let outcome = try MaskProgram.run(["in.png", "--output", "out.png", "--mask", "fill"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(try Self.stream("out.png", "pix_fmt", in: scratch) == "rgb48be")
        #expect(
            scratch.data("out.png").range(of: Data("iCCP".utf8)) != nil || outcome.output.contains("profile"),
            "\(outcome.output)")
        #expect(try MaskProgram.isMasked("out.png", of: "plain.png", in: scratch))
    }

    @Test func whatIsTooBigIsRefusedWithTheLimit() throws {
        let scratch = try Scratch()
        let script = """
            import zlib,struct
            w,h=40000,8000
            c=zlib.compressobj(1); z=b''.join(c.compress(bytes(1+w)) for _ in range(h))+c.flush()
            f=open('big.png','wb'); f.write(b'\\x89PNG\\r\\n\\x1a\\n')
            for k,d in ((b'IHDR',struct.pack('>IIBBBBB',w,h,8,0,0,0,0)),(b'IDAT',z),(b'IEND',b'')): f.write(struct.pack('>I',len(d))+k+d+struct.pack('>I',zlib.crc32(k+d)))
            """
        try #require(try Command.run(["/usr/bin/python3", "-c", script], directory: scratch.path).status == 0)
        let outcome = try MaskProgram.run(["big.png", "--output", "out.png"], in: scratch)
        #expect(outcome.status == 3, "\(outcome.status) \(outcome.text)")
        #expect(outcome.errors.contains("40000") && !scratch.has("out.png"), "\(outcome.errors)")
    }
}
