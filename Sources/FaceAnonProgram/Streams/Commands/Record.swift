// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import CGstStream
internal import Foundation

/// A masked recording in segments.
struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Records a source, masked, in segments by time.",
        discussion: """
            Takes up to one video and one audio stream of SOURCE, masks every face, and writes both to FOLDER, a file every \
            --segment seconds: NAME-20260131T120000Z.mkv by the time it was begun, and beside it NAME-….jsonl with the \
            element's report, a line a frame, whose pts counts from the beginning of that segment. What --keep-for and \
            --keep-size do not allow is deleted, oldest first, by these names only. When SOURCE is lost, the segment is \
            finished, and a new one begins once the source is back. SIGINT and SIGTERM finish the segment and end.

            A Matroska file can be played as far as it was written, whatever happened; MP4 needs its end.

            \(ExitStatus.table)
            """)

    @Argument(help: ArgumentHelp("rtsp://…, another URL, a file, or test for a test picture.", valueName: "SOURCE"))
    var from: String

    @Argument(help: ArgumentHelp("The folder to record to; it must exist.", valueName: "FOLDER"))
    var folder: String

    @Option(help: "What the files' names begin with.")
    var name: String = "faceanon"

    @Option(help: "The files' format: mkv or mp4.")
    var format: SegmentFormat = .mkv

    @Option(help: ArgumentHelp("Length of a segment; it ends at the next key frame.", valueName: "seconds"))
    var segment: Double = 600

    @Option(help: ArgumentHelp("Delete segments that were begun longer ago, as in 36h or 7d.", valueName: "TIME"))
    var keepFor: Span?

    @Option(help: ArgumentHelp("Delete the oldest beyond this size of all, as in 500M or 20G.", valueName: "SIZE"))
    var keepSize: ByteCount?

    @Flag(inversion: .prefixedNo, help: "Write the report beside each segment.")
    var report = true

    @OptionGroup(title: "MASKING") var element: ElementOptions
    @OptionGroup(title: "SOURCE") var source: SourceOptions
    @OptionGroup(title: "ENCODING") var encoder: EncoderOptions
    @OptionGroup(title: "REPORTS") var reporting: ReportingOptions

    func validate() throws {
        guard (1...86_400).contains(segment) else { throw ValidationError("--segment is 1 to 86400 seconds") }
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
            throw ValidationError("--name is the beginning of a file's name, without /")
        }
    }

    func run() throws {
        let properties = try element.properties()
        let encoder = EncoderSettings(encoder)
        let output = try Recording(
            folder: folder, names: SegmentNames(prefix: name, format: format), seconds: segment,
            hold: report ? 2 * encoder.keyInterval + 3 : nil, retention: Retention(age: keepFor, size: keepSize))
        let intake = try IntakeSettings(source, address: StreamAddress(source: from), passedAudio: format.passedAudio)
        try GStreamer.start(properties)
        let metrics = StreamMetrics(name: name)
        let plan = Session.Plan(
            intake: intake, properties: properties, encoder: encoder, output: output, metrics: metrics)
        try Supervisor(
            plan, reporter: Reporter(reporting, streams: [metrics]), giveUpAfter: source.giveUpAfter
        ).run()
    }
}

enum SegmentFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case mkv, mp4

    var muxer: String { self == .mkv ? "matroskamux" : "mp4mux" }

    /// Audio that it takes as it comes.
    var passedAudio: String {
        let both = "audio/mpeg, mpegversion=(int){2, 4}; audio/mpeg, mpegversion=(int)1, layer=(int)3"
        return self == .mkv ? both + "; audio/x-alaw; audio/x-mulaw" : both
    }
}

/// A length of time, as in `90s`, `30m`, `36h`, `7d`.
package struct Span: ExpressibleByArgument, Equatable, Sendable {
    package let seconds: Double

    package init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = argument.last, let unit = units[last], let number = Double(argument.dropLast()),
            number > 0, number.isFinite
        else { return nil }
        seconds = number * unit
    }
}

/// A number of bytes, as in `500M`, `20G`.
package struct ByteCount: ExpressibleByArgument, Equatable, Sendable {
    package let bytes: Int64

    package init?(argument: String) {
        let units: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12]
        guard let last = argument.last, let unit = units[last], let number = Double(argument.dropLast()),
            number > 0, number * unit >= 1, number * unit < 1e18
        else { return nil }
        bytes = Int64(number * unit)
    }
}
