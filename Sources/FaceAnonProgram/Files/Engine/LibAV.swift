// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV
internal import Foundation
internal import Synchronization

/// FFmpeg's libraries as a whole: their errors and their log.
enum LibAV {
    /// Errors that decoders of video have written to the log since the start: some conceal what they cannot decode, and
    /// tell of it there only.
    static let pictureErrors = Atomic<Int>(0)
    /// The first error that a demuxer has written to the log since a file was opened: it goes on behind what it cannot read,
    /// and tells of the hole there only.
    static let fileError = Mutex<String?>(nil)
    /// Whether a file was found to end within one of its parts (the words are those of FFmpeg's reader of Matroska).
    static let isCutOff = Atomic(false)
    /// The last of them.
    private static let lastError = Mutex("")
    private static let isTalkative = ProcessInfo.processInfo.environment["FACEANON_DEBUG"] != nil
    private static let isCaptured = Mutex(false)

    /// Nothing is printed past the program's own log from here on.
    static func captureLog() {
        isCaptured.withLock { isCaptured in
            guard !isCaptured else { return }
            isCaptured = true
            libav_capture_log { level, who, line in
                guard let line else { return }
                LibAV.note(level: level, who: Int(who), line: String(cString: line))
            }
        }
    }

    private static func note(level: Int32, who: Int, line: String) {
        let text = line.trimmingCharacters(in: .whitespacesAndNewlines)
        if who == Int(LIBAV_DEMUXER), level <= AV_LOG_ERROR, !text.isEmpty {
            fileError.withLock { $0 = $0 ?? text }
        }
        if who == Int(LIBAV_PICTURE_DECODER), level <= AV_LOG_ERROR {
            lastError.withLock { $0 = text }
            pictureErrors.add(1, ordering: .sequentiallyConsistent)
        }
        if text.contains("ended prematurely") { isCutOff.store(true, ordering: .relaxed) }
        if isTalkative { Log.say("libav: " + text) }
    }

    /// What a decoder said last.
    static var lastPictureError: String { lastError.withLock { $0 } }

    /// What an error number means, for people.
    static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard av_strerror(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static let outOfMemory = ProgramFailure(.failed, "there is not enough memory")
}

/// Times in the files' room are nanoseconds, from the same moment for all streams of a file.
enum Nanoseconds {
    static let base = AVRational(num: 1, den: 1_000_000_000)
    /// No time is further from 0 (73 years): sums of some of them fit into 64 bits.
    static let furthest: Int64 = 1 << 61

    /// The sum of two times, no further from 0 than times are: files can say anything.
    static func sum(_ first: Int64, _ second: Int64) -> Int64 {
        let (sum, isTooFar) = first.addingReportingOverflow(second)
        if isTooFar { return first < 0 ? -furthest : furthest }
        return max(-furthest, min(furthest, sum))
    }

    /// A time in a stream's own unit as nanoseconds; nil where there is none, or none that can be.
    static func of(_ stamp: Int64, in unit: AVRational) -> Int64? {
        guard stamp != libav_no_time(), unit.num > 0, unit.den > 0 else { return nil }
        let time = av_rescale_q(stamp, unit, base)
        return time > -furthest && time < furthest ? time : nil
    }

    /// The same the other way round, to the nearest.
    static func to(_ unit: AVRational, _ time: Int64) -> Int64 { av_rescale_q(time, base, unit) }
}

/// A picture on its way through the program. Only who holds it may touch it.
///
/// `@unchecked Sendable`: queues hand it from one thread to the next, and the last one keeps nothing of it.
final class VideoFrame: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<AVFrame>
    /// When it is shown, ns; `libav_no_time()` for a still, which has no time.
    var time: Int64 = 0
    /// How long, ns; 0 where that is not known.
    var duration: Int64 = 0

    init() throws(ProgramFailure) {
        guard let pointer = av_frame_alloc() else { throw LibAV.outOfMemory }
        self.pointer = pointer
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&pointer)
    }

    /// Pixels.
    var width: Int { Int(pointer.pointee.width) }
    var height: Int { Int(pointer.pointee.height) }
    var format: AVPixelFormat { AVPixelFormat(rawValue: pointer.pointee.format) }
}
