// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Synchronization

/// A stream that viewers can ask for. There is no way from its source to a viewer but through faceanon.
///
/// @unchecked: the factory may be used from any thread, and all else that changes is behind a lock. Lives as long as the
/// process, for GStreamer's signals.
final class MountedStream: @unchecked Sendable {
    typealias MediaPointer = UnsafeMutablePointer<GstRTSPMedia>

    let settings: ServeConfiguration.Mount
    /// Seconds.
    private let stallTimeout: Double
    let metrics: StreamMetrics
    let factory: UnsafeMutablePointer<GstRTSPMediaFactory>

    /// A media that stays. @unchecked: it may be asked from any thread.
    final class HeldMedia: @unchecked Sendable {
        let pointer: MediaPointer

        init(_ pointer: MediaPointer) {
            self.pointer = pointer
            g_object_ref(pointer)
        }

        deinit { g_object_unref(pointer) }
    }

    /// What the viewers of one moment share.
    private struct Playing {
        var media: HeldMedia?
        var watched: WatchedElement?
        var hasPlayed = false
        var hasFailed = false
        /// The last viewer has gone, which is told once the media is gone too.
        var isLeft = false
        var certificate: CertificateWatch?
        /// Frames from the source, and since when they are no more.
        var received = (count: 0, since: ContinuousClock.now)
        /// Those of them that were decoded; why they are no more is told once.
        var decoded = (count: 0, since: ContinuousClock.now, isTold: false)
    }

    private let playing = Mutex(Playing())

    init(_ settings: ServeConfiguration.Mount, isEncrypted: Bool, stallTimeout: Double) {
        self.settings = settings
        self.stallTimeout = stallTimeout
        metrics = StreamMetrics(name: settings.name)
        metrics.state = .waiting
        factory = gst_rtsp_media_factory_new()
        gst_rtsp_media_factory_set_launch(factory, Self.line(for: settings))
        gst_rtsp_media_factory_set_shared(factory, 1)
        // RTP over UDP would go unencrypted.
        let transports =
            isEncrypted
            ? GST_RTSP_LOWER_TRANS_TCP.rawValue
            : GST_RTSP_LOWER_TRANS_TCP.rawValue | GST_RTSP_LOWER_TRANS_UDP.rawValue
        gst_rtsp_media_factory_set_protocols(factory, GstRTSPLowerTrans(rawValue: transports))
        let configure: @convention(c) (gpointer, MediaPointer, gpointer) -> Void = { _, media, data in
            MountedStream.from(data).configure(media)
        }
        connect(factory, "media-configure", unsafeBitCast(configure, to: GCallback.self))
    }

    private static func from(_ data: gpointer) -> MountedStream {
        Unmanaged<MountedStream>.fromOpaque(data).takeUnretainedValue()
    }

    private func connect(_ instance: gpointer, _ signal: String, _ handler: GCallback) {
        // The mount lives as long as the process.
        stream_connect(instance, signal, handler, Unmanaged.passUnretained(self).toOpaque())
    }

    // MARK: - The pipeline

    private static func line(for settings: ServeConfiguration.Mount) -> String {
        let address = settings.source
        let source =
            address.isTest
            ? "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=480,framerate=25/1"
            : "uridecodebin name=source expose-all-streams=false caps=video/x-raw(ANY) force-sw-decoders=true"
        // A file would come as fast as it can be read. Even sizes only: x264 takes no others. The server sends each frame
        // when the pipeline's latency is over: until then frames wait encoded, and block nobody.
        return """
            ( \(source) \(address.isFile ? "! clocksync" : "")
            ! queue name=head max-size-buffers=1 max-size-bytes=0 max-size-time=0 leaky=downstream
            ! videoconvert ! faceanon name=faceanon ! queue max-size-buffers=2 max-size-bytes=0 max-size-time=0
            ! videoconvert ! videoscale add-borders=false
            ! video/x-raw,format=I420,width=(int)[2,16384,2],height=(int)[2,16384,2] ! videoflip video-direction=auto
            ! x264enc name=encoder tune=zerolatency speed-preset=veryfast pass=qual quantizer=23 bitrate=\(settings.bitrate)
              key-int-max=\(max(1, Int(settings.keyInterval * 25)))
            ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=65000000000
            ! rtph264pay name=pay0 pt=96 config-interval=-1 aggregate-mode=zero-latency )
            """
    }

    /// On a viewer's thread, before anything runs.
    private func configure(_ media: MediaPointer) {
        guard let pointer = gst_rtsp_media_get_element(media) else { return }
        let element = Held(taking: pointer)
        do throws(ProgramFailure) {
            let faceanon = try GStreamer.element("faceanon", in: element)
            try settings.properties.apply(to: faceanon.pointer)
            var damage: DamageWatch?
            if let source = gst_bin_get_by_name(stream_bin(element.pointer), "source") {
                setUp(source)
                damage = DamageWatch(source)
                gst_object_unref(source)
            }
            let watched = WatchedElement(
                faceanon, behind: try GStreamer.element("head", in: element), damage: damage)
            metrics.watch(watched)
            let held = HeldMedia(media)
            playing.withLock { $0 = Playing(media: held, watched: watched) }
        } catch {
            // Without its faceanon the pipeline is in two parts, and nothing goes through.
            Log.say("\(settings.name): \(error.description)")
            if let faceanon = try? GStreamer.element("faceanon", in: element) {
                gst_bin_remove(stream_bin(element.pointer), faceanon.pointer)
            }
            return
        }
        Log.say("\(settings.name): a viewer has come, connecting to \(settings.source)")
        metrics.state = .connecting
        watch(media, element)
    }

    private func setUp(_ source: ElementPointer) {
        stream_set_string(source, "uri", settings.source.uri)
        let sourceSetup: @convention(c) (ElementPointer, ElementPointer, gpointer) -> Void = { _, source, data in
            let settings = MountedStream.from(data).settings
            if let credentials = settings.credentials, stream_find_property(source, "user-id") != nil {
                stream_set_string(source, "user-id", credentials.user)
                stream_set_string(source, "user-pw", credentials.password)
            }
            guard stream_factory_name(source).map({ String(cString: $0) }) == "rtspsrc" else { return }
            RTSPClient.setUp(
                source, transport: settings.transport, certificates: settings.certificates,
                stallTimeout: MountedStream.from(data).stallTimeout)
            let certificate = CertificateWatch(source)
            MountedStream.from(data).playing.withLock { $0.certificate = certificate }
            stream_set_uint(source, "latency", guint(settings.latency))
            stream_set_boolean(source, "drop-on-latency", 1)
            let select: @convention(c) (ElementPointer, guint, UnsafeMutablePointer<GstCaps>?, gpointer) -> gboolean = {
                _, _, caps, _ in stream_is_media(caps, "video") != 0 ? 1 : 0
            }
            stream_connect(source, "select-stream", unsafeBitCast(select, to: GCallback.self), data)
        }
        connect(source, "source-setup", unsafeBitCast(sourceSetup, to: GCallback.self))
    }

    /// GstRTSPMedia reads its bus alone; what is said there is heard on the way to it.
    private func watch(_ media: MediaPointer, _ element: Held) {
        let targetState: @convention(c) (MediaPointer, gint, gpointer) -> Void = { _, state, data in
            if state == gint(GST_STATE_NULL.rawValue) { MountedStream.from(data).leave() }
        }
        connect(media, "target-state", unsafeBitCast(targetState, to: GCallback.self))
        let unprepared: @convention(c) (MediaPointer, gpointer) -> Void = { _, data in
            MountedStream.from(data).unprepared()
        }
        // After the factory has forgotten it.
        stream_connect_after(
            media, "unprepared", unsafeBitCast(unprepared, to: GCallback.self),
            Unmanaged.passUnretained(self).toOpaque())
        guard let pipeline = gst_object_get_parent(stream_object(element.pointer)) else { return }
        defer { gst_object_unref(pipeline) }
        guard let bus = gst_element_get_bus(stream_element(pipeline)) else { return }
        defer { gst_object_unref(bus) }
        gst_bus_enable_sync_message_emission(bus)
        let report: @convention(c) (gpointer, UnsafeMutablePointer<GstMessage>, gpointer) -> Void = {
            _, message, data in
            MountedStream.from(data).take(message)
        }
        for signal in ["sync-message::error", "sync-message::warning"] {
            connect(bus, signal, unsafeBitCast(report, to: GCallback.self))
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

    // MARK: - What happens

    /// On one of GStreamer's threads.
    private func take(_ message: UnsafeMutablePointer<GstMessage>) {
        let report = ElementReport(message)
        let isFaceAnon = playing.withLock { playing in
            playing.watched.map { stream_is_within(stream_message_source(message), $0.element.pointer) != 0 } ?? false
        }
        guard stream_message_type(message) == GST_MESSAGE_ERROR else {
            if isFaceAnon { Log.say("\(settings.name): warning: \(report.sentence)") }
            return
        }
        // One cause may make several elements complain.
        let isFirst = playing.withLock { playing in
            defer { playing.hasFailed = true }
            return !playing.hasFailed
        }
        guard isFirst else { return }
        if isFaceAnon {
            Log.say("\(settings.name): masking has stopped: \(report.sentence)")
        } else if report.isResource(GST_RESOURCE_ERROR_NOT_AUTHORIZED) {
            let refused =
                settings.credentials == nil
                ? "wants a user and password: give the mount credentials"
                : "refuses the user and password that it is given"
            Log.say("\(settings.name): \(settings.source) \(refused)")
        } else {
            let advice =
                playing.withLock({ $0.certificate?.hasRefused }) == true
                ? RTSPClient.certificateAdvice("the mount's ca") : ""
            Log.say("\(settings.name): \(settings.source): \(report.sentence)\(advice)")
        }
    }

    /// The last viewer has gone, or the stream has failed. On one of GStreamer's threads.
    private func leave() {
        let was = playing.withLock { playing in
            defer { playing = Playing(isLeft: playing.watched != nil && !playing.hasFailed) }
            return playing.watched
        }
        guard let watched = was else { return }
        metrics.forget(watched)
        metrics.state = .waiting
    }

    /// Whoever comes now gets a media of his own, rather than the one that is ending.
    private func unprepared() {
        let isLeft = playing.withLock { playing in
            defer { playing.isLeft = false }
            return playing.isLeft
        }
        if isLeft { Log.say("\(settings.name): the last viewer has gone") }
    }

    /// Whether viewers have to be sent away, since nothing comes any more. Asked on the main loop, now and then.
    func hasStopped() -> HeldMedia? {
        playing.withLock { playing in
            guard let media = playing.media, let watched = playing.watched else { return nil }
            let (received, decoded) = (watched.received, watched.counters.arrived.load(ordering: .relaxed))
            if received != playing.received.count { playing.received = (received, .now) }
            if decoded != playing.decoded.count { playing.decoded = (decoded, .now, false) }
            tellOfKeyFrames(&playing, watched)
            if !playing.hasPlayed, watched.counters.masked.load(ordering: .relaxed) > 0 {
                playing.hasPlayed = true
                metrics.state = .playing
                Log.say("\(settings.name): playing")
            }
            if playing.hasFailed { return media }
            // Until then, the viewers wait for an answer, and get one.
            guard playing.hasPlayed else { return nil }
            let silent = (ContinuousClock.now - playing.received.since) / .seconds(1)
            guard silent >= stallTimeout else { return nil }
            Log.say("\(settings.name): \(settings.source) has been silent for \(Int(silent)) s")
            playing.hasFailed = true
            return media
        }
    }

    private func tellOfKeyFrames(_ playing: inout Playing, _ watched: WatchedElement) {
        let undecoded = (ContinuousClock.now - playing.decoded.since) / .seconds(1)
        guard undecoded >= 15, watched.lacksKeyFrame, !playing.decoded.isTold else { return }
        playing.decoded.isTold = true
        Log.say("\(settings.name): \(settings.source) \(DamageWatch.keyFrameAdvice(undecoded))")
    }
}
