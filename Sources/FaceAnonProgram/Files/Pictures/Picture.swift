// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// A still picture in memory, or what its header says of it.
final class Picture {
    let kind: PictureKind
    /// Owned: its planes and its profile go with this.
    var raw: pictures_picture

    init(_ kind: PictureKind) {
        self.kind = kind
        raw = pictures_picture()
        raw.colour.srgb_intent = -1
    }

    deinit { pictures_clear(&raw) }

    /// Reads a picture, or its header only.
    convenience init(_ kind: PictureKind, of bytes: [UInt8], headerOnly: Bool = false) throws(PictureProblem) {
        self.init(kind)
        guard kind != .bmp else {
            try BMPHeader(bytes).read(bytes, into: self, headerOnly: headerOnly)
            return
        }
        let reader = try Self.reader(of: kind)
        var message = pictures_message()
        let status = bytes.withUnsafeBufferPointer { buffer in
            reader(buffer.baseAddress, buffer.count, headerOnly ? 1 : 0, &raw, &message)
        }
        try Self.check(status, message)
    }

    /// The picture as a file of its kind.
    func written() throws(PictureProblem) -> [UInt8] {
        if kind == .bmp { return BMPWriter.bytes(of: self) }
        let writer = try Self.writer(of: kind)
        var message = pictures_message()
        var written = pictures_bytes()
        defer { pictures_free(&written) }
        try Self.check(writer(&raw, &written, &message), message)
        return Array(UnsafeBufferPointer(start: written.bytes, count: written.count))
    }

    private typealias Reader = (
        UnsafePointer<UInt8>?, Int, Int32, UnsafeMutablePointer<pictures_picture>?,
        UnsafeMutablePointer<pictures_message>?
    ) -> pictures_status

    private static func reader(of kind: PictureKind) throws(PictureProblem) -> Reader {
        switch kind {
        case .png: pictures_read_png
        case .jpeg: pictures_read_jpeg
        case .tiff: pictures_read_tiff
        case .webp: pictures_read_webp
        default: throw .failed("\(kind.name) is no still picture")
        }
    }

    private typealias Writer = (
        UnsafePointer<pictures_picture>?, UnsafeMutablePointer<pictures_bytes>?, UnsafeMutablePointer<pictures_message>?
    ) -> pictures_status

    private static func writer(of kind: PictureKind) throws(PictureProblem) -> Writer {
        switch kind {
        case .png: pictures_write_png
        case .jpeg: pictures_write_jpeg
        case .tiff: pictures_write_tiff
        case .webp: pictures_write_webp
        default: throw .failed("\(kind.name) is no still picture")
        }
    }

    static func check(_ status: pictures_status, _ message: pictures_message) throws(PictureProblem) {
        guard status != PICTURES_OK else { return }
        let text = withUnsafeBytes(of: message.text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch status {
        case PICTURES_DAMAGED: throw .damaged(text)
        case PICTURES_UNSUPPORTED: throw .refused(text)
        case PICTURES_NO_MEMORY: throw .noMemory
        default: throw .failed(text)
        }
    }

    // MARK: - Parts

    /// Pixels.
    var width: Int { Int(raw.width) }
    var height: Int { Int(raw.height) }
    var hasAlpha: Bool { raw.has_alpha != 0 }

    func has(_ note: Int) -> Bool { raw.notes & UInt32(truncatingIfNeeded: note) != 0 }

    func plane(_ index: Int) -> pictures_plane { pictures_plane_at(&raw, Int32(index)).pointee }

    /// Takes over the memory of `plane`.
    func replacePlane(_ index: Int, with plane: pictures_plane) {
        let own = pictures_plane_at(&raw, Int32(index))
        guard let own else { return }
        var old = pictures_bytes(bytes: own.pointee.base, count: 0)
        pictures_free(&old)
        own.pointee = plane
    }

    func makePlane(_ index: Int, width: Int, height: Int, step: Int) throws(PictureProblem) {
        guard let wide = UInt32(exactly: width), let high = UInt32(exactly: height),
            pictures_make_plane(pictures_plane_at(&raw, Int32(index)), wide, high, UInt32(step)) != 0
        else { throw .noMemory }
    }

    /// The profile's bytes; empty where there is none.
    var profile: [UInt8] {
        get { Array(UnsafeBufferPointer(start: raw.profile.bytes, count: raw.profile.count)) }
        set {
            pictures_free(&raw.profile)
            _ = newValue.withUnsafeBytes { pictures_copy(&raw.profile, $0.baseAddress, $0.count) }
        }
    }

    /// JPEG: the quantisation table of a component.
    func table(_ index: Int) -> [UInt16] {
        Array(UnsafeBufferPointer(start: pictures_quantisation_at(&raw, Int32(index)), count: 64))
    }

    /// For a picture that is turned by 90 degrees: rows of frequencies become columns.
    func transposeQuantisation() {
        for index in 0..<4 {
            guard let table = pictures_quantisation_at(&raw, Int32(index)) else { continue }
            for y in 0..<8 {
                for x in 0..<y { (table[y * 8 + x], table[x * 8 + y]) = (table[x * 8 + y], table[y * 8 + x]) }
            }
        }
    }
}
