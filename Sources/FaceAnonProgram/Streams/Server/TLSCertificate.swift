// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// A server's certificate with its key.
final class TLSCertificate: Sendable {
    private let held: HeldObject<GTlsCertificate>

    var pointer: UnsafeMutablePointer<GTlsCertificate> { held.pointer }

    /// Reads PEM files; the key may be in the certificate's. GLib does not look whether the two belong together, and each
    /// viewer would find out: so a handshake is tried here.
    init(file: String, key: String?) throws(ProgramFailure) {
        for path in [file] + (key.map { [$0] } ?? []) where !FileManager.default.isReadableFile(atPath: path) {
            throw TextFile.unreadable(path)
        }
        var error: UnsafeMutablePointer<GError>?
        let certificate =
            key.map { g_tls_certificate_new_from_files(file, $0, &error) }
            ?? g_tls_certificate_new_from_file(file, &error)
        guard let certificate else {
            throw ProgramFailure(.misuse, "\(file)\(key.map { " with \($0)" } ?? ""): \(Self.text(&error))")
        }
        held = HeldObject(taking: certificate)
        if let reason = Self.handshake(certificate) {
            let pair =
                key.map { "the certificate \(file) and the key \($0) do not belong together" }
                ?? "the certificate \(file) cannot be used: does the file hold its key too?"
            throw ProgramFailure(.misuse, "\(pair) (\(reason))")
        }
    }

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
        guard let serverEnd = stream_tls_server(ends[0], certificate, &error) else { return text(&error) }
        let server = HeldObject(taking: serverEnd)
        guard let clientEnd = stream_tls_client(ends[1], &error) else { return text(&error) }
        let client = HeldObject(taking: clientEnd)
        // Each end waits for the other.
        let isDone = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            // Who fails has to go, or the other one waits.
            if g_tls_connection_handshake(client.pointer, nil, nil) == 0 {
                g_io_stream_close(stream_io(client.pointer), nil, nil)
            }
            isDone.signal()
        }
        let isFine = g_tls_connection_handshake(server.pointer, nil, &error) != 0
        g_io_stream_close(stream_io(server.pointer), nil, nil)
        isDone.wait()
        return isFine ? nil : text(&error)
    }
}
