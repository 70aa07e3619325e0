// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// Reads a GIF by giflib, which takes nothing that is cut off or does not fit.
final class GIFReader: AnimationReader {
    let canvas: Picture
    private let records: GIFRecords
    /// What is to be done with the last frame before the next one.
    private var last: (disposal: Int, part: Canvas.Part)?
    /// What was there before a frame that wants it back.
    private var saved: Picture?

    init(_ source: [UInt8]) throws(PictureProblem) {
        records = try GIFRecords(source)
        try PictureLimits.check(width: records.width, height: records.height)
        canvas = try Canvas.make(width: records.width, height: records.height, depth: 8)
    }

    /// What the whole file says, without its pixels.
    static func facts(_ source: [UInt8]) throws(PictureProblem) -> AnimationFacts {
        let records = try GIFRecords(source)
        try PictureLimits.check(width: records.width, height: records.height)
        var facts = AnimationFacts(
            width: records.width, height: records.height, frames: 0, plays: 1, duration: 0, leftOut: [])
        while let frame = try records.next(headerOnly: true) {
            facts.frames += 1
            facts.duration += FrameDelay(numerator: frame.delay, denominator: 100).nanoseconds
        }
        facts.plays = records.loops < 0 ? 1 : records.loops == 0 ? 0 : records.loops + 1
        if records.hasComments { facts.leftOut.append("comments") }
        if records.hasTexts { facts.leftOut.append("texts") }
        if records.hasData { facts.leftOut.append("data of programs") }
        if records.trailing > 0 { facts.leftOut.append("\(records.trailing) bytes behind the animation's end") }
        return facts
    }

    func next() throws(PictureProblem) -> FrameDelay? {
        guard let frame = try records.next(headerOnly: false) else { return nil }
        if let last {
            if last.disposal == 2 { Canvas.clear(last.part, of: canvas) }
            if last.disposal == 3, let saved { Canvas.restore(canvas, from: saved) }
        }
        if frame.disposal == 3 {
            if let saved { Canvas.restore(saved, from: canvas) } else { saved = try Canvas.copy(canvas) }
        }
        try paint(frame)
        last = (frame.disposal, frame.part)
        return FrameDelay(numerator: frame.delay, denominator: 100)
    }

    private func paint(_ frame: GIFRecords.Frame) throws(PictureProblem) {
        guard let base = canvas.plane(0).base else { throw .noMemory }
        let (part, palette) = (frame.part, frame.palette)
        for y in 0..<part.height {
            var at = ((part.top + y) * canvas.width + part.left) * 4
            for x in 0..<part.width {
                let index = Int(frame.indices[y * part.width + x])
                if index != frame.transparent {
                    guard 3 * index < palette.count else {
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
