// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import Synchronization

/// Reads a file to its end: gives frames, upright and in the format that is masked and encoded, and the packets that go
/// over as they are; and finds out what is wrong with the file.
final class MediaReader {
    private let input: InputFile
    private let plan: StreamPlan
    private let codec: VideoCodec
    private let turn: Turn
    private let rate: AVRational
    private let request: MaskRequest
    private let container: Container
    private var line: StampLine
    private var converter: FrameConverter?
    /// The place in OUT of each stream beside the video, by its number in IN.
    private let tracks: [Int: Int]
    private var lastSize = (0, 0)
    /// Frames given.
    private(set) var frames = 0
    private(set) var hasCaptions = false
    private(set) var warnings: [String] = []
    private(set) var damage: [String] = []
    private var firstTime: Int64?
    /// Video packets that came.
    private var packets = 0
    /// The latest end of any stream, ns from the file's own start, as the file counts.
    private var latestEnd: Int64 = 0
    private var isDone = false
    private var incomplete = 0
    private let shift: Int64
    /// Sound from before the start, ns, that begins a decoder: two frames of AAC. What is cut off beyond that, stays
    /// away.
    private static let longestLeadIn: Int64 = 100_000_000

    init(
        _ input: InputFile, plan: StreamPlan, codec: VideoCodec, turn: Turn, rate: AVRational, request: MaskRequest,
        container: Container
    ) {
        self.input = input
        self.plan = plan
        self.codec = codec
        self.turn = turn
        self.rate = rate
        self.request = request
        self.container = container
        let beside = plan.sound.map(\.stream) + plan.subtitles
        shift = input.shift(kept: [plan.video] + plan.sound.map(\.stream))
        line = StampLine(shift: shift, wrap: input.wrap(of: plan.video), mayJump: input.mayJump)
        tracks = Dictionary(uniqueKeysWithValues: beside.enumerated().map { ($1.index, $0 + 1) })
    }

    /// Works until the end of the file or of what is wanted.
    func run(_ queues: PictureLine) throws(ProgramFailure) {
        let decoder = try VideoDecoder(plan.video, rate: rate, threads: Self.threads(plan.video))
        guard let packet = av_packet_alloc() else { throw LibAV.outOfMemory }
        defer {
            var packet: UnsafeMutablePointer<AVPacket>? = packet
            av_packet_free(&packet)
        }
        var goesOn = true
        while goesOn, try input.read(packet) {
            goesOn = try take(packet, decoder, queues)
            av_packet_unref(packet)
        }
        let isWhole = goesOn
        if !isDone, queues.failure == nil {
            _ = try decoder.decode(nil) { frame throws(ProgramFailure) in try give(frame, queues) }
        }
        hasCaptions = decoder.hasCaptions
        conclude(decoder, isWhole: isWhole && !isDone)
        queues.clear.end()
    }

    /// As many threads as the machine has processors, fewer where each holds a large frame.
    private static func threads(_ stream: InputFile.Stream) -> Int {
        let pixels = Int(stream.parameters.pointee.width) * Int(stream.parameters.pointee.height)
        return max(1, min(Int(av_cpu_count()), pixels > 1 << 23 ? 2 : 8))
    }

    // MARK: - Packets

    /// False: nothing more is wanted.
    private func take(
        _ packet: UnsafeMutablePointer<AVPacket>, _ decoder: VideoDecoder, _ queues: PictureLine
    ) throws(ProgramFailure) -> Bool {
        let index = Int(packet.pointee.stream_index)
        let isVideo = index == plan.video.index
        guard let stream = libav_stream(input.context, UInt32(clamping: index)) else { return true }
        let unit = stream.pointee.time_base
        let raw = (
            decoding: Nanoseconds.of(packet.pointee.dts, in: unit), shown: Nanoseconds.of(packet.pointee.pts, in: unit)
        )
        let duration = Nanoseconds.of(packet.pointee.duration, in: unit) ?? 0
        if let time = raw.shown ?? raw.decoding { latestEnd = max(latestEnd, time + max(duration, 0)) }
        guard isVideo || tracks[index] != nil else { return true }
        if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { incomplete += 1 }
        let placed = line.place(stream: index, decoding: raw.decoding, shown: raw.shown, duration: duration)
        packet.pointee.dts = placed.decoding ?? libav_no_time()
        packet.pointee.pts = placed.shown ?? libav_no_time()
        packet.pointee.duration = duration
        packet.pointee.time_base = Nanoseconds.base
        guard !isVideo else {
            packets += 1
            guard !isDone else { return !isPast(placed.decoding ?? placed.shown) }
            return try decoder.decode(packet) { frame throws(ProgramFailure) in try give(frame, queues) }
                || isDone && queues.failure == nil
        }
        guard let track = tracks[index], isWanted(packet) else { return true }
        return queues.masked.push(.packet(try MediaPacket(taking: packet), track: track), cost: 0)
    }

    /// Whether a packet beside the video is heard or seen, or begins what is.
    private func isWanted(_ packet: UnsafeMutablePointer<AVPacket>) -> Bool {
        let time = packet.pointee.pts != libav_no_time() ? packet.pointee.pts : packet.pointee.dts
        guard time != libav_no_time() else { return true }
        if packet.pointee.flags & AV_PKT_FLAG_DISCARD != 0 {
            return time < 0 && time + packet.pointee.duration >= -Self.longestLeadIn
        }
        return !isPast(time)
    }

    /// Whether a time lies behind what is wanted.
    private func isPast(_ time: Int64?) -> Bool {
        guard let time, let firstTime, let seconds = request.seconds else { return isDone }
        return time >= firstTime + Self.nanoseconds(seconds)
    }

    private static func nanoseconds(_ seconds: Double) -> Int64 {
        // Not a number counts as none.
        seconds > 0 ? Int64(min(seconds, 1e9) * 1e9) : 0
    }

    // MARK: - Frames

    /// False: no more frames are wanted.
    private func give(_ frame: VideoFrame, _ queues: PictureLine) throws(ProgramFailure) -> Bool {
        let first = firstTime ?? frame.time
        firstTime = first
        let isEnough = request.frames.map { frames >= $0 } ?? false
        let isLate = request.seconds.map { frame.time >= first + Self.nanoseconds($0) } ?? false
        guard !isEnough, !isLate else {
            isDone = true
            return false
        }
        frame.pointer.pointee.sample_aspect_ratio = av_guess_sample_aspect_ratio(
            input.context, plan.video.pointer, frame.pointer)
        if frame.format == AV_PIX_FMT_NONE || frame.width < 1 || frame.height < 1 {
            throw ProgramFailure(.failed, "the decoder gave a frame without pixels")
        }
        let upright = try converter(for: frame).convert(frame)
        frames += 1
        return queues.clear.push(upright)
    }

    private func converter(for frame: VideoFrame) throws(ProgramFailure) -> FrameConverter {
        if lastSize != (frame.width, frame.height), lastSize != (0, 0) {
            let text = "the picture changes its size within the video: all of it gets the size that it begins with"
            if !warnings.contains(text) { warnings.append(text) }
        }
        lastSize = (frame.width, frame.height)
        if let converter { return converter }
        let (format, loss) = try codec.format(for: frame.format)
        var target = turn.format(for: format)
        if target != format { target = try codec.format(for: target).format }
        if let loss { warnings.append(loss) }
        let made = FrameConverter(format: target, width: frame.width, height: frame.height, turn: turn)
        converter = made
        return made
    }

    // MARK: - Damage

    /// What was wrong with the file. A demuxer takes the end of a truncated file for the end of the video.
    private func conclude(_ decoder: VideoDecoder, isWhole: Bool) {
        if let (time, text) = decoder.firstDamage {
            let place = time.map { String(seconds: $0) } ?? "an unknown time"
            let lost = decoder.lost > 0 ? "; \(decoder.lost) frames are left out" : ""
            damage.append("damaged at \(place): \(text)\(lost)")
        }
        if let error = input.readError { damage.append("it cannot be read to its end: \(error)") }
        if let error = LibAV.fileError.withLock({ $0 }), !input.isLive {
            damage.append("a part of it cannot be read: \(error)")
        }
        if incomplete > 0, input.mayJump {
            // Where files are put together, the counters of their packets do not go on, which looks the same.
            warnings.append("\(incomplete) packets may be incomplete")
        } else if incomplete > 0 {
            damage.append("\(incomplete) packets are incomplete")
        }
        if line.restarts > 0 {
            warnings.append(
                "its time stamps begin anew \(line.restarts) time(s): what follows is put behind what was before")
        }
        if shift != 0, !input.mayJump, !input.isLive {
            warnings.append("its time stamps began at \(String(seconds: -shift)): they begin at 0 now")
        }
        if decoder.untimed > 0 {
            warnings.append("\(decoder.untimed) frames had no time: each follows the one before")
        }
        if decoder.undecodable > 0 {
            warnings.append(
                "\(decoder.undecodable) frames before the first key frame cannot be shown, and are not there")
        }
        if LibAV.isCutOff.load(ordering: .relaxed) { damage.append("the file ends early") }
        guard isWhole, !input.isLive, !InputFile.isStopped.load(ordering: .relaxed) else { return }
        let declared = Int(libav_index_count(plan.video.pointer))
        if input.formatName.contains("mp4") || input.formatName == "avi", declared > packets + 1 {
            damage.append("it declares \(declared) frames and holds \(packets)")
        }
        let isEstimate = input.context.pointee.duration_estimation_method != AVFMT_DURATION_FROM_STREAM
        let start = Nanoseconds.of(input.context.pointee.start_time, in: AVRational(num: 1, den: AV_TIME_BASE)) ?? 0
        // Matroska's duration may count from 0 or from the first frame.
        let countsFromZero = input.formatName.contains("matroska")
        let end = Double(countsFromZero ? max(latestEnd, latestEnd - start) : latestEnd - start) / 1e9
        if let duration = input.duration, !input.mayJump, !isEstimate, end < duration - 0.5, end > 0 {
            damage.append(
                "it declares \(String(seconds: Int64(min(duration, 1e9) * 1e9))) and ends at \(String(seconds: latestEnd - start))"
            )
        }
    }
}

extension String {
    /// A time in ns as seconds, for people.
    init(seconds time: Int64) {
        let tenths = (time.magnitude + 50_000_000) / 100_000_000
        self = "\(time < 0 ? "-" : "")\(tenths / 10).\(tenths % 10) s"
    }
}
