// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Synchronization

/// From a decoded pad to what goes out: the one way for video leads through faceanon, and audio has its own.
final class MaskingChain {
    /// Posted on the bus, as an application message, when the picture's size or format changes.
    static let changed = "faceanon-changed"

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
    /// What comes in, and what goes out, encoded.
    let counters = FrameCounters()
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
        // x264 takes even sizes only: an odd one gets a black row or column.
        let (right, bottom) = (caps.width % 2, caps.height % 2)
        let even = right + bottom > 0 ? "! videobox right=-\(right) bottom=-\(bottom)" : ""
        // Turned only after masking: the element looks for faces the way the tags say is up.
        bin = try GStreamer.bin(
            """
            \(pace.keepsTime ? "clocksync ! " : "") queue name=head max-size-buffers=1 max-size-bytes=0 max-size-time=0
            \(pace.drops ? "leaky=downstream" : "")
            ! videoconvert ! faceanon name=faceanon ! queue max-size-buffers=2 max-size-bytes=0 max-size-time=0
            ! videoconvert ! video/x-raw,format=I420 \(even) ! videoflip video-direction=auto
            ! \(encoder.line(for: caps)) ! h264parse name=exit config-interval=-1
            ! queue name=tail max-size-buffers=0 max-size-bytes=0 max-size-time=\(pace.patience * 1_000_000)
            """)
        let faceanon = try GStreamer.element("faceanon", in: bin)
        try properties.apply(to: faceanon.pointer)
        try prepare(faceanon)
        let head = try GStreamer.element("head", in: bin)
        let exit = try GStreamer.element("exit", in: bin)
        watched = WatchedElement(faceanon, behind: head, exit: exit, damage: damage)
        counters.count(at: "sink", of: head.pointer) { counters, _, _ in counters.arrived.add(1, ordering: .relaxed) }
        let tail = try GStreamer.element("tail", in: bin)
        counters.count(at: "src", of: tail.pointer) { counters, _, _ in counters.taken.add(1, ordering: .relaxed) }
        probe(head, "sink", [GST_PAD_PROBE_TYPE_BUFFER, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM], Self.pass)
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
        probe(try GStreamer.element("head", in: bin), "sink", [GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM]) { info, _, _ in
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

    /// Frames that have come in, have been masked, have gone out.
    var decodedCount: Int { counters.arrived.load(ordering: .relaxed) }
    var maskedCount: Int { watched?.counters.masked.load(ordering: .relaxed) ?? 0 }
    var sentCount: Int { counters.taken.load(ordering: .relaxed) }
    var hasSent: Bool { sentCount > 0 }

    /// Whether an object is this chain's faceanon.
    func isFaceAnon(_ object: UnsafeMutablePointer<GstObject>?) -> Bool {
        guard let object, let watched else { return false }
        return stream_is_within(object, watched.element.pointer) != 0
    }

    // MARK: - Probes

    /// Whether what comes may pass.
    private typealias Gatekeeper = @Sendable (UnsafeMutablePointer<GstPadProbeInfo>, PadPointer, Gate) -> Bool

    private final class Keeper: Sendable {
        let gate: Gate
        let mayPass: Gatekeeper

        init(_ gate: Gate, _ mayPass: @escaping Gatekeeper) {
            self.gate = gate
            self.mayPass = mayPass
        }
    }

    private func probe(
        _ element: Held, _ pad: String, _ types: [GstPadProbeType], _ mayPass: @escaping Gatekeeper
    ) {
        guard let pad = gst_element_get_static_pad(element.pointer, pad) else { return }
        defer { gst_object_unref(pad) }
        gst_pad_add_probe(
            pad, GstPadProbeType(rawValue: types.reduce(0) { $0 | $1.rawValue }),
            { pad, info, data in
                guard let pad, let info, let data else { return GST_PAD_PROBE_OK }
                let keeper = Unmanaged<Keeper>.fromOpaque(data).takeUnretainedValue()
                return keeper.mayPass(info, pad, keeper.gate) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP
            }, Unmanaged.passRetained(Keeper(gate, mayPass)).toOpaque(),
            // The release of what passRetained keeps, when the pad is gone.
            { data in if let data { Unmanaged<Keeper>.fromOpaque(data).release() } })
    }

    private func noticeEnd() {
        probe(bin, "src", [GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM]) { info, _, gate in
            if stream_probe_event(info).map({ stream_event_type($0) == GST_EVENT_EOS }) == true {
                gate.hasEnded.store(true, ordering: .relaxed)
            }
            return true
        }
    }

    /// Nothing passes any more once the picture has changed, but for the end.
    @Sendable private static func pass(
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
        if let parent = gst_pad_get_parent_element(pad) {
            let structure = gst_structure_new_empty(changed)
            gst_element_post_message(parent, gst_message_new_application(stream_object(parent), structure))
            gst_object_unref(parent)
        }
        return false
    }
}

/// How masked video is encoded.
struct EncoderSettings: Sendable {
    /// kbit/s; nil: by the picture's size.
    var bitrate: Int?
    /// Seconds.
    var keyInterval: Double

    init(_ options: EncoderOptions) {
        bitrate = options.bitrate
        keyInterval = options.keyInterval
    }

    /// The encoder as a launch line writes it.
    func line(for caps: StreamCaps) -> String {
        let rate = caps.rate > 0 ? caps.rate : 25
        // A tenth of a bit a pixel.
        let usual = max(300, Int(Double(caps.width) * Double(caps.height) * rate / 10_000))
        return "x264enc tune=zerolatency speed-preset=veryfast bitrate=\(min(bitrate ?? usual, 200_000)) "
            + "key-int-max=\(max(1, Int(keyInterval * rate)))"
    }
}
