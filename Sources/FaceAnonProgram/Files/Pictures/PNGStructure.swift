// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The chunks of a PNG or APNG: walked from the signature to IEND, each with a length that fits and the right checksum.
struct PNGStructure {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    struct Chunk {
        let name: String
        let data: Range<Int>
    }

    let chunks: [Chunk]

    init(_ bytes: [UInt8]) throws(PictureProblem) {
        let file = PictureBytes(bytes: bytes)
        guard file.begins(at: 0, with: Self.signature) else { throw .damaged("it does not begin as PNG does") }
        var chunks: [Chunk] = []
        var at = Self.signature.count
        while chunks.last?.name != "IEND" {
            guard let length = file.long(at), let name = file.name(at + 4) else {
                throw .damaged("the file ends early: there is no IEND")
            }
            guard length < 1 << 31, let sum = file.long(at + 8 + length) else {
                throw .damaged("the file ends early: in its chunk \(Self.printable(name))")
            }
            let data = at + 8..<at + 8 + length
            guard Self.checksum(bytes[at + 4..<data.upperBound]) == UInt32(truncatingIfNeeded: sum) else {
                throw .damaged("the checksum of its chunk \(Self.printable(name)) is wrong")
            }
            chunks.append(Chunk(name: name, data: data))
            at = data.upperBound + 4
        }
        self.chunks = chunks
    }

    /// An APNG says so before its first pixels.
    var isAnimated: Bool {
        let beforePixels = chunks.prefix { $0.name != "IDAT" }
        return beforePixels.contains { $0.name == "acTL" }
    }

    func first(_ name: String) -> Chunk? { chunks.first { $0.name == name } }

    private static func printable(_ name: String) -> String {
        name.allSatisfy { $0.isASCII && $0.isLetter } ? name : "without a name"
    }

    /// CRC-32 as PNG has it: https://www.w3.org/TR/png/#D-CRCAppendix
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.withUnsafeBufferPointer { checksum($0) } }

    static func checksum(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var sum: UInt32 = 0xffff_ffff
        table.withUnsafeBufferPointer { table in
            for byte in bytes { sum = table[Int((sum ^ UInt32(byte)) & 0xff)] ^ (sum >> 8) }
        }
        return ~sum
    }

    private static let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { sum, _ in sum & 1 == 1 ? 0xedb8_8320 ^ (sum >> 1) : sum >> 1 }
    }
}
