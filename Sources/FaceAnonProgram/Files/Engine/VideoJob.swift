// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import Foundation
internal import Synchronization

/// Masks one video file: a thread reads and decodes, a second one masks, and the caller's encodes and writes. Between
/// them are queues that hold a few frames, so that the slowest one, the masking, never waits.
final class VideoJob {
    let request: MaskRequest
    let input: InputFile
    let container: Container
    let codec: VideoCodec
    let plan: StreamPlan
    /// Frames a second, as the file says it; 0/1 where it does not.
    let rate: AVRational

    init(_ request: MaskRequest) throws(ProgramFailure) {
        self.request = request
        input = try InputFile(request.input)
        guard !input.isPicture else {
            throw ProgramFailure(
                .source, "\(request.input) is a picture of a kind that is not masked: \(input.formatName)")
        }
        let suffix = request.container.isEmpty ? Self.suffix(for: input) : request.container
        guard let container = Container(suffix: suffix) else {
            throw ProgramFailure(
                .misuse,
                "video is written to files called \(Container.suffixes.map { "." + $0 }.joined(separator: ", ")), "
                    + "and not to .\(suffix)")
        }
        self.container = container
        codec = try container.codec(request.codec)
        plan = try StreamPlan(input, request: request, container: container)
        let guess = av_guess_frame_rate(input.context, plan.video.pointer, nil)
        let isWild = guess.den > 0 && Int64(guess.num) > Int64(guess.den) * Self.highestRate
        rate = isWild ? plan.video.pointer.pointee.avg_frame_rate : guess
    }

    /// A guess above this is only the unit that an uneven rate is counted in, frames a second.
    private static let highestRate: Int64 = 300

    /// How the picture has to be turned.
    private var turn: Turn {
        var size = 0
        guard let data = av_stream_get_side_data(plan.video.pointer, AV_PKT_DATA_DISPLAYMATRIX, &size),
            size >= 9 * MemoryLayout<Int32>.size
        else { return Turn() }
        return data.withMemoryRebound(to: Int32.self, capacity: 9) { Turn(matrix: $0) }
    }

    // MARK: - Facts

    func facts() -> MediaFacts {
        let parameters = plan.video.parameters.pointee
        let turn = turn
        let (width, height) = (Int(parameters.width), Int(parameters.height))
        var facts = MediaFacts(
            kind: input.isAnimation ? .animation : .video, width: turn.isTransposed ? height : width,
            height: turn.isTransposed ? width : height,
            description: "", suffix: Self.suffix(for: input))
        facts.duration = input.duration
        let counted = plan.video.pointer.pointee.nb_frames
        if counted > 0, counted < Int64(Int32.max) { facts.frames = Int(counted) }
        facts.leftOut = plan.leftOut
        var parts = [input.formatName, "\(plan.video.codecName) \(width)x\(height)"]
        if !turn.isNone { parts.append("turned upright") }
        if rate.num > 0, rate.den > 0 {
            parts.append(String(format: "%.4g frames/s", Double(rate.num) / Double(rate.den)))
        }
        let depth = libav_depth(AVPixelFormat(rawValue: parameters.format))
        if depth > 8 { parts.append("\(depth) bits") }
        for (stream, copies) in plan.sound {
            parts.append("sound \(stream.codecName)\(copies ? "" : ", becomes \(container.soundEncoder)")")
        }
        facts.description = parts.joined(separator: "; ")
        return facts
    }

    /// What OUT would be called: as IN where video is written to such files.
    static func suffix(for input: InputFile) -> String {
        let names = Set(input.formatName.split(separator: ",").map(String.init))
        let own = input.path.suffix
        let groups: [(String, [String])] = [
            ("mp4", ["mp4", "m4v", "mov"]), ("matroska", ["mkv", "webm"]), ("avi", ["avi"]),
            ("mpegts", ["ts", "mts", "m2ts"]),
        ]
        for (name, suffixes) in groups where names.contains(name) {
            return suffixes.contains(own) ? own : suffixes[0]
        }
        return "mkv"
    }

    // MARK: - Masking

    func run(_ progress: @escaping (MaskProgress) -> Void) throws(ProgramFailure) -> MaskSummary {
        let properties = try request.properties()
        let line = PictureLine(capacity: Self.capacity(plan.video))
        let reader = MediaReader(
            input, plan: plan, codec: codec, turn: turn, rate: rate, request: request, container: container)
        let masking = MaskingThread(properties, report: request.report, rate: rate, line: line)
        let output = try OutputFile(request.output, muxer: container.muxer)
        let writing = VideoWriting(self, output: output, progress: progress)
        // Kept by the threads until they end, which is waited for below.
        let group = DispatchGroup()
        line.start("faceanon-read", in: group) { () throws(ProgramFailure) in try reader.run(line) }
        line.start("faceanon-mask", in: group) { () throws(ProgramFailure) in try masking.run() }
        do throws(ProgramFailure) {
            try writing.run(line, masking: masking)
        } catch {
            line.fail(error)
        }
        if line.failure != nil { line.cancel() }
        group.wait()
        if let failure = line.failure { throw failure }
        return try finish(reader, masking, writing)
    }

    /// How many frames wait between two threads: fewer where they are large.
    private static func capacity(_ stream: InputFile.Stream) -> Int {
        let parameters = stream.parameters.pointee
        let isDeep = libav_depth(AVPixelFormat(rawValue: parameters.format)) > 8
        // Most video is 4:2:0: one and a half samples a pixel.
        let bytes = Int(parameters.width) * Int(parameters.height) * (isDeep ? 3 : 2)
        return max(1, min(4, queueBytes / max(bytes, 1)))
    }

    private static let queueBytes = 256 << 20

    private func finish(
        _ reader: MediaReader, _ masking: MaskingThread, _ writing: VideoWriting
    ) throws(ProgramFailure) -> MaskSummary {
        guard reader.frames > 0 else {
            let why = reader.damage.first.map { ": " + $0 } ?? ""
            throw ProgramFailure(.source, "\(request.input) holds no frame that can be decoded\(why)")
        }
        guard writing.frames == reader.frames else {
            throw ProgramFailure(
                .failed, "\(reader.frames) frames were decoded and \(writing.frames) written: nothing is published")
        }
        var damage = reader.damage
        if writing.refused > 0 { damage.append("\(writing.refused) packets of sound are damaged") }
        do throws(ProgramFailure) {
            try writing.verify(request.output, masking: masking)
        } catch {
            // Of a damaged file, also the times may be nonsense that no container can hold.
            guard !damage.isEmpty else { throw error }
            damage.append(error.description)
        }
        var summary = MaskSummary()
        summary.frames = writing.frames
        summary.faces = masking.counts.faces
        summary.leftOut = plan.leftOut
        if reader.hasCaptions { summary.leftOut.append("closed captions in the video: they may name people") }
        summary.warnings = reader.warnings + masking.warnings + writing.warnings
        for (stream, copies) in plan.sound where !copies {
            summary.warnings.append(
                "sound track \(stream.index) is encoded again: \(container.muxer) does not take \(stream.codecName)")
        }
        summary.damage = damage
        return summary
    }
}

/// What the three threads of a job share: the queues between them, and the first failure.
///
/// `@unchecked Sendable`: the queues and the mutex look after themselves.
final class PictureLine: @unchecked Sendable {
    enum Item: Sendable {
        case frame(VideoFrame)
        /// A packet of a track beside the video, by the track's place in OUT.
        case packet(MediaPacket, track: Int)
    }

    /// Decoded frames.
    let clear: BoundedQueue<VideoFrame>
    /// Masked frames, and packets beside them.
    let masked: BoundedQueue<Item>
    private let first = Mutex<ProgramFailure?>(nil)

    init(capacity: Int) {
        clear = BoundedQueue(capacity: capacity)
        masked = BoundedQueue(capacity: capacity)
    }

    var failure: ProgramFailure? { first.withLock { $0 } }

    /// The first failure stays: the others follow from it.
    func fail(_ failure: ProgramFailure) {
        first.withLock { if $0 == nil { $0 = failure } }
        cancel()
    }

    func cancel() {
        clear.cancel()
        masked.cancel()
    }

    /// Runs `body` on a thread of its own.
    func start(_ name: String, in group: DispatchGroup, _ body: @escaping () throws(ProgramFailure) -> Void) {
        let work = Work(body)
        group.enter()
        let thread = Thread { [self] in
            do throws(ProgramFailure) {
                try work.body()
            } catch {
                fail(error)
            }
            group.leave()
        }
        thread.name = name
        // Decoders and the networks keep much on their stacks: as much as the main thread has.
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// `@unchecked Sendable`: one thread runs it, once, and who started that waits for its end before looking at what
    /// it changed.
    private final class Work: @unchecked Sendable {
        let body: () throws(ProgramFailure) -> Void
        init(_ body: @escaping () throws(ProgramFailure) -> Void) { self.body = body }
    }
}

/// The thread on which frames are masked.
final class MaskingThread {
    private let properties: ElementProperties
    private let report: MediaPath?
    private let rate: AVRational
    private let line: PictureLine
    private(set) var warnings: [String] = []
    /// What the element has done; read by the writing thread as well.
    private let latest = Mutex(FrameMasker.Counts())

    init(_ properties: ElementProperties, report: MediaPath?, rate: AVRational, line: PictureLine) {
        self.properties = properties
        self.report = report
        self.rate = rate
        self.line = line
    }

    var counts: FrameMasker.Counts { latest.withLock { $0 } }

    func run() throws(ProgramFailure) {
        let line = line
        let masker = try FrameMasker(properties, report: report, rate: rate) { line.masked.push(.frame($0)) }
        while let frame = line.clear.pop() {
            try masker.mask(frame)
            let counts = masker.counts
            latest.withLock { $0 = counts }
        }
        guard line.failure == nil else { return }
        try masker.finish()
        let counts = masker.counts
        latest.withLock { $0 = counts }
        warnings = masker.warnings
        if counts.covered > 0 {
            warnings.append("\(counts.covered) frames could not be inspected and are covered as a whole")
        }
        line.masked.end()
    }
}
