// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// How a server or a camera is spoken to.
struct PeerSettings: Sendable {
    var credentials: Credentials?
    /// A file with the certificates (PEM) that its own must come from; nil: those that this machine trusts.
    var certificates: String?
    var transport = Transport.tcp
    /// Seconds without a packet after which it counts as lost.
    var stallTimeout = 5.0
    var advice: Advice

    /// How whoever has set this up gives what is missing.
    struct Advice: Sendable {
        let credentials: String
        let authority: String

        /// By options of the command line, or the environment; `name` is `source` or `target`.
        static func options(_ name: String) -> Advice {
            let ways = Credentials.ways(name)
            return Advice(credentials: "give \(ways.file), or \(ways.variables)", authority: "--\(name)-ca FILE")
        }

        /// In the configuration.
        static let mount = Advice(credentials: "give the mount credentials", authority: "the mount's ca")
    }

    /// Seconds after which a connection that does not come about has failed: 4, or a little less than a source may keep
    /// silent where that is longer.
    var timeout: Double { max(4, stallTimeout - 1) }
}

/// The other end of one connection: what rtspsrc and rtspclientsink, which speak to it, have in common.
final class Peer: Sendable {
    let address: StreamAddress
    private let settings: PeerSettings
    /// The error that follows does not say so.
    private let hasRefusedCertificate = Atomic<Bool>(false)

    init(_ address: StreamAddress, _ settings: PeerSettings) {
        self.address = address
        self.settings = settings
    }

    /// Lets an element say who we are, if it can.
    func introduce(_ element: ElementPointer) {
        guard let credentials = settings.credentials, stream_find_property(element, "user-id") != nil else { return }
        stream_set_string(element, "user-id", credentials.user)
        stream_set_string(element, "user-pw", credentials.password)
    }

    /// Sets up an element that speaks RTSP with it.
    func setUpRTSP(_ element: ElementPointer) throws(ProgramFailure) {
        if let spec = stream_find_property(element, "protocols") {
            _ = stream_set_text(element, spec, settings.transport.protocols)
        }
        // Within 3600 s, as options and configuration have it.
        let timeout = UInt64(settings.timeout * 1_000_000)
        stream_set_uint64(element, "tcp-timeout", timeout)
        stream_set_uint64(element, "timeout", timeout)
        // Who is lost is connected to anew, with all that belongs to it.
        stream_set_boolean(element, "udp-reconnect", 0)
        if let certificates = settings.certificates, let database = g_tls_file_database_new(certificates, nil) {
            stream_set_object(element, "tls-database", database)
            g_object_unref(database)
        }
        try connecting { () throws(SignalError) in
            try connect("accept-certificate", of: element) { [self] (_, _: Unread, _: Unread, _: Unread) -> Bool in
                hasRefusedCertificate.store(true, ordering: .relaxed)
                return false
            }
        }
    }

    /// What an error of the element means. `isPermanent` holds for what is neither a password nor a certificate.
    func trouble(_ report: ElementReport, _ status: ExitStatus, isPermanent: Bool = false) -> Trouble {
        if report.isResource(GST_RESOURCE_ERROR_NOT_AUTHORIZED) {
            let text =
                settings.credentials == nil
                ? "\(address) wants a user and password: \(settings.advice.credentials)"
                : "\(address) refuses the user and password that it is given"
            return Trouble(status, text, isPermanent: true)
        }
        let text = "\(address): \(report.sentence)"
        guard hasRefusedCertificate.load(ordering: .relaxed) else {
            return Trouble(status, text, isPermanent: isPermanent)
        }
        let advice =
            ". Its certificate must match its name and come from an authority that this machine trusts; "
            + "\(settings.advice.authority) names another authority"
        return Trouble(status, text + advice, isPermanent: true)
    }

    /// What to say of a source from which nothing comes any more.
    func silence(_ seconds: Double) -> String { "\(address) has been silent for \(Int(seconds)) s" }

    /// What to say of a source none of whose frames may be decoded.
    func keyFrameAdvice(_ seconds: Double) -> String {
        "\(address) has sent no key frame for \(Int(seconds)) s from which decoding can begin anew. Unless packets get "
            + "lost, set its encoder to a key frame every few seconds (with H.264: IDR; no intra refresh, no open GOP)"
    }
}
