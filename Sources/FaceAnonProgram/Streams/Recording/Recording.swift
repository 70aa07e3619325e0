// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import GstCallbacks

/// A folder that gets the masked stream in segments, and keeps to its limits.
final class Recording: MaskedOutput {
    private let folder: OutputFolder
    private let shelf: SegmentShelf
    private let nanoseconds: UInt64
    /// Seconds for which report lines wait; nil: no report.
    private let hold: Double?
    private let format: SegmentFormat
    private let sweeper: SegmentSweeper
    private var reports: SegmentReports?

    init(
        folder: String, names: SegmentNames, seconds: Double, hold: Double?, retention: Retention
    ) throws(ProgramFailure) {
        self.folder = try OutputFolder(folder, missing: "there is no folder \(folder) to record to")
        shelf = SegmentShelf(folder: folder, names: names)
        nanoseconds = UInt64(seconds * 1e9)
        self.hold = hold
        format = names.format
        sweeper = SegmentSweeper(shelf, retention)
    }

    var name: String { folder.path }
    var keepsTime: Bool { false }
    var endsAtOnce: Bool { false }
    var isOpen: Bool { shelf.current != nil }

    func open() throws(ProgramFailure) { try sweeper.start() }

    func makeSink() throws(ProgramFailure) -> Held {
        let sink = try GStreamer.make("splitmuxsink")
        let muxer = try GStreamer.make(format.muxer)
        // Each file's time begins at zero; MP4 does so by itself.
        if format == .mkv { stream_set_boolean(muxer.pointer, "offset-to-zero", 1) }
        stream_set_object(sink.pointer, "muxer", muxer.pointer)
        stream_set_uint64(sink.pointer, "max-size-time", nanoseconds)
        stream_set_boolean(sink.pointer, "send-keyframe-requests", 1)
        try connecting { () throws(SignalError) in
            try connect("format-location-full", of: sink.pointer) {
                [shelf] (sink, _: Unread, sample: SampleArgument?) in
                let path = shelf.begin(at: sample.map { stream_sample_time($0.pointer) } ?? 0)
                GStreamer.post(outputChanged, from: sink)
                return path
            }
        }
        return sink
    }

    func padTemplate(isVideo: Bool) -> String { isVideo ? "video" : "audio_%u" }

    func prepare(_ faceanon: Held) throws(ProgramFailure) {
        shelf.reset()
        guard let hold else { return }
        let reports = try SegmentReports(shelf: shelf, hold: hold, faceanon: faceanon)
        stream_set_string(faceanon.pointer, "report-location", reports.location)
        self.reports = reports
    }

    private static let advice = ": make room, or let --keep-size and --keep-for delete old segments"

    func trouble(_ report: ElementReport) -> Trouble {
        folder.trouble(report, failure: "cannot be recorded to", advice: Self.advice)
    }

    /// A segment has begun, or the report cannot be written.
    func lookAround() -> Trouble? {
        sweeper.sweep()
        guard let problem = reports?.problem else { return nil }
        if problem == ENOSPC { return folder.full(Self.advice) }
        return Trouble(
            .storage, "the report in \(folder.path) cannot be written: \(String(cString: strerror(problem)))")
    }

    func sessionEnded() {
        reports?.finish()
        reports = nil
        shelf.reset()
        sweeper.sweep()
    }
}
