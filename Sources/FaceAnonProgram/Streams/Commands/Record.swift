// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

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

    @Argument(help: .source)
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

    @OptionGroup var options: StreamOptions

    func validate() throws {
        guard (1...86_400).contains(segment) else { throw ValidationError("--segment is 1 to 86400 seconds") }
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
            throw ValidationError("--name is the beginning of a file's name, without /")
        }
    }

    func run() throws {
        try options.run(name, from: from, passedAudio: format.passedAudio) { () throws(ProgramFailure) in
            try Recording(
                folder: folder, names: SegmentNames(prefix: name, format: format), seconds: segment,
                hold: report ? 2 * options.encoder.keyInterval + 3 : nil,
                retention: Retention(age: keepFor, size: keepSize))
        }
    }
}
