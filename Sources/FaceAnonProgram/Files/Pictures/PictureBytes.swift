// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// Reads numbers at checked places of a file's bytes.
struct PictureBytes {
    let bytes: [UInt8]
    /// Whether the higher byte comes first.
    var isBigEndian = true

    func byte(_ at: Int) -> Int? { bytes.indices.contains(at) ? Int(bytes[at]) : nil }

    func number(_ at: Int, count: Int) -> Int? {
        guard at >= 0, count > 0, count <= 4, at <= bytes.count - count else { return nil }
        let part = bytes[at..<at + count]
        return (isBigEndian ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }

    func word(_ at: Int) -> Int? { number(at, count: 2) }
    func long(_ at: Int) -> Int? { number(at, count: 4) }

    /// Four letters.
    func name(_ at: Int) -> String? {
        guard at >= 0, at <= bytes.count - 4 else { return nil }
        return String(decoding: bytes[at..<at + 4], as: UTF8.self)
    }

    func begins(at: Int, with prefix: some Sequence<UInt8>) -> Bool {
        at >= 0 && at <= bytes.count && bytes[at...].starts(with: prefix)
    }
}

/// A picture's file in memory.
enum PictureFile {
    /// No more bytes are read: the largest picture that is masked takes less, even where nothing is compressed.
    static let mostBytes = 1 << 30

    /// nil where it is no file, or cannot be opened: whoever takes it next says so.
    static func head(of path: MediaPath) -> [UInt8]? { try? read(path, atMost: PictureContent.headLength)?.bytes }

    static func all(of path: MediaPath) throws(ProgramFailure) -> [UInt8] {
        guard let file = try read(path, atMost: mostBytes) else {
            throw ProgramFailure(.source, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard file.size <= mostBytes else {
            throw ProgramFailure(
                .source, "\(path) has \(file.size) bytes: pictures of more than \(mostBytes) bytes are not masked")
        }
        return file.bytes
    }

    private static func read(
        _ path: MediaPath, atMost limit: Int
    ) throws(ProgramFailure) -> (bytes: [UInt8], size: Int)? {
        // A pipe or a device would wait, or give something else each time.
        let file = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard file >= 0 else { return nil }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = Int(facts.st_size)
        var bytes = [UInt8](repeating: 0, count: min(max(size, 0), limit))
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                return Foundation.read(file, base + filled, buffer.count - filled)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw ProgramFailure(.source, "\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            guard got > 0 else { break }
            filled += got
        }
        return (Array(bytes[..<filled]), size)
    }

    /// Writes all of OUT, which is there and empty.
    static func write(_ bytes: [UInt8], to path: MediaPath) throws(ProgramFailure) {
        let file = path.withCString { open($0, O_WRONLY | O_TRUNC | O_CLOEXEC) }
        guard file >= 0 else { throw unwritable(path) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                return Foundation.write(file, base + written, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = unwritable(path)
                close(file)
                throw failure
            }
            written += count
        }
        // Some file systems (NFS, quotas) tell only here that there was no room.
        guard fsync(file) == 0 || errno == EINVAL, close(file) == 0 else { throw unwritable(path) }
    }

    private static func unwritable(_ path: MediaPath) -> ProgramFailure {
        ProgramFailure(.storage, "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}

/// What the element, GStreamer and FFmpeg's libraries take.
enum PictureLimits {
    /// The element's caps: px a side.
    static let side = 32767
    /// The element's (FrameView.maximumPixelCount in the room VideoFrames); FFmpeg's is twice as much, and frames of 8
    /// bytes a pixel stay below 2^31 bytes.
    static let pixels = 1 << 27

    static func check(width: Int, height: Int) throws(PictureProblem) {
        guard width > 0, height > 0 else { throw .damaged("it says that it has \(width)x\(height) pixels") }
        guard width <= side, height <= side else {
            throw .refused(
                "of \(width)x\(height) pixels: GStreamer takes at most \(side) a side. Make it smaller first")
        }
        guard width * height <= pixels else {
            throw .refused("of \(width)x\(height) pixels: faceanon takes at most \(pixels). Make it smaller first")
        }
    }
}

/// Why a picture is not masked.
enum PictureProblem: Error, Equatable {
    case damaged(String)
    /// It is well, but not masked. The text goes on after "is".
    case refused(String)
    case noMemory
    case failed(String)
    /// It tells all by itself.
    case other(ProgramFailure)

    /// For the user, with the file's name.
    func failure(_ path: MediaPath) -> ProgramFailure {
        switch self {
        case .damaged(let text): ProgramFailure(.source, "\(path) is damaged: \(text)")
        case .refused(let text): ProgramFailure(.source, "\(path) is \(text)")
        case .noMemory: ProgramFailure(.failed, "\(path): there is not enough memory")
        case .failed(let text): ProgramFailure(.failed, "\(path): \(text)")
        case .other(let failure): failure
        }
    }
}
