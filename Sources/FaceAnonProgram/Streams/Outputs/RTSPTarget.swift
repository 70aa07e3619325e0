// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// An RTSP server that takes RECORD.
final class RTSPTarget: MaskedOutput {
    private let address: StreamAddress
    private let settings: PeerSettings
    /// The server, as the sink of now speaks to it.
    private var peer: Peer

    init(_ address: StreamAddress, _ settings: PeerSettings) {
        self.address = address
        self.settings = settings
        peer = Peer(address, settings)
    }

    var name: String { "\(address)" }
    var keepsTime: Bool { true }
    /// Over UDP rtspclientsink never says that all of it has ended: RTCP goes on.
    var endsAtOnce: Bool { true }

    /// rtspclientsink tells of this twice: when it announces the stream, and when the server has taken all of it. It never
    /// says that it is done.
    private var recordSteps = 0

    var isOpen: Bool { recordSteps >= 2 }

    func take(_ message: UnsafeMutablePointer<GstMessage>) {
        if stream_is_progress(message, GST_PROGRESS_TYPE_CONTINUE, "record") != 0 { recordSteps += 1 }
    }

    func sessionEnded() { recordSteps = 0 }

    func makeSink() throws(ProgramFailure) -> Held {
        let sink = try GStreamer.make("rtspclientsink")
        stream_set_string(sink.pointer, "location", address.uri)
        peer = Peer(address, settings)
        try peer.setUpRTSP(sink.pointer)
        peer.introduce(sink.pointer)
        return sink
    }

    func padTemplate(isVideo: Bool) -> String { "sink_%u" }

    func trouble(_ report: ElementReport) -> Trouble { peer.trouble(report, .target) }
}
