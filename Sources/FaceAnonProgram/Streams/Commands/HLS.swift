// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// A folder for a web server.
struct HLS: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hls",
        abstract: "Writes a source, masked, as HLS: segments, a playlist, and a page that plays them.",
        discussion: """
            Takes up to one video and one audio stream of SOURCE, masks every face, and keeps the last segments of it in \
            FOLDER (MPEG-TS: H.264 and AAC or MP3), with the playlist stream.m3u8 and the page index.html. Any web server may \
            serve FOLDER; it gets masked video only. To look at it on this machine:

              python3 -m http.server --bind 127.0.0.1 --directory FOLDER 8080

            The page needs no script of others: Safari, and Chromium from 142 on, play HLS by themselves. When SOURCE is lost, \
            it connects anew, with growing waits. SIGINT and SIGTERM end it in good order; what is there then stays.

            \(ExitStatus.table)
            """)

    @Argument(help: .source)
    var from: String

    @Argument(help: ArgumentHelp("The folder to write to; it must exist.", valueName: "FOLDER"))
    var folder: String

    @Option(help: ArgumentHelp("Length of a segment.", valueName: "seconds"))
    var segment: Int = 2

    @Option(help: ArgumentHelp("Segments in the playlist; the two before them stay too.", valueName: "count"))
    var segments: Int = 5

    @OptionGroup var options: StreamOptions

    func validate() throws {
        guard (1...60).contains(segment) else { throw ValidationError("--segment is 1 to 60 seconds") }
        guard (3...1000).contains(segments) else { throw ValidationError("--segments is 3 to 1000") }
    }

    func run() throws {
        try options.run("hls", from: from, passedAudio: .aacAndMP3) { () throws(ProgramFailure) in
            try HLSFolder(folder, seconds: segment, segments: segments)
        }
    }
}
