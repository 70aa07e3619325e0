// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// Reads an APNG: each frame is put into a PNG of its own, which libpng reads as strictly as any other.
/// https://www.w3.org/TR/png-3/#apng-frame-based-animation
final class APNGReader: AnimationReader {
    /// A frame's control chunk, and where its pixels are.
    private struct Frame {
        var part: Canvas.Part
        var delay: FrameDelay
        /// 0 it stays, 1 it is cleared, 2 what was there before comes back.
        var disposal: Int
        /// Whether it is painted over what is there; else it takes its place.
        var isOver: Bool
        var data: [Range<Int>] = []
    }

    let canvas: Picture
    let facts: AnimationFacts
    /// Whether a frame, or what is left around one, is transparent anywhere.
    let hasAlpha: Bool
    /// The header of the whole, with what is said of its colours.
    let header: Picture
    private let bytes: [UInt8]
    private let structure: PNGStructure
    private let frames: [Frame]
    private var position = 0
    private var last: (disposal: Int, part: Canvas.Part)?
    private var saved: Picture?

    init(_ bytes: [UInt8]) throws(PictureProblem) {
        self.bytes = bytes
        structure = try PNGStructure(bytes)
        header = try Picture(.png, of: bytes, headerOnly: true)
        let (width, height) = (header.width, header.height)
        try PictureLimits.check(width: width, height: height)
        let control = try Self.control(structure, bytes)
        frames = try Self.frames(structure, bytes, width, height)
        guard frames.count == control.frames else {
            throw .damaged("it has \(frames.count) frames and says that it has \(control.frames)")
        }
        guard let first = frames.first else { throw .damaged("it has no frame") }
        // Only where the picture for other programs is no frame may the first one be a part.
        let isWhole = first.part == Canvas.Part(left: 0, top: 0, width: width, height: height)
        let hasOtherPicture = structure.chunks.prefix { $0.name != "fcTL" }.contains { $0.name == "IDAT" }
        guard isWhole || hasOtherPicture else { throw .damaged("its first frame is not the whole picture") }
        hasAlpha = header.hasAlpha || !isWhole || frames.contains { $0.disposal == 1 } || first.disposal == 2
        var leftOut: [String] = []
        if hasOtherPicture {
            leftOut.append("the picture for programs that know no APNG: the first frame takes its place")
        }
        facts = AnimationFacts(
            width: width, height: height, frames: frames.count, plays: control.plays,
            duration: frames.reduce(0) { $0 + $1.delay.nanoseconds }, leftOut: leftOut)
        canvas = try Canvas.make(width: width, height: height, depth: Int(header.raw.depth))
    }

    private static func control(
        _ structure: PNGStructure, _ bytes: [UInt8]
    ) throws(PictureProblem) -> (frames: Int, plays: Int) {
        let file = PictureBytes(bytes: bytes)
        guard let chunk = structure.first("acTL"), chunk.data.count == 8,
            let frames = file.long(chunk.data.lowerBound), let plays = file.long(chunk.data.lowerBound + 4)
        else { throw .damaged("its chunk acTL has another length") }
        return (frames, plays)
    }

    private static func frames(
        _ structure: PNGStructure, _ bytes: [UInt8], _ width: Int, _ height: Int
    ) throws(PictureProblem) -> [Frame] {
        let file = PictureBytes(bytes: bytes)
        var frames: [Frame] = []
        var sequence = 0
        for chunk in structure.chunks {
            let at = chunk.data.lowerBound
            if chunk.name == "fcTL" || chunk.name == "fdAT" {
                guard chunk.data.count >= 4, file.long(at) == sequence else {
                    throw .damaged("its frames are not in order")
                }
                sequence += 1
            }
            switch chunk.name {
            case "fcTL": frames.append(try frame(file, chunk, width, height))
            case "IDAT" where !frames.isEmpty: frames[frames.count - 1].data.append(chunk.data)
            case "fdAT" where !frames.isEmpty: frames[frames.count - 1].data.append(at + 4..<chunk.data.upperBound)
            case "fdAT": throw .damaged("its frames are not in order")
            default: break
            }
        }
        guard frames.allSatisfy({ !$0.data.isEmpty }) else { throw .damaged("a frame has no pixels") }
        return frames
    }

    private static func frame(
        _ file: PictureBytes, _ chunk: PNGStructure.Chunk, _ width: Int, _ height: Int
    ) throws(PictureProblem) -> Frame {
        let at = chunk.data.lowerBound
        guard chunk.data.count == 26, let wide = file.long(at + 4), let high = file.long(at + 8),
            let left = file.long(at + 12), let top = file.long(at + 16), let numerator = file.word(at + 20),
            let denominator = file.word(at + 22), let disposal = file.byte(at + 24), let blend = file.byte(at + 25),
            disposal <= 2, blend <= 1
        else { throw .damaged("a chunk fcTL does not fit") }
        let part = Canvas.Part(left: left, top: top, width: wide, height: high)
        guard part.isWithin(width, height) else { throw .damaged("a frame is not within the picture") }
        return Frame(
            part: part, delay: FrameDelay(numerator: numerator, denominator: denominator), disposal: disposal,
            isOver: blend == 1)
    }

    func next() throws(PictureProblem) -> FrameDelay? {
        guard position < frames.count else { return nil }
        let frame = frames[position]
        let picture = try Picture(.png, of: png(of: frame))
        guard picture.width == frame.part.width, picture.height == frame.part.height,
            picture.raw.depth == canvas.raw.depth
        else { throw .damaged("a frame has another size") }
        if let last {
            if last.disposal == 1 { Canvas.clear(last.part, of: canvas) }
            if last.disposal == 2, let saved { Canvas.restore(canvas, from: saved) }
        }
        if frame.disposal == 2 {
            if let saved { Canvas.restore(saved, from: canvas) } else { saved = try Canvas.copy(canvas) }
        }
        canvas.raw.depth == 16
            ? paint(picture, frame, UInt16.self) : paint(picture, frame, UInt8.self)
        last = (frame.disposal, frame.part)
        position += 1
        return frame.delay
    }

    /// A PNG of one frame's pixels, with what is needed to understand them.
    private func png(of frame: Frame) -> [UInt8] {
        var file = PNGStructure.signature
        for chunk in structure.chunks where ["IHDR", "PLTE", "tRNS"].contains(chunk.name) {
            var data = Array(bytes[chunk.data])
            if chunk.name == "IHDR", data.count == 13 {
                data.replaceSubrange(0..<8, with: PNGChunk.long(frame.part.width) + PNGChunk.long(frame.part.height))
            }
            file += PNGChunk.bytes(chunk.name, data)
        }
        for range in frame.data { file += PNGChunk.bytes("IDAT", Array(bytes[range])) }
        return file + PNGChunk.bytes("IEND", [])
    }

    private func paint<Sample: FixedWidthInteger & UnsignedInteger>(
        _ picture: Picture, _ frame: Frame, _ type: Sample.Type
    ) {
        guard let source = picture.plane(0).base, let target = canvas.plane(0).base else { return }
        // Both are calloc's, and have whole samples.
        let from = UnsafeMutableRawPointer(source).assumingMemoryBound(to: type)
        let into = UnsafeMutableRawPointer(target).assumingMemoryBound(to: type)
        let colours = picture.raw.model == PICTURES_GREY ? 1 : 3
        let samples = colours + (picture.hasAlpha ? 1 : 0)
        var pixel: [Sample] = [0, 0, 0, Sample.max]
        for y in 0..<frame.part.height {
            var at = ((frame.part.top + y) * canvas.width + frame.part.left) * 4
            var own = y * frame.part.width * samples
            for _ in 0..<frame.part.width {
                for channel in 0..<3 { pixel[channel] = from[own + (colours == 1 ? 0 : channel)] }
                if samples > colours { pixel[3] = from[own + colours] }
                Self.blend(pixel, over: into + at, isOver: frame.isOver)
                at += 4
                own += samples
            }
        }
    }

    /// https://www.w3.org/TR/png-3/#13Alpha-channel-processing, in whole numbers.
    private static func blend<Sample: FixedWidthInteger & UnsignedInteger>(
        _ pixel: [Sample], over under: UnsafeMutablePointer<Sample>, isOver: Bool
    ) {
        guard isOver, pixel[3] != Sample.max, under[3] != 0 else {
            if isOver, pixel[3] == 0 { return }
            for channel in 0..<4 { under[channel] = pixel[channel] }
            return
        }
        guard pixel[3] != 0 else { return }
        let full = UInt64(Sample.max)
        let (own, below) = (UInt64(pixel[3]) * full, (full - UInt64(pixel[3])) * UInt64(under[3]))
        let all = own + below
        for channel in 0..<3 {
            let sum = UInt64(pixel[channel]) * own + UInt64(under[channel]) * below
            under[channel] = Sample(truncatingIfNeeded: (sum + all / 2) / all)
        }
        under[3] = Sample(truncatingIfNeeded: (all + full / 2) / full)
    }
}

/// Chunks of PNG, with their lengths and checksums.
enum PNGChunk {
    static func long(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    static func word(_ number: Int) -> [UInt8] { [8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }

    static func bytes(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let summed = Array(name.utf8) + data
        return long(data.count) + summed + long(Int(PNGStructure.checksum(summed[...])))
    }
}

/// Writes an APNG of frames that libpng has written.
final class APNGWriter: AnimationWriter {
    private let plays: Int
    private let header: Picture
    private let hasAlpha: Bool
    private var beginning: [UInt8] = []
    private var rest: [UInt8] = []
    private var frames = 0
    private var sequence = 0

    /// - Parameter header: what is said of colours, and how many bits they have.
    init(plays: Int, like header: Picture, hasAlpha: Bool) {
        self.plays = plays
        self.header = header
        self.hasAlpha = hasAlpha
    }

    func add(_ frame: Picture, delay: FrameDelay) throws(PictureProblem) {
        let picture = hasAlpha ? frame : try Self.opaque(frame)
        picture.raw.colour = header.raw.colour
        if frames == 0 { picture.profile = header.profile }
        let bytes = try picture.written()
        let structure = try PNGStructure(bytes)
        let control = PNGChunk.bytes(
            "fcTL",
            number() + PNGChunk.long(frame.width) + PNGChunk.long(frame.height) + PNGChunk.long(0) + PNGChunk.long(0)
                + PNGChunk.word(delay.numerator) + PNGChunk.word(delay.denominator) + [0, 0])
        if frames == 0 {
            beginning = PNGStructure.signature
            for chunk in structure.chunks where chunk.name != "IDAT" && chunk.name != "IEND" {
                beginning += PNGChunk.bytes(chunk.name, Array(bytes[chunk.data]))
            }
        }
        rest += control
        for chunk in structure.chunks where chunk.name == "IDAT" {
            let data = Array(bytes[chunk.data])
            rest += frames == 0 ? PNGChunk.bytes("IDAT", data) : PNGChunk.bytes("fdAT", number() + data)
        }
        frames += 1
    }

    func finish() throws(PictureProblem) -> [UInt8] {
        guard frames > 0 else { throw .failed("there is no frame to write") }
        // The control chunk stands before the pixels; how many frames there are is known now.
        return beginning + PNGChunk.bytes("acTL", PNGChunk.long(frames) + PNGChunk.long(plays)) + rest
            + PNGChunk.bytes("IEND", [])
    }

    private func number() -> [UInt8] {
        defer { sequence += 1 }
        return PNGChunk.long(sequence)
    }

    /// The same without alpha, which is full everywhere.
    private static func opaque(_ frame: Picture) throws(PictureProblem) -> Picture {
        let bytes = Int(frame.raw.depth) / 8
        let picture = Picture(.png)
        picture.raw.width = frame.raw.width
        picture.raw.height = frame.raw.height
        picture.raw.model = PICTURES_RGB
        picture.raw.depth = frame.raw.depth
        picture.raw.plane_count = 1
        try picture.makePlane(0, width: frame.width, height: frame.height, step: 3 * bytes)
        guard let from = frame.plane(0).base, let into = picture.plane(0).base else { throw .noMemory }
        for pixel in 0..<frame.width * frame.height {
            for byte in 0..<3 * bytes { into[pixel * 3 * bytes + byte] = from[pixel * 4 * bytes + byte] }
        }
        return picture
    }
}
