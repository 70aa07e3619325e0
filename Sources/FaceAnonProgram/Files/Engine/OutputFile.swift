// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import Foundation

/// The file that is written: all of it, or an error.
final class OutputFile {
    let context: UnsafeMutablePointer<AVFormatContext>
    private let access: FileAccess
    private var isHeaderWritten = false
    /// Packets that are not there, since they are damaged.
    private(set) var refused = 0
    /// What the muxer said when it failed, beside errors of the system.
    private var muxerError: Int32 = 0
    /// Readers that the muxer opened on the file: to move the index to its front.
    private var readers: [FileAccess] = []

    /// - Parameters:
    ///   - path: an existing empty file.
    ///   - muxer: FFmpeg's name of the container: `mp4`, `matroska`.
    init(_ path: MediaPath, muxer: String) throws(ProgramFailure) {
        // A limit on the size of files is an error to be read, not a reason to die.
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        let descriptor = path.withCString { Foundation.open($0, O_RDWR | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw ProgramFailure(.storage, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        access = try FileAccess(descriptor: descriptor, writes: true, isOwner: true)
        var made: UnsafeMutablePointer<AVFormatContext>?
        guard avformat_alloc_output_context2(&made, nil, muxer, nil) >= 0, let made else {
            throw ProgramFailure(.installation, "FFmpeg's libraries do not write \(muxer)")
        }
        context = made
        made.pointee.pb = access.context
        made.pointee.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT
        made.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
        // For MP4's index: it reads what it has written.
        made.pointee.io_open = { context, target, _, flags, _ in
            guard let data = context?.pointee.opaque, flags & AVIO_FLAG_WRITE == 0 else { return libav_error(EPERM) }
            return Unmanaged<OutputFile>.fromOpaque(data).takeUnretainedValue().openReader(target)
        }
        made.pointee.io_close2 = { context, target in
            guard let data = context?.pointee.opaque else { return 0 }
            return Unmanaged<OutputFile>.fromOpaque(data).takeUnretainedValue().closeReader(target)
        }
    }

    deinit {
        context.pointee.pb = nil
        avformat_free_context(context)
    }

    private func openReader(_ target: UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?) -> Int32 {
        guard let reader = try? FileAccess(descriptor: access.descriptor, writes: false, isOwner: false) else {
            return libav_error(ENOMEM)
        }
        readers.append(reader)
        target?.pointee = reader.context
        return 0
    }

    private func closeReader(_ target: UnsafeMutablePointer<AVIOContext>?) -> Int32 {
        readers.removeAll { $0.context == target }
        return 0
    }

    /// Calls `body` when something was written: a sign of life, also while the index is moved to the front.
    func onActivity(_ body: @escaping () -> Void) { access.activity = body }

    /// A new stream of the file.
    func addStream() throws(ProgramFailure) -> UnsafeMutablePointer<AVStream> {
        guard let stream = avformat_new_stream(context, nil) else { throw LibAV.outOfMemory }
        return stream
    }

    /// Call this once all streams are there.
    func writeHeader(_ options: [(String, String)]) throws(ProgramFailure) {
        var dictionary: OpaquePointer?
        for (name, value) in options { av_dict_set(&dictionary, name, value, 0) }
        let status = avformat_write_header(context, &dictionary)
        av_dict_free(&dictionary)
        isHeaderWritten = status >= 0
        try check(status, "the beginning of the file")
    }

    /// Writes a packet, which is empty afterwards.
    func write(_ packet: UnsafeMutablePointer<AVPacket>) throws(ProgramFailure) {
        let status = av_interleaved_write_frame(context, packet)
        // Muxers look into packets of sound that are copied: what they cannot read there was damaged before.
        if status == libav_error_invalid_data(), access.firstError == 0 {
            refused += 1
            return
        }
        try check(status, "a packet")
    }

    /// Writes what is left, and waits until the storage has all of it.
    func finish() throws(ProgramFailure) {
        guard isHeaderWritten else { throw ProgramFailure(.failed, "nothing was written") }
        try check(av_write_trailer(context), "the end of the file")
        avio_flush(context.pointee.pb)
        try check(context.pointee.pb.pointee.error, "the end of the file")
        // Some file systems have no such thing, and tell of a full disk while writing.
        while fsync(access.descriptor) != 0 {
            if errno == EINTR { continue }
            if errno == EINVAL || errno == ENOTSUP { break }
            throw Self.failure(errno)
        }
    }

    private func check(_ status: Int32, _ what: String) throws(ProgramFailure) {
        if access.firstError != 0 { throw Self.failure(access.firstError) }
        guard status < 0 else { return }
        throw ProgramFailure(.failed, "\(what) cannot be written: \(LibAV.text(status))")
    }

    private static func failure(_ number: Int32) -> ProgramFailure {
        ProgramFailure(.storage, "the output cannot be written: \(String(cString: strerror(number)))")
    }
}
