// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import Foundation

/// What FFmpeg's libraries read and write through, instead of opening anything themselves: a file descriptor.
///
/// The first error stays: libraries retry, forget and go on.
final class FileAccess {
    let descriptor: Int32
    /// The number of the first error of the system; 0: none so far.
    private(set) var firstError: Int32 = 0
    private var position: Int64 = 0
    private let isOwner: Bool
    /// A pipe only goes forward.
    private let isPipe: Bool
    /// Called when something was written: a sign of life.
    var activity: () -> Void = {}
    private(set) var context: UnsafeMutablePointer<AVIOContext>?
    /// Bytes that go to the file at once.
    private static let bufferSize = 1 << 16

    /// - Parameters:
    ///   - isOwner: the descriptor is closed with this.
    init(descriptor: Int32, writes: Bool, isOwner: Bool) throws(ProgramFailure) {
        self.descriptor = descriptor
        self.isOwner = isOwner
        var status = stat()
        isPipe = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        guard let buffer = av_malloc(Self.bufferSize) else { throw LibAV.outOfMemory }
        // Not retained: `deinit` frees the context before this goes.
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferSize), writes ? 1 : 0,
            Unmanaged.passUnretained(self).toOpaque(),
            { FileAccess.of($0)?.read($1, $2) ?? libav_error(EIO) },
            { FileAccess.of($0)?.write($1, $2) ?? libav_error(EIO) },
            { FileAccess.of($0)?.seek($1, $2) ?? -1 })
        if isPipe { context?.pointee.seekable = 0 }
        guard context != nil else {
            av_free(buffer)
            throw LibAV.outOfMemory
        }
    }

    deinit {
        if context != nil {
            av_free(context?.pointee.buffer)
            avio_context_free(&context)
        }
        if isOwner { close(descriptor) }
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> FileAccess? {
        data.map { Unmanaged<FileAccess>.fromOpaque($0).takeUnretainedValue() }
    }

    private func read(_ buffer: UnsafeMutablePointer<UInt8>?, _ size: Int32) -> Int32 {
        while true {
            let count =
                isPipe
                ? Foundation.read(descriptor, buffer, Int(size))
                : pread(descriptor, buffer, Int(size), off_t(position))
            if count > 0 {
                position += Int64(count)
                return Int32(clamping: count)
            }
            if count == 0 { return libav_error_eof() }
            if errno == EINTR { continue }
            return note(errno)
        }
    }

    private func write(_ buffer: UnsafeMutablePointer<UInt8>?, _ size: Int32) -> Int32 {
        var rest = Int(size)
        var from = buffer
        while rest > 0 {
            let count = pwrite(descriptor, from, rest, off_t(position))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return note(count < 0 ? errno : ENOSPC) }
            position += Int64(count)
            rest -= count
            from = from?.advanced(by: count)
        }
        activity()
        return size
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        guard !isPipe else { return Int64(libav_error(ESPIPE)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return Int64(note(errno)) }
        let size = Int64(status.st_size)
        let (base, isSize): (Int64, Bool) =
            switch whence & ~AVSEEK_FORCE {
            case SEEK_SET: (0, false)
            case SEEK_CUR: (position, false)
            case SEEK_END: (size, false)
            default: (0, true)
            }
        if isSize { return size }
        let (target, isTooFar) = base.addingReportingOverflow(offset)
        guard !isTooFar, target >= 0 else { return Int64(libav_error(EINVAL)) }
        position = target
        return target
    }

    private func note(_ number: Int32) -> Int32 {
        if firstError == 0 { firstError = number }
        return libav_error(number)
    }
}
