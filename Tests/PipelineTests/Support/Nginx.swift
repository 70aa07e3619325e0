// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation

/// nginx with its RTMP module, as a process of its own.
final class Nginx {
    private let scratch: Scratch
    private var command: Command

    /// Starts it with the part of its configuration that says `rtmp { … }`.
    init(rtmp: String) throws {
        scratch = try Scratch()
        let configuration = """
            load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
            daemon off;
            master_process off;
            user root;
            pid \(scratch / "pid");
            error_log \(scratch / "log") info;
            events {}
            \(rtmp)
            """
        try scratch.write(Data(configuration.utf8), to: "nginx.conf")
        command = try Command(["/usr/sbin/nginx", "-p", scratch.path, "-c", scratch / "nginx.conf"])
        _ = try Wait.until("nginx listens") { [scratch, command] in
            guard !command.hasEnded else { throw Command.Failure(description: command.errors) }
            return scratch.has("pid") ? true : nil
        }
    }

    deinit { kill() }

    func kill() {
        command.send(SIGKILL)
        _ = try? command.finish()
    }
}

/// A port of the loopback address.
enum Port {
    /// One that nobody listens at just now.
    static func free() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Command.Failure(description: "there is no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
