// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import CGstStream

/// A camera's stream, masked, to an RTSP server.
struct Restream: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends a camera's stream, masked, to an RTSP server.",
        discussion: """
            Takes up to one video and one audio stream of SOURCE, masks every face, and sends both to TARGET, which has to \
            take RECORD (MediaMTX, a gst-rtsp-server with a RECORD mount). Where masking is slower than the camera, old \
            frames are left out. When SOURCE or TARGET is lost, it connects anew, with growing waits. SIGINT and SIGTERM \
            end it in good order.

            Users and passwords come from a file or the environment: URLs that hold them are refused.

            \(ExitStatus.table)
            """)

    @Argument(help: ArgumentHelp("rtsp://…, another URL, a file, or test for a test picture.", valueName: "SOURCE"))
    var from: String

    @Argument(help: ArgumentHelp("rtsp://HOST[:PORT]/PATH of the server.", valueName: "TARGET"))
    var to: String

    @Option(
        help: ArgumentHelp(
            "A file with user:password for the target; else FACEANON_TARGET_USER and FACEANON_TARGET_PASSWORD.",
            valueName: "FILE"))
    var targetCredentials: String?

    @Option(
        help: ArgumentHelp("A file with the certificates (PEM) that the target's must come from.", valueName: "FILE"))
    var targetCa: String?

    @Option(help: "How RTP goes to the target: tcp, udp, or auto.")
    var targetTransport: Transport = .tcp

    @OptionGroup(title: "MASKING") var element: ElementOptions
    @OptionGroup(title: "SOURCE") var source: SourceOptions
    @OptionGroup(title: "ENCODING") var encoder: EncoderOptions
    @OptionGroup(title: "REPORTS") var reporting: ReportingOptions

    func run() throws {
        let properties = try element.properties()
        let output = try RTSPTarget(
            StreamAddress(target: to), credentials: Credentials.find("target", file: targetCredentials),
            certificates: targetCa, transport: targetTransport, stallTimeout: source.stallTimeout)
        let intake = try IntakeSettings(
            source, address: StreamAddress(source: from),
            passedAudio: "audio/mpeg, mpegversion=(int){2, 4}; audio/mpeg, mpegversion=(int)1, layer=(int)3; "
                + "audio/x-alaw; audio/x-mulaw")
        try GStreamer.start(properties)
        let metrics = StreamMetrics(name: "restream")
        let plan = Session.Plan(
            intake: intake, properties: properties, encoder: EncoderSettings(encoder), output: output, metrics: metrics)
        try Supervisor(
            plan, reporter: Reporter(reporting, streams: [metrics]), giveUpAfter: source.giveUpAfter
        ).run()
    }
}

/// An RTSP server that takes RECORD.
final class RTSPTarget: MaskedOutput {
    private let address: StreamAddress
    private let credentials: Credentials?
    private let certificates: String?
    private let transport: Transport
    /// Seconds.
    private let stallTimeout: Double
    private var certificate: CertificateWatch?

    init(
        _ address: StreamAddress, credentials: Credentials?, certificates: String?, transport: Transport,
        stallTimeout: Double
    ) {
        self.stallTimeout = stallTimeout
        self.address = address
        self.credentials = credentials
        self.certificates = certificates
        self.transport = transport
    }

    var name: String { "\(address)" }
    var keepsTime: Bool { true }
    /// Over UDP rtspclientsink never says that all of it has ended: RTCP goes on.
    var endsAtOnce: Bool { true }

    /// rtspclientsink tells of this twice: when it announces the stream, and when the server has taken all of it. It never
    /// says that it is done.
    private var recordSteps = 0

    var isOpen: Bool { recordSteps >= 2 }

    func take(_ message: UnsafeMutablePointer<GstMessage>) {
        if stream_is_progress(message, GST_PROGRESS_TYPE_CONTINUE, "record") != 0 { recordSteps += 1 }
    }

    func sessionEnded() { recordSteps = 0 }

    func makeSink() throws(ProgramFailure) -> Held {
        let sink = try GStreamer.make("rtspclientsink")
        stream_set_string(sink.pointer, "location", address.uri)
        RTSPClient.setUp(
            sink.pointer, transport: transport, certificates: certificates, stallTimeout: stallTimeout)
        certificate = CertificateWatch(sink.pointer)
        if let credentials {
            stream_set_string(sink.pointer, "user-id", credentials.user)
            stream_set_string(sink.pointer, "user-pw", credentials.password)
        }
        return sink
    }

    func padTemplate(isVideo: Bool) -> String { "sink_%u" }

    func trouble(_ report: ElementReport) -> Trouble {
        if report.isResource(GST_RESOURCE_ERROR_NOT_AUTHORIZED) {
            return Trouble(
                .target,
                credentials == nil
                    ? "\(address) wants a user and password: give --target-credentials FILE, or set FACEANON_TARGET_USER "
                        + "and FACEANON_TARGET_PASSWORD"
                    : "\(address) refuses the user and password that it is given",
                isPermanent: true)
        }
        let text = "\(address): \(report.sentence)"
        if certificate?.hasRefused == true {
            return Trouble(.target, text + RTSPClient.certificateAdvice("--target-ca FILE"), isPermanent: true)
        }
        return Trouble(.target, text)
    }
}
