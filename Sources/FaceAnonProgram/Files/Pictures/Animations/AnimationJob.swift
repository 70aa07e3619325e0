// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// GIF and APNG: masked frame by frame as a video is, so that faces are followed, and written as what they were.
struct AnimationJob {
    private let request: MaskRequest
    private let source: PictureSource

    init(_ request: MaskRequest, _ source: PictureSource) {
        self.request = request
        self.source = source
    }

    /// Whether OUT is to be a video: whoever masks videos takes it then.
    var becomesVideo: Bool { Container(suffix: request.container) != nil }

    /// Makes sure that every frame is well: FFmpeg's readers of GIF and APNG mend what they can.
    func checkSource() throws(ProgramFailure) {
        do throws(PictureProblem) {
            let reader = try reader()
            while try reader.next() != nil {}
        } catch {
            throw error.failure(request.input)
        }
    }

    func facts() throws(ProgramFailure) -> MediaFacts {
        do throws(PictureProblem) {
            let animation = try animationFacts()
            let swaps = source.metadata.orientation.swapsSides
            let seconds = Double(animation.duration) / 1e9
            let showings = animation.plays == 0 ? "for ever" : "\(animation.plays) times"
            var text =
                "\(source.kind.name) animation, \(animation.width)x\(animation.height), \(animation.frames) frames"
            text += ", shown \(animation.plays == 1 ? "once" : showings)"
            if source.metadata.orientation != .upright { text += ", to be turned upright" }
            if let warning = source.suffixWarning { text += "; \(warning)" }
            var facts = MediaFacts(
                kind: .animation, width: swaps ? animation.height : animation.width,
                height: swaps ? animation.width : animation.height, description: text, suffix: source.suffix)
            facts.frames = animation.frames
            facts.duration = seconds
            facts.leftOut = leftOut(animation)
            return facts
        } catch {
            throw error.failure(request.input)
        }
    }

    func run(_ progress: (MaskProgress) -> Void) throws(ProgramFailure) -> MaskSummary {
        guard source.kind.suffixes.contains(request.container) else {
            throw ProgramFailure(
                .misuse,
                "\(request.input) is a \(source.kind.name) animation: let OUT end in .\(source.suffix), or in .mp4 for a video"
            )
        }
        do throws(PictureProblem) {
            let facts = try animationFacts()
            guard facts.frames > 0 else { throw .damaged("it has no frame") }
            let (bytes, sums, begun) = try mask(facts, progress)
            try check(bytes, sums)
            do throws(ProgramFailure) {
                try PictureFile.write(bytes, to: request.output)
            } catch {
                throw .other(error)
            }
            var summary = begun
            summary.leftOut += leftOut(facts)
            if let warning = source.suffixWarning { summary.warnings.append(warning) }
            return summary
        } catch {
            throw error.failure(request.input)
        }
    }

    private func animationFacts() throws(PictureProblem) -> AnimationFacts {
        source.kind == .gif ? try GIFReader.facts(source.bytes) : try APNGReader(source.bytes).facts
    }

    private func leftOut(_ animation: AnimationFacts) -> [String] { source.metadata.leftOut + animation.leftOut }

    private func reader() throws(PictureProblem) -> any AnimationReader {
        source.kind == .gif ? try GIFReader(source.bytes) : try APNGReader(source.bytes)
    }

    private func writer(_ reader: any AnimationReader, _ facts: AnimationFacts) throws(PictureProblem)
        -> any AnimationWriter
    {
        let swaps = source.metadata.orientation.swapsSides
        guard let apng = reader as? APNGReader else {
            return try GIFWriter(
                width: swaps ? facts.height : facts.width, height: swaps ? facts.width : facts.height,
                plays: facts.plays)
        }
        if PictureProfile.complaint(apng.header) != nil { apng.header.profile = [] }
        return APNGWriter(plays: facts.plays, like: apng.header, hasAlpha: apng.hasAlpha)
    }
}

extension AnimationJob {
    /// What is written, and a sum of each frame's pixels as they are shown.
    private typealias Masked = (bytes: [UInt8], sums: [UInt32], summary: MaskSummary)

    private func mask(
        _ facts: AnimationFacts, _ progress: (MaskProgress) -> Void
    ) throws(PictureProblem) -> Masked {
        let reader = try reader()
        let output = AnimationOutput(try writer(reader, facts))
        var summary = MaskSummary()
        do throws(ProgramFailure) {
            let masker = try FrameMasker(try request.properties(), report: request.report) { output.take($0) }
            var time: Int64 = 0
            var count = 0
            let limit = Int64(min((request.seconds ?? .infinity) * 1e9, 9e18))
            while count < request.frames ?? .max, time < limit, let delay = try next(reader) {
                let frame = try upright(reader.canvas, delay, output)
                frame.time = time
                frame.duration = delay.nanoseconds
                time &+= delay.nanoseconds
                guard time >= 0, time < Nanoseconds.furthest else {
                    throw ProgramFailure(.source, "\(request.input) is too long: it shows its frames for years")
                }
                count += 1
                try masker.mask(frame)
                if let problem = output.problem { throw problem.failure(request.input) }
                progress(
                    MaskProgress(
                        frames: count, of: facts.frames, faces: masker.counts.faces, seconds: Double(time) / 1e9))
            }
            try masker.finish()
            if let problem = output.problem { throw problem.failure(request.input) }
            guard output.sums.count == count, count > 0 else {
                throw ProgramFailure(.failed, "\(request.input): faceanon has dropped frames: nothing is written")
            }
            summary.frames = count
            summary.faces = masker.counts.faces
            summary.warnings = masker.warnings
        } catch {
            throw .other(error)
        }
        return (try output.writer.finish(), output.sums, summary)
    }

    private func next(_ reader: any AnimationReader) throws(ProgramFailure) -> FrameDelay? {
        do throws(PictureProblem) { return try reader.next() } catch { throw error.failure(request.input) }
    }

    /// The whole picture as a frame, turned upright.
    private func upright(
        _ canvas: Picture, _ delay: FrameDelay, _ output: AnimationOutput
    ) throws(ProgramFailure) -> VideoFrame {
        let picture: Picture
        do throws(PictureProblem) {
            picture = try Canvas.copy(canvas)
            try source.metadata.orientation.apply(to: picture)
        } catch {
            throw error.failure(request.input)
        }
        output.expect(picture, delay)
        return try PictureFrame(picture).frame()
    }

    /// Reads what was written again: every frame is there, and shows what it was given.
    private func check(_ bytes: [UInt8], _ sums: [UInt32]) throws(PictureProblem) {
        let again: any AnimationReader = source.kind == .gif ? try GIFReader(bytes) : try APNGReader(bytes)
        var count = 0
        while try again.next() != nil {
            guard count < sums.count, AnimationOutput.sum(of: again.canvas) == sums[count] else {
                throw .failed("what was written is not what was masked: its frame \(count) is another one")
            }
            count += 1
        }
        guard count == sums.count else {
            throw .failed("what was written is not what was masked: \(sums.count - count) frames are missing")
        }
    }
}

/// Where masked frames go: into the file, in the order in which they went into the element.
final class AnimationOutput {
    let writer: any AnimationWriter
    private(set) var sums: [UInt32] = []
    private(set) var problem: PictureProblem?
    /// Frames that are in the element: their pixels are taken again when they come out.
    private var expected: [(picture: Picture, delay: FrameDelay)] = []

    init(_ writer: any AnimationWriter) { self.writer = writer }

    func expect(_ picture: Picture, _ delay: FrameDelay) { expected.append((picture, delay)) }

    /// false: no more are wanted.
    func take(_ frame: VideoFrame) -> Bool {
        guard problem == nil, !expected.isEmpty else { return false }
        let (picture, delay) = expected.removeFirst()
        do throws(ProgramFailure) {
            try PictureFrame(picture).take(frame)
        } catch {
            problem = .other(error)
            return false
        }
        do throws(PictureProblem) {
            try writer.add(picture, delay: delay)
            sums.append(Self.sum(of: picture))
            return true
        } catch {
            problem = error
            return false
        }
    }

    static func sum(of picture: Picture) -> UInt32 {
        let plane = picture.plane(0)
        let pixels = UnsafeBufferPointer(
            start: plane.base, count: Int(plane.width) * Int(plane.height) * Int(plane.step))
        return PNGStructure.checksum(pixels)
    }
}
