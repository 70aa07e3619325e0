// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation

/// A folder of files as they come: videos and pictures of every kind that Debian's ffmpeg and GStreamer write, and what lies
/// between them.
struct MixedFiles {
    enum Expectation: Equatable {
        /// Masked, with the same frames at the same times. `hasFace`: the astronaut is upright in the first frame.
        case masked(hasFace: Bool)
        /// Not masked, and named as a failure.
        case failed
        /// Not masked, and named as left alone.
        case leftAlone
        /// Either masked with all its frames, or named with a reason: kinds that nobody promises.
        case anyButSilent
    }

    /// What is in the folder, by name.
    private(set) var files: [String: Expectation] = [:]
    private let scratch: Scratch
    private let folder: String

    init(_ folder: String, in scratch: Scratch) throws {
        (self.folder, self.scratch) = (folder, scratch)
        _ = try scratch.folder(folder)
    }

    /// Runs a line of the shell in the folder, with $P the picture, $O the file to make; leaves nothing where that fails.
    @discardableResult
    mutating func make(_ name: String, _ expectation: Expectation, _ line: String) throws -> Bool {
        let outcome = try Command.run(
            ["sh", "-c", "set -e; \(line)"],
            environment: Checkout.environment(["P": MaskProgram.picture, "O": name, "F": "ffmpeg -nostdin -v error -y"]
            ),
            directory: scratch / folder, seconds: 120)
        let size = scratch.data("\(folder)/\(name)").count
        guard outcome.status == 0, size > 0 || expectation == .failed else {
            try? FileManager.default.removeItem(atPath: scratch / "\(folder)/\(name)")
            return false
        }
        files[name] = expectation
        return true
    }

    /// The still picture as a video of 10 frames, then what is done with it.
    private static func video(_ options: String, size: String = "256:256", rate: String = "10") -> String {
        "$F -loop 1 -framerate \(rate) -i $P -frames:v 10 -vf scale=\(size) \(options) $O"
    }

    /// The usual ones.
    mutating func addUsual() throws {
        let x264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
        let withSound = "$F -loop 1 -framerate 10 -i $P -f lavfi -i sine=440 -t 1 -vf scale=256:256"
        for (name, line) in [
            ("plain.mp4", Self.video(x264)), ("plain.mov", Self.video(x264)), ("plain.m4v", Self.video(x264)),
            ("sound.mkv", "\(withSound) \(x264) -c:a libopus $O"), ("sound.mp4", "\(withSound) \(x264) -c:a aac $O"),
            ("pcm.mov", "\(withSound) \(x264) -c:a pcm_s16le $O"),
            ("mp3.avi", "\(withSound) -c:v mpeg4 -c:a libmp3lame $O"),
            ("vorbis.webm", "\(withSound) -c:v libvpx -deadline realtime -c:a libvorbis $O"),
            ("flv.flv", "\(withSound) -c:v flv1 -c:a libmp3lame -ar 44100 $O"),
            ("wmv.wmv", "\(withSound) -c:v wmv2 -c:a wmav2 $O"),
            ("theora.ogv", "\(withSound) -c:v libtheora -c:a libvorbis $O"),
            ("ts.ts", "\(withSound) \(x264) -c:a mp2 $O"),
            ("odd.mkv", Self.video("-c:v libx264 -pix_fmt yuv444p", size: "255:253")),
            ("small.mp4", Self.video(x264, size: "64:48")),
            ("tiny.mkv", Self.video("-c:v ffv1", size: "2:2")), ("film.mp4", Self.video(x264, rate: "24000/1001")),
            ("slow.mp4", Self.video(x264, rate: "1/3")), ("fast.mp4", Self.video(x264, rate: "240")),
            ("deep.mkv", Self.video("-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le")),
            ("loss.mkv", Self.video("-c:v ffv1")),
            ("frames_b.mp4", Self.video("-c:v libx264 -bf 3 -pix_fmt yuv420p")),
            ("mjpeg.avi", Self.video("-c:v mjpeg -pix_fmt yuvj420p")),
            (
                "gap.mkv",
                "\(withSound) \(x264) -bf 0 -bsf:v \"setts=pts='PTS+gte(N,5)*90/TB':dts='DTS+gte(N,5)*90/TB'\" -c:a aac $O"
            ),
            ("fragments.mp4", Self.video("\(x264) -movflags frag_keyframe+empty_moov")),
            (
                "gst.mp4",
                "gst-launch-1.0 -q filesrc location=$P ! pngdec ! imagefreeze num-buffers=10 ! videoscale ! videoconvert ! "
                    + "video/x-raw,format=I420,width=256,height=256,framerate=10/1 ! x264enc ! mp4mux ! filesink location=$O"
            ),
        ] {
            let isSmall = name == "small.mp4" || name == "tiny.mkv"
            try make(name, .masked(hasFace: !isSmall), line)
        }
        // As phones do: the picture lies on its side, and the file says so.
        try make(
            "turned.mp4", .masked(hasFace: true),
            "$F -loop 1 -framerate 10 -i $P -frames:v 10 -vf scale=256:256,transpose=clock \(x264) lying.mp4; "
                + "$F -i lying.mp4 -c copy -metadata:s:v rotate=90 $O; rm lying.mp4")
        try make("no suffix", .masked(hasFace: true), "cp plain.mp4 \"$O\"")
        for (name, line) in [
            ("a.png", "$F -i $P -vf scale=256:256 $O"), ("deep.png", "$F -i $P -vf scale=256:256 -pix_fmt rgb48be $O"),
            ("grey.png", "$F -i $P -vf scale=256:256 -pix_fmt gray $O"),
            ("a.jpg", "$F -i $P -vf scale=256:256 -q:v 3 $O"),
            ("a.jfif", "cp a.jpg $O"), ("a.JPE", "cp a.jpg $O"), ("a.bmp", "$F -i $P -vf scale=256:256 $O"),
            ("a.webp", "$F -i $P -vf scale=256:256 $O"), ("a.tif", "$F -i $P -vf scale=256:256 $O"),
            ("50%20%03d.png", "cp a.png $O"), (String(repeating: "n", count: 246) + ".png", "cp a.png $O"),
        ] { try make(name, .masked(hasFace: true), line) }
        try make(
            "a.gif", .masked(hasFace: true),
            "$F -loop 1 -framerate 10 -i $P -vf scale=256:256,hue=h=36*n -frames:v 5 $O")
        try addTheRest()
    }

    /// What is damaged, and what is no video.
    private mutating func addTheRest() throws {
        try make("cut.mp4", .failed, "head -c 4000 plain.mp4 >$O")
        try make("cut.mkv", .failed, "head -c $(($(wc -c <sound.mkv) / 2)) sound.mkv >$O")
        try make("cut.png", .failed, "head -c 4000 a.png >$O")
        try make("cut.jpg", .failed, "head -c 4000 a.jpg >$O")
        try make("empty.mp4", .failed, ": >$O")
        try make("text.mp4", .failed, "echo no video >$O")
        try make("notes.txt", .leftAlone, "echo notes >$O")
        try make("sound.mp3", .leftAlone, "$F -f lavfi -i sine=440 -t 1 $O")
        try make("page.html", .leftAlone, "echo '<html></html>' >$O")
        try make("script.sh", .leftAlone, "echo true >$O")
        try make("table.csv", .leftAlone, "echo 1,2 >$O")
        try make("titles.srt", .leftAlone, "printf '1\\n00:00:00,100 --> 00:00:00,900\\nwords\\n' >$O")
        try make("data.bin", .leftAlone, "head -c 5000 /dev/zero >$O")
        try make("drawing.svg", .leftAlone, "echo '<svg xmlns=\"http://www.w3.org/2000/svg\"/>' >$O")
        try make("list.m3u8", .leftAlone, "printf '#EXTM3U\\n#EXTINF:1,\\nplain.mp4\\n' >$O")
    }

    /// Every container and every codec that ffmpeg writes, and those of GStreamer.
    mutating func addEverything() throws {
        try addUsual()
        for encoder in try Self.list("-encoders", #/ V[\w.]{5} (\S+) /#) where !Self.needsHardware(encoder) {
            for container in ["mkv", "avi", "mov", "nut"] {
                if try make("codec-\(encoder).\(container)", .anyButSilent, Self.video("-c:v \(encoder) -strict -2")) {
                    break
                }
            }
        }
        for muxer in try Self.list("-muxers", #/ +D?E (\S+) /#) where !Self.isNoFile(muxer) {
            let suffix = try Self.suffix(of: muxer)
            try make(
                "muxer-\(muxer).\(suffix)", .anyButSilent,
                Self.video("-f \(muxer) -strict -2", size: "352:288", rate: "25"))
        }
        let source =
            "gst-launch-1.0 -q filesrc location=$P ! pngdec ! imagefreeze num-buffers=10 ! videoscale ! videoconvert ! "
            + "video/x-raw,format=I420,width=256,height=256,framerate=10/1 !"
        for (name, line) in [
            ("gst.mkv", "x264enc ! matroskamux"), ("gst.mov", "x264enc ! qtmux"),
            ("gst.ts", "x264enc ! h264parse ! mpegtsmux"),
            ("gst.flv", "x264enc ! flvmux"), ("gst.avi", "jpegenc ! avimux"),
            ("gst.webm", "vp8enc deadline=1 ! webmmux"),
            ("gst.ogg", "theoraenc ! oggmux"), ("gst-fragments.mp4", "x264enc ! mp4mux fragment-duration=500"),
            ("gst.h264", "x264enc"),
            ("gst.y4m", "y4menc"), ("gst.mpg", "mpeg2enc ! mpegpsmux"), ("gst.3gp", "avenc_h263 ! 3gppmux"),
            ("gst.asf", "avenc_wmv2 ! asfmux"), ("gst.mj2", "openjpegenc ! mj2mux"),
        ] { try make(name, .anyButSilent, "\(source) \(line) ! filesink location=$O") }
        // Each usual one cut in two, and with a hole.
        for name in files.filter({ $1 == .masked(hasFace: true) }).keys.sorted()
        where !name.contains("%") && name.count < 100 {
            try make("half-\(name)", .anyButSilent, "head -c $(($(wc -c <\"\(name)\") / 2)) \"\(name)\" >\"$O\"")
            try make(
                "hole-\(name)", .anyButSilent,
                "cp \"\(name)\" \"$O\"; dd if=/dev/urandom of=\"$O\" bs=64 count=3 seek=$(($(wc -c <\"\(name)\") / 128)) conv=notrunc status=none"
            )
        }
    }

    private static func list(_ what: String, _ pattern: Regex<(Substring, Substring)>) throws -> [String] {
        try Command.run(["ffmpeg", "-v", "error", what]).output.split(separator: "\n").compactMap {
            $0.prefixMatch(of: pattern).map { String($0.1) }
        }.filter { $0 != "=" && !$0.contains(",") }
    }

    private static func needsHardware(_ encoder: String) -> Bool {
        ["_nvenc", "_vaapi", "_v4l2m2m", "_qsv", "_amf", "_omx", "_mf"].contains { encoder.hasSuffix($0) }
            || ["wrapped_avframe", "vnull"].contains(encoder)
    }

    /// Muxers that write to devices, to several files, or nothing that can be read again.
    private static func isNoFile(_ muxer: String) -> Bool {
        [
            "alsa", "caca", "decklink", "fbdev", "opengl", "oss", "pulse", "sdl", "sdl2", "v4l2", "xv", "null", "tee",
            "fifo",
            "fifo_test", "rtp", "rtsp", "rtp_mpegts", "sap", "segment", "stream_segment", "ssegment", "hls", "dash",
            "hds",
            "smoothstreaming", "image2", "image2pipe", "framecrc", "framehash", "framemd5", "crc", "md5", "hash",
            "streamhash",
            "ffmetadata", "uncodedframecrc", "webm_dash_manifest", "webm_chunk", "chromaprint", "mkvtimestamp_v2",
            "data",
        ].contains(muxer)
    }

    private static func suffix(of muxer: String) throws -> String {
        let help = try Command.run(["ffmpeg", "-v", "error", "-h", "muxer=\(muxer)"]).output
        return help.firstMatch(of: #/Common extensions: (\w+)/#).map { String($0.1) } ?? muxer
    }
}
