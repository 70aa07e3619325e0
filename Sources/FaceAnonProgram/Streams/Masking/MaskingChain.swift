// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// From a decoded pad to what goes out: the one way for video leads through faceanon, and audio has its own.
final class MaskingChain {
    /// Application messages on the bus: the picture's size or format changes; the first frame goes out; the end has gone out.
    static let changed = "faceanon-changed"
    static let sends = "faceanon-sends"
    static let ended = "faceanon-ended"

    /// How frames wait.
    struct Pace {
        /// Old frames are dropped where masking is slower than the source.
        var drops: Bool
        /// A source that is no camera is played at its own pace.
        var keepsTime: Bool
        /// Milliseconds that masked frames may wait until it is their time to be sent: they block nobody meanwhile. Not
        /// more, or a slow target would let the stream grow old.
        var patience: Int
    }

    let bin: Held
    let watched: WatchedElement?
    /// What has gone out, encoded.
    let sent = Tally()
    /// Since when it is there.
    let since = ContinuousClock.now
    private let gate = Gate()

    /// Whether the end has left the chain.
    var hasEnded: Bool { gate.hasEnded.load(ordering: .relaxed) }

    /// Closed for good once the picture changes: what comes later belongs into another chain.
    private final class Gate: Sendable {
        let first = Mutex<StreamCaps?>(nil)
        let isClosed = Atomic<Bool>(false)
        let hasEnded = Atomic<Bool>(false)
    }

    /// Video. `prepare` may set the element further.
    init(
        video caps: StreamCaps, damage: DamageWatch?, pace: Pace, properties: ElementProperties,
        encoder: EncoderSettings,
        prepare: (Held) throws(ProgramFailure) -> Void
    ) throws(ProgramFailure) {
        let line = MaskingLine(
            fit: MaskingLine.even(caps), encoder: encoder.line(for: caps), keepsTime: pace.keepsTime, drops: pace.drops)
        bin = try GStreamer.bin(
            "\(line) ! h264parse name=exit config-interval=-1 "
                + "! \(MaskingLine.queue("tail", milliseconds: pace.patience))")
        let faceanon = try GStreamer.element("faceanon", in: bin)
        try properties.apply(to: faceanon.pointer)
        try prepare(faceanon)
        let head = try GStreamer.element("head", in: bin)
        let exit = try GStreamer.element("exit", in: bin)
        watched = WatchedElement(faceanon, behind: head, exit: exit, damage: damage)
        sent.count(at: "src", of: try GStreamer.element("tail", in: bin)) { pad in Self.post(Self.sends, from: pad) }
        probe(
            head, "sink", GST_PAD_PROBE_TYPE_BUFFER, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM
        ) { [gate] pad, info in Self.pass(info, at: pad, gate) }
        noticeEnd()
    }

    /// Audio: as it comes where it is compressed already, else as AAC.
    init(audio caps: StreamCaps, pace: Pace) throws(ProgramFailure) {
        watched = nil
        let codec =
            switch caps.name {
            case "audio/mpeg": caps.mpegVersion == 1 ? "mpegaudioparse" : "aacparse"
            case "audio/x-alaw", "audio/x-mulaw": "capsfilter caps=\(caps.name)"
            default: "audioconvert ! audioresample ! avenc_aac ! aacparse"
            }
        // As long as video may take, with the longest lookahead.
        bin = try GStreamer.bin(
            """
            \(pace.keepsTime ? "clocksync ! " : "")
            queue name=head max-size-buffers=0 max-size-bytes=0 max-size-time=15000000000 ! \(codec)
            """)
        // Cover pictures travel as tags, with the audio too.
        probe(try GStreamer.element("head", in: bin), "sink", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) { _, info in
            stream_probe_event(info).map { stream_event_type($0) != GST_EVENT_TAG } ?? true
        }
        noticeEnd()
    }

    /// Ends the stream: what is under way still goes out, and nothing comes after it.
    func end() {
        // On a thread of its own: the pad may be busy for as long as something downstream is stuck.
        gst_element_call_async(
            bin.pointer,
            { element, _ in
                guard let element, let pad = gst_element_get_static_pad(element, "sink") else { return }
                gst_pad_send_event(pad, gst_event_new_eos())
                gst_object_unref(pad)
            }, nil, nil)
    }

    /// Whether an object is this chain's faceanon.
    func isFaceAnon(_ object: UnsafeMutablePointer<GstObject>?) -> Bool {
        guard let object, let watched else { return false }
        return stream_is_within(object, watched.element.pointer) != 0
    }

    // MARK: - Probes

    /// `mayPass` says whether what comes may go on.
    private func probe(
        _ element: Held, _ name: String, _ kinds: GstPadProbeType...,
        mayPass: @escaping @Sendable (PadPointer, UnsafeMutablePointer<GstPadProbeInfo>) -> Bool
    ) {
        guard let pad = gst_element_get_static_pad(element.pointer, name) else { return }
        for kind in kinds {
            pad.addProbe(kind) { pad, info in mayPass(pad, info) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP }
        }
        gst_object_unref(pad)
    }

    private static func post(_ name: String, from pad: PadPointer) {
        guard let parent = gst_pad_get_parent_element(pad) else { return }
        GStreamer.post(name, from: parent)
        gst_object_unref(parent)
    }

    private func noticeEnd() {
        // The bin's own pad: the last place before the sink.
        probe(bin, "src", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) { [gate] pad, info in
            if stream_probe_event(info).map({ stream_event_type($0) == GST_EVENT_EOS }) == true {
                gate.hasEnded.store(true, ordering: .relaxed)
                Self.post(Self.ended, from: pad)
            }
            return true
        }
    }

    /// Nothing passes any more once the picture has changed, but for the end.
    private static func pass(
        _ info: UnsafeMutablePointer<GstPadProbeInfo>, at pad: PadPointer, _ gate: Gate
    ) -> Bool {
        guard let event = stream_probe_event(info) else { return !gate.isClosed.load(ordering: .relaxed) }
        let type = stream_event_type(event)
        if type == GST_EVENT_EOS { return true }
        if gate.isClosed.load(ordering: .relaxed) { return false }
        guard type == GST_EVENT_CAPS else { return true }
        var caps: UnsafeMutablePointer<GstCaps>?
        gst_event_parse_caps(event, &caps)
        guard let caps else { return true }
        let now = StreamCaps(caps)
        let isSame = gate.first.withLock { first in
            if first == nil { first = now }
            return first?.width == now.width && first?.height == now.height && first?.name == now.name
        }
        if isSame { return true }
        gate.isClosed.store(true, ordering: .relaxed)
        post(changed, from: pad)
        return false
    }
}
