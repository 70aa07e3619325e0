// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import CGstStream
internal import Foundation

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

    @Argument(help: ArgumentHelp("rtsp://…, another URL, a file, or test for a test picture.", valueName: "SOURCE"))
    var from: String

    @Argument(help: ArgumentHelp("The folder to write to; it must exist.", valueName: "FOLDER"))
    var folder: String

    @Option(help: ArgumentHelp("Length of a segment.", valueName: "seconds"))
    var segment: Int = 2

    @Option(help: ArgumentHelp("Segments in the playlist; the two before them stay too.", valueName: "count"))
    var segments: Int = 5

    @OptionGroup(title: "MASKING") var element: ElementOptions
    @OptionGroup(title: "SOURCE") var source: SourceOptions
    @OptionGroup(title: "ENCODING") var encoder: EncoderOptions
    @OptionGroup(title: "REPORTS") var reporting: ReportingOptions

    func validate() throws {
        guard (1...60).contains(segment) else { throw ValidationError("--segment is 1 to 60 seconds") }
        guard (3...1000).contains(segments) else { throw ValidationError("--segments is 3 to 1000") }
    }

    func run() throws {
        let properties = try element.properties()
        let output = try HLSFolder(folder, seconds: segment, segments: segments)
        let intake = try IntakeSettings(
            source, address: StreamAddress(source: from),
            passedAudio: "audio/mpeg, mpegversion=(int){2, 4}; audio/mpeg, mpegversion=(int)1, layer=(int)3")
        try GStreamer.start(properties)
        try output.writePage()
        let metrics = StreamMetrics(name: "hls")
        let plan = Session.Plan(
            intake: intake, properties: properties, encoder: EncoderSettings(encoder), output: output, metrics: metrics)
        try Supervisor(
            plan, reporter: Reporter(reporting, streams: [metrics]), giveUpAfter: source.giveUpAfter
        ).run()
    }
}

/// A folder that gets segments and a playlist.
final class HLSFolder: MaskedOutput {
    private let folder: String
    private let seconds: Int
    private let segments: Int
    /// Of the files of the session before, and of this one: a player must never find a new segment under an old name.
    private var former: String?
    private var prefix = ""

    init(_ folder: String, seconds: Int, segments: Int) throws(ProgramFailure) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw ProgramFailure(.storage, "there is no folder \(folder) to write to")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw ProgramFailure(.storage, "the folder \(folder) cannot be written to: check its owner and rights")
        }
        self.folder = folder
        self.seconds = seconds
        self.segments = segments
    }

    var name: String { folder }
    var keepsTime: Bool { true }
    var endsAtOnce: Bool { false }

    func makeSink() throws(ProgramFailure) -> Held {
        removeSegments { $0 != former }
        prefix = "masked-\(Int(Date().timeIntervalSince1970 * 1000))"
        former = prefix
        let sink = try GStreamer.make("hlssink2")
        // A pipeline that waits for a picture at its sink would keep the source's pace, and so the picture, from it.
        stream_set_boolean(sink.pointer, "async-handling", 1)
        stream_set_string(sink.pointer, "location", "\(folder)/\(prefix)-%05d.ts")
        stream_set_string(sink.pointer, "playlist-location", folder + "/stream.m3u8")
        stream_set_uint(sink.pointer, "target-duration", guint(seconds))
        stream_set_uint(sink.pointer, "playlist-length", guint(segments))
        stream_set_uint(sink.pointer, "max-files", guint(segments + 2))
        return sink
    }

    func padTemplate(isVideo: Bool) -> String { isVideo ? "video" : "audio" }

    func trouble(_ report: ElementReport) -> Trouble {
        if report.isResource(GST_RESOURCE_ERROR_NO_SPACE_LEFT) {
            return Trouble(.storage, "the disk of \(folder) is full", isPermanent: true)
        }
        return Trouble(.storage, "\(folder) cannot be written to: \(report.sentence)", isPermanent: true)
    }

    /// Segments of runs before, by their names.
    private func removeSegments(_ isOver: (String) -> Bool) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard let match = name.wholeMatch(of: /(masked-[0-9]+)-[0-9]{5,}\.ts/), isOver(String(match.1)) else {
                continue
            }
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    func writePage() throws(ProgramFailure) {
        do {
            try Data(Self.page.utf8).write(to: URL(fileURLWithPath: folder + "/index.html"), options: .atomic)
        } catch {
            throw ProgramFailure(.storage, "\(folder)/index.html cannot be written: \(error.localizedDescription)")
        }
    }

    private static let page = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>faceanon</title>
        <link rel="icon" href="data:,">
        <style>
        html, body { height: 100%; margin: 0; background: #111; color: #eee; font: 16px/1.5 sans-serif; }
        video { display: block; width: 100%; height: 100%; object-fit: contain; }
        #state { position: fixed; top: 1em; left: 0; right: 0; margin: 0; text-align: center; }
        #state span { padding: .4em 1em; border-radius: 1em; background: rgba(0, 0, 0, .7); }
        #state span:empty { display: none; }
        </style>
        <video src="stream.m3u8" autoplay muted controls playsinline></video>
        <p id="state" role="status"><span></span></p>
        <script>
        const video = document.querySelector("video"), state = document.querySelector("#state span");
        function again(text) {
            state.textContent = text;
            setTimeout(() => { video.src = "stream.m3u8"; video.play().catch(() => {}); }, 2000);
        }
        if (video.canPlayType("application/vnd.apple.mpegurl")) {
            video.addEventListener("error", () => again("There is no picture yet."));
            video.addEventListener("ended", () => again("The picture is lost."));
            video.addEventListener("playing", () => { state.textContent = ""; });
        } else {
            state.textContent = "This browser does not play HLS: open stream.m3u8 in a player such as VLC.";
        }
        </script>
        </html>

        """
}
