// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// A server's certificate with its key. @unchecked: GTlsCertificate does not change once it is made.
final class TLSCertificate: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<GTlsCertificate>

    /// Reads PEM files; the key may be in the certificate's. GLib does not look whether the two belong together, and each
    /// viewer would find out: so a handshake is tried here.
    init(file: String, key: String?) throws(ProgramFailure) {
        for path in [file] + (key.map { [$0] } ?? []) where !FileManager.default.isReadableFile(atPath: path) {
            throw ProgramFailure(.misuse, "\(path) cannot be read: does it exist, and may you read it?")
        }
        var error: UnsafeMutablePointer<GError>?
        let certificate =
            key.map { g_tls_certificate_new_from_files(file, $0, &error) }
            ?? g_tls_certificate_new_from_file(file, &error)
        guard let certificate else {
            throw ProgramFailure(.misuse, "\(file)\(key.map { " with \($0)" } ?? ""): \(Self.text(&error))")
        }
        pointer = certificate
        if let reason = Self.handshake(certificate) {
            let pair =
                key.map { "the certificate \(file) and the key \($0) do not belong together" }
                ?? "the certificate \(file) cannot be used: does the file hold its key too?"
            throw ProgramFailure(.misuse, "\(pair) (\(reason))")
        }
    }

    deinit { g_object_unref(pointer) }

    private static func text(_ error: inout UnsafeMutablePointer<GError>?) -> String {
        defer { g_clear_error(&error) }
        return error.map { String(cString: $0.pointee.message) } ?? "no reason given"
    }

    /// Why a client that takes any certificate and this one do not come together; nil where they do.
    private static func handshake(_ certificate: UnsafeMutablePointer<GTlsCertificate>) -> String? {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return String(cString: strerror(errno))
        }
        var error: UnsafeMutablePointer<GError>?
        guard let server = stream_tls_server(ends[0], certificate, &error),
            let client = stream_tls_client(ends[1], &error)
        else { return text(&error) }
        defer {
            g_object_unref(server)
            g_object_unref(client)
        }
        // Each end waits for the other.
        let peer = Peer(client)
        let thread = Thread {
            // Who fails has to go, or the other one waits.
            if g_tls_connection_handshake(peer.connection, nil, nil) == 0 {
                g_io_stream_close(stream_io(peer.connection), nil, nil)
            }
            peer.isDone.signal()
        }
        thread.start()
        let isFine = g_tls_connection_handshake(server, nil, &error) != 0
        g_io_stream_close(stream_io(server), nil, nil)
        peer.isDone.wait()
        return isFine ? nil : text(&error)
    }

    /// @unchecked: handed to one thread, and waited for.
    private final class Peer: @unchecked Sendable {
        let connection: UnsafeMutablePointer<GTlsConnection>
        let isDone = DispatchSemaphore(value: 0)

        init(_ connection: UnsafeMutablePointer<GTlsConnection>) { self.connection = connection }
    }
}
