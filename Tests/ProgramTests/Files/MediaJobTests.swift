// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

/// The element is found by GST_PLUGIN_PATH, and ffmpeg on the path.
private let canRun = ProcessInfo.processInfo.environment["FACEANON_ROOT"] != nil

/// Whole files through the engine: what ffmpeg makes goes in, what ffprobe sees in OUT is looked at.
@Suite(.serialized, .enabled(if: canRun)) struct MediaJobTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("engine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private static var picture: String {
        (ProcessInfo.processInfo.environment["FACEANON_ROOT"] ?? ".") + "/build/test-data/astronaut.png"
    }

    private static func run(_ tool: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(tool) \(arguments.joined(separator: " "))")
        return data
    }

    /// A second of a face with a tone, and what else `options` say.
    private func make(_ name: String, _ options: [String]) throws {
        _ = try Self.run(
            "ffmpeg",
            [
                "-nostdin", "-v", "error", "-y", "-loop", "1", "-framerate", "25", "-i", Self.picture, "-f", "lavfi",
                "-i", "sine=440:r=48000", "-t", "1", "-vf", "scale=256:256,crop=256:192:0:0", "-pix_fmt", "yuv420p",
            ] + options + [path(name)])
    }

    /// Packets of OUT or IN: for each stream its kind and the times of its packets, s, in order.
    private func times(_ name: String) throws -> [(kind: String, codec: String, times: [Double])] {
        struct Answer: Decodable {
            struct Stream: Decodable {
                let index: Int
                let codec_type: String
                let codec_name: String?
            }
            struct Packet: Decodable {
                let stream_index: Int
                let pts_time: String?
                let dts_time: String?
                let flags: String
            }
            let streams: [Stream]
            let packets: [Packet]
        }
        let data = try Self.run(
            "ffprobe",
            [
                "-v", "error", "-of", "json", "-show_entries",
                "packet=stream_index,pts_time,dts_time,flags:stream=index,codec_type,codec_name", path(name),
            ])
        let answer = try JSONDecoder().decode(Answer.self, from: data)
        return answer.streams.map { stream in
            let packets = answer.packets.filter { $0.stream_index == stream.index && !$0.flags.contains("D") }
            return (
                stream.codec_type, stream.codec_name ?? "",
                packets.compactMap { ($0.pts_time ?? $0.dts_time).flatMap(Double.init) }.sorted()
            )
        }
    }

    private func mask(
        _ input: String, _ output: String, change: (inout MaskRequest) -> Void = { _ in }
    ) throws -> MaskSummary {
        var request = MaskRequest(
            input: MediaPath(path(input)), output: MediaPath(path(output)), container: MediaPath(output).suffix)
        change(&request)
        try Data().write(to: URL(fileURLWithPath: path(output)))
        return try MediaJob.run(request) { _ in }
    }

    private func expectSameTimes(_ input: String, _ output: String, within: Double = 0.001_01) throws {
        let (before, after) = (try times(input), try times(output))
        #expect(before.map(\.kind) == after.map(\.kind))
        let shift = (after.first?.times.first ?? 0) - (before.first?.times.first ?? 0)
        for (old, new) in zip(before, after) {
            #expect(old.times.count == new.times.count, "\(old.kind)")
            for (due, found) in zip(old.times, new.times) { #expect(abs(found - shift - due) <= within) }
        }
    }

    // MARK: - Times

    @Test(arguments: [
        ("in.mp4", "out.mp4", ["-c:v", "libx264", "-c:a", "aac"]),
        ("in.mp4", "out.mkv", ["-c:v", "libx264", "-c:a", "aac"]),
        ("in.mkv", "out.mkv", ["-c:v", "mpeg4", "-c:a", "flac"]),
        ("in.ts", "out.ts", ["-c:v", "libx264", "-c:a", "mp2"]),
        ("in.avi", "out.avi", ["-c:v", "mpeg4", "-c:a", "libmp3lame"]),
        ("in.mov", "out.mov", ["-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "-c:a", "pcm_s16le"]),
        ("in.webm", "out.webm", ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"]),
    ])
    func everythingComesAtItsTime(input: String, output: String, options: [String]) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make(input, options)
        let summary = try mask(input, output)
        #expect(summary.damage.isEmpty)
        #expect(summary.frames == 25)
        #expect(summary.faces > 15)
        try expectSameTimes(input, output)
    }

    /// FFmpeg takes some of these for one picture, and some for nothing.
    @Test(arguments: ["in.jpg", "in.mjpeg", "in.mjpg", "in"])
    func aRowOfJPEGsIsAVideo(input: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make(input, ["-an", "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-f", "mjpeg"])
        let summary = try mask(input, "out.mkv")
        #expect(summary.damage.isEmpty)
        #expect(summary.frames == 25)
        #expect(summary.faces > 15)
        let found = try times("out.mkv").first?.times ?? []
        #expect(found.count == 25)
        for (index, time) in found.enumerated() { #expect(abs(time - Double(index) / 25) <= 0.001_01) }
    }

    @Test(arguments: ["out.mp4", "out.mkv", "out.ts"])
    func alsoBehindAGapOfMinutes(output: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make(
            "in.mkv",
            [
                "-vf", "scale=256:256,setpts='PTS+if(gte(N,10),300/TB,0)'", "-af",
                "asetpts='PTS+if(gte(T,0.4),300/TB,0)'", "-fps_mode", "vfr", "-c:v", "libx264", "-c:a", "aac",
            ])
        #expect(try mask("in.mkv", output).damage.isEmpty)
        try expectSameTimes("in.mkv", output)
    }

    @Test func soundThatBeginsLaterBeginsLater() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make("a.mp4", ["-c:v", "libx264", "-c:a", "aac"])
        _ = try Self.run(
            "ffmpeg",
            [
                "-nostdin", "-v", "error", "-y", "-i", path("a.mp4"), "-itsoffset", "0.7", "-i", path("a.mp4"), "-map",
                "0:v", "-map", "1:a", "-c", "copy", path("in.mkv"),
            ])
        _ = try mask("in.mkv", "out.mp4")
        try expectSameTimes("in.mkv", "out.mp4")
    }

    // MARK: - What is left out

    @Test func nobodyIsNamed() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make(
            "in.mkv",
            [
                "-c:v", "libx264", "-c:a", "aac", "-metadata", "title=Some Body", "-metadata:s:a:0", "title=Some Body",
                "-metadata:s:a:0", "language=deu",
            ])
        let summary = try mask("in.mkv", "out.mkv")
        let written = try Data(contentsOf: URL(fileURLWithPath: path("out.mkv")))
        #expect(written.range(of: Data("Some Body".utf8)) == nil)
        #expect(written.range(of: Data("x264".utf8)) == nil)
        #expect(written.range(of: Data("ger".utf8)) != nil || written.range(of: Data("deu".utf8)) != nil)
        #expect(summary.leftOut.contains { $0.contains("title") })
    }

    @Test func twoVideosNeedAChoice() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make("a.mp4", ["-c:v", "libx264", "-c:a", "aac"])
        _ = try Self.run(
            "ffmpeg",
            [
                "-nostdin", "-v", "error", "-y", "-i", path("a.mp4"), "-map", "0:v", "-map", "0:v", "-map", "0:a", "-c",
                "copy", path("in.mkv"),
            ])
        #expect {
            try mask("in.mkv", "out.mkv")
        } throws: { error in
            (error as? ProgramFailure)?.description.contains("--stream") ?? false
        }
        #expect(try mask("in.mkv", "out.mkv") { $0.stream = 1 }.frames == 25)
        #expect(try times("out.mkv").map(\.kind) == ["video", "audio"])
    }

    // MARK: - Depth

    @Test(arguments: [
        ("yuv420p10le", "h264", "yuv420p10le"), ("yuv422p10le", "h264", "yuv422p10le"),
        ("yuv420p12le", "h265", "yuv420p12le"), ("yuv444p", "h264", "yuv444p"), ("gbrp12le", "ffv1", "gbrp12le"),
    ])
    func depthAndChromaStay(format: String, codec: String, written: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make("in.mkv", ["-c:v", "ffv1", "-pix_fmt", format, "-an"])
        let summary = try mask("in.mkv", "out.mkv") { $0.codec = codec }
        #expect(summary.warnings.isEmpty)
        let data = try Self.run(
            "ffprobe", ["-v", "error", "-of", "csv=p=0", "-show_entries", "stream=pix_fmt", path("out.mkv")])
        #expect(String(decoding: data, as: UTF8.self).contains(written))
    }

    // MARK: - Damage

    @Test func aCutFileIsNotWhole() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make("whole.mkv", ["-c:v", "libx264", "-c:a", "aac"])
        let whole = try Data(contentsOf: URL(fileURLWithPath: path("whole.mkv")))
        try whole.prefix(whole.count * 6 / 10).write(to: URL(fileURLWithPath: path("in.mkv")))
        #expect(try !mask("in.mkv", "out.mkv").damage.isEmpty)
    }

    /// After a damaged frame, nothing is shown until one that stands on its own.
    @Test func framesAfterDamageAreLeftOut() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make("whole.ts", ["-c:v", "libx264", "-g", "100", "-b:v", "2M", "-an"])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path("whole.ts")))
        let middle = bytes.count / 2
        for index in stride(from: middle, to: middle + 20_000, by: 37) where index < bytes.count {
            bytes[index] ^= 0x55
        }
        try bytes.write(to: URL(fileURLWithPath: path("in.ts")))
        let summary = try mask("in.ts", "out.ts")
        #expect(!summary.damage.isEmpty)
        #expect(summary.frames < 25)
    }

    /// No list of other files, and no text, is read as video.
    @Test(arguments: ["ffconcat version 1.0\nfile whole.mkv\n", "#EXTM3U\n#EXTINF:1,\nwhole.ts\n", "hello"])
    func listsAreNotFollowed(text: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try make("whole.mkv", ["-c:v", "libx264", "-an"])
        try Data(text.utf8).write(to: URL(fileURLWithPath: path("in.mkv")))
        #expect(throws: ProgramFailure.self) { try mask("in.mkv", "out.mkv") }
    }
}
