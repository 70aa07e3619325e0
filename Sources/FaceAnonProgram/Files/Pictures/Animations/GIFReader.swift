// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// Reads a GIF by giflib, which takes nothing that is cut off or does not fit.
final class GIFReader: AnimationReader {
    let canvas: Picture
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let gif: UnsafeMutablePointer<pictures_gif>
    /// What is to be done with the last frame before the next one.
    private var last: (disposal: Int, part: Canvas.Part)?
    /// What was there before a frame that wants it back.
    private var saved: Picture?

    init(_ source: [UInt8]) throws(PictureProblem) {
        // giflib reads from them for as long as it is open.
        bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(source.count, 1))
        _ = bytes.initialize(from: source)
        var opened: UnsafeMutablePointer<pictures_gif>?
        var message = pictures_message()
        let status = pictures_gif_open(bytes.baseAddress, source.count, &opened, &message)
        guard status == PICTURES_OK, let opened else {
            bytes.deallocate()
            try Picture.check(status, message)
            throw .noMemory
        }
        gif = opened
        let facts = pictures_gif_facts_of(opened)
        do throws(PictureProblem) {
            try PictureLimits.check(width: Int(facts.width), height: Int(facts.height))
            canvas = try Canvas.make(width: Int(facts.width), height: Int(facts.height), depth: 8)
        } catch {
            pictures_gif_close(opened)
            bytes.deallocate()
            throw error
        }
    }

    deinit {
        pictures_gif_close(gif)
        bytes.deallocate()
    }

    /// What the whole file says, without its pixels.
    static func facts(_ source: [UInt8]) throws(PictureProblem) -> AnimationFacts {
        let reader = try GIFReader(source)
        var facts = AnimationFacts(
            width: reader.canvas.width, height: reader.canvas.height, frames: 0, plays: 1, duration: 0, leftOut: [])
        while let frame = try reader.read(headerOnly: true) {
            facts.frames += 1
            facts.duration += FrameDelay(numerator: Int(frame.delay), denominator: 100).nanoseconds
        }
        let whole = pictures_gif_facts_of(reader.gif)
        facts.plays = whole.loops < 0 ? 1 : whole.loops == 0 ? 0 : Int(whole.loops) + 1
        if whole.has_comments != 0 { facts.leftOut.append("comments") }
        if whole.has_texts != 0 { facts.leftOut.append("texts") }
        if whole.has_data != 0 { facts.leftOut.append("data of programs") }
        if whole.trailing > 0 { facts.leftOut.append("\(whole.trailing) bytes behind the animation's end") }
        return facts
    }

    func next() throws(PictureProblem) -> FrameDelay? {
        guard var frame = try read(headerOnly: false) else { return nil }
        defer { pictures_gif_clear(&frame) }
        if let last {
            if last.disposal == 2 { Canvas.clear(last.part, of: canvas) }
            if last.disposal == 3, let saved { Canvas.restore(canvas, from: saved) }
        }
        if frame.disposal == 3 {
            if let saved { Canvas.restore(saved, from: canvas) } else { saved = try Canvas.copy(canvas) }
        }
        let part = Canvas.Part(
            left: Int(frame.left), top: Int(frame.top), width: Int(frame.width), height: Int(frame.height))
        try paint(frame, part)
        last = (Int(frame.disposal), part)
        return FrameDelay(numerator: Int(frame.delay), denominator: 100)
    }

    /// nil at the end. The caller clears the frame.
    private func read(headerOnly: Bool) throws(PictureProblem) -> pictures_gif_frame? {
        var frame = pictures_gif_frame()
        var isEnd: Int32 = 0
        var message = pictures_message()
        let status = pictures_gif_next(gif, headerOnly ? 1 : 0, &frame, &isEnd, &message)
        do throws(PictureProblem) {
            try Picture.check(status, message)
        } catch {
            pictures_gif_clear(&frame)
            throw error
        }
        return isEnd != 0 ? nil : frame
    }

    private func paint(_ frame: pictures_gif_frame, _ part: Canvas.Part) throws(PictureProblem) {
        guard let base = canvas.plane(0).base, let indices = frame.indices.base else { return }
        let palette = withUnsafeBytes(of: frame.palette) { Array($0) }
        for y in 0..<part.height {
            var at = ((part.top + y) * canvas.width + part.left) * 4
            for x in 0..<part.width {
                let index = Int(indices[y * part.width + x])
                if index != Int(frame.transparent) {
                    guard index < Int(frame.palette_count) else {
                        throw .damaged("a pixel has a colour that its palette has not")
                    }
                    for channel in 0..<3 { base[at + channel] = palette[3 * index + channel] }
                    base[at + 3] = 255
                }
                at += 4
            }
        }
    }
}

/// Writes a GIF, each frame with a palette of its own.
final class GIFWriter: AnimationWriter {
    private var writer: UnsafeMutablePointer<pictures_gif_writer>?
    private var palette = PaletteMaker()

    init(width: Int, height: Int, plays: Int) throws(PictureProblem) {
        var message = pictures_message()
        let loops = plays == 0 ? 0 : plays == 1 ? -1 : plays - 1
        let status = pictures_gif_create(UInt32(width), UInt32(height), Int32(loops), &writer, &message)
        guard status == PICTURES_OK else {
            pictures_gif_finish(writer, nil, &message)
            throw .failed("GIF cannot hold \(width)x\(height) pixels, or there is not enough memory")
        }
    }

    deinit {
        var message = pictures_message()
        if let writer { pictures_gif_finish(writer, nil, &message) }
    }

    func add(_ frame: Picture, delay: FrameDelay) throws(PictureProblem) {
        let plane = frame.plane(0)
        guard let pixels = plane.base else { throw .noMemory }
        let count = Int(plane.width) * Int(plane.height)
        let indexed = palette.indexed(UnsafeMutableBufferPointer(start: pixels, count: 4 * count))
        var message = pictures_message()
        let status = pictures_gif_add(
            writer, indexed.indices, indexed.palette, Int32(indexed.palette.count / 3),
            Int32(indexed.transparent ?? -1),
            Int32(delay.numerator), indexed.transparent == nil ? 1 : 2, &message)
        try Picture.check(status, message)
    }

    func finish() throws(PictureProblem) -> [UInt8] {
        var message = pictures_message()
        var written = pictures_bytes()
        defer { pictures_free(&written) }
        let status = pictures_gif_finish(writer, &written, &message)
        writer = nil
        try Picture.check(status, message)
        return Array(UnsafeBufferPointer(start: written.bytes, count: written.count))
    }
}
