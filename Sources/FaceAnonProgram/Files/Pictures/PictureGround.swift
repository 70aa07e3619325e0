// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// A picture with transparent parts as a page shows it. A face may be drawn by alpha alone, on which the element does not
/// look: such a picture is inspected once more on a plain ground, and what is masked there becomes opaque.
final class PictureGround {
    /// Opaque, with the same colours.
    let shown: Picture
    private let picture: Picture
    private let isDeep: Bool
    /// White or black: what the picture stands out from.
    private var isWhite = true

    /// nil where nothing is transparent.
    init?(_ picture: Picture) throws(PictureProblem) {
        guard picture.hasAlpha else { return nil }
        self.picture = picture
        isDeep = picture.raw.depth == 16
        shown = Picture(picture.kind)
        shown.raw = Self.header(picture.raw)
        for index in 0..<Int(shown.raw.plane_count) {
            let plane = picture.plane(index)
            let alpha = picture.raw.plane_count == 1 ? Int(picture.raw.depth) / 8 : 0
            try shown.makePlane(
                index, width: Int(plane.width), height: Int(plane.height), step: Int(plane.step) - alpha)
        }
        guard isDeep ? compose(UInt16.self) : compose(UInt8.self) else { return nil }
    }

    private static func header(_ raw: pictures_picture) -> pictures_picture {
        var header = pictures_picture()
        (header.width, header.height) = (raw.width, raw.height)
        (header.model, header.depth) = (raw.model, raw.depth)
        (header.horizontal_sampling, header.vertical_sampling) = (raw.horizontal_sampling, raw.vertical_sampling)
        header.plane_count = raw.plane_count == 1 ? 1 : 3
        return header
    }

    /// Puts what is masked of `shown` by now into the picture.
    func take(_ masked: Picture) { isDeep ? take(masked, UInt16.self) : take(masked, UInt8.self) }

    /// Where the samples of a pixel are: colours in `shown`, colours and alpha in the picture.
    private struct Place<Sample> {
        var shown: UnsafeMutablePointer<Sample>
        var own: UnsafeMutablePointer<Sample>
        var alpha: UnsafeMutablePointer<Sample>
    }

    private func samples<Sample>(_ picture: Picture, _ plane: Int, _: Sample.Type) -> UnsafeMutablePointer<Sample>? {
        // calloc's, in whole samples.
        picture.plane(plane).base.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Sample.self) }
    }

    /// Calls `body` for each sample of colour, row by row, with the number of its plane or channel.
    private func each<Sample>(
        of shown: Picture, _ type: Sample.Type, _ body: (Int, Place<Sample>) -> Void
    ) {
        let (width, height) = (picture.width, picture.height)
        if picture.raw.plane_count == 1 {
            let colours = picture.raw.model == PICTURES_GREY ? 1 : 3
            guard let own = samples(picture, 0, type), let other = samples(shown, 0, type) else { return }
            for pixel in 0..<width * height {
                let at = own + pixel * (colours + 1)
                for channel in 0..<colours {
                    body(
                        channel,
                        Place(shown: other + pixel * colours + channel, own: at + channel, alpha: at + colours))
                }
            }
        } else {
            guard let alpha = samples(picture, 3, type) else { return }
            for index in 0..<3 {
                guard let own = samples(picture, index, type), let other = samples(shown, index, type) else { return }
                let across = index == 0 ? 1 : Int(picture.raw.horizontal_sampling)
                let down = index == 0 ? 1 : Int(picture.raw.vertical_sampling)
                for y in 0..<height {
                    for x in 0..<width {
                        let at = y / down * Int(picture.plane(index).width) + x / across
                        body(index, Place(shown: other + at, own: own + at, alpha: alpha + y * width + x))
                    }
                }
            }
        }
    }

    /// false where nothing is transparent.
    private func compose<Sample: FixedWidthInteger & UnsignedInteger>(_ type: Sample.Type) -> Bool {
        var (weight, sum, isTransparent) = (0.0, 0.0, false)
        each(of: shown, type) { channel, place in
            if place.alpha.pointee != Sample.max { isTransparent = true }
            guard picture.raw.plane_count == 1 || channel == 0 else { return }
            let alpha = Double(place.alpha.pointee)
            weight += alpha
            sum +=
                picture.raw.is_premultiplied != 0
                ? Double(place.own.pointee) * Double(Sample.max) : Double(place.own.pointee) * alpha
        }
        guard isTransparent else { return false }
        isWhite = sum < weight * Double(Sample.max) / 2
        let full = UInt64(Sample.max)
        each(of: shown, type) { channel, place in
            let alpha = UInt64(place.alpha.pointee)
            let own = UInt64(place.own.pointee) * (picture.raw.is_premultiplied != 0 ? full : alpha)
            let value = (own + ground(channel, Sample.self) * (full - alpha) + full / 2) / full
            place.shown.pointee = Sample(truncatingIfNeeded: min(value, full))
        }
        return true
    }

    /// White or black in the plane or channel. Only WebP has planes here: BT.601 in the range of television.
    private func ground<Sample: FixedWidthInteger>(_ channel: Int, _ type: Sample.Type) -> UInt64 {
        guard picture.raw.plane_count > 1 else { return isWhite ? UInt64(Sample.max) : 0 }
        return channel > 0 ? 128 : isWhite ? 235 : 16
    }

    private func take<Sample: FixedWidthInteger & UnsignedInteger>(_ masked: Picture, _ type: Sample.Type) {
        // First which pixels are masked, then all of their colours: a mask may leave one channel as it was.
        var isMasked = [Bool](repeating: false, count: picture.width * picture.height)
        guard let alpha = samples(picture, picture.raw.plane_count == 1 ? 0 : 3, type) else { return }
        let step = picture.raw.plane_count == 1 ? (picture.raw.model == PICTURES_GREY ? 2 : 4) : 1
        func pixel(_ place: Place<Sample>) -> Int { (place.alpha - alpha) / step }
        each(of: shown, type) { channel, place in
            guard let before = samples(shown, picture.raw.plane_count == 1 ? 0 : channel, type),
                let after = samples(masked, picture.raw.plane_count == 1 ? 0 : channel, type)
            else { return }
            if after[place.shown - before] != place.shown.pointee { isMasked[pixel(place)] = true }
        }
        each(of: masked, type) { _, place in
            guard isMasked[pixel(place)] else { return }
            place.own.pointee = place.shown.pointee
        }
        for index in isMasked.indices where isMasked[index] {
            alpha[index * step + (step - 1)] = Sample.max
        }
    }
}
