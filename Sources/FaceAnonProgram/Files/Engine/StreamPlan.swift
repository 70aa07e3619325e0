// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// Which streams of a file go into OUT, and what is left out, with the reasons.
struct StreamPlan {
    let video: InputFile.Stream
    let sound: [(stream: InputFile.Stream, copies: Bool)]
    let subtitles: [InputFile.Stream]
    private(set) var leftOut: [String] = []

    init(_ input: InputFile, request: MaskRequest, container: Container) throws(ProgramFailure) {
        video = try Self.choose(input, number: request.stream)
        var sound: [(InputFile.Stream, Bool)] = []
        var subtitles: [InputFile.Stream] = []
        for stream in input.streams where stream.index != video.index {
            let what = "track \(stream.index) (\(stream.codecName))"
            switch stream.kind {
            case AVMEDIA_TYPE_AUDIO:
                let copies = container.sound.contains(stream.codec.rawValue)
                if stream.codec == AV_CODEC_ID_NONE || !copies && avcodec_find_decoder(stream.codec) == nil {
                    leftOut.append("sound, \(what): its codec is not known")
                } else if stream.parameters.pointee.sample_rate <= 0 {
                    leftOut.append("sound, \(what): there is nothing in it that can be read")
                } else {
                    sound.append((stream, copies))
                }
            case AVMEDIA_TYPE_SUBTITLE:
                if !request.keep.contains(.subtitles) {
                    leftOut.append("subtitles, \(what): they may name people; --keep-subtitles keeps them")
                } else if Self.takes(stream.codec, container) {
                    subtitles.append(stream)
                } else {
                    leftOut.append("subtitles, \(what): \(container.muxer) takes no such")
                }
            case AVMEDIA_TYPE_VIDEO where stream.has(AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS):
                leftOut.append("cover picture, \(what): it may show people")
            case AVMEDIA_TYPE_VIDEO: leftOut.append("video, \(what): another stream is masked")
            case AVMEDIA_TYPE_ATTACHMENT: leftOut.append("attached file, \(what)")
            default: leftOut.append("data, \(what): it may name people or places")
            }
        }
        self.sound = sound
        self.subtitles = subtitles
        leftOut += Self.texts(input, request)
    }

    /// The video stream that is masked.
    static func choose(_ input: InputFile, number: Int?) throws(ProgramFailure) -> InputFile.Stream {
        let streams = input.videoStreams
        guard let first = streams.first else {
            throw ProgramFailure(.source, "\(input.path) holds no video")
        }
        if let number {
            guard streams.indices.contains(number) else {
                throw ProgramFailure(
                    .misuse, "\(input.path) has \(streams.count) video stream(s): --stream is 0 to \(streams.count - 1)"
                )
            }
            return streams[number]
        }
        guard streams.count == 1 else {
            let list = streams.enumerated().map { number, stream in
                "\(number) is \(stream.codecName) \(stream.parameters.pointee.width)x\(stream.parameters.pointee.height)"
            }
            throw ProgramFailure(
                .source,
                "\(input.path) has \(streams.count) video streams: say which one is masked by --stream N, where "
                    + list.joined(separator: ", "))
        }
        return first
    }

    private static func takes(_ codec: AVCodecID, _ container: Container) -> Bool {
        switch container.muxer {
        case "mp4", "mov": codec == AV_CODEC_ID_MOV_TEXT
        case "webm": codec == AV_CODEC_ID_WEBVTT
        case "mpegts": codec == AV_CODEC_ID_DVB_SUBTITLE || codec == AV_CODEC_ID_DVB_TELETEXT
        case "matroska":
            av_guess_format("matroska", nil, nil).map { libav_takes_codec($0, codec) != 0 } ?? false
        default: false
        }
    }

    /// Tags and chapters.
    private static func texts(_ input: InputFile, _ request: MaskRequest) -> [String] {
        var texts: [String] = []
        let chapters = Int(input.context.pointee.nb_chapters)
        if chapters > 0, !request.keep.contains(.chapters) {
            texts.append("\(chapters) chapter(s): their titles may name people; --keep-chapters keeps them")
        }
        guard !request.keep.contains(.tags) else { return texts }
        var names: [String] = []
        let all = [input.context.pointee.metadata] + input.streams.map { $0.pointer.pointee.metadata }
        for dictionary in all {
            var entry: UnsafeMutablePointer<AVDictionaryEntry>?
            while let next = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX) {
                let name = String(cString: next.pointee.key)
                let isOdd =
                    name.lowercased() == "language" && !SideTrack.isLanguage(String(cString: next.pointee.value))
                if isOdd || !unnamed.contains(name.lowercased()), !names.contains(name) { names.append(name) }
                entry = next
            }
        }
        if !names.isEmpty {
            texts.append(
                "tags (\(names.joined(separator: ", "))): they may name people or places; --keep-tags keeps them")
        }
        return texts
    }

    /// Tags that say what every such file says, or that stay.
    private static let unnamed: Set<String> = [
        "language", "major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id", "encoder",
        "duration", "rotate", "variant_bitrate",
    ]
}
