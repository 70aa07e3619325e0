// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The kinds of pictures that are masked.
package enum PictureKind: String, Codable, CaseIterable, Sendable {
    case png, jpeg, webp, bmp, tiff
    /// Several pictures shown one after the other.
    case gif, apng

    /// For people.
    package var name: String {
        switch self {
        case .png: "PNG"
        case .jpeg: "JPEG"
        case .webp: "WebP"
        case .bmp: "BMP"
        case .tiff: "TIFF"
        case .gif: "GIF"
        case .apng: "APNG"
        }
    }

    /// The suffixes that it goes by, in lower case, the usual one first.
    package var suffixes: [String] {
        switch self {
        case .png: ["png"]
        case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
        case .webp: ["webp"]
        case .bmp: ["bmp", "dib"]
        case .tiff: ["tif", "tiff"]
        case .gif: ["gif"]
        case .apng: ["png", "apng"]
        }
    }

    /// The suffix for OUT: that of the source where it fits.
    package func suffix(for source: String) -> String {
        suffixes.contains(source) ? source : suffixes.first ?? rawValue
    }

    var isAnimation: Bool { self == .gif || self == .apng }
}

/// What a file is, told by its first bytes: names lie.
package enum PictureContent: Equatable, Sendable {
    /// PNG and APNG are told apart by `PNGStructure` only.
    case picture(PictureKind)
    /// A picture or drawing of a kind that is not masked, by name.
    case leftAlone(String)
    /// Perhaps a video.
    case other

    /// So many bytes tell all kinds apart.
    package static let headLength = 1024

    /// - Parameters:
    ///   - head: the file's first bytes, `headLength` of them where there are so many.
    ///   - suffix: of its name, in lower case: for kinds whose content does not tell, such as cameras' raw pictures in TIFF.
    package init(head: [UInt8], suffix: String = "") {
        if let raw = Self.rawSuffixes[suffix], Self.isTIFF(head) {
            self = .leftAlone(raw)
        } else if let kind = Self.maskedKind(head) {
            self = .picture(kind)
        } else if let name = Self.otherName(head) ?? Self.nameWithoutMagic(suffix) {
            self = .leftAlone(name)
        } else {
            self = .other
        }
    }

    private static func maskedKind(_ head: [UInt8]) -> PictureKind? {
        if head.starts(with: PNGStructure.signature) { return .png }
        if head.starts(with: JPEGStructure.start) { return .jpeg }
        if isTIFF(head) { return head.dropFirst(8).starts(with: "CR".utf8) ? nil : .tiff }
        if head.starts(with: "GIF87a".utf8) || head.starts(with: "GIF89a".utf8) { return .gif }
        if head.starts(with: "RIFF".utf8), head.dropFirst(8).starts(with: "WEBP".utf8) { return .webp }
        return BMPHeader.isBMP(head) ? .bmp : nil
    }

    private static func isTIFF(_ head: [UInt8]) -> Bool {
        // Classic and BigTIFF, in both byte orders.
        [[0x49, 0x49, 0x2a, 0], [0x4d, 0x4d, 0, 0x2a], [0x49, 0x49, 0x2b, 0], [0x4d, 0x4d, 0, 0x2b]]
            .contains { head.starts(with: $0 as [UInt8]) }
    }

    private static func otherName(_ head: [UInt8]) -> String? {
        if head.dropFirst(4).starts(with: "ftyp".utf8) {
            return brands[String(decoding: head.dropFirst(8).prefix(4), as: UTF8.self)]
        }
        if isTIFF(head) { return rawPicture }
        if let found = magics.first(where: { head.dropFirst($0.offset).starts(with: $0.bytes) }) { return found.name }
        let text = String(decoding: head, as: UTF8.self).lowercased()
        if text.contains("<svg"), text.drop(while: { $0.isWhitespace || $0 == "\u{feff}" }).hasPrefix("<") {
            return "SVG"
        }
        return nil
    }

    private static let rawPicture = "the raw picture of a camera"

    private static let rawSuffixes: [String: String] = Dictionary(
        uniqueKeysWithValues: [
            "dng", "nef", "nrw", "arw", "sr2", "srf", "pef", "srw", "3fr", "fff", "iiq", "mos", "erf", "kdc", "dcr",
            "mef", "rwl", "cr2",
        ].map { ($0, rawPicture) })

    private static func nameWithoutMagic(_ suffix: String) -> String? {
        ["tga": "TGA", "pcx": "PCX", "svgz": "SVG", "wbmp": "WBMP", "pct": "PICT", "pict": "PICT"][suffix]
    }

    /// ISO base media files that hold pictures, by brand.
    private static let brands: [String: String] = [
        "heic": "HEIC", "heix": "HEIC", "hevc": "HEIC", "hevx": "HEIC", "heim": "HEIC", "heis": "HEIC",
        "mif1": "HEIF", "msf1": "HEIF", "mif2": "HEIF", "avif": "AVIF", "avis": "AVIF", "crx ": rawPicture,
    ]

    private struct Magic {
        let name: String
        let offset: Int
        let bytes: [UInt8]

        init(_ name: String, _ bytes: [UInt8], at offset: Int = 0) {
            self.name = name
            self.bytes = bytes
            self.offset = offset
        }

        init(_ name: String, _ text: String, at offset: Int = 0) {
            self.init(name, Array(text.utf8), at: offset)
        }
    }

    private static let magics: [Magic] =
        [
            Magic("JPEG XL", [0xff, 0x0a]), Magic("JPEG XL", [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20]),
            Magic("JPEG 2000", [0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20]), Magic("JPEG 2000", [0xff, 0x4f, 0xff, 0x51]),
            Magic("MNG", [0x8a, 0x4d, 0x4e, 0x47]), Magic("JNG", [0x8b, 0x4a, 0x4e, 0x47]),
            Magic("Photoshop (PSD)", "8BPS"), Magic("GIMP (XCF)", "gimp xcf"), Magic("PDF", "%PDF-"),
            Magic("PostScript", "%!PS"), Magic("PostScript", [0xc5, 0xd0, 0xd3, 0xc6]),
            Magic("Windows icon (ICO)", [0, 0, 1, 0]), Magic("Windows pointer (CUR)", [0, 0, 2, 0]),
            Magic("Apple icon (ICNS)", "icns"), Magic("DDS", "DDS "), Magic("OpenEXR", [0x76, 0x2f, 0x31, 0x01]),
            Magic("Radiance HDR", "#?RADIANCE"), Magic("Radiance HDR", "#?RGBE"), Magic("QOI", "qoif"),
            Magic("BPG", [0x42, 0x50, 0x47, 0xfb]), Magic("FLIF", "FLIF"), Magic("DjVu", "AT&TFORM"),
            Magic("FITS", "SIMPLE  ="), Magic("DICOM", "DICM", at: 128), Magic("XPM", "/* XPM */"),
            Magic("farbfeld", "farbfeld"), Magic("Windows metafile (WMF)", [0xd7, 0xcd, 0xc6, 0x9a]),
            Magic("Windows metafile (EMF)", " EMF", at: 40), Magic("Sun raster", [0x59, 0xa6, 0x6a, 0x95]),
            Magic("SGI", [0x01, 0xda]), Magic(rawPicture, "FUJIFILMCCD-RAW"), Magic(rawPicture, "IIRO"),
            Magic(rawPicture, "IIRS"), Magic(rawPicture, "MMOR"), Magic(rawPicture, [0x49, 0x49, 0x55, 0]),
            Magic(rawPicture, "FOVb"),
        ]
        // PNM: P1 to P7, PF and Pf, and white space.
        + (Array("1234567Ff".utf8)).flatMap { digit in
            [0x0a, 0x20, 0x0d, 0x09].map { Magic("PNM", [0x50, digit, $0]) }
        }
}
