// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks

/// What a source is and how it is read.
struct SourceSettings: Sendable {
    let address: StreamAddress
    /// Who is asked for it, and how.
    var peer: PeerSettings
    /// Milliseconds that packets may be late by.
    var latency = 200

    /// What is sent on: everything else that a source offers never leaves from here.
    enum Media: String, Sendable { case video, audio }

    /// A test picture in a launch line.
    static let testLine =
        "videotestsrc is-live=true pattern=ball "
        + "! capsfilter caps=video/x-raw,format=I420,width=640,height=480,framerate=25/1"

    /// Sets up the element that uridecodebin has made to read it. `peer` hears of it.
    func setUp(_ source: ElementPointer, _ peer: Peer, media: [Media]) throws(ProgramFailure) {
        peer.introduce(source)
        guard stream_factory_name(source).map({ String(cString: $0) }) == "rtspsrc" else { return }
        try peer.setUpRTSP(source)
        stream_set_uint(source, "latency", guint(latency))
        stream_set_boolean(source, "drop-on-latency", 1)
        // Cameras offer metadata and back channels too.
        try connecting { () throws(SignalError) in
            try connect("select-stream", of: source) { (_, _: Unread, caps: UnsafeMutablePointer<GstCaps>?) -> Bool in
                media.contains { stream_is_media(caps, $0.rawValue) != 0 }
            }
        }
    }
}

/// Audio that is passed on as it comes, as caps; other audio is encoded anew.
struct PassedAudio: Sendable {
    let caps: String

    static let aacAndMP3 = PassedAudio(
        caps: "audio/mpeg, mpegversion=(int){2, 4}; audio/mpeg, mpegversion=(int)1, layer=(int)3")
    /// And what telephones and cameras speak.
    static let aacMP3AndLaw = PassedAudio(caps: aacAndMP3.caps + "; audio/x-alaw; audio/x-mulaw")
}
