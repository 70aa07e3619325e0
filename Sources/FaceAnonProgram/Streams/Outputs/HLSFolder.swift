// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// A folder that gets segments and a playlist.
final class HLSFolder: MaskedOutput {
    private let place: OutputFolder
    private let seconds: Int
    private let segments: Int
    /// Of the files of the session before, and of this one: a player must never find a new segment under an old name.
    private var former: String?
    private var prefix = ""

    init(_ folder: String, seconds: Int, segments: Int) throws(ProgramFailure) {
        place = try OutputFolder(folder, missing: "there is no folder \(folder) to write to")
        self.seconds = seconds
        self.segments = segments
    }

    private var folder: String { place.path }

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
        place.trouble(report, failure: "cannot be written to")
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

    /// Writes the page.
    func open() throws(ProgramFailure) {
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
