// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// Splits the element's report among the segments. The element writes to a pipe; a thread reads it, holds each line until it
/// is certain in which segment its frame is, and writes it there.
final class SegmentReports: Sendable {
    /// What the element gets for a file name.
    let location: String

    private let shelf: SegmentShelf
    /// Nanoseconds of video for which a line waits.
    private let hold: Int64
    private let input: Int32
    private let output: Int32
    private let done = DispatchSemaphore(value: 0)
    private let failure = Mutex<Int32?>(nil)

    /// The error number of what went wrong.
    var problem: Int32? { failure.withLock { $0 } }

    init(shelf: SegmentShelf, hold: Double, faceanon: Held) throws(ProgramFailure) {
        self.shelf = shelf
        self.hold = Int64(hold * 1e9)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
            throw ProgramFailure(.failed, "there is no pipe for the report: \(String(cString: strerror(errno)))")
        }
        (input, output) = (ends[0], ends[1])
        location = "/proc/self/fd/\(output)"
        Thread.detachNewThread { [self] in
            read(faceanon)
            close(input)
            done.signal()
        }
    }

    /// To be called when the element has closed its report: all lines are in their files afterwards.
    func finish() {
        close(output)
        _ = done.wait(timeout: .now() + 5)
    }

    /// A line whose place is not certain yet.
    private struct Waiting {
        let time: Int64
        let line: Substring
    }

    /// Reads until the element's end of the pipe is closed.
    private func read(_ faceanon: Held) {
        func runningTime(_ pts: Int64) -> Int64 { stream_sink_running_time(faceanon.pointer, UInt64(max(0, pts))) }
        var rest = ""
        var waiting: [Waiting] = []
        var newest: Int64 = 0
        var file = OpenReport()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Foundation.read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest += String(decoding: buffer[..<count], as: UTF8.self)
            while let end = rest.firstIndex(of: "\n") {
                let line = rest[..<end]
                newest = max(newest, ReportLine.pts(line).map(runningTime) ?? newest)
                waiting.append(Waiting(time: ReportLine.pts(line).map(runningTime) ?? newest, line: line))
                rest = String(rest[rest.index(after: end)...])
            }
            let certain = waiting.prefix { $0.time < newest - hold }
            place(certain, in: &file, faceanon)
            waiting.removeFirst(certain.count)
        }
        place(waiting[...], in: &file, faceanon)
    }

    private func place(_ lines: ArraySlice<Waiting>, in file: inout OpenReport, _ faceanon: Held) {
        let beginnings = shelf.beginnings
        for line in lines {
            // Frames before the first key frame are in no segment; the first one gets their lines.
            guard let segment = beginnings.last(where: { $0.time <= line.time }) ?? beginnings.first else { continue }
            guard problem == nil else { continue }
            let text = ReportLine.shifted(line.line, to: max(0, line.time - segment.time))
            if let error = file.write(text + "\n", to: "\(shelf.folder)/\(segment.stem).jsonl") {
                failure.withLock { $0 = error }
                GStreamer.post(outputChanged, from: faceanon.pointer)
            }
        }
    }

    /// The report that was written to last.
    private struct OpenReport: ~Copyable {
        private var path = ""
        private var descriptor: Int32 = -1

        /// Appends; returns the error's number if that failed.
        mutating func write(_ text: String, to path: String) -> Int32? {
            if path != self.path {
                if descriptor >= 0 { close(descriptor) }
                descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
                self.path = path
            }
            guard descriptor >= 0 else { return errno }
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return errno }
                rest = rest.dropFirst(written)
            }
            return nil
        }

        deinit { if descriptor >= 0 { close(descriptor) } }
    }
}

/// The lines of the element's report, as far as they concern time.
package enum ReportLine {
    private static let key = "\"pts\":"

    /// The frame's time stamp, ns; nil for stills.
    package static func pts(_ line: Substring) -> Int64? {
        guard let range = line.range(of: key) else { return nil }
        return Int64(line[range.upperBound...].prefix { $0.isNumber })
    }

    /// The line with another time stamp.
    package static func shifted(_ line: Substring, to pts: Int64) -> String {
        guard let range = line.range(of: key) else { return String(line) }
        let number = line[range.upperBound...].prefix { $0.isNumber }
        return number.isEmpty ? String(line) : line[..<range.upperBound] + "\(pts)" + line[number.endIndex...]
    }
}
