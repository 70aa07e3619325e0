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
        switch kind {
        case .png: try read(bytes, headerOnly, by: pictures_read_png)
        case .jpeg:
            try read(bytes, headerOnly, by: pictures_read_jpeg)
            try JPEGColours.convert(self)
        case .webp: try WebP.read(bytes, into: self, headerOnly: headerOnly)
        case .bmp: try BMPHeader(bytes).read(bytes, into: self, headerOnly: headerOnly)
        case .tiff: try TIFFReader.read(bytes, into: self, headerOnly: headerOnly)
        case .gif, .apng: throw .failed("\(kind.name) is no still picture")
        }
    }

    private func read(
        _ bytes: [UInt8], _ headerOnly: Bool,
        by reader: (
            UnsafePointer<UInt8>?, Int, Int32, UnsafeMutablePointer<pictures_picture>?,
            UnsafeMutablePointer<pictures_message>?
        ) -> pictures_status
    ) throws(PictureProblem) {
        var message = pictures_message()
        try Self.check(reader(bytes, bytes.count, headerOnly ? 1 : 0, &raw, &message), message)
    }

    /// The picture as a file of its kind.
    func written() throws(PictureProblem) -> [UInt8] {
        switch kind {
        case .png: try written(by: pictures_write_png)
        case .jpeg: try written(by: pictures_write_jpeg)
        case .webp: try WebP.bytes(of: self)
        case .bmp: BMPWriter.bytes(of: self)
        case .tiff: try TIFFWriter.bytes(of: self)
        case .gif, .apng: throw .failed("\(kind.name) is no still picture")
        }
    }

    private func written(
        by writer: (
            UnsafePointer<pictures_picture>?, UnsafeMutablePointer<pictures_bytes>?,
            UnsafeMutablePointer<pictures_message>?
        ) -> pictures_status
    ) throws(PictureProblem) -> [UInt8] {
        var message = pictures_message()
        var written = pictures_bytes()
        defer { pictures_free(&written) }
        try Self.check(writer(&raw, &written, &message), message)
        return Array(UnsafeBufferPointer(start: written.bytes, count: written.count))
    }

    private static func check(_ status: pictures_status, _ message: pictures_message) throws(PictureProblem) {
        guard status != PICTURES_OK else { return }
        let text = text(message)
        switch status {
        case PICTURES_DAMAGED: throw .damaged(text)
        case PICTURES_UNSUPPORTED: throw .refused(text)
        case PICTURES_NO_MEMORY: throw .noMemory
        default: throw .failed(text)
        }
    }

    static func text(_ message: pictures_message) -> String {
        withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
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

    /// Leaves the memory of a plane to whoever has taken it.
    func forgetPlane(_ index: Int) { pictures_plane_at(&raw, Int32(index))?.pointee = pictures_plane() }

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
