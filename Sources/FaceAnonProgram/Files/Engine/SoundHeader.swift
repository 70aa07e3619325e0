// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// What a track of sound brings along for its decoder, before the first packet. Some kinds hold comments there.
enum SoundHeader {
    /// Leaves what a decoder needs. Comments, and bytes that nobody knows, go.
    static func clear(_ parameters: UnsafeMutablePointer<AVCodecParameters>) throws(ProgramFailure) {
        let size = Int(parameters.pointee.extradata_size)
        guard let data = parameters.pointee.extradata, size > 0 else { return }
        let header = Array(UnsafeBufferPointer(start: data, count: size))
        switch parameters.pointee.codec_id {
        case AV_CODEC_ID_VORBIS:
            guard let cleared = withoutComments(vorbis: header) else {
                throw ProgramFailure(.source, "the headers of a Vorbis track are damaged")
            }
            try set(cleared, parameters)
        // STREAMINFO (RFC 9639, 8.2); behind it there may be comments and pictures.
        case AV_CODEC_ID_FLAC: try set(Array(header.prefix(34)), parameters)
        // The identification header with its table of channels (RFC 7845, 5.1).
        case AV_CODEC_ID_OPUS:
            try set(Array(header.prefix(header.count > 18 && header[18] != 0 ? 21 + Int(header[9]) : 19)), parameters)
        // AudioSpecificConfig and ALACSpecificConfig: numbers.
        case AV_CODEC_ID_AAC, AV_CODEC_ID_ALAC: return
        // What WAVEFORMATEX and TTA have behind their common part: a few numbers.
        case AV_CODEC_ID_WMAV1, AV_CODEC_ID_WMAV2, AV_CODEC_ID_WMAPRO, AV_CODEC_ID_ADPCM_MS, AV_CODEC_ID_ADPCM_IMA_WAV,
            AV_CODEC_ID_TTA:
            try set(Array(header.prefix(64)), parameters)
        default: try set([], parameters)
        }
    }

    private static func set(
        _ bytes: [UInt8], _ parameters: UnsafeMutablePointer<AVCodecParameters>
    ) throws(ProgramFailure) {
        av_freep(&parameters.pointee.extradata)
        parameters.pointee.extradata_size = 0
        guard !bytes.isEmpty else { return }
        // Zeroed, and with the room behind it that decoders read into.
        guard let data = av_mallocz(bytes.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)) else { throw LibAV.outOfMemory }
        let target = data.assumingMemoryBound(to: UInt8.self)
        for (index, byte) in bytes.enumerated() { target[index] = byte }
        parameters.pointee.extradata = target
        parameters.pointee.extradata_size = Int32(clamping: bytes.count)
    }

    /// Vorbis' three headers (Vorbis I, 4.2) with an empty comment header, laced as Matroska has them; nil where they are
    /// not there.
    private static func withoutComments(vorbis header: [UInt8]) -> [UInt8]? {
        guard let (identification, setup) = vorbisHeaders(header), identification.count < 255 else { return nil }
        // Type 3, no vendor, no comments, the framing bit.
        let comments: [UInt8] = [3] + Array("vorbis".utf8) + [UInt8](repeating: 0, count: 8) + [1]
        return [2, UInt8(identification.count), UInt8(comments.count)] + identification + comments + setup
    }

    /// The first and the third one.
    private static func vorbisHeaders(_ header: [UInt8]) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        guard header.count > 3, let parts = header[0] == 2 ? laced(header) : sized(header) else { return nil }
        func isHeader(_ part: ArraySlice<UInt8>, _ type: UInt8) -> Bool {
            part.starts(with: [type] + Array("vorbis".utf8))
        }
        return isHeader(parts.0, 1) && isHeader(parts.1, 5) ? parts : nil
    }

    /// With the sizes of two headers in front, each in bytes of 255 and a last smaller one.
    private static func laced(_ header: [UInt8]) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        var (at, sizes): (Int, [Int]) = (1, [0, 0])
        for index in 0..<2 {
            while at < header.count, header[at] == 255 { (sizes[index], at) = (sizes[index] + 255, at + 1) }
            guard at < header.count else { return nil }
            (sizes[index], at) = (sizes[index] + Int(header[at]), at + 1)
        }
        guard at + sizes[0] + sizes[1] < header.count else { return nil }
        return (header[at..<at + sizes[0]], header[(at + sizes[0] + sizes[1])...])
    }

    /// Each behind its size in two bytes.
    private static func sized(_ header: [UInt8]) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        var (at, parts): (Int, [ArraySlice<UInt8>]) = (0, [])
        while parts.count < 3 {
            guard at + 2 <= header.count else { return nil }
            let size = Int(header[at]) << 8 | Int(header[at + 1])
            guard size <= header.count - at - 2 else { return nil }
            parts.append(header[at + 2..<at + 2 + size])
            at += 2 + size
        }
        return (parts[0], parts[2])
    }
}
