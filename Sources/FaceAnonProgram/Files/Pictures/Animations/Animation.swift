// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// What an animation is as a whole.
struct AnimationFacts: Equatable {
    /// Pixels of the whole picture.
    var width: Int
    var height: Int
    var frames: Int
    /// How often it is shown: 0 is for ever.
    var plays: Int
    /// How long one showing takes, ns.
    var duration: Int64
    var leftOut: [String]
}

/// How long a frame is shown.
struct FrameDelay: Equatable {
    /// Seconds as a fraction; a denominator of 0 means 100 (APNG).
    var numerator: Int
    var denominator: Int

    /// ns, as programs show it: who asks for less than 20 ms gets 100 ms from every browser.
    var nanoseconds: Int64 {
        let length = Int64(numerator) * 1_000_000_000 / Int64(denominator == 0 ? 100 : denominator)
        return length < 20_000_000 ? 100_000_000 : length
    }
}

/// Reads an animation frame by frame, each composed with those before it into the whole picture.
protocol AnimationReader: AnyObject {
    /// The whole picture as it is shown now: RGBA, of 8 or 16 bits.
    var canvas: Picture { get }
    /// Composes the next frame. nil: there is none, and the file's end is where it should be.
    func next() throws(PictureProblem) -> FrameDelay?
}

/// Writes an animation of frames that are the whole picture each.
protocol AnimationWriter: AnyObject {
    /// Adds a frame. What is left in `frame` is what the file shows: palettes hold fewer colours.
    func add(_ frame: Picture, delay: FrameDelay) throws(PictureProblem)
    func finish() throws(PictureProblem) -> [UInt8]
}

/// Pixels of RGBA.
enum Canvas {
    /// A picture of RGBA that is all transparent.
    static func make(width: Int, height: Int, depth: Int) throws(PictureProblem) -> Picture {
        let picture = Picture(.png)
        picture.raw.width = UInt32(width)
        picture.raw.height = UInt32(height)
        picture.raw.model = PICTURES_RGB
        picture.raw.depth = Int32(depth)
        picture.raw.has_alpha = 1
        picture.raw.is_lossless = 1
        picture.raw.orientation = 1
        (picture.raw.horizontal_sampling, picture.raw.vertical_sampling) = (1, 1)
        picture.raw.plane_count = 1
        try picture.makePlane(0, width: width, height: height, step: depth / 2)
        return picture
    }

    static func copy(_ picture: Picture) throws(PictureProblem) -> Picture {
        let copy = try make(width: picture.width, height: picture.height, depth: Int(picture.raw.depth))
        restore(copy, from: picture)
        return copy
    }

    /// Gives a picture the pixels of another one of the same size.
    static func restore(_ picture: Picture, from other: Picture) {
        let (into, from) = (picture.plane(0), other.plane(0))
        guard let target = into.base, let source = from.base else { return }
        target.update(from: source, count: Int(into.width) * Int(into.height) * Int(into.step))
    }

    /// A part of the picture; whoever makes one has checked that it lies within.
    struct Part: Equatable {
        var left: Int
        var top: Int
        var width: Int
        var height: Int

        func isWithin(_ wholeWidth: Int, _ wholeHeight: Int) -> Bool {
            left >= 0 && top >= 0 && width > 0 && height > 0 && left <= wholeWidth - width
                && top <= wholeHeight - height
        }
    }

    static func clear(_ part: Part, of picture: Picture) {
        let plane = picture.plane(0)
        guard let base = plane.base else { return }
        let step = Int(plane.step)
        for y in part.top..<part.top + part.height {
            let row = base + (y * Int(plane.width) + part.left) * step
            row.update(repeating: 0, count: part.width * step)
        }
    }
}
