// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// The RTSP server with its mounts: who may come in, how many, and who has to go.
final class StreamServer {
    private let configuration: ServeConfiguration
    private let held: HeldObject<GstRTSPServer>
    private let loop = MainLoop()
    private var mounts: [MountedStream] = []
    private var door: Door?
    /// When each mount has to be looked at, by its number.
    private var alarms: [Int: MainLoop.Timer] = [:]
    /// The end waits for no more than this.
    private var lastMoment: MainLoop.Timer?

    private var server: UnsafeMutablePointer<GstRTSPServer> { held.pointer }
    private var isEnding: Bool { lastMoment != nil }

    init(_ configuration: ServeConfiguration) throws(ProgramFailure) {
        self.configuration = configuration
        guard let server = gst_rtsp_server_new() else { throw ProgramFailure(.failed, "there is no RTSP server") }
        held = HeldObject(taking: server)
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
        try mount()
        if !configuration.users.isEmpty || configuration.certificate != nil { protect() }
        // A viewer has one session; a connection may be there before it.
        door = try Door(
            server, limit: configuration.limit * 2 + 16, mounts: mounts,
            onEmpty: MainLoop.Inbox { [weak self] in self?.endIfQuiet() })
    }

    private func mount() throws(ProgramFailure) {
        let points = gst_rtsp_server_get_mount_points(server)
        defer { g_object_unref(points) }
        for (number, settings) in configuration.mounts.enumerated() {
            let events = MainLoop.Inbox<MountedStream.Event> { [weak self] event in
                self?.take(event, of: number)
            }
            let mount = try MountedStream(
                settings, isEncrypted: configuration.certificate != nil, events: events)
            mounts.append(mount)
            // The mount points take a reference over; the mount keeps its own.
            g_object_ref(mount.factory.pointer)
            gst_rtsp_mount_points_add_factory(points, "/" + settings.name, mount.factory.pointer)
        }
    }

    var metrics: [StreamMetrics] { mounts.map(\.metrics) }

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
                "\(scheme)://\(configuration.address):\(port)/\(mount.settings.name) serves \(mount.settings.source.address)"
            )
        }
        if configuration.users.isEmpty, !configuration.address.hasPrefix("127."), configuration.address != "::1" {
            Log.say("warning: without users, everyone who reaches \(configuration.address) may watch")
        }
        reporter.start()
        let pool = gst_rtsp_server_get_session_pool(server)
        // Sessions whose viewers say nothing any more end when their time is over.
        let sessions = stream_watch_sessions(pool)
        g_object_unref(pool)
        loop.run(untilInterrupted: { [unowned self] in end(source) })
        g_source_destroy(sessions)
        g_source_unref(sessions)
        (alarms, lastMoment) = ([:], nil)
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
            gst_rtsp_media_factory_set_permissions(mount.factory.pointer, permissions)
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

    private func take(_ event: MountedStream.Event, of number: Int) {
        switch event {
        case .changed: look(at: number)
        // They would wait in vain, and their next try connects anew.
        case .failed(let media): disconnect(viewersOf: media.pointer)
        case .left:
            alarms[number] = nil
            endIfQuiet()
        }
    }

    /// Looks at a mount, and again when there may be something to see.
    private func look(at number: Int) {
        alarms[number] = mounts[number].look().map { moment in
            MainLoop.Timer(at: moment) { [unowned self] in look(at: number) }
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

    /// No further viewers; those that are there are sent away.
    private func end(_ source: guint) {
        g_source_remove(source)
        lastMoment = MainLoop.Timer(seconds: 3) { [unowned self] in loop.quit() }
        disconnect(viewersOf: nil)
        endIfQuiet()
    }

    private func endIfQuiet() {
        guard isEnding, door?.count ?? 0 == 0, mounts.allSatisfy({ $0.metrics.state == .waiting }) else { return }
        loop.quit()
    }
}
