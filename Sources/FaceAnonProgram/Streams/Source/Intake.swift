// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// A source and its decoders, whose pads are held back until somebody takes them.
final class Intake {
    /// Application messages on the bus: another pad is there; all pads are known.
    static let padAdded = "faceanon-pad-added"
    static let padsKnown = "faceanon-pads-known"

    let element: Held
    let peer: Peer
    /// nil for a test picture.
    private(set) var damage: DamageWatch?
    private let shared = Shared()

    /// What GStreamer's threads see.
    private final class Shared: Sendable {
        /// Packets before decoding.
        let packets = Tally()
        let pads = Mutex<[HeldPad]>([])
    }

    /// A decoded stream.
    final class HeldPad: Sendable {
        private let held: HeldObject<GstPad>
        private let probe: gulong
        let caps: StreamCaps
        /// Since when it is there.
        let since = ContinuousClock.now

        var pad: PadPointer { held.pointer }

        init(_ pad: PadPointer) {
            held = HeldObject(sharing: pad)
            probe = pad.addProbe(GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM) { _, _ in GST_PAD_PROBE_OK }
            caps = StreamCaps(of: pad)
        }

        /// Lets what is held back go on.
        func release() { gst_pad_remove_probe(pad, probe) }
    }

    init(_ settings: SourceSettings, _ passedAudio: PassedAudio) throws(ProgramFailure) {
        peer = Peer(settings.address, settings.peer)
        guard !settings.address.isTest else {
            element = try GStreamer.bin(SourceSettings.testLine)
            return
        }
        element = try GStreamer.make("uridecodebin")
        stream_set_string(element.pointer, "uri", settings.address.uri)
        stream_set_caps(element.pointer, "caps", "video/x-raw; audio/x-raw; " + passedAudio.caps)
        stream_set_boolean(element.pointer, "force-sw-decoders", 1)
        damage = try DamageWatch(element.pointer)
        try connecting { () throws(SignalError) in try connectSignals(settings) }
    }

    /// When the last packet has come from the source; nil: none yet.
    var lastPacket: ContinuousClock.Instant? { shared.packets.last }

    /// The decoded streams so far.
    var pads: [HeldPad] { shared.pads.withLock { $0 } }

    /// To be called when the pipeline plays: a test picture has its pad from the beginning.
    func start() {
        guard peer.address.isTest, let pad = gst_element_get_static_pad(element.pointer, "src") else { return }
        shared.packets.count(at: pad)
        shared.pads.withLock { $0.append(HeldPad(pad)) }
        gst_object_unref(pad)
        GStreamer.post(Self.padsKnown, from: element.pointer)
    }

    /// The pads go, whoever waits for them.
    func releaseAll() {
        for pad in shared.pads.withLock({ $0 }) { pad.release() }
        shared.pads.withLock { $0 = [] }
    }

    /// What an error of the source or its decoders means.
    func trouble(_ report: ElementReport) -> Trouble {
        peer.trouble(report, .source, isPermanent: peer.address.isFile || report.isMissingCodec)
    }

    // MARK: - Signals, on GStreamer's threads

    private func connectSignals(_ settings: SourceSettings) throws(SignalError) {
        try connect("source-setup", of: element.pointer) { [shared, peer] (_, source: ElementPointer) in
            if let pad = gst_element_get_static_pad(source, "src") {
                shared.packets.count(at: pad)
                gst_object_unref(pad)
            }
            GStreamer.orStop(source) {
                try connect("pad-added", of: source) { (_, pad: PadPointer) in shared.packets.count(at: pad) }
                try settings.setUp(source, peer, media: [.video, .audio])
            }
        }
        try connect("pad-added", of: element.pointer) { [shared] (element, pad: PadPointer) in
            shared.pads.withLock { $0.append(HeldPad(pad)) }
            GStreamer.post(Self.padAdded, from: element)
        }
        try connect("no-more-pads", of: element.pointer) { element in GStreamer.post(Self.padsKnown, from: element) }
    }
}

/// What is known of a decoded stream before it flows.
struct StreamCaps: Equatable, Sendable {
    var name = ""
    var width: Int32 = 0
    var height: Int32 = 0
    /// Frames a second; 0 where unknown.
    var rate = 0.0
    var mpegVersion: Int32 = 0

    var isVideo: Bool { name == "video/x-raw" }
    var isAudio: Bool { name.hasPrefix("audio/") }

    init() {}

    init(of pad: PadPointer) {
        self.init()
        guard let caps = gst_pad_get_current_caps(pad) ?? gst_pad_query_caps(pad, nil) else { return }
        defer { gst_caps_unref(caps) }
        self = StreamCaps(caps)
    }

    init(_ caps: UnsafePointer<GstCaps>) {
        guard let text = stream_caps_name(caps), let structure = gst_caps_get_structure(caps, 0) else { return }
        name = String(cString: text)
        gst_structure_get_int(structure, "width", &width)
        gst_structure_get_int(structure, "height", &height)
        gst_structure_get_int(structure, "mpegversion", &mpegVersion)
        var (numerator, denominator): (gint, gint) = (0, 1)
        gst_structure_get_fraction(structure, "framerate", &numerator, &denominator)
        rate = denominator > 0 ? Double(numerator) / Double(denominator) : 0
    }
}
