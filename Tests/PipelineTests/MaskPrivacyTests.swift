// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// What may name people stays behind, and is said; what plays the sound comes along.
@Suite struct MaskPrivacyTests {
    /// A word that is looked for in every byte of the output.
    private static let name = "Some Body"

    private static func holdsName(_ file: String, in scratch: Scratch, name: String = name) -> Bool {
        let data = scratch.data(file)
        let wide = Data(name.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        let wideBig = Data(name.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
        return [Data(name.utf8), wide, wideBig].contains { data.range(of: $0) != nil }
    }

    /// A file with the name wherever a container has room for it.
    private static func makeNamed(_ file: String, in scratch: Scratch, _ extra: [String] = []) throws {
        try scratch.write(Data("1\n00:00:00,100 --> 00:00:00,900\n\(name) speaks\n".utf8), to: "s.srt")
        try scratch.write(
            Data(";FFMETADATA1\ntitle=\(name)\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=\(name)\n".utf8),
            to: "m.txt")
        try scratch.write(Data("\(name) has written this.".utf8), to: "note.txt")
        let isMatroska = file.hasSuffix("mkv")
        var arguments = ["-loop", "1", "-framerate", "10", "-i", MaskProgram.picture, "-f", "lavfi", "-i", "sine=440"]
        arguments += ["-i", "s.srt", "-i", "m.txt", "-map", "0:v", "-map", "1:a", "-map", "2:s"]
        arguments += ["-map_metadata", "3", "-map_chapters", "3", "-t", "1", "-vf", "scale=256:256,format=yuv420p"]
        arguments += [
            "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-c:s", isMatroska ? "srt" : "mov_text",
        ]
        for tag in ["title", "artist", "comment", "description", "copyright", "location", "synopsis", "show"] {
            arguments += ["-metadata", "\(tag)=\(name)"]
        }
        for stream in ["v", "a", "s"] {
            let option = "-metadata:s:\(stream):0"
            arguments += [option, "title=\(name)", option, "handler_name=\(name)"]
        }
        arguments += ["-metadata:s:a:0", "language=eng", "-disposition:a:0", "default+visual_impaired"]
        if isMatroska { arguments += ["-attach", "note.txt", "-metadata:s:t", "mimetype=text/plain"] }
        try MaskProgram.ffmpeg(arguments + extra + [file], in: scratch)
    }

    @Test(arguments: ["mkv", "mp4", "mov"], ["mkv", "mp4", "mov"])
    func noNameComesAlong(_ from: String, _ to: String) throws {
        let scratch = try Scratch()
        try Self.makeNamed("in." + from, in: scratch)
        try #require(Self.holdsName("in." + from, in: scratch))
        let outcome = try MaskProgram.run(["in." + from, "--output", "out." + to, "--progress", "json"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(!Self.holdsName("out." + to, in: scratch))
        let left =
            try MaskProgram.events(outcome.output).first { $0.event == "file" }?.leftOut?.joined(separator: "; ") ?? ""
        for what in ["subtitle", "chapter"] + (from == "mkv" ? ["attach"] : []) {
            #expect(left.lowercased().contains(what), "\(what): \(left)")
        }
        // What is no name stays: the language of the sound, and what it is for.
        struct Answer: Decodable {
            struct Stream: Decodable {
                let codec_type: String
                let tags: [String: String]?
                let disposition: [String: Int]
            }
            let streams: [Stream]
        }
        let probe = try Command.run(
            ["ffprobe", "-v", "error", "-show_streams", "-of", "json", "out." + to], directory: scratch.path)
        let streams = try JSONDecoder().decode(Answer.self, from: Data(probe.output.utf8)).streams
        #expect(streams.map(\.codec_type).sorted() == ["audio", "video"])
        let sound = streams.first { $0.codec_type == "audio" }
        #expect(sound?.tags?["language"] == "eng", "\(sound?.tags ?? [:])")
        // MOV has no place for it.
        #expect(sound?.disposition["visual_impaired"] == 1 || from == "mov" || to != "mkv")
    }

    /// GStreamer's muxers put the comments of Vorbis and FLAC into what a track brings along for its decoder.
    @Test(arguments: ["vorbisenc", "flacenc", "opusenc"])
    func soundHeadersNameNobody(_ encoder: String) throws {
        let scratch = try Scratch()
        let line =
            "audiotestsrc num-buffers=40 ! taginject tags=artist=SomeBody ! audioconvert ! audioresample ! "
            + "\(encoder) ! matroskamux name=m ! filesink location=in.mkv "
            + "videotestsrc num-buffers=20 ! x264enc speed-preset=ultrafast ! h264parse ! m."
        let made = try Command.run(["sh", "-c", "gst-launch-1.0 -q \(line)"], directory: scratch.path)
        try #require(made.status == 0 && Self.holdsName("in.mkv", in: scratch, name: "SomeBody"), "\(made.text)")
        let outcome = try MaskProgram.run(["in.mkv", "--output", "out.mkv"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(!Self.holdsName("out.mkv", in: scratch, name: "SomeBody"))
        let decoded = try Command.run(
            ["ffmpeg", "-v", "error", "-i", "out.mkv", "-map", "0:a", "-f", "null", "-"], directory: scratch.path)
        #expect(decoded.status == 0 && decoded.errors.isEmpty, "\(decoded.text)")
    }

    @Test func aLanguageThatIsNoneStaysBehind() throws {
        let scratch = try Scratch()
        try Self.makeNamed("in.mkv", in: scratch, ["-metadata:s:a:0", "language=\(Self.name)"])
        let outcome = try MaskProgram.run(["in.mkv", "--output", "out.mkv"], in: scratch)
        #expect(outcome.status == 0 && outcome.text.contains("language"), "\(outcome.text)")
        #expect(!Self.holdsName("out.mkv", in: scratch))
    }

    @Test func whatIsAskedForComesAlong() throws {
        let scratch = try Scratch()
        try Self.makeNamed("in.mkv", in: scratch)
        let outcome = try MaskProgram.run(
            ["in.mkv", "--output", "out.mkv", "--keep-subtitles", "--keep-chapters", "--keep-tags"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        let probe = try Command.run(
            ["ffprobe", "-v", "error", "-show_streams", "-show_chapters", "-show_format", "-of", "json", "out.mkv"],
            directory: scratch.path)
        #expect(
            probe.output.contains("subtitle") && probe.output.contains("\"chapters\": [\n        {"), "\(probe.output)")
        #expect(probe.output.contains(Self.name))
    }

    /// Cover art shows who speaks.
    @Test(arguments: ["mp4", "mkv"]) func coverArtStaysBehind(_ kind: String) throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("plain.mp4", in: scratch)
        if kind == "mp4" {
            try MaskProgram.ffmpeg(
                [
                    "-i", "plain.mp4", "-i", MaskProgram.picture, "-map", "0", "-map", "1", "-c", "copy",
                    "-disposition:v:1", "attached_pic",
                ]
                    + ["in.mp4"], in: scratch)
        } else {
            try MaskProgram.ffmpeg(
                [
                    "-i", "plain.mp4", "-c", "copy", "-attach", MaskProgram.picture, "-metadata:s:t",
                    "mimetype=image/png",
                ]
                    + ["-metadata:s:t", "filename=cover.png", "in.mkv"], in: scratch)
        }
        let outcome = try MaskProgram.run(["in." + kind, "--output", "out." + kind], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(scratch.data("out." + kind).range(of: Data([0x89, 0x50, 0x4E, 0x47])) == nil)
    }

    /// Closed captions in the SEI of H.264, user data in its picture.
    @Test func captionsInTheVideoStayBehind() throws {
        let scratch = try Scratch()
        // A user data message that names somebody, put into each frame.
        try MaskProgram.makeClip(
            "in.mp4", in: scratch,
            ["-bsf:v", "h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+Some Body"])
        try #require(Self.holdsName("in.mp4", in: scratch))
        let outcome = try MaskProgram.run(["in.mp4", "--output", "out.mp4"], in: scratch)
        #expect(outcome.status == 0 && !Self.holdsName("out.mp4", in: scratch), "\(outcome.text)")
    }

    /// What pictures say about people: EXIF, XMP, comments, text chunks.
    @Test func picturesTellNothing() throws {
        let scratch = try Scratch()
        try MaskProgram.makePicture("plain.jpg", in: scratch)
        try MaskProgram.makePicture("plain.png", in: scratch)
        let jpeg = scratch.data("plain.jpg"), png = scratch.data("plain.png")
        func segment(_ marker: UInt8, _ text: String) -> Data {
            let body = Data(text.utf8)
            return Data([0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 0xFF)]) + body
        }
        try scratch.write(
            jpeg.prefix(2) + segment(0xFE, Self.name)
                + segment(0xE1, "http://ns.adobe.com/xap/1.0/\0<x>\(Self.name)</x>")
                + segment(0xED, "Photoshop 3.0\0\(Self.name)") + jpeg.dropFirst(2) + Data(Self.name.utf8), to: "in.jpg")
        let script = """
            import sys,zlib,struct
            b=open('plain.png','rb').read(); out=b[:33]
            for k,v in ((b'tEXt',b'Author\\0Some Body'),(b'iTXt',b'XML:com.adobe.xmp\\0\\0\\0\\0\\0Some Body'),(b'eXIf',b'MM\\0*\\0\\0\\0\\x08\\0\\0Some Body')):
              c=k+v; out+=struct.pack('>I',len(v))+c+struct.pack('>I',zlib.crc32(c))
            open('in.png','wb').write(out+b[33:])
            """
        let made = try Command.run(["/usr/bin/python3", "-c", script], directory: scratch.path)
        try #require(made.status == 0 && png.count > 0, "\(made.text)")
        for kind in ["jpg", "png"] {
            try #require(Self.holdsName("in." + kind, in: scratch))
            let outcome = try MaskProgram.run(["in." + kind, "--output", "out." + kind, "--mask", "fill"], in: scratch)
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(!Self.holdsName("out." + kind, in: scratch))
            #expect(try MaskProgram.isMasked("out." + kind, of: "in." + kind, in: scratch))
        }
    }
}
