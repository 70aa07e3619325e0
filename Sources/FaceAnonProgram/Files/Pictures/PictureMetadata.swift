// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// What a picture's file says beside its pixels: how to turn it, which is heeded, and everything else, which is left out.
struct PictureMetadata {
    private(set) var orientation = PictureOrientation.upright
    /// For people.
    private(set) var leftOut: [String] = []

    init(_ kind: PictureKind, of bytes: [UInt8]) throws(PictureProblem) {
        switch kind {
        case .png, .apng: try readPNG(bytes)
        case .jpeg: readJPEG(bytes)
        case .webp: readWebP(bytes)
        case .bmp, .tiff, .gif: break
        }
    }

    private static let exif = "EXIF data (camera, time, position, preview)"

    private mutating func note(_ text: String) {
        if !leftOut.contains(text) { leftOut.append(text) }
    }

    private mutating func readPNG(_ bytes: [UInt8]) throws(PictureProblem) {
        for chunk in try PNGStructure(bytes).chunks {
            switch chunk.name {
            case "eXIf":
                orientation = PictureOrientation(exif: Array(bytes[chunk.data]))
                note(Self.exif)
            case "tEXt", "zTXt", "iTXt": note("texts")
            case "tIME": note("the time of its last change")
            case _ where !Self.ordinaryChunks.contains(chunk.name):
                note("parts of the file that are not known, or not needed to show it")
            default: break
            }
        }
    }

    /// Chunks that are carried over, or whose sense is in the pixels.
    private static let ordinaryChunks: Set<String> = [
        "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI", "mDCv", "cLLi",
        "pHYs", "acTL", "fcTL", "fdAT", "bKGD", "sBIT", "hIST",
    ]

    private mutating func readJPEG(_ bytes: [UInt8]) {
        let structure = JPEGStructure(bytes)
        if let segment = structure.first(0xe1, beginning: "Exif\0", in: bytes) {
            orientation = PictureOrientation(exif: Array(bytes[segment.data].dropFirst(6)))
        }
        for segment in structure.segments {
            let data = bytes[segment.data]
            switch segment.marker {
            case 0xfe: note("comments")
            case 0xe1 where data.starts(with: "Exif".utf8): note(Self.exif)
            case 0xe1 where data.starts(with: "http://ns.adobe.com/".utf8): note("XMP data")
            case 0xe2 where data.starts(with: "MPF".utf8): note("further pictures behind the first (MPF)")
            case 0xe2 where data.starts(with: "ICC_PROFILE".utf8): break
            case 0xed: note("Photoshop's data (captions, names, preview)")
            // JFIF and Adobe say how the pixels are stored.
            case 0xe0 where data.starts(with: "JFIF\0".utf8), 0xee where data.starts(with: "Adobe".utf8): break
            case 0xe0...0xef: note("data of programs or cameras")
            default: break
            }
        }
    }

    private mutating func readWebP(_ bytes: [UInt8]) {
        var file = PictureBytes(bytes: bytes)
        file.isBigEndian = false
        var at = 12
        while let name = file.name(at), let length = file.long(at + 4), at + 8 + length <= bytes.count {
            switch name {
            case "EXIF":
                // With and without JPEG's prefix.
                var data = bytes[at + 8..<at + 8 + length]
                if data.starts(with: "Exif\0\0".utf8) { data = data.dropFirst(6) }
                orientation = PictureOrientation(exif: Array(data))
                note(Self.exif)
            case "XMP ": note("XMP data")
            case "VP8 ", "VP8L", "VP8X", "ALPH", "ICCP": break
            default: note("parts of the file that are not known")
            }
            at += 8 + length + length % 2
        }
    }
}
