// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// Sees all connections come and go, on the server's threads.
final class Door: Sendable {
    private typealias ClientPointer = UnsafeMutablePointer<GstRTSPClient>

    private let limit: Int
    private let connections = Atomic<Int>(0)
    /// The ids of sessions by the client's address in memory.
    private let sessions = Mutex<[Int: [String]]>([:])

    private let mounts: [MountedStream]
    private let onEmpty: MainLoop.Inbox<Void>

    /// `onEmpty` is told whenever the last connection has ended.
    init(
        _ server: UnsafeMutablePointer<GstRTSPServer>, limit: Int, mounts: [MountedStream],
        onEmpty: MainLoop.Inbox<Void>
    ) throws(ProgramFailure) {
        self.limit = limit
        self.mounts = mounts
        self.onEmpty = onEmpty
        try connecting { () throws(SignalError) in
            try connect("client-connected", of: server) { [self] (_, client: ClientPointer) in
                do throws(SignalError) { try take(client) } catch {
                    Log.say("\(ProgramFailure(error))")
                    gst_rtsp_client_close(client)
                }
            }
        }
    }

    /// Connections that are there.
    var count: Int { connections.load(ordering: .relaxed) }

    private func take(_ client: ClientPointer) throws(SignalError) {
        typealias Context = UnsafeMutablePointer<GstRTSPContext>
        try connect("new-session", of: client) { [self] (client, session: UnsafeMutablePointer<GstRTSPSession>) in
            guard let id = gst_rtsp_session_get_sessionid(session).map({ String(cString: $0) }) else { return }
            sessions.withLock { $0[Int(bitPattern: client), default: []].append(id) }
            // The main loop has another moment to wait for, at which this session's time is over.
            g_main_context_wakeup(nil)
        }
        try connect("closed", of: client) { [self] client in forget(client) }
        try connect("setup-request", of: client) { [self] (_, context: Context) in join(context) }
        try connect("play-request", of: client) { [self] (_, context: Context) in
            Log.say("\(Self.client(context)) watches \(Self.path(context))")
            join(context)
            if let media = Self.media(context) { MountedStream.requestKeyFrame(of: media) }
        }
        try connect("send-message", of: client) {
            (_, context: Context, message: UnsafeMutablePointer<GstRTSPMessage>) in
            Self.tell(context, message)
        }
        guard connections.add(1, ordering: .relaxed).newValue > limit else { return }
        Log.say("more than \(limit) connections: one more is refused")
        gst_rtsp_client_close(client)
    }

    /// A client that takes a media just when that has failed is sent away like the others.
    private func join(_ context: UnsafeMutablePointer<GstRTSPContext>) {
        guard let media = Self.media(context) else { return }
        for mount in mounts { mount.join(media) }
    }

    private static func media(_ context: UnsafeMutablePointer<GstRTSPContext>) -> MountedStream.MediaPointer? {
        context.pointee.sessmedia.flatMap { gst_rtsp_session_media_get_media($0) }
    }

    /// Whose connection has ended is no viewer any more, whatever its session's time-out.
    private func forget(_ client: ClientPointer) {
        defer { if connections.subtract(1, ordering: .relaxed).newValue == 0 { onEmpty.post(()) } }
        let ids = sessions.withLock { $0.removeValue(forKey: Int(bitPattern: client)) ?? [] }
        guard !ids.isEmpty, let pool = gst_rtsp_client_get_session_pool(client) else { return }
        defer { g_object_unref(pool) }
        for id in ids {
            guard let session = gst_rtsp_session_pool_find(pool, id) else { continue }
            gst_rtsp_session_pool_remove(pool, session)
            g_object_unref(session)
        }
    }

    /// Tells of refusals. The first 401 is how a client learns that it has to say who it is.
    private static func tell(
        _ context: UnsafeMutablePointer<GstRTSPContext>, _ message: UnsafeMutablePointer<GstRTSPMessage>
    ) {
        var code = GST_RTSP_STS_OK
        var reason: UnsafePointer<gchar>?
        var version = GST_RTSP_VERSION_1_0
        guard gst_rtsp_message_get_type(message) == GST_RTSP_MESSAGE_RESPONSE,
            gst_rtsp_message_parse_response(message, &code, &reason, &version) == GST_RTSP_OK, code.rawValue >= 400
        else { return }
        let text: String
        switch code {
        case GST_RTSP_STS_UNAUTHORIZED:
            guard let request = context.pointee.request,
                gst_rtsp_message_get_header(request, GST_RTSP_HDR_AUTHORIZATION, nil, 0) == GST_RTSP_OK
            else { return }
            text = "wrong user or password"
        case GST_RTSP_STS_SERVICE_UNAVAILABLE where context.pointee.method == GST_RTSP_SETUP:
            text = "there are as many viewers as the limit allows"
        case GST_RTSP_STS_SERVICE_UNAVAILABLE: text = "the source gives no picture"
        default: text = reason.map { String(cString: $0) } ?? "\(code.rawValue)"
        }
        Log.say("\(client(context)) is refused \(path(context)): \(text)")
    }

    private static func client(_ context: UnsafeMutablePointer<GstRTSPContext>) -> String {
        context.pointee.conn.flatMap { gst_rtsp_connection_get_ip($0) }.map { String(cString: $0) } ?? "somebody"
    }

    private static func path(_ context: UnsafeMutablePointer<GstRTSPContext>) -> String {
        context.pointee.uri?.pointee.abspath.map { String(cString: $0) } ?? "what it asks for"
    }
}
