// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// Still pictures and animations: what they are, and how they are masked.
enum PictureJob {
    /// nil where the file is neither.
    static func facts(of request: MaskRequest) throws(ProgramFailure) -> MediaFacts? {
        guard let source = try PictureSource(request.input) else { return nil }
        guard !source.kind.isAnimation else { return try AnimationJob(request, source).facts() }
        do throws(PictureProblem) {
            let header = try source.header()
            let swaps = source.orientation(of: header).swapsSides
            var facts = MediaFacts(
                kind: .picture, width: swaps ? header.height : header.width,
                height: swaps ? header.width : header.height,
                description: description(of: header, source), suffix: source.suffix)
            facts.frames = 1
            facts.leftOut = source.leftOut(of: header)
            return facts
        } catch {
            throw error.failure(request.input)
        }
    }

    /// nil where the file is neither, or becomes a video. Nothing is written where this throws, or tells of damage.
    static func run(
        _ request: MaskRequest, progress: (MaskProgress) -> Void
    ) throws(ProgramFailure) -> MaskSummary? {
        guard let source = try PictureSource(request.input) else { return nil }
        if source.kind.isAnimation {
            let job = AnimationJob(request, source)
            guard job.becomesVideo else { return try job.run(progress) }
            try job.checkSource()
            return nil
        }
        guard source.kind.suffixes.contains(request.container) else {
            throw ProgramFailure(
                .misuse,
                "\(request.input) is a \(source.kind.name) picture and comes out as one: let OUT end in ."
                    + source.suffix)
        }
        do throws(PictureProblem) {
            let header = try source.header()
            let picture = try Picture(source.kind, of: source.bytes)
            var summary = MaskSummary()
            summary.leftOut = source.leftOut(of: picture)
            summary.warnings = source.notes(of: header)
            if let complaint = PictureProfile.complaint(picture) {
                picture.profile = []
                summary.leftOut.append(complaint)
            }
            try source.orientation(of: picture).apply(to: picture)
            picture.raw.quality = Int32(quality(of: request, source.kind))
            return try mask(picture, request, summary, progress)
        } catch {
            throw error.failure(request.input)
        }
    }

    /// 0: as the source.
    private static func quality(of request: MaskRequest, _ kind: PictureKind) -> Int {
        // WebP does not tell with which quality it was made: 90 loses little, and is about as large.
        let own = kind == .webp ? 90 : 0
        return request.quality.map { min(max($0, 1), 100) } ?? own
    }

    private static func description(of header: Picture, _ source: PictureSource) -> String {
        let colours =
            switch header.raw.model {
            case PICTURES_GREY: "grey"
            case PICTURES_YUV_PLANES where header.has(PICTURES_WAS_CMYK): "CMYK"
            case PICTURES_YUV_PLANES: "YCbCr \(sampling(of: header))"
            default: "RGB"
            }
        var text = "\(source.kind.name) picture, \(header.width)x\(header.height), \(colours)"
        if header.hasAlpha { text += " with alpha" }
        text += ", \(header.raw.depth) bits"
        if header.raw.profile.count > 0 { text += ", with an ICC profile" }
        if source.orientation(of: header) != .upright { text += ", to be turned upright" }
        if let warning = source.suffixWarning { text += "; \(warning)" }
        return text
    }

    private static func sampling(of header: Picture) -> String {
        switch (header.raw.horizontal_sampling, header.raw.vertical_sampling) {
        case (1, 1): "4:4:4"
        case (2, 1): "4:2:2"
        case (2, 2): "4:2:0"
        case (1, 2): "4:4:0"
        case (4, 1): "4:1:1"
        default: "with little chroma"
        }
    }
}

extension PictureJob {
    /// Inspects a picture with transparent parts once more, as a page shows it.
    private static func maskOnGround(
        _ picture: Picture, _ request: MaskRequest, _ summary: inout MaskSummary
    ) throws(PictureProblem) {
        guard let ground = try PictureGround(picture), let copy = try PictureGround(picture) else { return }
        var found = 0
        do throws(ProgramFailure) {
            let pixels = PictureFrame(copy.shown)
            var masked: [VideoFrame] = []
            // Without a report: the first look has written it.
            let masker = try FrameMasker(try request.properties()) {
                masked.append($0)
                return true
            }
            try masker.mask(try pixels.frame())
            try masker.finish()
            guard masked.count == 1, let frame = masked.first else {
                throw ProgramFailure(.failed, "faceanon has dropped the picture: nothing is written")
            }
            try pixels.take(frame)
            found = masker.counts.faces
        } catch {
            throw .other(error)
        }
        guard found > 0 else { return }
        ground.take(copy.shown)
        summary.faces += found
        summary.warnings.append("\(found) faces are seen through transparency only: masked, but not in the report")
    }

    /// Masks an upright picture, writes it, and makes sure of what was written.
    private static func mask(
        _ picture: Picture, _ request: MaskRequest, _ begun: MaskSummary, _ progress: (MaskProgress) -> Void
    ) throws(PictureProblem) -> MaskSummary {
        var summary = begun
        do throws(ProgramFailure) {
            let pixels = PictureFrame(picture)
            var masked: [VideoFrame] = []
            let masker = try FrameMasker(try request.properties(), report: request.report) {
                masked.append($0)
                return true
            }
            try masker.mask(try pixels.frame())
            try masker.finish()
            guard masked.count == 1, let frame = masked.first else {
                throw ProgramFailure(.failed, "faceanon has dropped the picture: nothing is written")
            }
            try pixels.take(frame)
            summary.frames = 1
            summary.faces = masker.counts.faces
            summary.warnings += masker.warnings
        } catch {
            throw .other(error)
        }
        try maskOnGround(picture, request, &summary)
        let written = try picture.written()
        let again = try Picture(picture.kind, of: written)
        if let difference = PictureComparison.difference(written: again, masked: picture) {
            throw .failed("what was written is not what was masked: \(difference)")
        }
        do throws(ProgramFailure) {
            try PictureFile.write(written, to: request.output)
        } catch {
            throw .other(error)
        }
        progress(MaskProgress(frames: 1, of: 1, faces: summary.faces, seconds: 0))
        return summary
    }
}

/// ICC profiles of pictures.
enum PictureProfile {
    /// Why a picture's profile is left out; nil where there is none, or it is well. https://www.color.org/ICC1v42_2006-05.pdf
    static func complaint(_ picture: Picture) -> String? {
        let file = PictureBytes(bytes: picture.profile)
        guard !file.bytes.isEmpty else { return nil }
        guard file.long(0) == file.bytes.count, file.name(36) == "acsp" else { return "an ICC profile that is damaged" }
        let wanted = picture.raw.model == PICTURES_GREY ? "GRAY" : "RGB "
        return file.name(16) == wanted ? nil : "an ICC profile that is not for its colours"
    }
}
