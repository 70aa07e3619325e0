// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// A stream that viewers can ask for. There is no way from its source to a viewer but through faceanon.
final class MountedStream: Sendable {
    typealias MediaPointer = UnsafeMutablePointer<GstRTSPMedia>
    typealias HeldMedia = HeldObject<GstRTSPMedia>

    /// What the server has to know, which lives on the main loop.
    enum Event: Sendable {
        /// A viewer has come to a source that is not connected; the first frame was masked: `look` may have something to say
        /// at another moment.
        case changed
        /// Its viewers have to be sent away.
        case failed(HeldMedia)
        /// There is no media any more.
        case left
    }

    let settings: ServeConfiguration.Mount
    let metrics: StreamMetrics
    let factory: HeldObject<GstRTSPMediaFactory>
    private let events: MainLoop.Inbox<Event>

    /// What the viewers of one moment share.
    private struct Playing {
        var media: HeldMedia?
        var watched: WatchedElement?
        var peer: Peer?
        var since = ContinuousClock.now
        var hasPlayed = false
        var hasFailed = false
        /// The last viewer has gone, which is told once the media is gone too.
        var isLeft = false
        /// When the last frame was decoded before it was told why they are no more.
        var toldOfKeyFrames: ContinuousClock.Instant?
    }

    private let playing = Mutex(Playing())

    init(
        _ settings: ServeConfiguration.Mount, isEncrypted: Bool, events: MainLoop.Inbox<Event>
    ) throws(ProgramFailure) {
        self.settings = settings
        self.events = events
        metrics = StreamMetrics(name: settings.name)
        metrics.state = .waiting
        guard let pointer = gst_rtsp_media_factory_new() else {
            throw ProgramFailure(.failed, "there is no media factory")
        }
        factory = HeldObject(taking: pointer)
        gst_rtsp_media_factory_set_launch(pointer, Self.line(for: settings))
        gst_rtsp_media_factory_set_shared(pointer, 1)
        // RTP over UDP would go unencrypted.
        let transports =
            isEncrypted
            ? GST_RTSP_LOWER_TRANS_TCP.rawValue
            : GST_RTSP_LOWER_TRANS_TCP.rawValue | GST_RTSP_LOWER_TRANS_UDP.rawValue
        gst_rtsp_media_factory_set_protocols(pointer, GstRTSPLowerTrans(rawValue: transports))
        try connecting { () throws(SignalError) in
            // The factory is the mount's own.
            try connect("media-configure", of: pointer) { [weak self] (_, media: MediaPointer) in
                self?.configure(media)
            }
        }
    }

    // MARK: - The pipeline

    private static func line(for settings: ServeConfiguration.Mount) -> String {
        let source =
            settings.source.address.isTest
            ? SourceSettings.testLine
            : "uridecodebin name=source expose-all-streams=false caps=video/x-raw(ANY) force-sw-decoders=true"
        // A file would come as fast as it can be read. The server sends each frame when the pipeline's latency is over.
        let masking = MaskingLine(
            fit: MaskingLine.anyEven,
            encoder: EncoderSettings.line(upTo: settings.bitrate, keyInterval: settings.keyInterval),
            keepsTime: settings.source.address.isFile, drops: true)
        return """
            ( \(source) ! \(masking) ! \(MaskingLine.queue("tail", milliseconds: 65_000))
            ! rtph264pay name=pay0 pt=96 config-interval=-1 aggregate-mode=zero-latency )
            """
    }

    /// On a viewer's thread, before anything runs.
    private func configure(_ media: MediaPointer) {
        guard let pointer = gst_rtsp_media_get_element(media) else { return }
        let element = Held(taking: pointer)
        do throws(ProgramFailure) {
            try prepare(media, element)
            try connecting { () throws(SignalError) in try watch(media, element) }
        } catch {
            // Without its faceanon the pipeline is in two parts, and nothing goes through.
            Log.say("\(settings.name): \(error.description)")
            if let faceanon = try? GStreamer.element("faceanon", in: element) {
                gst_bin_remove(stream_bin(element.pointer), faceanon.pointer)
            }
            return
        }
        Log.say("\(settings.name): a viewer has come, connecting to \(settings.source.address)")
        metrics.state = .connecting
        events.post(.changed)
    }

    private func prepare(_ media: MediaPointer, _ element: Held) throws(ProgramFailure) {
        let faceanon = try GStreamer.element("faceanon", in: element)
        try settings.properties.apply(to: faceanon.pointer)
        let peer = Peer(settings.source.address, settings.source.peer)
        var damage: DamageWatch?
        if let pointer = gst_bin_get_by_name(stream_bin(element.pointer), "source") {
            let source = Held(taking: pointer)
            stream_set_string(source.pointer, "uri", settings.source.address.uri)
            damage = try DamageWatch(source.pointer)
            try connecting { () throws(SignalError) in
                try connect("source-setup", of: source.pointer) { [settings] (_, source: ElementPointer) in
                    GStreamer.orStop(source) { try settings.source.setUp(source, peer, media: [.video]) }
                }
            }
        }
        // The element is the media's own, and so must not hold it.
        let address = Int(bitPattern: media)
        let watched = WatchedElement(
            faceanon, behind: try GStreamer.element("head", in: element), damage: damage
        ) { [weak self] in self?.takeFirstFrame(ofMediaAt: address) }
        metrics.watch(watched)
        playing.withLock { $0 = Playing(media: HeldMedia(sharing: media), watched: watched, peer: peer) }
    }

    /// GstRTSPMedia reads its bus alone; what is said there is heard on the way to it.
    private func watch(_ media: MediaPointer, _ element: Held) throws(SignalError) {
        try connect("target-state", of: media) { [self] (_, state: Int32) in
            if state == gint(GST_STATE_NULL.rawValue) { leave() }
        }
        // After the factory has forgotten it.
        try connect("unprepared", of: media, after: true) { [self] _ in unprepared() }
        guard let pipeline = gst_object_get_parent(stream_object(element.pointer)) else { return }
        defer { gst_object_unref(pipeline) }
        guard let bus = gst_element_get_bus(stream_element(pipeline)) else { return }
        defer { gst_object_unref(bus) }
        gst_bus_enable_sync_message_emission(bus)
        for signal in ["sync-message::error", "sync-message::warning"] {
            try connect(signal, of: bus) { [self] (_, message: UnsafeMutablePointer<GstMessage>) in take(message) }
        }
    }

    /// Who joins what runs already need not wait for the next key frame.
    static func requestKeyFrame(of media: MediaPointer) {
        guard let pointer = gst_rtsp_media_get_element(media) else { return }
        let element = Held(taking: pointer)
        guard let encoder = try? GStreamer.element("encoder", in: element),
            let pad = gst_element_get_static_pad(encoder.pointer, "src")
        else { return }
        gst_pad_send_event(pad, gst_video_event_new_upstream_force_key_unit(GstClockTime.max, 1, 0))
        gst_object_unref(pad)
    }

    // MARK: - What happens, on GStreamer's threads

    private func takeFirstFrame(ofMediaAt address: Int) {
        let isNow = playing.withLock { playing in
            guard let media = playing.media, Int(bitPattern: media.pointer) == address else { return false }
            playing.hasPlayed = true
            return true
        }
        guard isNow else { return }
        metrics.state = .playing
        Log.say("\(settings.name): playing")
        events.post(.changed)
    }

    private func take(_ message: UnsafeMutablePointer<GstMessage>) {
        let report = ElementReport(message)
        let state = playing.withLock { $0 }
        let source = stream_message_source(message)
        let isFaceAnon = state.watched.map { stream_is_within(source, $0.element.pointer) != 0 } ?? false
        guard stream_message_type(message) == GST_MESSAGE_ERROR else {
            if isFaceAnon { Log.say("\(settings.name): warning: \(report.sentence)") }
            return
        }
        // One cause may make several elements complain.
        guard let media = fail() else { return }
        if isFaceAnon {
            Log.say("\(settings.name): \(Trouble.masking(report).failure.description)")
        } else if let peer = state.peer {
            Log.say("\(settings.name): \(peer.trouble(report, .source).failure.description)")
        }
        events.post(.failed(media))
    }

    /// Nothing comes any more. Returns what the viewers have got; nil: they are being sent away already.
    private func fail() -> HeldMedia? {
        playing.withLock { playing in
            guard !playing.hasFailed, let media = playing.media else { return nil }
            playing.hasFailed = true
            return media
        }
    }

    /// The last viewer has gone, or the stream has failed.
    private func leave() {
        let was = playing.withLock { playing in
            defer { playing = Playing(isLeft: playing.watched != nil && !playing.hasFailed) }
            return playing.watched
        }
        guard let watched = was else { return }
        metrics.forget(watched)
        metrics.state = .waiting
        events.post(.left)
    }

    /// Whoever comes now gets a media of his own, rather than the one that is ending.
    private func unprepared() {
        let isLeft = playing.withLock { playing in
            defer { playing.isLeft = false }
            return playing.isLeft
        }
        if isLeft { Log.say("\(settings.name): the last viewer has gone") }
    }

    /// Somebody takes a media. If it has failed meanwhile, he has to go as well.
    func join(_ media: MediaPointer) {
        let failed = playing.withLock { playing in
            playing.hasFailed && playing.media?.pointer == media ? playing.media : nil
        }
        if let failed { events.post(.failed(failed)) }
    }

    // MARK: - What no error tells

    /// Looks whether anything comes. Returns when to look again; nil: at the next `changed`.
    func look() -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        let state = playing.withLock { $0 }
        guard !state.hasFailed, let watched = state.watched, let peer = state.peer else { return nil }
        let tell = tellOfKeyFrames(state, watched, peer, at: now)
        // Until it plays, the viewers wait for an answer, and get one.
        guard state.hasPlayed else { return tell }
        let since = watched.lastReceived ?? state.since
        let due = since + .seconds(settings.source.peer.stallTimeout)
        guard due <= now else { return min(due, tell) }
        guard let media = fail() else { return nil }
        Log.say("\(settings.name): \(peer.silence((now - since) / .seconds(1)))")
        events.post(.failed(media))
        return nil
    }

    /// Returns when to look again.
    private func tellOfKeyFrames(
        _ state: Playing, _ watched: WatchedElement, _ peer: Peer, at now: ContinuousClock.Instant
    ) -> ContinuousClock.Instant {
        let since = watched.lastDecoded ?? state.since
        let due = since + .seconds(StallWatch.pictureTime)
        guard due <= now else { return due }
        if watched.lacksKeyFrame, state.toldOfKeyFrames != since {
            Log.say("\(settings.name): \(peer.keyFrameAdvice((now - since) / .seconds(1)))")
            playing.withLock { $0.toldOfKeyFrames = since }
        }
        // Frames may begin to come, and then lack one.
        return now + .seconds(StallWatch.pictureTime)
    }
}
