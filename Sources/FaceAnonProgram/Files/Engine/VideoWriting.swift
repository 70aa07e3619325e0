// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import Foundation

/// The writing side of a job: encodes masked frames, and writes them with the packets of the other tracks.
final class VideoWriting {
    private let job: VideoJob
    private let output: OutputFile
    /// Packets that are damaged, and not in the output.
    var refused: Int { output.refused }
    private let writer: MediaWriter
    private let progress: (MaskProgress) -> Void
    private var encoder: VideoEncoder?
    private var video: UnsafeMutablePointer<AVStream>?
    private var beside: [SideTrack] = []
    /// What came before the first frame: the header tells of the frames' kind.
    private var early: [(packet: MediaPacket, track: Int)] = []
    private(set) var frames = 0
    private var lastTime: Int64 = 0
    private var firstTime: Int64?
    private var nextReport = Date.distantPast

    init(_ job: VideoJob, output: OutputFile, progress: @escaping (MaskProgress) -> Void) {
        self.job = job
        self.output = output
        self.progress = progress
        writer = MediaWriter(output, container: job.container)
    }

    var warnings: [String] {
        var texts = (encoder?.notes ?? []) + writer.notes
        if let encoder, encoder.farthestMove > 1_000_000 {
            texts.append(
                "\(encoder.moved) frames had the time of the frame before or an earlier one: they come up to "
                    + "\(encoder.farthestMove / 1_000_000) ms later")
        }
        for track in beside {
            if let lost = track.transcoder?.lost, lost > 0 {
                texts.append("\(lost) packets of \(track.name) cannot be decoded: there is silence instead")
            }
        }
        return texts
    }

    /// Works until the masking thread has given the last frame.
    func run(_ line: PictureLine, masking: MaskingThread) throws(ProgramFailure) {
        while let item = line.masked.pop() {
            switch item {
            case .frame(let frame):
                if encoder == nil { try begin(frame) }
                try encode(frame)
                frames += 1
                report(frame, masking)
            case .packet(let packet, let track):
                if encoder == nil {
                    early.append((packet, track))
                } else {
                    try write(packet, track: track)
                }
            }
        }
        guard line.failure == nil, encoder != nil else { return }
        try encode(nil)
        for track in beside.indices {
            try beside[track].transcoder?.take(nil) { packet throws(ProgramFailure) in
                try put(packet, track: track)
            }
        }
        // Moving the index of a large file to its front takes its time.
        output.onActivity { [weak self] in self?.tell(masking) }
        try output.finish()
        nextReport = .distantPast
        tell(masking)
    }

    func verify(_ path: MediaPath, masking: MaskingThread) throws(ProgramFailure) {
        try writer.verify(path) { tell(masking) }
    }

    // MARK: - The beginning

    /// Opens the encoder for frames like the first one, and writes the header.
    private func begin(_ first: VideoFrame) throws(ProgramFailure) {
        let fields = first.pointer.pointee
        let source = job.plan.video
        var facts = PictureFacts(
            width: first.width, height: first.height, rate: job.rate,
            unit: job.container.unit(for: source.unit, rate: job.rate))
        facts.isInterlaced = fields.interlaced_frame != 0
        facts.isTopFirst = fields.top_field_first != 0
        let flags = output.context.pointee.oformat.pointee.flags
        let hdr = HDRFacts(first, source)
        let encoder = try VideoEncoder(
            job.codec, facts: facts, first: first, hdr: hdr, quality: job.request.quality,
            allowsReordering: job.container.hasTimes, needsGlobalHeader: flags & AVFMT_GLOBALHEADER != 0)
        let stream = try output.addStream()
        guard avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context) >= 0 else {
            throw LibAV.outOfMemory
        }
        // Apple's players want the parameter sets in the header, which this name promises.
        if job.codec == .h265, job.container.hasEditLists {
            stream.pointee.codecpar.pointee.codec_tag = libav_tag(0x68, 0x76, 0x63, 0x31)
        }
        stream.pointee.time_base = encoder.context.pointee.time_base
        stream.pointee.sample_aspect_ratio = encoder.context.pointee.sample_aspect_ratio
        stream.pointee.avg_frame_rate = job.rate
        stream.pointee.r_frame_rate = job.rate
        hdr.add(to: stream)
        let keepsTags = job.request.keep.contains(.tags)
        SideTrack.copyTags(source, to: stream, all: keepsTags)
        writer.add(stream, name: "the video", isVideo: true, isCopied: false, codec: job.codec.id)
        for (sound, copies) in job.plan.sound { try addTrack(sound, copies: copies, keepsTags: keepsTags) }
        for subtitles in job.plan.subtitles { try addTrack(subtitles, copies: true, keepsTags: keepsTags) }
        output.copyTexts(
            from: job.input, tags: keepsTags, chapters: job.request.keep.contains(.chapters))
        output.context.pointee.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL
        if job.container.hasEditLists || job.container.isMatroska {
            // Times are what they are: negative ones begin decoders.
            output.context.pointee.avoid_negative_ts = 0
        }
        try output.writeHeader(job.container.options)
        self.encoder = encoder
        video = stream
        let waiting = early
        early = []
        for (packet, track) in waiting { try write(packet, track: track) }
    }

    private func addTrack(
        _ stream: InputFile.Stream, copies: Bool, keepsTags: Bool
    ) throws(ProgramFailure) {
        let track = try SideTrack(
            stream, copies: copies, output: output, container: job.container, keepsTags: keepsTags)
        writer.add(
            track.target, name: track.name, isVideo: false, isCopied: copies && track.isSound, codec: track.codec)
        beside.append(track)
    }

    // MARK: - Packets

    private func encode(_ frame: VideoFrame?) throws(ProgramFailure) {
        guard let encoder else { return }
        if let frame { try checkGrid(frame) }
        try encoder.encode(frame) { packet throws(ProgramFailure) in
            try writer.write(packet, track: 0, unit: encoder.context.pointee.time_base)
        }
    }

    /// AVI has no times: frames that do not come at an even rate cannot be written to it.
    private func checkGrid(_ frame: VideoFrame) throws(ProgramFailure) {
        guard !job.container.hasTimes, let encoder else { return }
        let unit = encoder.context.pointee.time_base
        let time = Nanoseconds.of(Nanoseconds.to(unit, frame.time), in: unit) ?? 0
        guard (time - frame.time).magnitude > 1_000_000 else { return }
        throw ProgramFailure(
            .failed,
            "the frame at \(String(seconds: frame.time)) has no place in an AVI file, which has one rate for all: "
                + "call the output .mkv or .mp4")
    }

    /// `track` is its place in OUT, where the video is the first.
    private func write(_ packet: MediaPacket, track: Int) throws(ProgramFailure) {
        guard beside.indices.contains(track - 1) else { return }
        guard let transcoder = beside[track - 1].transcoder else {
            return try writer.write(packet.pointer, track: track, unit: Nanoseconds.base)
        }
        try transcoder.take(packet.pointer) { packet throws(ProgramFailure) in try put(packet, track: track - 1) }
    }

    private func put(_ packet: UnsafeMutablePointer<AVPacket>, track: Int) throws(ProgramFailure) {
        guard let transcoder = beside[track].transcoder else { return }
        try writer.write(packet, track: track + 1, unit: transcoder.context.pointee.time_base)
    }

    // MARK: - Progress

    private func report(_ frame: VideoFrame, _ masking: MaskingThread) {
        firstTime = firstTime ?? frame.time
        lastTime = frame.time + frame.duration
        tell(masking)
    }

    /// Four times a second is enough for people and for who waits for a sign of life.
    private func tell(_ masking: MaskingThread) {
        let now = Date()
        guard now >= nextReport else { return }
        nextReport = now.addingTimeInterval(0.25)
        let counted = job.plan.video.pointer.pointee.nb_frames
        progress(
            MaskProgress(
                frames: frames, of: counted > 0 && counted < Int64(Int32.max) ? Int(counted) : nil,
                faces: masking.counts.faces, seconds: Double(lastTime - (firstTime ?? 0)) / 1e9))
    }
}

extension OutputFile {
    /// Carries over texts that are asked for.
    func copyTexts(from input: InputFile, tags: Bool, chapters: Bool) {
        if tags {
            av_dict_copy(&context.pointee.metadata, input.context.pointee.metadata, 0)
            for name in ["encoder", "major_brand", "minor_version", "compatible_brands"] {
                av_dict_set(&context.pointee.metadata, name, nil, 0)
            }
        }
        guard chapters else { return }
        for index in 0..<input.context.pointee.nb_chapters {
            guard let chapter = libav_chapter(input.context, index) else { continue }
            libav_add_chapter(context, chapter)
        }
    }
}
