// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// Each frame and each packet of sound comes out at its time.
@Suite struct MaskTimesTests {
    /// Times of packets of sound, s, and what they hold.
    private static func sound(_ file: String, in scratch: Scratch) throws -> [(time: Double, hash: String)] {
        struct Answer: Decodable {
            struct Packet: Decodable {
                let pts_time: String?
                let data_hash: String?
            }
            let packets: [Packet]?
        }
        let probe = try Command.run(
            [
                "ffprobe", "-v", "quiet", "-select_streams", "a:0", "-show_entries", "packet=pts_time,data_hash",
                "-show_data_hash",
                "md5", "-of", "json", file,
            ], directory: scratch.path)
        let packets = try JSONDecoder().decode(Answer.self, from: Data(probe.output.utf8)).packets ?? []
        return packets.map { ($0.pts_time.flatMap { Double($0) } ?? .nan, $0.data_hash ?? "") }
    }

    private static func expectSameTimes(_ output: String, _ input: String, in scratch: Scratch) throws {
        let before = try MaskProgram.frameTimes(input, in: scratch),
            after = try MaskProgram.frameTimes(output, in: scratch)
        try #require(
            !before.isEmpty && before.count == after.count, "\(input): \(before.count) frames, then \(after.count)")
        for (one, other) in zip(before, after) {
            let (old, new) = (one - before[0], other - after[0])
            guard abs(old - new) <= 0.0011 else {
                Issue.record("\(input) -> \(output): a frame of \(old) s is at \(new) s")
                break
            }
        }
        let kept = try sound(output, in: scratch)
        var heard = try sound(input, in: scratch)
        // What an edit list cuts off before the first picture has no place in a container without edit lists.
        if heard.count > kept.count { heard.removeFirst(heard.prefix { $0.time < before[0] - 1e-6 }.count) }
        guard let first = heard.first, let start = kept.first else { return #expect(heard.count == kept.count) }
        // Packets of AAC in MPEG-TS have a header of their own.
        let isSame = input.hasSuffix("ts") ? heard.count == kept.count : heard.map(\.hash) == kept.map(\.hash)
        #expect(isSame, "\(input) -> \(output): the sound is another")
        // Relative to the pictures: nothing moves against them.
        #expect(
            abs((first.time - before[0]) - (start.time - after[0])) <= 0.0021,
            "\(input) -> \(output): \(first.time) \(start.time)")
        for (old, new) in zip(heard, kept) where abs((old.time - first.time) - (new.time - start.time)) > 0.0021 {
            Issue.record("\(input) -> \(output): sound of \(old.time - first.time) s is at \(new.time - start.time) s")
            break
        }
    }

    private static func mask(_ input: String, in scratch: Scratch) throws {
        for suffix in ["mkv", "mp4"] {
            let outcome = try MaskProgram.run([input, "--output", "out." + suffix, "--force"], in: scratch)
            #expect(outcome.status == 0, "\(input): \(outcome.text)")
            if outcome.status == 0 { try expectSameTimes("out." + suffix, input, in: scratch) }
        }
    }

    /// Gaps of seconds and minutes, in video alone, in sound and video.
    /// AVI places sound by its bytes, and a reader tells the times of packets of varying size only roughly.
    @Test(arguments: ["mp2", "ac3", "libmp3lame", "pcm_s16le"]) func soundInAVI(_ codec: String) throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("in.avi", in: scratch, seconds: 2, ["-c:a", codec, "-ar", "44100"])
        let outcome = try MaskProgram.run(["in.avi", "--output", "out.avi"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
    }

    @Test func soundThatAVICannotPlaceIsRefusedWithAdvice() throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("in.mkv", in: scratch, seconds: 3, ["-af", "asetpts=PTS+1/TB", "-c:a", "mp3"])
        let outcome = try MaskProgram.run(["in.mkv", "--output", "out.avi"], in: scratch)
        #expect(outcome.status != 0 && outcome.errors.contains(".mkv"), "\(outcome.text)")
        #expect(!scratch.has("out.avi"))
    }

    @Test(arguments: ["mkv", "mp4", "mov", "ts"]) func gapsStay(_ kind: String) throws {
        let scratch = try Scratch()
        for gap in [3, 400] {
            let input = "gap\(gap)." + kind
            try MaskProgram.makeClip(
                input, in: scratch, seconds: 2, size: "128:128",
                ["-bsf:v", "setts=pts='PTS+gte(N,10)*\(gap)/TB':dts='DTS+gte(N,10)*\(gap)/TB'", "-bf", "0"])
            try Self.mask(input, in: scratch)
        }
    }

    @Test func ratesVary() throws {
        let scratch = try Scratch()
        try MaskProgram.ffmpeg(
            [
                "-f", "lavfi", "-i", "testsrc2=size=128x96:rate=30", "-t", "2", "-vf",
                "setpts='(N+0.3*mod(N\\,5))/30/TB'",
            ]
                + [
                    "-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-c:v", "libx264", "-preset", "ultrafast",
                    "vary.mkv",
                ],
            in: scratch)
        try Self.mask("vary.mkv", in: scratch)
        try MaskProgram.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=size=128x96:rate=24000/1001", "-t", "2", "-c:v", "libx264", "film.mp4"],
            in: scratch)
        try Self.mask("film.mp4", in: scratch)
    }

    /// The 33 bits of MPEG-TS wrap round in the middle of the file.
    @Test func clocksWrap() throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip(
            "wrap.ts", in: scratch, seconds: 4, size: "128:128", ["-output_ts_offset", "\((1 << 33) / 90_000 - 2)"])
        try Self.mask("wrap.ts", in: scratch)
    }

    /// Files put together from several, and those that begin late.
    @Test func filesInPieces() throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("a.ts", in: scratch, size: "128:128")
        try MaskProgram.makeClip("b.ts", in: scratch, size: "128:128", ["-output_ts_offset", "100"])
        try scratch.write(scratch.data("a.ts") + scratch.data("b.ts"), to: "both.ts")
        try Self.mask("both.ts", in: scratch)
        try MaskProgram.makeClip("late.mkv", in: scratch, size: "128:128", ["-output_ts_offset", "7"])
        try Self.mask("late.mkv", in: scratch)
        // Sound that begins before or after the picture.
        for offset in ["-0.5", "0.7"] {
            try MaskProgram.makeClip("part.mp4", in: scratch, seconds: 2, size: "128:128")
            try MaskProgram.ffmpeg(
                [
                    "-itsoffset", offset, "-i", "part.mp4", "-i", "part.mp4", "-map", "0:a", "-map", "1:v", "-c",
                    "copy", "shifted.mkv",
                ],
                in: scratch)
            try Self.mask("shifted.mkv", in: scratch)
        }
    }

    /// What an edit list cuts off stays cut off.
    @Test func editListsHold() throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("long.mp4", in: scratch, seconds: 4, size: "128:128", ["-g", "10"])
        try MaskProgram.ffmpeg(["-ss", "1.55", "-i", "long.mp4", "-c", "copy", "cut.mp4"], in: scratch)
        let outcome = try MaskProgram.run(["cut.mp4", "--output", "out.mp4"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.text)")
        let (before, after) = (
            try MaskProgram.frameTimes("cut.mp4", in: scratch), try MaskProgram.frameTimes("out.mp4", in: scratch)
        )
        #expect(!before.isEmpty && before.count == after.count, "\(before.count) \(after.count)")
    }
}
