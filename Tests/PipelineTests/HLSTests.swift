// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `faceanon hls`: what it writes, and what a browser makes of it.
@Suite(.serialized) struct HLSTests {
    /// Waits for a playlist with as many segments.
    private static func playlist(_ scratch: Scratch, segments: Int) throws -> [String] {
        try Wait.until("\(segments) segments in the playlist") {
            let names = scratch.text("hls/stream.m3u8").split(separator: "\n").map(String.init)
                .filter { $0.hasSuffix(".ts") }
            return names.count >= segments ? names : nil
        }
    }

    /// How much redder than green and blue the face's place is, frame by frame.
    private static func reds(_ file: String, _ scratch: Scratch) throws -> [Double] {
        let raw = try Command.run([
            "ffmpeg", "-nostdin", "-v", "error", "-y", "-i", file, "-vf", "crop=48:64:182:72,scale=1:1", "-pix_fmt",
            "rgb24",
            "-f", "rawvideo", scratch / "pixels",
        ])
        try #require(raw.status == 0, "\(raw.text)")
        let pixels = [UInt8](scratch.data("pixels"))
        return stride(from: 0, to: pixels.count, by: 3).map {
            Double(pixels[$0]) - Double(max(pixels[$0 + 1], pixels[$0 + 2]))
        }
    }

    @Test func segmentsAreMaskedAndKeptInBounds() throws {
        let camera = try StreamPeer.camera("--audio")
        let scratch = try Scratch()
        _ = try scratch.folder("hls")
        let stream = try Stream(
            ["hls", "--segment", "1", "--segments", "3", camera.address, scratch / "hls"] + Stream.red + Stream.patient)
        let first = try Self.playlist(scratch, segments: 1)
        _ = try Wait.until("the first segment is gone") { scratch.has("hls/\(first[0])") ? nil : true }
        let names = try Self.playlist(scratch, segments: 3)
        #expect(names.count == 3 && !names.contains(first[0]))
        #expect(scratch.names(in: "hls").filter { $0.hasSuffix(".ts") }.count <= 6)
        let outcome = try stream.terminate()
        #expect(outcome.status == 0, "\(outcome.text)")

        let playlist = scratch.text("hls/stream.m3u8")
        #expect(playlist.hasPrefix("#EXTM3U") && playlist.contains("#EXT-X-ENDLIST"), "\(playlist)")
        for name in playlist.split(separator: "\n").filter({ $0.hasSuffix(".ts") }) {
            let reds = try Self.reds(scratch / "hls/\(name)", scratch)
            #expect(!reds.isEmpty && reds.allSatisfy { $0 > 150 }, "\(name): \(reds)")
            let probe = try Command.run([
                "ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0",
                scratch / "hls/\(name)",
            ])
            #expect(probe.output.contains("h264") && probe.output.contains("aac"), "\(probe.text)")
        }
        #expect(scratch.text("hls/index.html").contains("src=\"stream.m3u8\""))
    }

    @Test func aNewRunHasNewNamesAndTakesTheOldSegmentsAway() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("hls")
        try scratch.write(Data("mine".utf8), to: "hls/holiday.ts")
        var runs: [Set<String>] = []
        for _ in 0..<2 {
            let stream = try Stream(["hls", "--segment", "1", "test", folder])
            _ = try Wait.until("a segment of its own") {
                scratch.names(in: "hls").contains { $0.hasPrefix("masked-") && runs.first?.contains($0) != true }
                    ? true : nil
            }
            try stream.says("playing")
            #expect(try stream.terminate().status == 0)
            runs.append(Set(scratch.names(in: "hls").filter { $0.hasPrefix("masked-") }))
        }
        #expect(!runs[1].isEmpty && runs[0].isDisjoint(with: runs[1]), "\(runs)")
        #expect(scratch.text("hls/holiday.ts") == "mine")
    }

    @Test func aFolderThatIsNotThereIsSaid() throws {
        let scratch = try Scratch()
        let outcome = try Stream.run("hls", "test", scratch / "none")
        #expect(outcome.status == 5 && outcome.errors.contains("there is no folder"), "\(outcome.text)")
    }

    // MARK: - In a browser

    static let chromium = ["/usr/bin/chromium"].first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(.enabled(if: chromium != nil, "chromium is not installed: apt-get install chromium"))
    func chromiumPlaysThePage() throws {
        let camera = try StreamPeer.camera()
        let scratch = try Scratch()
        let folder = try scratch.folder("hls")
        let stream = try Stream(["hls", "--segment", "1", camera.address, folder] + Stream.red + Stream.patient)
        _ = try Self.playlist(scratch, segments: 3)
        let server = try Command([
            "/usr/bin/python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "0",
        ])
        defer { server.send(SIGKILL) }
        let port = try Wait.until("the web server listens") {
            server.output.firstMatch(of: /port ([0-9]+)/).map { String($0.1) }
        }
        let chromium = try #require(Self.chromium)
        // The page is grey until the first segment is decoded, which a busy machine takes its time for. Any colour counts.
        let reds = try Wait.until("the page shows a picture") { () -> [Double]? in
            let picture = try Command.run(
                [
                    chromium, "--headless", "--no-sandbox", "--disable-gpu",
                    "--autoplay-policy=no-user-gesture-required", "--user-data-dir=" + scratch / "profile",
                    "--window-size=480,480", "--hide-scrollbars", "--timeout=12000",
                    "--screenshot=" + scratch / "page.png", "http://127.0.0.1:\(port)/",
                ])
            try #require(picture.status == 0 && scratch.has("page.png"), "\(picture.text)")
            let reds = try Self.reds(scratch / "page.png", scratch)
            return reds == [0] ? nil : reds
        }
        #expect(reds.count == 1 && reds[0] > 150, "\(reds)")
        if let keep = ProcessInfo.processInfo.environment["FACEANON_KEEP_SCREENSHOT"] {
            try? FileManager.default.copyItem(atPath: scratch / "page.png", toPath: keep)
        }
        #expect(try stream.terminate().status == 0)
    }
}
