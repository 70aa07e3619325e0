// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// The options of every subcommand that sends one source somewhere.
struct StreamOptions: ParsableArguments {
    @OptionGroup(title: "MASKING") var element: ElementOptions
    @OptionGroup(title: "SOURCE") var source: SourceOptions
    @OptionGroup(title: "ENCODING") var encoder: EncoderOptions
    @OptionGroup(title: "REPORTS") var reporting: ReportingOptions

    /// Masks a source and sends it to `output`, until its end. `name` is what reports call the stream, and `passedAudio`
    /// which audio goes along as it comes.
    func run(
        _ name: String, from source: String, passedAudio: PassedAudio,
        to output: () throws(ProgramFailure) -> any MaskedOutput
    ) throws(ProgramFailure) {
        let properties = try element.properties()
        let output = try output()
        let settings = try self.source.settings(of: StreamAddress(source: source))
        try GStreamer.start(properties)
        try output.open()
        let metrics = StreamMetrics(name: name)
        let plan = Session.Plan(
            source: settings, passedAudio: passedAudio, properties: properties,
            encoder: EncoderSettings(bitrate: encoder.bitrate, keyInterval: encoder.keyInterval), output: output,
            metrics: metrics)
        try Supervisor(
            plan, reporter: Reporter(reporting, streams: [metrics]), giveUpAfter: self.source.giveUpAfter
        ).run()
    }
}

extension ArgumentHelp {
    /// What every source may be.
    static let source = ArgumentHelp(
        "rtsp://…, another URL, a file, or test for a test picture.", valueName: "SOURCE")
}

/// How a source is read.
struct SourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with user:password for the source; else FACEANON_SOURCE_USER and FACEANON_SOURCE_PASSWORD.",
            valueName: "FILE"))
    var sourceCredentials: String?

    @Option(
        help: ArgumentHelp("A file with the certificates (PEM) that the source's must come from.", valueName: "FILE"))
    var sourceCa: String?

    @Option(help: "How RTP comes from the source: tcp, udp, or auto (UDP, and TCP where nothing comes).")
    var sourceTransport: Transport = .tcp

    @Option(help: ArgumentHelp("Milliseconds that packets may be late by.", valueName: "ms"))
    var latency: Int = 200

    @Option(
        help: ArgumentHelp(
            "Seconds without a packet after which the source counts as lost; a connection may take about as long.",
            valueName: "seconds"))
    var stallTimeout: Double = 5

    @Option(
        help: ArgumentHelp("Give up after so many seconds without a picture; 0: never.", valueName: "seconds"))
    var giveUpAfter: Double = 0

    func validate() throws {
        guard (0...60_000).contains(latency) else { throw ValidationError("--latency is 0 to 60000 ms") }
        guard (1...3600).contains(stallTimeout) else { throw ValidationError("--stall-timeout is 1 to 3600 seconds") }
        guard giveUpAfter >= 0 else { throw ValidationError("--give-up-after is 0 or more seconds") }
    }

    func settings(of address: StreamAddress) throws(ProgramFailure) -> SourceSettings {
        let peer = PeerSettings(
            credentials: try Credentials.find("source", file: sourceCredentials), certificates: sourceCa,
            transport: sourceTransport, stallTimeout: stallTimeout, advice: .options("source"))
        return SourceSettings(address: address, peer: peer, latency: latency)
    }
}

/// How masked video is encoded.
struct EncoderOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Bits a second of the video; by default by its size.", valueName: "kbit/s"))
    var bitrate: Int?

    @Option(help: ArgumentHelp("Seconds between two key frames, at most.", valueName: "seconds"))
    var keyInterval: Double = 2

    func validate() throws {
        guard bitrate.map({ (16...200_000).contains($0) }) ?? true else {
            throw ValidationError("--bitrate is 16 to 200000 kbit/s")
        }
        guard (0.1...60).contains(keyInterval) else { throw ValidationError("--key-interval is 0.1 to 60 seconds") }
    }
}
