// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// A kind of file that masked video is written to.
struct Container: Sendable {
    /// FFmpeg's name of it.
    let muxer: String
    /// Whether it can say that a track begins before it is heard: where not, packets from before the start are left
    /// out.
    let hasEditLists: Bool
    /// Whether frames have times of their own: AVI only counts them.
    let hasTimes: Bool
    let defaultCodec: VideoCodec
    let codecs: [VideoCodec]
    /// Codecs of sound that go in as they are.
    let sound: Set<UInt32>
    /// The encoder for all others.
    let soundEncoder: String

    /// The container with that suffix; nil where video is not written to such files.
    init?(suffix: String) {
        switch suffix {
        case "mp4", "m4v": self = Self.mp4
        case "mov", "qt": self = Self.mov
        case "mkv", "mk3d": self = Self.mkv
        case "webm": self = Self.webm
        case "avi": self = Self.avi
        case "ts", "mts", "m2ts": self = Self.ts
        default: return nil
        }
    }

    static let suffixes = ["mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "mts", "m2ts"]

    private init(
        _ muxer: String, hasEditLists: Bool = false, hasTimes: Bool = true, _ codecs: [VideoCodec],
        _ sound: [AVCodecID],
        encoder: String = "aac"
    ) {
        self.muxer = muxer
        self.hasEditLists = hasEditLists
        self.hasTimes = hasTimes
        self.codecs = codecs
        defaultCodec = codecs.first ?? .h264
        self.sound = Set(sound.map(\.rawValue))
        soundEncoder = encoder
    }

    private static let mp4 = Container(
        "mp4", hasEditLists: true, [.h264, .h265, .vp9],
        [
            AV_CODEC_ID_AAC, AV_CODEC_ID_MP3, AV_CODEC_ID_MP2, AV_CODEC_ID_AC3, AV_CODEC_ID_EAC3, AV_CODEC_ID_ALAC,
            AV_CODEC_ID_OPUS, AV_CODEC_ID_FLAC,
        ])

    private static let mov = Container(
        "mov", hasEditLists: true, [.h264, .h265],
        [
            AV_CODEC_ID_AAC, AV_CODEC_ID_MP3, AV_CODEC_ID_MP2, AV_CODEC_ID_AC3, AV_CODEC_ID_EAC3, AV_CODEC_ID_ALAC,
            AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_PCM_S16BE, AV_CODEC_ID_PCM_S24LE, AV_CODEC_ID_PCM_S24BE,
            AV_CODEC_ID_PCM_S32LE, AV_CODEC_ID_PCM_S32BE, AV_CODEC_ID_PCM_F32LE, AV_CODEC_ID_PCM_F32BE,
            AV_CODEC_ID_PCM_U8, AV_CODEC_ID_PCM_S8, AV_CODEC_ID_PCM_ALAW, AV_CODEC_ID_PCM_MULAW,
        ])

    private static let mkv = Container(
        "matroska", [.h264, .h265, .ffv1, .vp9],
        [
            AV_CODEC_ID_AAC, AV_CODEC_ID_MP3, AV_CODEC_ID_MP2, AV_CODEC_ID_AC3, AV_CODEC_ID_EAC3, AV_CODEC_ID_ALAC,
            AV_CODEC_ID_OPUS, AV_CODEC_ID_FLAC, AV_CODEC_ID_VORBIS, AV_CODEC_ID_DTS, AV_CODEC_ID_TRUEHD,
            AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_PCM_S16BE, AV_CODEC_ID_PCM_S24LE, AV_CODEC_ID_PCM_S24BE,
            AV_CODEC_ID_PCM_S32LE, AV_CODEC_ID_PCM_F32LE, AV_CODEC_ID_PCM_F64LE, AV_CODEC_ID_PCM_U8,
            AV_CODEC_ID_PCM_ALAW, AV_CODEC_ID_PCM_MULAW, AV_CODEC_ID_WMAV1, AV_CODEC_ID_WMAV2, AV_CODEC_ID_WMAPRO,
            AV_CODEC_ID_ADPCM_MS, AV_CODEC_ID_ADPCM_IMA_WAV, AV_CODEC_ID_TTA,
        ])

    private static let webm = Container(
        "webm", [.vp9], [AV_CODEC_ID_OPUS, AV_CODEC_ID_VORBIS], encoder: "libopus")

    private static let avi = Container(
        "avi", hasTimes: false, [.h264, .ffv1],
        [
            AV_CODEC_ID_MP3, AV_CODEC_ID_MP2, AV_CODEC_ID_AC3, AV_CODEC_ID_PCM_U8, AV_CODEC_ID_PCM_S16LE,
            AV_CODEC_ID_PCM_S24LE, AV_CODEC_ID_PCM_S32LE, AV_CODEC_ID_PCM_F32LE, AV_CODEC_ID_PCM_ALAW,
            AV_CODEC_ID_PCM_MULAW,
        ], encoder: "pcm_s16le")

    private static let ts = Container(
        "mpegts", [.h264, .h265],
        [
            AV_CODEC_ID_AAC, AV_CODEC_ID_MP3, AV_CODEC_ID_MP2, AV_CODEC_ID_AC3, AV_CODEC_ID_EAC3, AV_CODEC_ID_DTS,
            AV_CODEC_ID_OPUS, AV_CODEC_ID_TRUEHD,
        ])

    /// Whether all of OUT may be later by the same time: MPEG-TS does not begin at 0.
    var mayShift: Bool { muxer == "mpegts" }

    /// How far a time may be from where it is due, ns: a millisecond, and what a container that counts in milliseconds
    /// rounds off.
    static let tolerance: Int64 = 1_001_000

    var isMatroska: Bool { muxer == "matroska" || muxer == "webm" }

    /// Settings of the muxer: nothing of its own that names a program or a time, and the index in front.
    var options: [(String, String)] {
        switch muxer {
        case "mp4", "mov": [("movflags", "+faststart"), ("movie_timescale", "90000"), ("write_tmcd", "0")]
        case "matroska", "webm": [("default_mode", "passthrough")]
        default: []
        }
    }

    /// The codec that is written.
    func codec(_ wanted: String?) throws(ProgramFailure) -> VideoCodec {
        guard let wanted else { return defaultCodec }
        guard let codec = VideoCodec(rawValue: wanted) else {
            throw ProgramFailure(
                .misuse, "there is no codec \(wanted): it is one of h264, h265, ffv1")
        }
        guard codecs.contains(codec) else {
            throw ProgramFailure(
                .misuse,
                "\(muxer) takes no \(wanted): call the output .mkv, or take one of "
                    + codecs.map(\.rawValue).joined(separator: ", "))
        }
        return codec
    }

    /// The unit of the frames' times: one in which all of the source's are whole numbers, wherever players can count in
    /// it.
    ///
    /// - Parameters:
    ///   - source: the source's own unit.
    ///   - rate: frames a second, as the source says it.
    func unit(for source: AVRational, rate: AVRational) -> AVRational {
        if !hasTimes {
            return rate.num > 0 && rate.den > 0 ? AVRational(num: rate.den, den: rate.num) : AVRational(num: 1, den: 25)
        }
        let fallback = AVRational(num: 1, den: 90_000)
        guard source.num > 0, source.den > 0 else { return fallback }
        let ticks = Double(source.den) / Double(source.num)
        // MP4 holds times between two frames in 31 bits: 90,000 ticks a second are 6.6 hours.
        guard ticks <= 100_000 else { return fallback }
        guard ticks < 1000 else { return source }
        guard ticks > 0.001 else { return fallback }
        let times = Int32((1000 / ticks).rounded(.up))
        let (den, isTooLarge) = source.den.multipliedReportingOverflow(by: times)
        return isTooLarge ? fallback : AVRational(num: source.num, den: den)
    }
}
