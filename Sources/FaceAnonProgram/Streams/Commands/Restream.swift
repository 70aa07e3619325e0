// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// A camera's stream, masked, to an RTSP server.
struct Restream: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends a camera's stream, masked, to an RTSP server.",
        discussion: """
            Takes up to one video and one audio stream of SOURCE, masks every face, and sends both to TARGET, which has to \
            take RECORD (MediaMTX, a gst-rtsp-server with a RECORD mount). Where masking is slower than the camera, old \
            frames are left out. When SOURCE or TARGET is lost, it connects anew, with growing waits. SIGINT and SIGTERM \
            end it in good order.

            Users and passwords come from a file or the environment: URLs that hold them are refused.

            \(ExitStatus.table)
            """)

    @Argument(help: .source)
    var from: String

    @Argument(help: ArgumentHelp("rtsp://HOST[:PORT]/PATH of the server.", valueName: "TARGET"))
    var to: String

    @Option(
        help: ArgumentHelp(
            "A file with user:password for the target; else FACEANON_TARGET_USER and FACEANON_TARGET_PASSWORD.",
            valueName: "FILE"))
    var targetCredentials: String?

    @Option(
        help: ArgumentHelp("A file with the certificates (PEM) that the target's must come from.", valueName: "FILE"))
    var targetCa: String?

    @Option(help: "How RTP goes to the target: tcp, udp, or auto.")
    var targetTransport: Transport = .tcp

    @OptionGroup var options: StreamOptions

    func run() throws {
        try options.run("restream", from: from, passedAudio: .aacMP3AndLaw) { () throws(ProgramFailure) in
            try RTSPTarget(
                StreamAddress(target: to),
                PeerSettings(
                    credentials: Credentials.find("target", file: targetCredentials), certificates: targetCa,
                    transport: targetTransport, stallTimeout: options.source.stallTimeout, advice: .options("target")))
        }
    }
}
