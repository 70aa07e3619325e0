// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// H.264 with start codes, as encoders write it.
enum StartCodes {
    /// Takes out what x264 writes about itself and its settings: SEI of the type "unregistered user data".
    static func removeUnregisteredData(_ packet: UnsafeMutablePointer<AVPacket>) {
        guard let data = packet.pointee.data, packet.pointee.size > 0 else { return }
        let count = Int(packet.pointee.size)
        let bytes = UnsafeMutableBufferPointer(start: data, count: count)
        var kept = 0
        var from = 0
        while from < count {
            let next = nextUnit(in: bytes, after: from + 3)
            if !isUnregisteredData(bytes, from, next) {
                if kept != from { (data + kept).update(from: data + from, count: next - from) }
                kept += next - from
            }
            from = next
        }
        guard kept > 0, kept < count else { return }
        av_shrink_packet(packet, Int32(kept))
    }

    /// Where the next start code begins, from `position` on.
    private static func nextUnit(in bytes: UnsafeMutableBufferPointer<UInt8>, after position: Int) -> Int {
        var index = position
        while index + 3 <= bytes.count {
            if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
                // A fourth byte, a zero, may belong to the start code.
                return index > position && bytes[index - 1] == 0 ? index - 1 : index
            }
            index += 1
        }
        return bytes.count
    }

    private static func isUnregisteredData(
        _ bytes: UnsafeMutableBufferPointer<UInt8>, _ from: Int, _ end: Int
    ) -> Bool {
        var index = from
        while index < end, bytes[index] == 0 { index += 1 }
        // The 1 of the start code, the unit's type, the message's type.
        guard index + 2 < end, bytes[index] == 1 else { return false }
        return bytes[index + 1] & 0x1f == 6 && bytes[index + 2] == 5
    }
}
