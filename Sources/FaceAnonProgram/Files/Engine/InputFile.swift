// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import Foundation
internal import Synchronization

/// A file, or an address, that is read packet by packet.
final class InputFile {
    let context: UnsafeMutablePointer<AVFormatContext>
    /// FFmpeg's name of the container: `mov,mp4,m4a,3gp,3g2,mj2`.
    let formatName: String
    let path: MediaPath
    private let access: FileAccess?
    private let camera: CameraSource?

    /// How much of a file is read to find out what is in it, bytes and µs: streams of sound that begin late are in
    /// time.
    private static let probeSize: Int64 = 32 << 20
    private static let probeTime: Int64 = 30_000_000
    /// What is not read at all: formats that are lists of other files, or that any text is taken for.
    private static let refused: Set<String> = [
        "concat", "hls", "dash", "webm_dash_manifest", "imf", "sdp", "rtsp", "rtp", "tty", "vobsub", "image2",
        "image2_alias_pix", "image2_brender_pix", "lavfi", "ffmetadata",
    ]

    /// Fails with `.source` where there is nothing that can be read.
    init(_ path: MediaPath) throws(ProgramFailure) {
        LibAV.captureLog()
        // A short file is read to its end just to find out what is in it.
        LibAV.isCutOff.store(false, ordering: .relaxed)
        self.path = path
        guard let context = avformat_alloc_context() else { throw LibAV.outOfMemory }
        var opened: UnsafeMutablePointer<AVFormatContext>? = context
        context.pointee.probesize = Self.probeSize
        context.pointee.max_analyze_duration = Self.probeTime
        // Where a counter of 33 bits has run over is found out here: FFmpeg only knows of one time.
        context.pointee.correct_ts_overflow = 0
        let status: Int32
        do throws(ProgramFailure) {
            let isCamera = CameraSource.isCamera(path)
            camera = isCamera ? try CameraSource(path) : nil
            if path.isAddress, !isCamera {
                access = nil
                status = path.withCString { avformat_open_input(&opened, $0, nil, nil) }
            } else {
                let access: FileAccess
                if let camera {
                    access = try FileAccess(descriptor: camera.descriptor, writes: false, isOwner: false)
                } else {
                    access = try FileAccess(descriptor: Self.open(path), writes: false, isOwner: true)
                }
                self.access = access
                context.pointee.pb = access.context
                let format = isCamera ? av_find_input_format("matroska") : try Self.format(access, path: path)
                // Whatever the file says, it leads to no other file and no address.
                context.pointee.io_open = { _, _, _, _, _ in libav_error(EPERM) }
                status = Self.hint(path).withCString { avformat_open_input(&opened, $0, format, nil) }
            }
        } catch {
            avformat_free_context(opened)
            throw error
        }
        guard status >= 0, let opened else {
            throw camera?.failure ?? Self.unreadable(path, status)
        }
        self.context = opened
        formatName = opened.pointee.iformat.pointee.name.map { String(cString: $0) } ?? ""
        let found = avformat_find_stream_info(opened, nil)
        guard found >= 0 else { throw Self.unreadable(path, found) }
        LibAV.pictureErrors.store(0, ordering: .sequentiallyConsistent)
        LibAV.fileError.withLock { $0 = nil }
    }

    deinit {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    private static func unreadable(_ path: MediaPath, _ status: Int32) -> ProgramFailure {
        ProgramFailure(
            .source, "\(path) is no video or picture, or too damaged to be read: \(LibAV.text(status))")
    }

    private static func open(_ path: MediaPath) throws(ProgramFailure) -> Int32 {
        let descriptor = path.withCString { Foundation.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            throw ProgramFailure(.source, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ProgramFailure(.source, "\(path) is not a file")
        }
        guard status.st_size > 0 else {
            close(descriptor)
            throw ProgramFailure(.source, "\(path) is empty")
        }
        return descriptor
    }

    /// What the libraries learn of the name: its suffix, which some formats are known by.
    private static func hint(_ path: MediaPath) -> String {
        let suffix = path.suffix
        let isPlain =
            suffix.utf8.count <= 5
            && suffix.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }
        return isPlain ? "in." + suffix : "in"
    }

    private static func format(
        _ access: FileAccess, path: MediaPath
    ) throws(ProgramFailure) -> UnsafePointer<AVInputFormat>? {
        // Stills are not read here: what begins as JPEG is a row of them, whatever its name makes of it.
        let isMotionJPEG = PictureFile.head(of: path)?.starts(with: JPEGStructure.start) ?? false
        return isMotionJPEG ? av_find_input_format("mjpeg") : try probe(access, path: path)
    }

    private static func probe(
        _ access: FileAccess, path: MediaPath
    ) throws(ProgramFailure) -> UnsafePointer<AVInputFormat>? {
        var format: UnsafePointer<AVInputFormat>?
        let status = hint(path).withCString { av_probe_input_buffer2(access.context, &format, $0, nil, 0, 0) }
        guard status >= 0, let found = format, let name = found.pointee.name.map({ String(cString: $0) }) else {
            if access.firstError != 0 {
                throw ProgramFailure(.source, "\(path) cannot be read: \(String(cString: strerror(access.firstError)))")
            }
            throw unreadable(path, status)
        }
        let names = Set(name.split(separator: ",").map(String.init))
        guard names.isDisjoint(with: refused) else {
            throw ProgramFailure(.source, "\(path) is no video or picture: it is read as \(name)")
        }
        // Beginnings of both look alike: stills are not read here.
        return name == "png_pipe" ? av_find_input_format("apng") : format
    }

    // MARK: - Streams

    struct Stream {
        let pointer: UnsafeMutablePointer<AVStream>
        var index: Int { Int(pointer.pointee.index) }
        var parameters: UnsafeMutablePointer<AVCodecParameters> { pointer.pointee.codecpar }
        var kind: AVMediaType { parameters.pointee.codec_type }
        var codec: AVCodecID { parameters.pointee.codec_id }
        var unit: AVRational { pointer.pointee.time_base }
        func has(_ disposition: Int32) -> Bool { pointer.pointee.disposition & disposition != 0 }

        var codecName: String {
            codec == AV_CODEC_ID_NONE ? "unknown" : String(cString: avcodec_get_name(codec))
        }

        func tag(_ name: String) -> String? {
            av_dict_get(pointer.pointee.metadata, name, nil, 0).map { String(cString: $0.pointee.value) }
        }
    }

    /// All streams that are known by now; some formats tell of them late.
    var streams: [Stream] {
        (0..<context.pointee.nb_streams).compactMap { libav_stream(context, $0).map(Stream.init) }
    }

    /// Video that is not a picture attached to the file.
    var videoStreams: [Stream] {
        streams.filter {
            $0.kind == AVMEDIA_TYPE_VIDEO && !$0.has(AV_DISPOSITION_ATTACHED_PIC)
                && !$0.has(AV_DISPOSITION_TIMED_THUMBNAILS)
        }
    }

    /// Whether this is one picture.
    var isPicture: Bool { formatName.hasSuffix("_pipe") || formatName == "ico" }

    /// Whether this is a picture that moves.
    var isAnimation: Bool { formatName == "gif" || formatName == "apng" }

    /// Seconds, as the file declares; nil where it does not.
    var duration: Double? {
        let duration = context.pointee.duration
        return duration > 0 ? Double(duration) / Double(AV_TIME_BASE) : nil
    }

    /// Whether stamps may jump and run over in such a file: MPEG-TS and its kind.
    var mayJump: Bool { context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0 }

    /// Reads the next packet. False: there is none.
    func read(_ packet: UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) -> Bool {
        while !Self.isStopped.load(ordering: .relaxed) {
            let status = av_read_frame(context, packet)
            if status >= 0 { return true }
            if status == libav_error_again() { continue }
            if let number = access?.firstError, number != 0 {
                throw ProgramFailure(.source, "\(path) cannot be read: \(String(cString: strerror(number)))")
            }
            if let failure = camera?.failure { throw failure }
            if status == libav_error_eof() { return false }
            readError = LibAV.text(status)
            return false
        }
        return false
    }

    /// Whether what is read has to end now: all files end with the next packet.
    static let isStopped = Atomic(false)

    /// Whether this goes on for as long as one likes: there is no end that could be missing.
    var isLive: Bool { camera != nil || path.isAddress && duration == nil }

    /// What ended the file before its end.
    private(set) var readError: String?
}

extension MediaPath {
    /// Whether this is no file but an address.
    package var isAddress: Bool {
        guard let end = bytes.firstIndex(of: UInt8(ascii: ":")), end > 0 else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return bytes[..<end].allSatisfy { letters.contains($0) } && bytes[end...].starts(with: Array("://".utf8))
    }
}

extension InputFile {
    /// After how many ns the stamps of a stream begin anew; nil where they do not.
    func wrap(of stream: Stream) -> Int64? {
        let bits = stream.pointer.pointee.pts_wrap_bits
        guard mayJump, bits > 0, bits < 60 else { return nil }
        return Nanoseconds.of(1 << Int64(bits), in: stream.unit)
    }

    /// What has to be added to all times of the file so that OUT begins where files begin, ns: 0 where the file itself
    /// begins within a minute after 0, as its players show it, or with a few samples that only begin a decoder.
    func shift(kept: [Stream]) -> Int64 {
        let starts = kept.compactMap { Nanoseconds.of($0.pointer.pointee.start_time, in: $0.unit) }
        var start =
            Nanoseconds.of(context.pointee.start_time, in: AVRational(num: 1, den: AV_TIME_BASE)) ?? starts.min() ?? 0
        // Some streams begin before the counter runs over, and others after.
        if let first = kept.first, let wrap = wrap(of: first), let least = starts.min(), let most = starts.max(),
            most - least > wrap / 2
        {
            start = starts.filter { $0 > wrap / 2 }.min() ?? most
        }
        return mayJump || isLive || start < -100_000_000 || start >= 60_000_000_000 ? -start : 0
    }
}
