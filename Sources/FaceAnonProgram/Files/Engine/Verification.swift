// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// What has to be in OUT of one stream, or what is in it: for the comparison at the end.
struct StreamRecord {
    /// When each packet is due, ns, in the order of the packets.
    private(set) var times: [Int64] = []
    /// How many bytes of sound come before each packet.
    private(set) var offsets: [Int] = []
    private(set) var byteCount = 0
    private let sum = ByteSum()

    /// Takes note of a packet.
    ///
    /// - Parameters:
    ///   - isSound: whether its bytes count.
    mutating func add(_ packet: UnsafeMutablePointer<AVPacket>, time: Int64, codec: AVCodecID, isSound: Bool) {
        times.append(time)
        guard isSound, let data = packet.pointee.data else { return }
        let skipped = codec == AV_CODEC_ID_AAC ? Self.adtsHeader(data, Int(packet.pointee.size)) : 0
        let count = Int(packet.pointee.size) - skipped
        offsets.append(byteCount)
        sum.add(data + skipped, count)
        byteCount += count
    }

    /// The sum over all bytes. Call this only after all packets have been added.
    func digest() -> [UInt8] { sum.finish() }

    /// AAC has a header in front of each frame in some containers (ISO/IEC 13818-7, ADTS), and none in others.
    private static func adtsHeader(_ data: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
        guard count > 7, data[0] == 0xff, data[1] & 0xf6 == 0xf0 else { return 0 }
        let length = Int(data[3] & 3) << 11 | Int(data[4]) << 3 | Int(data[5]) >> 5
        guard length == count else { return 0 }
        return data[1] & 1 == 1 ? 7 : 9
    }
}

/// A sum over bytes, however they come in pieces.
private final class ByteSum {
    private let state = av_murmur3_alloc()

    init() { av_murmur3_init(state) }

    deinit { av_free(UnsafeMutableRawPointer(state)) }

    func add(_ data: UnsafeMutablePointer<UInt8>, _ count: Int) { av_murmur3_update(state, data, count) }

    func finish() -> [UInt8] {
        var sum = [UInt8](repeating: 0, count: 16)
        av_murmur3_final(state, &sum)
        return sum
    }
}

/// Compares what was written with what was to be written, without decoding it.
struct Verification {
    /// The streams of OUT, in their order: what they must hold.
    var wanted: [(name: String, isVideo: Bool, isCopied: Bool, codec: AVCodecID, record: StreamRecord)]
    /// What may lie between a time in IN and in OUT, ns.
    let tolerance: Int64
    /// Whether the container knows when sound is due. In AVI it plays from the start on without a gap, and a reader tells
    /// of single packets only roughly when that is.
    let hasSoundTimes: Bool
    /// Sound that begins so late, or has so long a gap, ns, would be at another time in AVI: ten packets of AC-3.
    private static let longestGap: Int64 = 350_000_000

    /// Reads OUT.
    ///
    /// - Parameters:
    ///   - activity: called with each packet: a sign of life.
    ///   - mayShift: whether all of it may be later by the same time: MPEG-TS never begins at 0.
    func check(_ path: MediaPath, mayShift: Bool, activity: () -> Void) throws(ProgramFailure) {
        let output = try InputFile(path)
        let streams = output.streams
        guard streams.count == wanted.count else {
            throw Self.different("it has \(streams.count) streams instead of \(wanted.count)")
        }
        var found = streams.map { _ in StreamRecord() }
        guard let packet = av_packet_alloc() else { throw LibAV.outOfMemory }
        defer {
            var freed: UnsafeMutablePointer<AVPacket>? = packet
            av_packet_free(&freed)
        }
        var line = StampLine(shift: 0, wrap: output.wrap(of: streams[0]), mayJump: output.mayJump)
        while try output.read(packet) {
            defer { av_packet_unref(packet) }
            activity()
            let index = Int(packet.pointee.stream_index)
            guard found.indices.contains(index), packet.pointee.size > 0 || !wanted[index].isVideo else { continue }
            let unit = streams[index].unit
            let placed = line.place(
                stream: index, decoding: Nanoseconds.of(packet.pointee.dts, in: unit),
                shown: Nanoseconds.of(packet.pointee.pts, in: unit), duration: 0)
            guard let time = placed.shown ?? placed.decoding else {
                throw Self.different("a packet of \(wanted[index].name) has no time")
            }
            found[index].add(packet, time: time, codec: streams[index].codec, isSound: wanted[index].isCopied)
        }
        if let error = output.readError { throw Self.different("it cannot be read to its end: \(error)") }
        var shift: Int64?
        for index in wanted.indices {
            try compare(wanted[index], found[index], mayShift: mayShift, shift: &shift)
        }
    }

    private static func different(_ what: String) -> ProgramFailure {
        ProgramFailure(.failed, "what was written is not what went in: \(what)")
    }

    private func compare(
        _ wanted: (name: String, isVideo: Bool, isCopied: Bool, codec: AVCodecID, record: StreamRecord),
        _ found: StreamRecord, mayShift: Bool, shift: inout Int64?
    ) throws(ProgramFailure) {
        let name = wanted.name
        let pairs: [(Int64, Int64)]
        if wanted.isVideo {
            guard wanted.record.times.count == found.times.count else {
                throw Self.different("\(found.times.count) frames of \(name) instead of \(wanted.record.times.count)")
            }
            pairs = Array(zip(wanted.record.times.sorted(), found.times.sorted()))
        } else if wanted.isCopied {
            guard wanted.record.byteCount == found.byteCount, wanted.record.digest() == found.digest() else {
                throw Self.different(
                    "\(name) has \(found.byteCount) bytes instead of \(wanted.record.byteCount), or other ones")
            }
            pairs = hasSoundTimes ? Self.sameOffsets(wanted.record, found) : try Self.gaps(wanted.record.times)
        } else {
            guard wanted.record.times.count == found.times.count else {
                throw Self.different("\(found.times.count) packets of \(name) instead of \(wanted.record.times.count)")
            }
            pairs = Array(zip(wanted.record.times, found.times))
        }
        for (due, written) in pairs {
            if shift == nil { shift = mayShift ? written - due : 0 }
            let off = (written - due - (shift ?? 0)).magnitude
            guard off <= tolerance.magnitude else {
                let advice = wanted.isVideo ? "" : "; call the output .mkv, which holds sound at any time"
                throw Self.different(
                    "\(name) at \(Double(due) / 1e9) s was written for \(Double(written - (shift ?? 0)) / 1e9) s\(advice)"
                )
            }
        }
    }

    /// Sound that plays from the start on must be due so.
    private static func gaps(_ times: [Int64]) throws(ProgramFailure) -> [(Int64, Int64)] {
        var last: Int64 = 0
        for time in times {
            guard time <= Nanoseconds.sum(last, longestGap) else {
                throw ProgramFailure(
                    .failed,
                    "AVI cannot hold sound that is silent until \(String(seconds: time)): call the output .mkv")
            }
            last = time
        }
        return []
    }

    /// The times of the packets that begin with the same byte: containers cut some sound otherwise.
    private static func sameOffsets(_ wanted: StreamRecord, _ found: StreamRecord) -> [(Int64, Int64)] {
        var pairs: [(Int64, Int64)] = []
        var other = 0
        for index in wanted.offsets.indices {
            while other < found.offsets.count, found.offsets[other] < wanted.offsets[index] { other += 1 }
            guard other < found.offsets.count else { break }
            if found.offsets[other] == wanted.offsets[index] {
                pairs.append((wanted.times[index], found.times[other]))
            }
        }
        return pairs
    }
}
