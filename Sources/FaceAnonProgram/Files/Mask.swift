// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import Foundation

/// Masks files.
struct Mask: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Masks the faces in video files and pictures.",
        discussion: """
            IN is a video file, a picture, a folder of them, or, with --output, a camera (camera, /dev/video0) or a URL. \
            Unless --output or --output-dir says otherwise, NAME_masked.SUFFIX appears beside IN once all of it is \
            masked and has been read again. No file is touched that was there before, unless --force replaces it.

              faceanon mask talk.mp4                                 writes talk_masked.mp4
              faceanon mask talk.mp4 --output public.mp4 --report faces.jsonl
              faceanon mask photos --recursive --output-dir public   the same names in public/
              faceanon mask photos --dry-run                         says what it would do
              faceanon mask camera --output me.mkv --seconds 10

            Sound is copied where OUT can hold it, and else encoded again. Whatever may name people stays behind, and is \
            said: titles, comments, positions, subtitles, chapters, cover art, attachments. Hidden files of a folder and \
            files named like our outputs (*_masked.*) are not taken.

            --progress json writes a line of JSON for each event to the output. "progress": input, frames, of, faces, seconds \
            (of IN), and of all work share (0 to 1), framesPerSecond, secondsLeft. "file", in the end for each: input, output, \
            report, outcome (masked, would-be-masked, left-alone, failed), reason, status, frames, faces, leftOut, warnings. \
            "summary": masked, leftAlone, failed, frames, faces, passedOver. A name that is no UTF-8 stands in inputBase64, \
            outputBase64, reportBase64. What is unknown is left out.

            Of several IN all are tried; the exit status is 1 if not all of them were masked. SIGINT and SIGTERM end a \
            camera or a URL in good order; of files they leave nothing, and the status is 130 or 143. \(ExitStatus.table)
            """)

    @Argument(help: ArgumentHelp("Video files, pictures, folders, cameras, URLs.", valueName: "IN"))
    var inputs: [String] = []

    @OptionGroup(title: "OUTPUT") var output: MaskOutputOptions
    @OptionGroup(title: "MASKING") var element: ElementOptions
    @OptionGroup(title: "MEDIA") var media: MaskMediaOptions
    @OptionGroup(title: "RUNNING") var running: MaskRunningOptions

    func validate() throws {
        guard output.output == nil || output.outputDir == nil else {
            throw ValidationError("--output names a file and --output-dir a folder: give one of them")
        }
        guard output.output == nil || inputs.count < 2 else {
            throw ValidationError("--output is for one IN; --output-dir takes more")
        }
        guard !inputs.contains("") else { throw ValidationError("an empty IN names nothing") }
    }

    func run() throws {
        guard !inputs.isEmpty else {
            let help = FaceAnonProgram.helpMessage(for: Self.self)
            Log.write("faceanon mask wants a video file, a picture or a folder.\n\n\(help)\n")
            throw ExitCode(ExitStatus.misuse.rawValue)
        }
        try MaskRun(self).run()
    }
}

/// Where results go.
struct MaskOutputOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: ArgumentHelp("The masked file of a single IN.", valueName: "OUT"))
    var output: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A folder for the masked files, made if need be; they keep their names.", valueName: "DIR"))
    var outputDir: String?

    @Flag(help: "Take what is in the folders of a folder, too.")
    var recursive = false

    @Flag(help: "Replace OUT and the report where they exist.")
    var force = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Write where the faces are, a line of JSON a frame: to a file; of several IN to files of a folder.",
            valueName: "PATH"))
    var report: String?

    @Flag(help: "Leave what could be masked of a damaged file as NAME.partial.SUFFIX.")
    var keepPartial = false

    @Flag(help: "Say what would be done, and write nothing.")
    var dryRun = false
}

/// What the files become.
struct MaskMediaOptions: ParsableArguments {
    enum Codec: String, ExpressibleByArgument, CaseIterable { case h264, h265, ffv1 }

    @Option(help: "How video is encoded; by default by its container and depth.")
    var codec: Codec?

    @Option(
        help: ArgumentHelp(
            "Quality of H.264 and H.265 (CRF), 0 to 51, less is better, default 20; of JPEG and WebP, 1 to 100.",
            valueName: "N"))
    var quality: Int?

    @Option(help: ArgumentHelp("Which video stream, from 0, where a file has several.", valueName: "N"))
    var stream: Int?

    @Flag(help: "Carry subtitles over. They may name people.")
    var keepSubtitles = false

    @Flag(help: "Carry chapters over. They may name people.")
    var keepChapters = false

    @Flag(help: "Carry titles and other tags over. They may name people.")
    var keepTags = false

    @Option(help: ArgumentHelp("Stop after so many seconds of IN.", valueName: "S"))
    var seconds: Double?

    @Option(help: ArgumentHelp("Stop after so many frames.", valueName: "N"))
    var frames: Int?

    var keep: Set<MaskRequest.Keep> {
        var keep: Set<MaskRequest.Keep> = []
        if keepSubtitles { keep.insert(.subtitles) }
        if keepChapters { keep.insert(.chapters) }
        if keepTags { keep.insert(.tags) }
        return keep
    }

    func validate() throws {
        guard quality.map({ (0...100).contains($0) }) ?? true else { throw ValidationError("--quality is 0 to 100") }
        guard stream.map({ (0...9999).contains($0) }) ?? true else { throw ValidationError("--stream counts from 0") }
        guard seconds.map({ $0 > 0 && $0 < 1e8 }) ?? true else {
            throw ValidationError("--seconds is more than 0, and less than 100000000")
        }
        guard frames.map({ $0 > 0 }) ?? true else { throw ValidationError("--frames is 1 or more") }
    }
}

/// How the work is done and shown.
struct MaskRunningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Files at the same time; by default one video, or a picture for each processor.", valueName: "N"))
    var jobs: Int?

    @Option(
        help: ArgumentHelp(
            "Seconds without progress after which a file is given up; big frames get more.", valueName: "S"))
    var stallTimeout: Double = 60

    @Option(help: "auto (a bar on a terminal, lines elsewhere), bar, lines, json, or none.")
    var progress: ProgressStyle = .auto

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    func validate() throws {
        guard jobs.map({ (1...256).contains($0) }) ?? true else { throw ValidationError("--jobs is 1 to 256") }
        guard stallTimeout >= 1, stallTimeout <= 86_400 else {
            throw ValidationError("--stall-timeout is 1 to 86400 seconds")
        }
    }
}
