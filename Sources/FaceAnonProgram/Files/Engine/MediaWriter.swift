// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// A packet on its way from the reader to the writer.
///
/// `@unchecked Sendable`: queues hand it from one thread to the next, and the last one keeps nothing of it.
final class MediaPacket: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<AVPacket>

    /// Takes over what is in a packet, which is empty afterwards.
    init(taking packet: UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) {
        guard let pointer = av_packet_alloc() else { throw LibAV.outOfMemory }
        self.pointer = pointer
        av_packet_move_ref(pointer, packet)
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&pointer)
    }
}

/// A track of sound or subtitles: its way from IN to OUT.
final class SideTrack {
    let target: UnsafeMutablePointer<AVStream>
    let name: String
    let codec: AVCodecID
    /// nil: the packets go over as they are.
    let transcoder: SoundTranscoder?
    let isSound: Bool

    init(
        _ stream: InputFile.Stream, copies: Bool, output: OutputFile, container: Container, keepsTags: Bool
    ) throws(ProgramFailure) {
        target = try output.addStream()
        isSound = stream.kind == AVMEDIA_TYPE_AUDIO
        name = "\(isSound ? "sound" : "subtitle") track \(stream.index)"
        if copies {
            transcoder = nil
            codec = stream.codec
            guard avcodec_parameters_copy(target.pointee.codecpar, stream.parameters) >= 0 else {
                throw LibAV.outOfMemory
            }
            try SoundHeader.clear(target.pointee.codecpar)
            // A tag of another container means nothing here.
            target.pointee.codecpar.pointee.codec_tag = 0
            target.pointee.time_base = stream.unit
        } else {
            let flags = output.context.pointee.oformat.pointee.flags
            let transcoder = try SoundTranscoder(
                stream, encoder: container.soundEncoder, needsGlobalHeader: flags & AVFMT_GLOBALHEADER != 0,
                fillsGaps: !container.hasTimes)
            self.transcoder = transcoder
            codec = transcoder.context.pointee.codec_id
            guard avcodec_parameters_from_context(target.pointee.codecpar, transcoder.context) >= 0 else {
                throw LibAV.outOfMemory
            }
            target.pointee.time_base = transcoder.context.pointee.time_base
        }
        Self.copyTags(stream, to: target, all: keepsTags)
    }

    /// Whether a tag is a language and no name: two or three letters (ISO 639), perhaps with a script and a region (BCP 47).
    static func isLanguage(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?/) != nil
    }

    /// The language and the part that a stream plays (default, commentary, …) stay; other tags where they are asked
    /// for.
    static func copyTags(_ stream: InputFile.Stream, to target: UnsafeMutablePointer<AVStream>, all: Bool) {
        target.pointee.disposition = stream.pointer.pointee.disposition & ~AV_DISPOSITION_ATTACHED_PIC
        if all {
            av_dict_copy(&target.pointee.metadata, stream.pointer.pointee.metadata, 0)
            for name in ["encoder", "rotate", "handler_name", "DURATION"] {
                av_dict_set(&target.pointee.metadata, name, nil, 0)
            }
        } else if let language = stream.tag("language"), isLanguage(language) {
            av_dict_set(&target.pointee.metadata, "language", language, 0)
        }
    }
}

/// Writes the packets of all streams of OUT, each at its time, and keeps what OUT must hold.
final class MediaWriter {
    private let output: OutputFile
    private let container: Container
    private struct Track {
        let stream: UnsafeMutablePointer<AVStream>
        let name: String
        let isVideo: Bool
        let isCopied: Bool
        let codec: AVCodecID
        var record = StreamRecord()
        var last: Int64?
        var moved = 0
        var farthest: Int64 = 0
    }
    private var tracks: [Track] = []

    init(_ output: OutputFile, container: Container) {
        self.output = output
        self.container = container
    }

    /// Tracks are added in the order of OUT's streams.
    func add(
        _ stream: UnsafeMutablePointer<AVStream>, name: String, isVideo: Bool, isCopied: Bool, codec: AVCodecID
    ) {
        tracks.append(Track(stream: stream, name: name, isVideo: isVideo, isCopied: isCopied, codec: codec))
    }

    /// Writes a packet, which is empty afterwards.
    ///
    /// - Parameters:
    ///   - unit: of the packet's times.
    func write(
        _ packet: UnsafeMutablePointer<AVPacket>, track index: Int, unit: AVRational
    ) throws(ProgramFailure) {
        guard tracks.indices.contains(index) else { return }
        var packet = packet
        let stream = tracks[index].stream
        let shown = Nanoseconds.of(packet.pointee.pts, in: unit)
        if !container.hasEditLists, !tracks[index].isVideo, let shown {
            // Nobody hears what ends before the start; it only begins a decoder.
            let end = shown + (Nanoseconds.of(packet.pointee.duration, in: unit) ?? 0)
            if shown < 0, end <= 1_000_000 {
                av_packet_unref(packet)
                return
            }
        }
        av_packet_rescale_ts(packet, unit, stream.pointee.time_base)
        delay(packet, tracks[index])
        packet.pointee.stream_index = Int32(index)
        packet.pointee.pos = -1
        order(&packet, index)
        let time = (Nanoseconds.of(packet.pointee.pts, in: stream.pointee.time_base) ?? 0) - lead(tracks[index])
        // What the container's own unit rounds off counts too: the source's time is what is compared.
        let isMoved = shown.map { ($0 - time).magnitude > 2_000_000 } ?? true
        tracks[index].record.add(
            packet, time: isMoved ? time : shown ?? time, codec: tracks[index].codec, isSound: tracks[index].isCopied)
        try output.write(packet)
    }

    /// How much earlier than written a reader of Matroska takes the packets of a track to be, ns: what an Opus decoder
    /// leaves out at its start (CodecDelay, RFC 7845 4.2). FFmpeg's muxer 5.1 writes that number, and does not add it.
    private func lead(_ track: Track) -> Int64 {
        let parameters = track.stream.pointee.codecpar.pointee
        guard container.isMatroska, track.codec == AV_CODEC_ID_OPUS, parameters.initial_padding > 0 else { return 0 }
        return av_rescale(Int64(parameters.initial_padding), 1_000_000_000, 48_000)
    }

    private func delay(_ packet: UnsafeMutablePointer<AVPacket>, _ track: Track) {
        let step = Nanoseconds.to(track.stream.pointee.time_base, lead(track))
        if packet.pointee.pts != libav_no_time() { packet.pointee.pts += step }
        if packet.pointee.dts != libav_no_time() { packet.pointee.dts += step }
    }

    /// Decoding times grow; where they did not, they are moved to the next possible one.
    private func order(_ packet: inout UnsafeMutablePointer<AVPacket>, _ index: Int) {
        let flags = output.context.pointee.oformat.pointee.flags
        if packet.pointee.dts == libav_no_time() { packet.pointee.dts = packet.pointee.pts }
        let isStrict = flags & AVFMT_TS_NONSTRICT == 0
        if let last = tracks[index].last {
            let least = isStrict ? last + 1 : last
            if packet.pointee.dts < least {
                let step = least - packet.pointee.dts
                tracks[index].moved += 1
                tracks[index].farthest = max(
                    tracks[index].farthest, Nanoseconds.of(step, in: tracks[index].stream.pointee.time_base) ?? 0)
                packet.pointee.dts = least
                packet.pointee.pts = max(packet.pointee.pts, least)
            }
        }
        tracks[index].last = packet.pointee.dts
    }

    /// What had to be moved, for people.
    var notes: [String] {
        tracks.filter { $0.farthest > 1_000_000 && !$0.isVideo }.map {
            "\($0.moved) packets of \($0.name) had times that ran back: they come up to \($0.farthest / 1_000_000) ms later"
        }
    }

    /// Reads OUT again and compares it with what was written.
    func verify(_ path: MediaPath, activity: () -> Void) throws(ProgramFailure) {
        let wanted = tracks.map {
            (name: $0.name, isVideo: $0.isVideo, isCopied: $0.isCopied, codec: $0.codec, record: $0.record)
        }
        let verification = Verification(
            wanted: wanted, tolerance: Container.tolerance, hasSoundTimes: container.hasTimes)
        try verification.check(
            path, mayShift: container.mayShift, activity: activity)
    }
}
