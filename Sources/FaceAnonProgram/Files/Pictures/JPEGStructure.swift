// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The segments of a JPEG up to its end, and what follows it.
struct JPEGStructure {
    struct Segment {
        let marker: UInt8
        let data: Range<Int>
    }

    /// How every JPEG begins.
    static let start: [UInt8] = [0xff, 0xd8, 0xff]

    private(set) var segments: [Segment] = []
    /// Behind the end marker; nil where there is none.
    private(set) var end: Int?
    /// Px as the frame header says them.
    private(set) var size: (width: Int, height: Int)?

    /// Walks from `start`, where a JPEG begins. What does not fit ends the walk: the decoder says what is wrong.
    init(_ bytes: [UInt8], from start: Int = 0) {
        let file = PictureBytes(bytes: bytes)
        var at = start + 2
        while let marker = Self.nextMarker(bytes, &at) {
            if marker == 0xd9 {
                end = at
                return
            }
            // Without data: TEM, and restarts that stand alone.
            if marker == 0x01 || (0xd0...0xd8).contains(marker) { continue }
            guard let length = file.word(at), length >= 2, at + length <= bytes.count else { return }
            segments.append(Segment(marker: marker, data: at + 2..<at + length))
            let isFrameHeader = (0xc0...0xcf).contains(marker) && ![0xc4, 0xc8, 0xcc].contains(marker)
            if isFrameHeader, let height = file.word(at + 3), let width = file.word(at + 5) { size = (width, height) }
            at += length
        }
    }

    /// The next marker at or after `at`, which is left behind it. Entropy-coded data are passed over: there, FF is
    /// followed by 0 or by a restart's number.
    private static func nextMarker(_ bytes: [UInt8], _ at: inout Int) -> UInt8? {
        bytes.withUnsafeBufferPointer { bytes in
            while at < bytes.count - 1 {
                if bytes[at] == 0xff, bytes[at + 1] != 0, bytes[at + 1] != 0xff, !(0xd0...0xd7).contains(bytes[at + 1])
                {
                    at += 2
                    return bytes[at - 1]
                }
                at += 1
            }
            return nil
        }
    }

    func first(_ marker: UInt8, beginning prefix: String, in bytes: [UInt8]) -> Segment? {
        segments.first { $0.marker == marker && bytes[$0.data].starts(with: prefix.utf8) }
    }

    /// Whether it is the first of a row of pictures of the same size, one behind the other: a video in MJPEG. Cameras that
    /// put further pictures behind one say so by MPF, or make them smaller.
    static func isVideo(_ bytes: [UInt8]) -> Bool {
        let own = JPEGStructure(bytes)
        guard let end = own.end, let size = own.size, bytes[end...].starts(with: start),
            own.first(0xe2, beginning: "MPF\0", in: bytes) == nil
        else { return false }
        return JPEGStructure(bytes, from: end).size.map { $0 == size } ?? false
    }
}
