// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// Sound in a codec that OUT's container does not take: decoded, and encoded again in one that it takes.
final class SoundTranscoder {
    let context: UnsafeMutablePointer<AVCodecContext>
    private let decoder: UnsafeMutablePointer<AVCodecContext>
    private var resampler: OpaquePointer?
    private let fifo: OpaquePointer
    private let decoded: UnsafeMutablePointer<AVFrame>
    private let packet: UnsafeMutablePointer<AVPacket>
    /// When the first sample in the FIFO is heard, in samples.
    private var headTime: Int64?
    /// Whether sound that begins late or has gaps is filled up with silence: AVI has no times.
    private let fillsGaps: Bool
    /// Packets that could not be decoded.
    private(set) var lost = 0
    private var input: (rate: Int32, format: Int32, channels: Int32) = (0, 0, 0)

    /// Samples at a time where the encoder takes any number.
    private static let usualFrame: Int32 = 1024
    /// Seconds.
    private static let longestSilence: Int64 = 86_400
    /// Times that differ from where the samples are by less are rounding, s.
    private static let rounding = 0.02

    init(_ stream: InputFile.Stream, encoder name: String, needsGlobalHeader: Bool, fillsGaps: Bool)
        throws(ProgramFailure)
    {
        guard let from = avcodec_find_decoder(stream.codec), let to = avcodec_find_encoder_by_name(name) else {
            throw ProgramFailure(.installation, "FFmpeg's libraries have no encoder \(name)")
        }
        self.fillsGaps = fillsGaps
        if fillsGaps { headTime = 0 }
        guard let decoder = avcodec_alloc_context3(from), let context = avcodec_alloc_context3(to),
            let decoded = av_frame_alloc(), let packet = av_packet_alloc()
        else { throw LibAV.outOfMemory }
        (self.decoder, self.context, self.decoded, self.packet) = (decoder, context, decoded, packet)
        avcodec_parameters_to_context(decoder, stream.parameters)
        decoder.pointee.pkt_timebase = Nanoseconds.base
        guard avcodec_open2(decoder, from, nil) >= 0 else {
            throw ProgramFailure(.source, "sound in the codec \(stream.codecName) cannot be decoded")
        }
        let channels = max(1, min(decoder.pointee.ch_layout.nb_channels, name == "libmp3lame" ? 2 : 8))
        av_channel_layout_default(&context.pointee.ch_layout, channels)
        context.pointee.sample_rate = Self.rate(decoder.pointee.sample_rate, to)
        context.pointee.sample_fmt = to.pointee.sample_fmts?.pointee ?? AV_SAMPLE_FMT_FLTP
        context.pointee.bit_rate = Int64(channels) * 96_000
        context.pointee.time_base = AVRational(num: 1, den: context.pointee.sample_rate)
        context.pointee.flags |= AV_CODEC_FLAG_BITEXACT
        if needsGlobalHeader { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
        guard avcodec_open2(context, to, nil) >= 0,
            let fifo = av_audio_fifo_alloc(context.pointee.sample_fmt, channels, 1 << 16)
        else { throw ProgramFailure(.failed, "\(name) does not start") }
        self.fifo = fifo
    }

    deinit {
        var decoder: UnsafeMutablePointer<AVCodecContext>? = decoder
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        var decoded: UnsafeMutablePointer<AVFrame>? = decoded
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        avcodec_free_context(&decoder)
        avcodec_free_context(&context)
        av_frame_free(&decoded)
        av_packet_free(&packet)
        swr_free(&resampler)
        av_audio_fifo_free(fifo)
    }

    /// The encoder's rate that is nearest to the source's, and not below it where there is one.
    private static func rate(_ rate: Int32, _ encoder: UnsafePointer<AVCodec>) -> Int32 {
        guard let list = encoder.pointee.supported_samplerates else { return rate }
        var rates: [Int32] = []
        var index = 0
        while list[index] != 0 {
            rates.append(list[index])
            index += 1
        }
        if rates.contains(rate) { return rate }
        return rates.filter { $0 > rate }.min() ?? rates.max() ?? 48_000
    }

    /// Takes a packet, whose times are ns; nil: there are no more. Encoded packets go to `body`, with times in samples.
    func take(
        _ source: UnsafeMutablePointer<AVPacket>?,
        _ body: (UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) -> Void
    ) throws(ProgramFailure) {
        let status = avcodec_send_packet(decoder, source)
        if status < 0, status != libav_error_eof() { lost += 1 }
        while true {
            let status = avcodec_receive_frame(decoder, decoded)
            if status == libav_error_again() || status == libav_error_eof() { break }
            guard status >= 0 else {
                lost += 1
                break
            }
            try queue(decoded, body)
            av_frame_unref(decoded)
        }
        guard source == nil else { return }
        try encode(all: true, body)
        _ = avcodec_send_frame(context, nil)
        try receive(body)
    }

    private func queue(
        _ frame: UnsafeMutablePointer<AVFrame>, _ body: (UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) -> Void
    ) throws(ProgramFailure) {
        let rate = context.pointee.sample_rate
        let stamp = frame.pointee.pts != libav_no_time() ? frame.pointee.pts : frame.pointee.best_effort_timestamp
        if let time = Nanoseconds.of(stamp, in: Nanoseconds.base) {
            let samples = av_rescale_q(time, Nanoseconds.base, AVRational(num: 1, den: rate))
            let expected = headTime.map { $0 + Int64(av_audio_fifo_size(fifo)) + delay(rate) }
            let isElsewhere = expected.map { Double((samples - $0).magnitude) > Double(rate) * Self.rounding } ?? true
            if isElsewhere, fillsGaps, let expected {
                try addSilence(samples - expected, body)
            } else if isElsewhere {
                try encode(all: true, body)
                headTime = max(samples, headTime ?? samples)
            }
        } else if headTime == nil {
            headTime = 0
        }
        let count = try convert(frame)
        guard count >= 0 else {
            lost += 1
            return
        }
        try encode(all: false, body)
    }

    /// Puts so many samples of silence behind what is there.
    private func addSilence(
        _ count: Int64, _ body: (UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) -> Void
    ) throws(ProgramFailure) {
        guard count <= Int64(context.pointee.sample_rate) * Self.longestSilence else {
            throw ProgramFailure(.failed, "sound with a gap of more than a day cannot be written to such a file")
        }
        var rest = count
        while rest > 0 {
            let part = Int32(min(rest, 1 << 14))
            rest -= Int64(part)
            try withFrame(samples: part) { frame throws(ProgramFailure) in
                guard libav_fifo_write(fifo, frame) >= 0 else { throw LibAV.outOfMemory }
            }
            try encode(all: false, body)
        }
    }

    /// Calls `body` with a frame of silence of the encoder's kind.
    private func withFrame(
        samples: Int32, _ body: (UnsafeMutablePointer<AVFrame>) throws(ProgramFailure) -> Void
    ) throws(ProgramFailure) {
        var frame = av_frame_alloc()
        defer { av_frame_free(&frame) }
        guard let frame else { throw LibAV.outOfMemory }
        frame.pointee.nb_samples = samples
        frame.pointee.format = context.pointee.sample_fmt.rawValue
        frame.pointee.sample_rate = context.pointee.sample_rate
        av_channel_layout_copy(&frame.pointee.ch_layout, &context.pointee.ch_layout)
        guard av_frame_get_buffer(frame, 0) >= 0 else { throw LibAV.outOfMemory }
        av_samples_set_silence(
            libav_channels(frame), 0, samples, context.pointee.ch_layout.nb_channels, context.pointee.sample_fmt)
        try body(frame)
    }

    private func delay(_ rate: Int32) -> Int64 { resampler.map { swr_get_delay($0, Int64(rate)) } ?? 0 }

    /// Puts a frame into the FIFO as the encoder wants it.
    private func convert(_ frame: UnsafeMutablePointer<AVFrame>) throws(ProgramFailure) -> Int32 {
        libav_usual_layout(&frame.pointee.ch_layout)
        let kind = (frame.pointee.sample_rate, frame.pointee.format, frame.pointee.ch_layout.nb_channels)
        if resampler == nil || kind != input {
            guard
                swr_alloc_set_opts2(
                    &resampler, &context.pointee.ch_layout, context.pointee.sample_fmt, context.pointee.sample_rate,
                    &frame.pointee.ch_layout, AVSampleFormat(rawValue: frame.pointee.format), frame.pointee.sample_rate,
                    0, nil) >= 0, swr_init(resampler) >= 0
            else { return -1 }
            input = kind
        }
        var target = av_frame_alloc()
        defer { av_frame_free(&target) }
        guard let target else { throw LibAV.outOfMemory }
        target.pointee.format = context.pointee.sample_fmt.rawValue
        target.pointee.sample_rate = context.pointee.sample_rate
        av_channel_layout_copy(&target.pointee.ch_layout, &context.pointee.ch_layout)
        guard swr_convert_frame(resampler, target, frame) >= 0 else { return -1 }
        guard target.pointee.nb_samples > 0 else { return 0 }
        return libav_fifo_write(fifo, target)
    }

    private func encode(
        all: Bool, _ body: (UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) -> Void
    ) throws(ProgramFailure) {
        let size = context.pointee.frame_size > 0 ? context.pointee.frame_size : Self.usualFrame
        while true {
            let count = av_audio_fifo_size(fifo)
            guard count >= size || all && count > 0 else { return }
            // A last part is followed by silence: only at the very end does an encoder take less.
            try withFrame(samples: size) { frame throws(ProgramFailure) in
                guard libav_fifo_read(fifo, frame, min(size, count)) >= 0 else { throw LibAV.outOfMemory }
                frame.pointee.pts = headTime ?? 0
                headTime = (headTime ?? 0) + Int64(min(size, count))
                guard avcodec_send_frame(context, frame) >= 0 else {
                    throw ProgramFailure(.failed, "sound cannot be encoded")
                }
            }
            try receive(body)
        }
    }

    private func receive(
        _ body: (UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) -> Void
    ) throws(ProgramFailure) {
        while avcodec_receive_packet(context, packet) >= 0 { try body(packet) }
    }
}
