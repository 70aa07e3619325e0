// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// A file that holds a picture or an animation, read as a whole, with what its header says.
struct PictureSource {
    let path: MediaPath
    let kind: PictureKind
    let bytes: [UInt8]
    let metadata: PictureMetadata

    /// nil where the file is something else: a video, or nothing that is known.
    init?(_ path: MediaPath) throws(ProgramFailure) {
        guard let head = PictureFile.head(of: path) else { return nil }
        switch PictureContent(head: head, suffix: path.suffix) {
        case .other: return nil
        case .leftAlone(let name):
            throw ProgramFailure(
                .source,
                "\(path) is \(name), which is not masked here: PNG, JPEG, WebP, BMP, TIFF, GIF and APNG are")
        case .picture(let kind):
            bytes = try PictureFile.all(of: path)
            self.path = path
            do throws(PictureProblem) {
                let isAnimated = kind == .png ? try PNGStructure(bytes).isAnimated : false
                self.kind = isAnimated ? .apng : kind
                metadata = try PictureMetadata(self.kind, of: bytes)
            } catch {
                throw error.failure(path)
            }
            if kind == .jpeg, JPEGStructure.isVideo(bytes) { return nil }
        }
    }

    /// The suffix that OUT gets where none is named.
    var suffix: String { kind.suffix(for: path.suffix) }

    /// Said where the file's name says something else than what it holds.
    var suffixWarning: String? {
        guard !path.suffix.isEmpty, !kind.suffixes.contains(path.suffix) else { return nil }
        return "its name ends in .\(path.suffix), but it holds \(kind.name): it is taken as that"
    }

    /// The header of a still picture, checked against what is masked.
    func header() throws(PictureProblem) -> Picture {
        let header = try Picture(kind, of: bytes, headerOnly: true)
        try PictureLimits.check(width: header.width, height: header.height)
        return header
    }

    func orientation(of picture: Picture) -> PictureOrientation {
        kind == .tiff ? PictureOrientation(number: Int(picture.raw.orientation)) : metadata.orientation
    }

    /// What does not go into OUT, with the reasons.
    func leftOut(of picture: Picture) -> [String] {
        var texts = metadata.leftOut
        if kind == .tiff { texts.append("all tags but those of size, colours and resolution") }
        if picture.has(PICTURES_HAD_PREVIEWS) { texts.append("previews and masks beside the picture") }
        if picture.has(PICTURES_WAS_CMYK) { texts.append("the ICC profile for CMYK, where it had one") }
        if picture.raw.trailing > 0 { texts.append("\(picture.raw.trailing) bytes behind the picture's end") }
        return texts
    }

    /// What is not as it was, for people.
    func notes(of picture: Picture) -> [String] {
        var texts: [String] = []
        if let suffixWarning { texts.append(suffixWarning) }
        if picture.has(PICTURES_WAS_CMYK) { texts.append("its colours were CMYK, and come out as YCbCr") }
        if picture.has(PICTURES_WAS_ODD_SAMPLING) {
            texts.append("its chroma was sampled in an unusual way, and comes out in full")
        }
        if picture.has(PICTURES_WAS_PALETTE) { texts.append("it had a palette, and comes out as RGB") }
        if picture.has(PICTURES_WAS_SHALLOW) { texts.append("it had fewer than 8 bits a sample, and comes out with 8") }
        return texts
    }
}
