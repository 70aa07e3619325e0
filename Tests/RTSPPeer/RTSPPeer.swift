// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import GstCallbacks

/// The peers of the tests of faceanon, each a process that can be killed: a camera, a server that takes RECORD and
/// looks at every frame, and a viewer that does so too. They use the loopback address only, and say on the error output
/// what happens.
@main enum RTSPPeer {
    static func main() {
        gst_init(nil, nil)
        let arguments = Array(CommandLine.arguments.dropFirst())
        let options = Options(arguments.dropFirst())
        if arguments.first == "viewer" {
            Viewer(options).play()
            g_main_loop_run(g_main_loop_new(nil, 0))
        }
        guard let factory = gst_rtsp_media_factory_new(), let server = gst_rtsp_server_new() else { exit(1) }
        gst_rtsp_media_factory_set_shared(factory, 1)
        switch arguments.first {
        case "camera": Camera(options).configure(factory)
        case "receiver": Receiver(options).configure(factory)
        default:
            say("rtsp-peer camera|receiver|viewer [--NAME VALUE]…")
            exit(2)
        }
        serve(factory, with: server, options)
    }

    private static func serve(
        _ factory: UnsafeMutablePointer<GstRTSPMediaFactory>,
        with server: UnsafeMutablePointer<GstRTSPServer>, _ options: Options
    ) {
        gst_rtsp_server_set_address(server, "127.0.0.1")
        gst_rtsp_server_set_service(server, options["port"] ?? "0")
        let mounts = gst_rtsp_server_get_mount_points(server)
        gst_rtsp_mount_points_add_factory(mounts, "/stream", factory)
        if options["user"] != nil || options["certificate"] != nil { protect(server, factory, options) }
        guard gst_rtsp_server_attach(server, nil) != 0 else {
            say("port \(options["port"] ?? "0") cannot be listened at")
            exit(1)
        }
        say("port \(gst_rtsp_server_get_bound_port(server))")
        g_main_loop_run(g_main_loop_new(nil, 0))
    }

    /// Users and passwords, and TLS.
    private static func protect(
        _ server: UnsafeMutablePointer<GstRTSPServer>, _ factory: UnsafeMutablePointer<GstRTSPMediaFactory>,
        _ options: Options
    ) {
        let auth = gst_rtsp_auth_new()
        defer { g_object_unref(auth) }
        if let certificate = options["certificate"] {
            gst_rtsp_auth_set_tls_certificate(auth, g_tls_certificate_new_from_file(certificate, nil))
        }
        let permissions = gst_rtsp_permissions_new()
        for role in ["anonymous", "user"] {
            let isAllowed: gboolean = role == "user" || options["user"] == nil ? 1 : 0
            gst_rtsp_permissions_add_role_empty(permissions, role)
            for permission in ["media.factory.access", "media.factory.construct"] {
                gst_rtsp_permissions_add_permission_for_role(permissions, role, permission, isAllowed)
            }
        }
        gst_rtsp_media_factory_set_permissions(factory, permissions)
        if options["user"] == nil { gst_rtsp_auth_set_default_token(auth, token(role: "anonymous")) }
        if let user = options["user"], let password = options["password"] {
            let basic = gst_rtsp_auth_make_basic(user, password)
            gst_rtsp_auth_add_basic(auth, basic, token(role: "user"))
            g_free(basic)
        }
        gst_rtsp_server_set_auth(server, auth)
    }

    private static func token(role: String) -> UnsafeMutablePointer<GstRTSPToken>? {
        let token = gst_rtsp_token_new_empty()
        gst_rtsp_token_set_string(token, "media.factory.role", role)
        return token
    }

    /// What comes before the first key frame of a connection is no picture.
    static func beginWithKeyFrame(_ decoders: UnsafeMutablePointer<GstElement>) {
        insist {
            try connect("deep-element-added", of: decoders) {
                (_, _: Unread, element: UnsafeMutablePointer<GstElement>) in
                guard stream_find_property(element, "output-corrupt") != nil else { return }
                stream_set_boolean(element, "output-corrupt", 0)
            }
        }
    }

    /// Does what a test cannot do without.
    static func insist(_ work: () throws -> Void) {
        do { try work() } catch {
            say("\(error)")
            exit(70)
        }
    }

    /// Calls back for each media of a factory with its bin, before anything runs.
    static func onMedia(
        of factory: UnsafeMutablePointer<GstRTSPMediaFactory>,
        _ configure: @escaping @Sendable (UnsafeMutablePointer<GstElement>) -> Void
    ) {
        insist {
            try connect("media-configure", of: factory) { (_, media: UnsafeMutablePointer<GstRTSPMedia>) in
                guard let bin = gst_rtsp_media_get_element(media) else { return }
                configure(bin)
                gst_object_unref(bin)
            }
        }
    }

    /// The pad of an element of a bin. Both live on in the bin.
    static func pad(
        _ name: String, of element: String, in bin: UnsafeMutablePointer<GstElement>
    ) -> UnsafeMutablePointer<GstPad>? {
        guard let element = gst_bin_get_by_name(stream_bin(bin), element) else { return nil }
        defer { gst_object_unref(element) }
        guard let pad = gst_element_get_static_pad(element, name) else { return nil }
        defer { gst_object_unref(pad) }
        return pad
    }

    /// Writes one line.
    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// `--NAME VALUE` pairs.
struct Options {
    private var values: [String: String] = [:]

    init(_ words: ArraySlice<String>) {
        var name: String?
        for word in words {
            if word.hasPrefix("--") {
                name = String(word.dropFirst(2))
                values[name ?? ""] = values[name ?? ""] ?? ""
            } else if let known = name {
                values[known] = word
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    func number(_ name: String, _ usual: Int) -> Int { values[name].flatMap(Int.init) ?? usual }
}
