// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// A folder as the reader of a page has it, and what stands in for cameras, servers and screens.
final class DocsStand {
    let scratch: Scratch
    /// What is written for what, in every block of the page.
    private(set) var standIns: [(text: String, instead: String)] = []
    let environment: [String: String]
    private var peers: [StreamPeer] = []
    private var receivers: [StreamPeer] = []
    private var nginx: Nginx?

    init(_ page: MarkdownPage) throws {
        scratch = try Scratch()
        var environment = Checkout.environment
        environment["PATH"] = Checkout.root + "/build:/usr/bin:" + (environment["PATH"] ?? "")
        environment["HOME"] = scratch.path
        self.environment = environment
        try FileManager.default.createSymbolicLink(
            atPath: scratch / "pipelines", withDestinationPath: Checkout.root + "/pipelines")
        try scratch.copy(Checkout.pictures + "/clip.mp4", to: "video.mp4")
        _ = try scratch.folder("videos")
        try scratch.copy(Checkout.pictures + "/clip.mp4", to: "videos/video.mp4")
        _ = try scratch.folder("pictures")
        for name in ["astronaut.png", "grace_hopper.jpg"] {
            try scratch.copy("\(Checkout.pictures)/\(name)", to: "pictures/\(name)")
        }
        try setUp(page.path.split(separator: "/").last.map(String.init) ?? "")
    }

    private func setUp(_ name: String) throws {
        switch name {
        case "camera-to-screen.md":
            standIns = [
                ("privacy-protection-faces camera", "privacy-protection-faces test"),
                ("v4l2src", "videotestsrc num-buffers=5"), ("autovideosink", "fakesink"),
            ]
        case "rtsp-restream.md":
            let receiver = try StreamPeer.receiver("--audio")
            receivers.append(receiver)
            standIns.append(("rtsp://media.example:8554/door", receiver.address))
            try camera("--audio", for: "rtsp://10.0.0.7/stream")
            try camera("--audio", "--user", "ada", "--password", "correct horse", for: "rtsp://10.0.0.8/stream")
        case "rtsp-server.md":
            try camera(for: "rtsp://10.0.0.7/stream")
            try camera("--user", "ada", "--password", "correct horse", for: "rtsp://10.0.0.8/stream")
            try port("8554")
            standIns += [player, ("0.0.0.0", "127.0.0.1")]
        case "rtmp-relay.md":
            try port("1935")
            standIns.append(player)
        case "web-page.md":
            try camera(for: "rtsp://10.0.0.7/stream")
            try port("8080")
        case "recording.md":
            try camera(for: "rtsp://10.0.0.7/stream")
        case "in-your-application.md":
            try camera(for: "rtsp://10.0.0.7/stream")
            try port("8554")
            standIns.append(player)
        default: break
        }
    }

    /// A player that needs no screen, and ends once it has seen enough.
    private let player = ("ffplay", "ffprobe -v error -show_streams")

    private func port(_ number: String) throws { standIns.append((number, "\(try Port.free())")) }

    private func camera(_ arguments: String..., for address: String) throws {
        let camera = try StreamPeer(["camera"] + arguments)
        peers.append(camera)
        standIns.append((address, camera.address))
    }

    /// Whoever was sent video got masked video.
    func check() throws {
        for receiver in receivers {
            // It tells what it has seen a moment later.
            let sight = try Wait.until("frames at a receiver") { receiver.sight.frames > 0 ? receiver.sight : nil }
            #expect(sight.clear == 0, "\(sight)")
        }
    }

    func replaced(_ text: String) -> String {
        standIns.reduce(text) { $0.replacingOccurrences(of: $1.text, with: $1.instead) }
    }

    /// A file that a page shows. A server's configuration is at work from then on.
    func write(_ text: String, to name: String) throws {
        try scratch.write(Data(text.utf8), to: name)
        if name == "nginx.conf" { nginx = try Nginx(rtmp: text) }
    }
}
