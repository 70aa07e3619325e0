// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// Files of kinds that are not the usual ones: masked, or refused with a reason and nothing left.
@Suite struct MaskKindsTests {
    private static func refused(_ arguments: [String], _ scratch: Scratch, status: Int32, _ words: String...) throws {
        let names = scratch.names()
        let outcome = try MaskProgram.run(arguments, in: scratch)
        #expect(outcome.status == status, "\(arguments): \(outcome.status) \(outcome.text)")
        for word in words { #expect(outcome.errors.contains(word), "\(arguments): \(outcome.errors)") }
        #expect(!outcome.errors.contains("/proc/"), "\(outcome.errors)")
        #expect(scratch.names() == names)
    }

    @Test func whatIsNoVideoIsSaid() throws {
        let scratch = try Scratch()
        try scratch.write(Data(), to: "empty.mp4")
        try scratch.write(Data("This is no video.\n".utf8), to: "text.mp4")
        try scratch.write(Data("This is no video.\n".utf8), to: "text.txt")
        try scratch.write(Data([UInt8](repeating: 0x47, count: 100_000)), to: "noise.mp4")
        try scratch.write(Data("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n".utf8), to: "list.m3u8")
        try scratch.write(Data("ffconcat version 1.0\nfile /etc/passwd\n".utf8), to: "list.ffconcat")
        try MaskProgram.ffmpeg(["-f", "lavfi", "-i", "sine=440", "-t", "1", "sound.mp3"], in: scratch)
        for name in [
            "empty.mp4", "text.mp4", "text.txt", "noise.mp4", "sound.mp3", "missing.mp4", "list.m3u8", "list.ffconcat",
        ] {
            try Self.refused([name, "--output", "out.mp4"], scratch, status: 3, name)
        }
    }

    /// Files that are damaged are refused; with --keep-partial what could be masked is kept, under its own name.
    @Test(arguments: ["mp4", "mkv", "avi", "ts"]) func damageIsSaid(_ kind: String) throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("whole." + kind, in: scratch, seconds: 4, ["-g", "10"])
        let whole = scratch.data("whole." + kind)
        var holed = whole
        let middle = holed.startIndex + holed.count / 2
        for index in middle..<(middle + 3000) { holed[index] = UInt8(truncatingIfNeeded: index &* 167) }
        for (name, data) in [("cut", whole.prefix(whole.count / 2)), ("holed", holed)] {
            try scratch.write(data, to: "\(name).\(kind)")
            if kind == "ts", name == "cut" { continue }
            try Self.refused(["\(name).\(kind)", "--output", "out.mkv"], scratch, status: 3, "\(name).\(kind)")
        }
        let outcome = try MaskProgram.run(
            ["holed." + kind, "--output", "out.mkv", "--keep-partial", "--mask", "fill"], in: scratch)
        #expect(outcome.status == 3 && !scratch.has("out.mkv"))
        if scratch.has("out.partial.mkv") {
            #expect(outcome.errors.contains("out.partial.mkv"))
            #expect(try MaskProgram.isMasked("out.partial.mkv", of: "whole." + kind, in: scratch))
        }
        #expect(kind == "mp4" || scratch.has("out.partial.mkv"), "\(outcome.text)")
        // One that exists is somebody's.
        try scratch.write(Data("precious".utf8), to: "out.partial.mkv")
        let again = try MaskProgram.run(["holed." + kind, "--output", "out.mkv", "--keep-partial"], in: scratch)
        #expect(kind == "mp4" || again.errors.contains("is not kept"), "\(again.text)")
        #expect(scratch.text("out.partial.mkv") == "precious")
    }

    /// A demuxer that finds something else than a part of the file goes on behind it: the hole is damage.
    @Test(arguments: ["mkv", "avi"]) func aHoleIsDamage(_ kind: String) throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip(
            "whole." + kind, in: scratch, seconds: 8,
            ["-g", "10"] + (kind == "mkv" ? ["-cluster_time_limit", "1000"] : []))
        var data = scratch.data("whole." + kind)
        if kind == "mkv" {
            // The identifier of a cluster (RFC 9559, 5.1.3).
            let clusters = data.indices.filter { data[$0...].starts(with: [0x1f, 0x43, 0xb6, 0x75]) }
            try #require(clusters.count > 3)
            for index in clusters[2]..<clusters[2] + 8 { data[index] = 0 }
        } else {
            for index in data.count / 2..<data.count / 2 + 6000 { data[index] = 0 }
        }
        try scratch.write(data, to: "holed." + kind)
        try Self.refused(["holed." + kind, "--output", "out.mkv"], scratch, status: 3, "holed." + kind)
        #expect(try MaskProgram.run(["whole." + kind, "--output", "out.mkv"], in: scratch).status == 0)
    }

    @Test func unknownSoundIsLeftOutAndSaid() throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("plain.mkv", in: scratch, ["-strict", "-2"])
        // A codec that nobody has: the name in the file is changed.
        var data = scratch.data("plain.mkv")
        let range = try #require(data.range(of: Data("A_AAC".utf8)))
        data.replaceSubrange(range, with: Data("A_XYZ".utf8))
        try scratch.write(data, to: "in.mkv")
        let outcome = try MaskProgram.run(["in.mkv", "--output", "out.mkv", "--mask", "fill"], in: scratch)
        #expect(outcome.status == 0 && outcome.output.contains("left out"), "\(outcome.text)")
        #expect(try MaskProgram.isMasked("out.mkv", of: "plain.mkv", in: scratch))
    }

    @Test func ofTwoVideosOneIsChosen() throws {
        let scratch = try Scratch()
        try MaskProgram.ffmpeg(
            [
                "-f", "lavfi", "-i", "testsrc2=size=128x96:rate=10", "-loop", "1", "-framerate", "10", "-i",
                MaskProgram.picture,
            ]
                + [
                    "-map", "0", "-map", "1", "-t", "1", "-s:v:1", "256x256", "-c:v", "libx264", "-pix_fmt", "yuv420p",
                    "in.mkv",
                ], in: scratch)
        try Self.refused(["in.mkv", "--output", "out.mkv"], scratch, status: 3, "--stream")
        try Self.refused(["in.mkv", "--output", "out.mkv", "--stream", "2"], scratch, status: 2, "stream")
        let outcome = try MaskProgram.run(
            ["in.mkv", "--output", "out.mkv", "--stream", "1", "--mask", "fill"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(try MaskProgram.isMasked("out.mkv", of: MaskProgram.picture, in: scratch))
    }

    @Test(arguments: ["gif", "apng", "webp"]) func animationsAreMaskedOrRefused(_ kind: String) throws {
        let scratch = try Scratch()
        let format = kind == "apng" ? ["-f", "apng", "-plays", "0"] : kind == "webp" ? ["-c:v", "libwebp_anim"] : []
        try MaskProgram.ffmpeg(
            ["-loop", "1", "-framerate", "10", "-i", MaskProgram.picture, "-t", "1", "-vf", "scale=256:256,hue=h=36*n"]
                + format
                + ["in." + kind], in: scratch)
        for suffix in [kind, "mp4"] {
            let outcome = try MaskProgram.run(
                ["in." + kind, "--output", "out." + suffix, "--mask", "fill"], in: scratch, seconds: 120)
            if outcome.status == 0 {
                #expect(try MaskProgram.isMasked("out." + suffix, of: MaskProgram.picture, in: scratch), "\(suffix)")
                // Frames that look alike may be one of the animation's.
                #expect(try MaskProgram.frameTimes("out." + suffix, in: scratch).count >= 10, "\(suffix)")
            } else {
                #expect(
                    kind == "webp" && [2, 3].contains(outcome.status),
                    "\(kind) to \(suffix): \(outcome.status) \(outcome.text)")
                #expect(!scratch.has("out." + suffix) && !outcome.errors.isEmpty)
            }
        }
    }

    /// Odd sizes, turned videos, many pixel formats.
    @Test func sizesAndFormats() throws {
        let scratch = try Scratch()
        for (name, options) in [
            ("odd.mp4", ["-vf", "scale=255:253,format=yuv444p", "-c:v", "libx264"]),
            (
                "ten.mkv",
                ["-vf", "scale=256:256,format=yuv420p10le", "-c:v", "libx265", "-x265-params", "log-level=none"]
            ),
            ("loss.mkv", ["-vf", "scale=256:256,format=rgb24", "-c:v", "ffv1"]),
            ("prores.mov", ["-vf", "scale=256:256", "-c:v", "prores_ks"]),
            ("vp9.webm", ["-vf", "scale=256:256,format=yuv420p", "-c:v", "libvpx-vp9", "-deadline", "realtime"]),
            ("mpeg2.mpg", ["-vf", "scale=256:256,format=yuv420p", "-r", "25"]),
            ("jpeg.avi", ["-vf", "scale=256:256", "-c:v", "mjpeg"]),
            ("raw.avi", ["-vf", "scale=256:256,format=yuv420p", "-c:v", "rawvideo"]),
        ] {
            try MaskProgram.ffmpeg(
                ["-loop", "1", "-framerate", "25", "-i", MaskProgram.picture, "-t", "0.4"] + options + [name],
                in: scratch)
            let outcome = try MaskProgram.run([name, "--output", "out.mkv", "--force", "--mask", "fill"], in: scratch)
            #expect(outcome.status == 0, "\(name): \(outcome.text)")
            #expect(try MaskProgram.isMasked("out.mkv", of: name, in: scratch), "\(name)")
            #expect(try MaskProgram.frameTimes("out.mkv", in: scratch).count == 10, "\(name)")
        }
    }
}
