// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// The RTSP server with its mounts: who may come in, how many, and who has to go.
final class StreamServer {
    private typealias ClientPointer = UnsafeMutablePointer<GstRTSPClient>

    private let configuration: ServeConfiguration
    private let mounts: [MountedStream]
    private let server: UnsafeMutablePointer<GstRTSPServer>
    private let loop = MainLoop()
    private let door: Door
    private var timers: [MainLoop.Timer] = []
    private var isEnding = false

    init(_ configuration: ServeConfiguration, _ mounts: [MountedStream]) throws(ProgramFailure) {
        self.configuration = configuration
        self.mounts = mounts
        server = gst_rtsp_server_new()
        // A viewer has one session; a connection may be there before it.
        door = Door(limit: configuration.limit * 2 + 16)
        gst_rtsp_server_set_address(server, configuration.address)
        gst_rtsp_server_set_service(server, "\(configuration.port)")
        let pool = gst_rtsp_session_pool_new()
        gst_rtsp_session_pool_set_max_sessions(pool, guint(configuration.limit))
        gst_rtsp_server_set_session_pool(server, pool)
        g_object_unref(pool)
        // A viewer whose camera does not answer keeps its thread waiting: nobody else's.
        let threads = gst_rtsp_server_get_thread_pool(server)
        gst_rtsp_thread_pool_set_max_threads(threads, -1)
        g_object_unref(threads)
        let points = gst_rtsp_server_get_mount_points(server)
        for mount in mounts {
            // The mount points take a reference over; the mount keeps its own.
            g_object_ref(mount.factory)
            gst_rtsp_mount_points_add_factory(points, "/" + mount.settings.name, mount.factory)
        }
        g_object_unref(points)
        if !configuration.users.isEmpty || configuration.certificate != nil { protect() }
        door.watch(server)
    }

    deinit { g_object_unref(server) }

    /// Serves until a signal.
    func run(_ reporter: Reporter) throws(ProgramFailure) {
        let source = gst_rtsp_server_attach(server, nil)
        guard source != 0 else {
            throw ProgramFailure(
                .failed, "port \(configuration.port) of \(configuration.address) cannot be listened at: is it in use?")
        }
        let scheme = configuration.certificate == nil ? "rtsp" : "rtsps"
        let port = gst_rtsp_server_get_bound_port(server)
        for mount in mounts {
            Log.say(
                "\(scheme)://\(configuration.address):\(port)/\(mount.settings.name) serves \(mount.settings.source)")
        }
        if configuration.users.isEmpty, !configuration.address.hasPrefix("127."), configuration.address != "::1" {
            Log.say("warning: without users, everyone who reaches \(configuration.address) may watch")
        }
        reporter.start()
        timers = [
            MainLoop.Timer(seconds: 0.5, repeats: true) { [unowned self] in look() },
            MainLoop.Timer(seconds: 2, repeats: true) { [unowned self] in cleanUp() },
        ]
        loop.run { [unowned self] signal in interrupt(signal, source) }
        timers = []
        reporter.stop()
    }

    // MARK: - Who may come in

    /// Users and passwords, and TLS.
    private func protect() {
        let auth = gst_rtsp_auth_new()
        defer { g_object_unref(auth) }
        if let certificate = configuration.certificate { gst_rtsp_auth_set_tls_certificate(auth, certificate.pointer) }
        let methods = GST_RTSP_AUTH_BASIC.rawValue | GST_RTSP_AUTH_DIGEST.rawValue
        gst_rtsp_auth_set_supported_methods(auth, GstRTSPAuthMethod(rawValue: methods))
        // Roles are words of GStreamer's own, so users go by their number.
        for (number, user) in configuration.users.enumerated() {
            let token = Self.token(role: "user\(number)")
            gst_rtsp_auth_add_digest(auth, user.user, user.password, token)
            let basic = gst_rtsp_auth_make_basic(user.user, user.password)
            gst_rtsp_auth_add_basic(auth, basic, token)
            g_free(basic)
            gst_rtsp_token_unref(token)
        }
        if configuration.users.isEmpty {
            let token = Self.token(role: "anyone")
            gst_rtsp_auth_set_default_token(auth, token)
            gst_rtsp_token_unref(token)
        }
        for mount in mounts {
            let permissions = gst_rtsp_permissions_new()
            for (number, user) in configuration.users.enumerated()
            where mount.settings.users?.contains(user.user) ?? true {
                Self.allow("user\(number)", permissions)
            }
            if configuration.users.isEmpty { Self.allow("anyone", permissions) }
            gst_rtsp_media_factory_set_permissions(mount.factory, permissions)
            gst_rtsp_permissions_unref(permissions)
        }
        gst_rtsp_server_set_auth(server, auth)
    }

    private static func token(role: String) -> UnsafeMutablePointer<GstRTSPToken>? {
        let token = gst_rtsp_token_new_empty()
        gst_rtsp_token_set_string(token, "media.factory.role", role)
        return token
    }

    private static func allow(_ role: String, _ permissions: UnsafeMutablePointer<GstRTSPPermissions>?) {
        gst_rtsp_permissions_add_role_empty(permissions, role)
        for permission in ["media.factory.access", "media.factory.construct"] {
            gst_rtsp_permissions_add_permission_for_role(permissions, role, permission, 1)
        }
    }

    // MARK: - Who has to go

    /// Viewers of what has stopped are disconnected: they would wait in vain, and their next try connects anew.
    private func look() {
        for mount in mounts {
            if let media = mount.hasStopped() { disconnect(viewersOf: media.pointer) }
        }
    }

    /// All clients, or those that get this media.
    private func disconnect(viewersOf media: MountedStream.MediaPointer?) {
        let list = gst_rtsp_server_client_filter(
            server,
            { _, client, data in
                guard let data else { return GST_RTSP_FILTER_REMOVE }
                return stream_client_has_media(client, data) != 0 ? GST_RTSP_FILTER_REMOVE : GST_RTSP_FILTER_KEEP
            }, media)
        g_list_free(list)
    }

    /// Sessions whose viewers say nothing any more.
    private func cleanUp() {
        let pool = gst_rtsp_server_get_session_pool(server)
        gst_rtsp_session_pool_cleanup(pool)
        g_object_unref(pool)
    }

    private func interrupt(_ signal: Int32, _ source: guint) {
        guard !isEnding else {
            Log.say("interrupted again: ending at once")
            exit(128 + signal)
        }
        isEnding = true
        g_source_remove(source)
        disconnect(viewersOf: nil)
        let start = ContinuousClock.now
        timers.append(
            MainLoop.Timer(seconds: 0.05, repeats: true) { [unowned self] in
                let isQuiet = mounts.allSatisfy { $0.metrics.state == .waiting } && door.count == 0
                if isQuiet || ContinuousClock.now - start > .seconds(3) { loop.quit() }
            })
    }
}

/// Sees all connections come and go, on the server's threads. Lives as long as the process, for GStreamer's signals.
private final class Door: Sendable {
    private typealias ClientPointer = UnsafeMutablePointer<GstRTSPClient>

    private let limit: Int
    private let connections = Atomic<Int>(0)
    /// The ids of sessions by the client's address in memory.
    private let sessions = Mutex<[Int: [String]]>([:])

    init(limit: Int) { self.limit = limit }

    var count: Int { connections.load(ordering: .relaxed) }

    func watch(_ server: UnsafeMutablePointer<GstRTSPServer>) {
        let connected: @convention(c) (gpointer, ClientPointer, gpointer) -> Void = { _, client, data in
            Unmanaged<Door>.fromOpaque(data).takeUnretainedValue().take(client)
        }
        // Kept for ever.
        let data = Unmanaged.passRetained(self).toOpaque()
        stream_connect(server, "client-connected", unsafeBitCast(connected, to: GCallback.self), data)
    }

    private func take(_ client: ClientPointer) {
        let data = Unmanaged.passUnretained(self).toOpaque()
        let closed: @convention(c) (ClientPointer, gpointer) -> Void = { client, data in
            Unmanaged<Door>.fromOpaque(data).takeUnretainedValue().forget(client)
        }
        let session: @convention(c) (ClientPointer, UnsafeMutablePointer<GstRTSPSession>, gpointer) -> Void = {
            client, session, data in
            guard let id = gst_rtsp_session_get_sessionid(session).map({ String(cString: $0) }) else { return }
            Unmanaged<Door>.fromOpaque(data).takeUnretainedValue().sessions.withLock {
                $0[Int(bitPattern: client), default: []].append(id)
            }
        }
        stream_connect(client, "new-session", unsafeBitCast(session, to: GCallback.self), data)
        stream_connect(client, "closed", unsafeBitCast(closed, to: GCallback.self), data)
        let plays: @convention(c) (ClientPointer, UnsafeMutablePointer<GstRTSPContext>, gpointer) -> Void = {
            _, context, _ in
            Log.say("\(Door.client(context)) watches \(Door.path(context))")
            if let media = context.pointee.sessmedia.flatMap({ gst_rtsp_session_media_get_media($0) }) {
                MountedStream.requestKeyFrame(of: media)
            }
        }
        stream_connect(client, "play-request", unsafeBitCast(plays, to: GCallback.self), data)
        let answers:
            @convention(c) (
                ClientPointer, UnsafeMutablePointer<GstRTSPContext>, UnsafeMutablePointer<GstRTSPMessage>, gpointer
            ) -> Void = { _, context, message, _ in Door.tell(context, message) }
        stream_connect(client, "send-message", unsafeBitCast(answers, to: GCallback.self), data)
        guard connections.add(1, ordering: .relaxed).newValue > limit else { return }
        Log.say("more than \(limit) connections: one more is refused")
        gst_rtsp_client_close(client)
    }

    /// Whose connection has ended is no viewer any more, whatever its session's time-out.
    private func forget(_ client: ClientPointer) {
        connections.subtract(1, ordering: .relaxed)
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
