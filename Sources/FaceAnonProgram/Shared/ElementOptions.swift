// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import Foundation

/// How the element is set: the same for every subcommand.
struct ElementOptions: ParsableArguments {
    @Option(help: "A preset of the element: reference, broadcast, or redaction.")
    var preset: String?

    @Option(help: "What is put over a face: mosaic, blur, or fill.")
    var mask: String?

    @Option(
        name: .customLong("element"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Further settings of the element; they win over the preset. May be given again.",
            valueName: "NAME=VALUE …"))
    var settings: [String] = []

    /// The settings in their order.
    func properties() throws(ProgramFailure) -> ElementProperties {
        try ElementProperties(preset: preset, (mask.map { ["mask=\($0)"] } ?? []) + settings)
    }
}

/// Who is told how it goes, and where.
struct ReportingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Seconds between two lines of state; 0: none.", valueName: "seconds"))
    var stateInterval: Double = 5

    @Option(help: ArgumentHelp("Append a JSON line a second to FILE; -: to the output.", valueName: "FILE"))
    var statsJson: String?

    @Option(
        help: ArgumentHelp(
            "Serve Prometheus' text at http://127.0.0.1:PORT/metrics; 0: a free port.", valueName: "PORT"))
    var metricsPort: UInt16?

    func validate() throws {
        guard stateInterval == 0 || stateInterval >= 0.1 && stateInterval <= 86400 else {
            throw ValidationError("--state-interval is 0 or 0.1 to 86400 seconds")
        }
    }
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
}

/// How RTP travels.
enum Transport: String, ExpressibleByArgument, CaseIterable, Sendable {
    case tcp, udp, auto

    /// GStreamer's GstRTSPLowerTrans, as a launch line writes it.
    var protocols: String {
        switch self {
        case .tcp: "tcp"
        case .udp: "udp"
        case .auto: "udp+tcp"
        }
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
