// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import Synchronization

/// Decodes one video stream, and leaves out what it cannot vouch for: of what is missing, a decoder makes a picture in
/// which no face is found.
final class VideoDecoder {
    private let context: UnsafeMutablePointer<AVCodecContext>
    private let threads: Int
    /// Errors of decoders that are accounted for.
    private var knownErrors = 0
    /// Frames that must be left out yet, though one that stands on its own has come: a thread of the decoder may still
    /// work at what it complained of.
    private var doubtful = 0
    private var waitsForKey = false
    private var lastTime: Int64?
    /// Packets before the first key frame, as long as none has come: nothing can be made of them where one comes.
    private var held: [MediaPacket] = []
    private var hasBegun = false
    /// When the first key frame is shown, ns. Frames that are shown earlier need what is not there.
    private var begin: Int64?
    /// Whether the first key frame does not come out, since an edit list cuts it off.
    private var isBeginCut = false
    /// Whether that frame has come out: until then, decoders complain of what came before the start.
    private var isSettled = false
    /// Packets that are held at most: some formats mark no key frames.
    private static let mostHeld = 300
    /// Frames before the first key frame.
    private(set) var undecodable = 0
    /// How long a frame lasts where the stream does not say, ns.
    private let usualDuration: Int64
    /// Frames that were left out.
    private(set) var lost = 0
    /// When the first damage was, ns, and what was said of it.
    private(set) var firstDamage: (time: Int64?, text: String)?
    /// Frames without a time of their own, or with that of the frame before.
    private(set) var untimed = 0

    init(_ stream: InputFile.Stream, rate: AVRational, threads: Int) throws(ProgramFailure) {
        guard let codec = avcodec_find_decoder(stream.codec), let made = avcodec_alloc_context3(codec) else {
            throw ProgramFailure(
                .source, "FFmpeg's libraries have no decoder for the video's codec \(stream.codecName)")
        }
        context = made
        self.threads = threads
        usualDuration =
            rate.num > 0 && rate.den > 0 ? av_rescale(1_000_000_000, Int64(rate.den), Int64(rate.num)) : 40_000_000
        // From here on `deinit` frees the context, also where this throws.
        guard avcodec_parameters_to_context(made, stream.parameters) >= 0 else { throw LibAV.outOfMemory }
        made.pointee.pkt_timebase = Nanoseconds.base
        made.pointee.thread_count = Int32(threads)
        made.pointee.thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE
        made.pointee.err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER
        // What the element takes (FrameView.maximumPixelCount).
        made.pointee.max_pixels = 1 << 27
        guard avcodec_open2(made, codec, nil) >= 0 else {
            let reason = LibAV.lastPictureError
            throw ProgramFailure(.source, "the video (\(stream.codecName)) cannot be decoded: \(reason)")
        }
        knownErrors = LibAV.pictureErrors.load(ordering: .sequentiallyConsistent)
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// Whether captions ride on the pictures.
    var hasCaptions: Bool { context.pointee.properties & UInt32(FF_CODEC_PROPERTY_CLOSED_CAPTIONS) != 0 }

    /// Decodes a packet, whose times are ns; nil: there are no more. Frames go to `body`; false from it ends this.
    func decode(
        _ packet: UnsafeMutablePointer<AVPacket>?, _ body: (VideoFrame) throws(ProgramFailure) -> Bool
    ) throws(ProgramFailure) -> Bool {
        if !hasBegun {
            guard try start(packet, body) else { return true }
        }
        return try send(packet, body)
    }

    /// Whether decoding has begun with this packet: with the first key frame.
    private func start(
        _ packet: UnsafeMutablePointer<AVPacket>?, _ body: (VideoFrame) throws(ProgramFailure) -> Bool
    ) throws(ProgramFailure) -> Bool {
        if let packet, packet.pointee.flags & AV_PKT_FLAG_KEY != 0 {
            begin = Self.time(packet)
            // An edit list cuts off the beginning: decoded, but not given out.
            isBeginCut = packet.pointee.flags & AV_PKT_FLAG_DISCARD != 0
            undecodable = held.count
            held = []
            hasBegun = true
            return true
        }
        if let packet {
            held.append(try MediaPacket(taking: packet))
            guard held.count >= Self.mostHeld else { return false }
        }
        hasBegun = true
        isSettled = true
        let packets = held
        held = []
        for packet in packets {
            guard try send(packet.pointer, body) else { return false }
        }
        return packet == nil
    }

    private func send(
        _ packet: UnsafeMutablePointer<AVPacket>?, _ body: (VideoFrame) throws(ProgramFailure) -> Bool
    ) throws(ProgramFailure) -> Bool {
        while true {
            let status = avcodec_send_packet(context, packet)
            let isFull = status == libav_error_again()
            if status < 0, !isFull, status != libav_error_eof() { try note(status, time: packet.flatMap(Self.time)) }
            guard try receive(body) else { return false }
            if !isFull { return true }
        }
    }

    private func receive(_ body: (VideoFrame) throws(ProgramFailure) -> Bool) throws(ProgramFailure) -> Bool {
        while true {
            let frame = try VideoFrame()
            let status = avcodec_receive_frame(context, frame.pointer)
            if status == libav_error_again() || status == libav_error_eof() { return true }
            guard status >= 0 else {
                try note(status, time: lastTime)
                continue
            }
            time(frame)
            if !isSettled {
                if let begin, frame.time < begin {
                    undecodable += 1
                    continue
                }
                isSettled = true
                // Of a key frame that is not given out, every complaint counts.
                if !isBeginCut { knownErrors = LibAV.pictureErrors.load(ordering: .sequentiallyConsistent) }
                if !isKey(frame), !isBeginCut { damaged(at: begin, "the first key frame cannot be decoded") }
            }
            guard isSound(frame) else {
                lost += 1
                continue
            }
            guard try body(frame) else { return false }
        }
    }

    private func note(_ status: Int32, time: Int64?) throws(ProgramFailure) {
        if status == libav_error(ENOMEM) { throw LibAV.outOfMemory }
        guard isSettled else { return }
        damaged(at: time, LibAV.text(status))
    }

    private func damaged(at time: Int64?, _ text: String) {
        if firstDamage == nil { firstDamage = (time, text) }
        waitsForKey = true
        doubtful = threads
    }

    /// Whether a frame and all that it was made of came without a complaint.
    private func isSound(_ frame: VideoFrame) -> Bool {
        let fields = frame.pointer.pointee
        let errors = LibAV.pictureErrors.load(ordering: .sequentiallyConsistent)
        if errors != knownErrors {
            knownErrors = errors
            damaged(at: frame.time, LibAV.lastPictureError)
        } else if fields.decode_error_flags != 0 || fields.flags & AV_FRAME_FLAG_CORRUPT != 0 {
            damaged(at: frame.time, "the decoder marks a frame as damaged")
        } else if doubtful > 0 {
            doubtful -= 1
        }
        guard waitsForKey else { return true }
        guard doubtful == 0, isKey(frame) else { return false }
        waitsForKey = false
        return true
    }

    /// Whether a frame stands on its own.
    private func isKey(_ frame: VideoFrame) -> Bool {
        if frame.pointer.pointee.key_frame != 0 { return true }
        let facts = avcodec_descriptor_get(context.pointee.codec_id)
        return facts.map { $0.pointee.props & AV_CODEC_PROP_INTRA_ONLY != 0 } ?? false
    }

    private static func time(_ packet: UnsafeMutablePointer<AVPacket>) -> Int64? {
        packet.pointee.pts != libav_no_time() ? packet.pointee.pts : nil
    }

    private func time(_ frame: VideoFrame) {
        let fields = frame.pointer.pointee
        let duration = fields.pkt_duration > 0 && fields.pkt_duration < Nanoseconds.furthest ? fields.pkt_duration : 0
        frame.duration = duration > 0 ? duration : usualDuration
        var time = fields.pts
        if time == libav_no_time() { time = fields.best_effort_timestamp }
        if time == libav_no_time() || time.magnitude > Nanoseconds.furthest.magnitude {
            untimed += 1
            time = lastTime.map { Nanoseconds.sum($0, frame.duration) } ?? 0
        }
        frame.time = time
        lastTime = time
    }
}
