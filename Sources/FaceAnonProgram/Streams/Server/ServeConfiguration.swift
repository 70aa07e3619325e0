// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// What `serve` serves, to whom.
struct ServeConfiguration {
    /// A stream: its name is its path.
    struct Mount: Sendable {
        var name: String
        var source: SourceSettings
        var properties: ElementProperties
        /// kbit/s at most.
        var bitrate = 8000
        /// Seconds.
        var keyInterval = 1.0
        /// Who may watch; nil: everyone who may watch anything.
        var users: [String]?
    }

    var address = "127.0.0.1"
    var port = 8554
    var certificate: TLSCertificate?
    var users: [Credentials] = []
    var limit = 16
    /// Seconds.
    var stallTimeout = 5.0
    var mounts: [Mount] = []

    static let example = """
        address: 0.0.0.0        # where to listen; 127.0.0.1 if left out
        port: 8554
        users: users.txt        # lines of user:password; without: everyone
        certificate: server.pem # with it, rtsps only
        key: server.key         # where the certificate's file does not hold it
        limit: 16               # viewers at a time
        mounts:
          - name: door          # rtsp://HOST:8554/door
            source: rtsp://10.0.0.7/stream
            credentials: door.txt
            element: {mask: fill, margin: 0.3}
          - name: yard
            source: rtsp://10.0.0.8/stream
            preset: redaction
            transport: udp      # tcp, udp or auto
            latency: 100        # ms that packets may be late by
            bitrate: 2000       # kbit/s at most
            users: [ada, grace] # these only
        """

    /// Reads a file. Files that it names are looked for beside it. GStreamer has to be set up.
    init(path: String) throws(ProgramFailure) {
        let file = try ConfigurationFile(path: path)
        try self.init(file.root)
    }

    init(_ root: ConfigurationFile.Section) throws(ProgramFailure) {
        try root.refuseOthers(than: [
            "address", "port", "users", "certificate", "key", "limit", "stall-timeout", "mounts",
        ])
        if let value = root["address"] {
            address = try value.text()
            guard let parsed = g_inet_address_new_from_string(address) else {
                throw value.failure("wants an IP address of this machine, or 0.0.0.0 for all, unlike \(address)")
            }
            g_object_unref(parsed)
        }
        if let value = root["port"] { port = try value.number(0...65535) }
        if let value = root["limit"] { limit = try value.number(1...10_000) }
        if let value = root["stall-timeout"] { stallTimeout = try value.seconds(1...3600) }
        if let value = root["users"] { users = try Self.users(value) }
        if let value = root["certificate"] {
            certificate = try value.telling { () throws(ProgramFailure) in
                try TLSCertificate(file: value.file(), key: root["key"]?.file())
            }
        } else if let key = root["key"] {
            throw key.failure("is of no use without a certificate")
        }
        for value in try root.needed("mounts").list() {
            mounts.append(try mount(value))
        }
        guard !mounts.isEmpty else { throw try root.needed("mounts").failure("wants one mount at least") }
    }

    // MARK: - Parts

    private static func users(_ value: ConfigurationFile.Value) throws(ProgramFailure) -> [Credentials] {
        let file = try value.file()
        let users = try value.telling { () throws(ProgramFailure) in try Credentials.list(file: file) }
        guard !users.isEmpty else { throw value.failure("\(file) holds no user: lines are user:password") }
        return users
    }

    private func mount(_ value: ConfigurationFile.Value) throws(ProgramFailure) -> Mount {
        let section = try value.section()
        try section.refuseOthers(than: [
            "name", "source", "credentials", "ca", "transport", "latency", "preset", "element", "bitrate",
            "key-interval",
            "users",
        ])
        let nameValue = try section.needed("name")
        let name = try nameValue.text()
        guard name.wholeMatch(of: /[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*/) != nil else {
            throw nameValue.failure("wants letters, digits, - and _, with / between, unlike \(name)")
        }
        guard !mounts.contains(where: { $0.name == name }) else { throw nameValue.failure("\(name) is there twice") }
        var mount = Mount(
            name: name, source: try source(section), properties: try Self.properties(section))
        if let value = section["bitrate"] { mount.bitrate = try value.number(16...200_000) }
        if let value = section["key-interval"] { mount.keyInterval = try value.seconds(0.1...60) }
        if let value = section["users"] {
            for name in try value.list() where !users.contains(where: { $0.user == (try? name.text()) }) {
                throw name.failure("the file of users does not know this one")
            }
            mount.users = try value.list().map { value throws(ProgramFailure) in try value.text() }
        }
        return mount
    }

    private func source(_ section: ConfigurationFile.Section) throws(ProgramFailure) -> SourceSettings {
        let value = try section.needed("source")
        let text = try value.text()
        let address = try value.telling { () throws(ProgramFailure) in try StreamAddress(source: text) }
        var source = SourceSettings(
            address: address, peer: PeerSettings(stallTimeout: stallTimeout, advice: .mount))
        if let value = section["credentials"] {
            let file = try value.file()
            source.peer.credentials = try value.telling { () throws(ProgramFailure) in
                try Credentials.find("source", file: file)
            }
        }
        source.peer.certificates = try section["ca"]?.file()
        if let value = section["transport"] {
            guard let transport = Transport(rawValue: try value.text()) else {
                throw value.failure("is tcp, udp or auto")
            }
            source.peer.transport = transport
        }
        if let value = section["latency"] { source.latency = try value.number(0...60_000) }
        return source
    }

    /// Tries each setting on an element of its own, so that the fault can be told with its line.
    private static func properties(_ section: ConfigurationFile.Section) throws(ProgramFailure) -> ElementProperties {
        var all = try ElementProperties(preset: section["preset"]?.text())
        var tried: [(ConfigurationFile.Value, ElementProperties)] = section["preset"].map { [($0, all)] } ?? []
        for (name, value) in try section["element"]?.section().entries ?? [] {
            var one = try ElementProperties()
            one.assignments = [ElementProperties.Assignment(name: name, value: try value.text())]
            all.assignments += one.assignments
            tried.append((value, one))
        }
        for (value, properties) in tried {
            let element = try GStreamer.make("faceanon")
            try value.telling { () throws(ProgramFailure) in try properties.apply(to: element.pointer) }
        }
        return all
    }
}
