// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Synchronization

/// What a source is and how it is read.
struct IntakeSettings: Sendable {
    var address: StreamAddress
    var credentials: Credentials?
    var certificates: String?
    var transport: Transport
    /// Milliseconds.
    var latency: Int
    /// Seconds.
    var stallTimeout: Double
    /// Audio that is passed on as it comes, as caps; other audio is decoded.
    var passedAudio: String

    init(_ options: SourceOptions, address: StreamAddress, passedAudio: String) throws(ProgramFailure) {
        self.address = address
        self.passedAudio = passedAudio
        credentials = try Credentials.find("source", file: options.sourceCredentials)
        certificates = options.sourceCa
        transport = options.sourceTransport
        latency = options.latency
        stallTimeout = options.stallTimeout
    }
}

/// A source and its decoders, whose pads are held back until somebody takes them.
final class Intake {
    /// Posted on the bus, as an application message, when all pads are known.
    static let padsKnown = "faceanon-pads-known"

    let element: Held
    /// nil for a test picture.
    private(set) var damage: DamageWatch?
    fileprivate let shared: Shared

    /// What GStreamer's threads see.
    fileprivate final class Shared: Sendable {
        let settings: IntakeSettings
        /// Packets before decoding.
        let packets = FrameCounters()
        let pads = Mutex<[HeldPad]>([])
        let certificate = Mutex<CertificateWatch?>(nil)

        init(_ settings: IntakeSettings) { self.settings = settings }
    }

    /// A decoded stream. @unchecked: pads may be asked from any thread, and this keeps the pad alive.
    final class HeldPad: @unchecked Sendable {
        let pad: PadPointer
        private let probe: gulong
        let caps: StreamCaps

        init(_ pad: PadPointer) {
            self.pad = pad
            gst_object_ref(pad)
            probe = gst_pad_add_probe(
                pad, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM, { _, _, _ in GST_PAD_PROBE_OK }, nil, nil)
            caps = StreamCaps(of: pad)
        }

        /// Lets what is held back go on.
        func release() { gst_pad_remove_probe(pad, probe) }

        deinit { gst_object_unref(pad) }
    }

    init(_ settings: IntakeSettings) throws(ProgramFailure) {
        shared = Shared(settings)
        guard !settings.address.isTest else {
            element = try GStreamer.bin(
                "videotestsrc is-live=true pattern=ball "
                    + "! capsfilter caps=video/x-raw,format=I420,width=640,height=480,framerate=25/1")
            return
        }
        element = try GStreamer.make("uridecodebin")
        stream_set_string(element.pointer, "uri", settings.address.uri)
        stream_set_caps(element.pointer, "caps", "video/x-raw; audio/x-raw; " + settings.passedAudio)
        stream_set_boolean(element.pointer, "force-sw-decoders", 1)
        connectSignals()
    }

    /// Packets that have come from the source.
    var packets: Int { shared.packets.arrived.load(ordering: .relaxed) }

    /// The decoded streams so far.
    var pads: [HeldPad] { shared.pads.withLock { $0 } }

    /// To be called when the pipeline plays: a test picture has its pad from the beginning.
    func start() {
        guard shared.settings.address.isTest, let pad = gst_element_get_static_pad(element.pointer, "src") else {
            return
        }
        shared.packets.count(at: pad) { counters, _, _ in counters.arrived.add(1, ordering: .relaxed) }
        shared.pads.withLock { $0.append(HeldPad(pad)) }
        gst_object_unref(pad)
        Self.postPadsKnown(element.pointer)
    }

    /// The pads go, whoever waits for them.
    func releaseAll() {
        for pad in shared.pads.withLock({ $0 }) { pad.release() }
        shared.pads.withLock { $0 = [] }
    }

    // MARK: - Signals, on GStreamer's threads

    private func connectSignals() {
        let data = Unmanaged.passUnretained(shared).toOpaque()
        // The element goes before `shared` does: the session sets it to NULL and lets go of it first.
        let sourceSetup: @convention(c) (ElementPointer, ElementPointer, gpointer) -> Void = { _, source, data in
            Intake.setUp(source, Unmanaged<Shared>.fromOpaque(data).takeUnretainedValue())
        }
        stream_connect(element.pointer, "source-setup", unsafeBitCast(sourceSetup, to: GCallback.self), data)
        let padAdded: @convention(c) (ElementPointer, PadPointer, gpointer) -> Void = { _, pad, data in
            Unmanaged<Shared>.fromOpaque(data).takeUnretainedValue().pads.withLock { $0.append(HeldPad(pad)) }
        }
        stream_connect(element.pointer, "pad-added", unsafeBitCast(padAdded, to: GCallback.self), data)
        damage = DamageWatch(element.pointer)
        let noMorePads: @convention(c) (ElementPointer, gpointer) -> Void = { element, _ in
            Intake.postPadsKnown(element)
        }
        stream_connect(element.pointer, "no-more-pads", unsafeBitCast(noMorePads, to: GCallback.self), data)
    }

    private static func postPadsKnown(_ element: ElementPointer) {
        let message = gst_message_new_application(stream_object(element), gst_structure_new_empty(padsKnown))
        gst_element_post_message(element, message)
    }

    private static func setUp(_ source: ElementPointer, _ shared: Shared) {
        let data = Unmanaged.passUnretained(shared).toOpaque()
        countPackets(of: source, shared)
        let padAdded: @convention(c) (ElementPointer, PadPointer, gpointer) -> Void = { _, pad, data in
            let shared = Unmanaged<Shared>.fromOpaque(data).takeUnretainedValue()
            shared.packets.count(at: pad) { counters, _, _ in counters.arrived.add(1, ordering: .relaxed) }
        }
        stream_connect(source, "pad-added", unsafeBitCast(padAdded, to: GCallback.self), data)
        let settings = shared.settings
        if let credentials = settings.credentials, stream_find_property(source, "user-id") != nil {
            stream_set_string(source, "user-id", credentials.user)
            stream_set_string(source, "user-pw", credentials.password)
        }
        guard stream_factory_name(source).map({ String(cString: $0) }) == "rtspsrc" else { return }
        RTSPClient.setUp(
            source, transport: settings.transport, certificates: settings.certificates,
            stallTimeout: settings.stallTimeout)
        let certificate = CertificateWatch(source)
        shared.certificate.withLock { $0 = certificate }
        stream_set_uint(source, "latency", guint(settings.latency))
        stream_set_boolean(source, "drop-on-latency", 1)
        // Cameras offer metadata and back channels too, which never leave from here.
        let select: @convention(c) (ElementPointer, guint, UnsafeMutablePointer<GstCaps>?, gpointer) -> gboolean = {
            _, _, caps, _ in stream_is_media(caps, "video") != 0 || stream_is_media(caps, "audio") != 0 ? 1 : 0
        }
        stream_connect(source, "select-stream", unsafeBitCast(select, to: GCallback.self), data)
    }

    private static func countPackets(of source: ElementPointer, _ shared: Shared) {
        shared.packets.count(at: "src", of: source) { counters, _, _ in counters.arrived.add(1, ordering: .relaxed) }
    }
}

/// What rtspsrc and rtspclientsink have in common.
enum RTSPClient {
    /// Seconds after which a connection that does not come about has failed: 4, or a little less than a source may keep
    /// silent where that is longer.
    static func timeout(stallTimeout: Double) -> Double { max(4, stallTimeout - 1) }

    static func setUp(
        _ element: ElementPointer, transport: Transport, certificates: String?, stallTimeout: Double
    ) {
        let protocols = transport.protocols
        // Within 3600 s, as options and configuration have it.
        let timeout = UInt64(timeout(stallTimeout: stallTimeout) * 1_000_000)
        if let spec = stream_find_property(element, "protocols") { _ = stream_set_text(element, spec, protocols) }
        stream_set_uint64(element, "tcp-timeout", timeout)
        stream_set_uint64(element, "timeout", timeout)
        // Who is lost is connected to anew, with all that belongs to it.
        stream_set_boolean(element, "udp-reconnect", 0)
        if let certificates, let database = g_tls_file_database_new(certificates, nil) {
            stream_set_object(element, "tls-database", database)
            g_object_unref(database)
        }
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

extension Intake {
    /// What an error of the source or its decoders means.
    func trouble(_ report: ElementReport) -> Trouble {
        let address = "\(shared.settings.address)"
        if report.isResource(GST_RESOURCE_ERROR_NOT_AUTHORIZED) {
            let given = shared.settings.credentials == nil
            return Trouble(
                .source,
                given
                    ? "\(address) wants a user and password: give --source-credentials FILE, or set FACEANON_SOURCE_USER "
                        + "and FACEANON_SOURCE_PASSWORD"
                    : "\(address) refuses the user and password that it is given",
                isPermanent: true)
        }
        let text = "\(address): \(report.sentence)"
        if shared.certificate.withLock({ $0?.hasRefused }) == true {
            return Trouble(.source, text + RTSPClient.certificateAdvice("--source-ca FILE"), isPermanent: true)
        }
        return Trouble(.source, text, isPermanent: shared.settings.address.isFile || report.isMissingCodec)
    }
}

/// Notices that a peer's certificate was refused: the error that follows does not say so.
final class CertificateWatch: Sendable {
    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    private let flag = Flag()

    var hasRefused: Bool { flag.isSet.load(ordering: .relaxed) }

    /// Watches an rtspsrc or rtspclientsink.
    init(_ element: ElementPointer) {
        typealias Accept = @convention(c) (ElementPointer, gpointer?, gpointer?, guint, gpointer) -> gboolean
        let accept: Accept = { _, _, _, _, data in
            Unmanaged<Flag>.fromOpaque(data).takeUnretainedValue().isSet.store(true, ordering: .relaxed)
            return 0
        }
        stream_connect_owning(
            element, "accept-certificate", unsafeBitCast(accept, to: GCallback.self),
            Unmanaged.passRetained(flag).toOpaque(),
            // The release of what passRetained keeps, when the element is gone.
            { data, _ in if let data { Unmanaged<Flag>.fromOpaque(data).release() } })
    }
}

extension RTSPClient {
    /// What to do; `setting` names another authority.
    static func certificateAdvice(_ setting: String) -> String {
        ". Its certificate must match its name and come from an authority that this machine trusts; \(setting) names "
            + "another authority"
    }
}
