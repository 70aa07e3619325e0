// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// A folder that gets the masked stream in segments, and keeps to its limits.
final class Recording: MaskedOutput {
    private let folder: String
    private let shelf: SegmentShelf
    private let nanoseconds: UInt64
    /// Seconds for which report lines wait; nil: no report.
    private let hold: Double?
    private let retention: Retention
    private let format: SegmentFormat
    private var reports: SegmentReports?
    private var lastSweep: ContinuousClock.Instant?

    init(
        folder: String, names: SegmentNames, seconds: Double, hold: Double?, retention: Retention
    ) throws(ProgramFailure) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw ProgramFailure(.storage, "there is no folder \(folder) to record to")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw ProgramFailure(.storage, "the folder \(folder) cannot be written to: check its owner and rights")
        }
        self.folder = folder
        shelf = SegmentShelf(folder: folder, names: names)
        nanoseconds = UInt64(seconds * 1e9)
        self.hold = hold
        self.retention = retention
        format = names.format
    }

    var name: String { folder }
    var keepsTime: Bool { false }
    var endsAtOnce: Bool { false }
    var isOpen: Bool { shelf.current != nil }

    func makeSink() throws(ProgramFailure) -> Held {
        let sink = try GStreamer.make("splitmuxsink")
        let muxer = try GStreamer.make(format.muxer)
        // Each file's time begins at zero; MP4 does so by itself.
        if format == .mkv { stream_set_boolean(muxer.pointer, "offset-to-zero", 1) }
        stream_set_object(sink.pointer, "muxer", muxer.pointer)
        stream_set_uint64(sink.pointer, "max-size-time", nanoseconds)
        stream_set_boolean(sink.pointer, "send-keyframe-requests", 1)
        // On a streaming thread; the shelf lives as long as this output, which outlives its sinks.
        typealias Naming =
            @convention(c) (ElementPointer, guint, OpaquePointer?, gpointer) -> UnsafeMutablePointer<CChar>?
        let name: Naming = { _, _, sample, data in
            let shelf = Unmanaged<SegmentShelf>.fromOpaque(data).takeUnretainedValue()
            return g_strdup(shelf.begin(at: sample.map { stream_sample_time($0) } ?? 0))
        }
        stream_connect(
            sink.pointer, "format-location-full", unsafeBitCast(name, to: GCallback.self),
            Unmanaged.passUnretained(shelf).toOpaque())
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

    func trouble(_ report: ElementReport) -> Trouble {
        if report.isResource(GST_RESOURCE_ERROR_NO_SPACE_LEFT) { return Self.full(folder) }
        return Trouble(.storage, "\(folder) cannot be recorded to: \(report.sentence)", isPermanent: true)
    }

    func pendingTrouble() -> Trouble? {
        if let problem = reports?.problem {
            return problem == ENOSPC
                ? Self.full(folder)
                : Trouble(.storage, "the report in \(folder) cannot be written: \(String(cString: strerror(problem)))")
        }
        if lastSweep.map({ ContinuousClock.now - $0 > .seconds(5) }) ?? true { sweep() }
        return nil
    }

    func sessionEnded() {
        reports?.finish()
        reports = nil
        shelf.reset()
        sweep()
    }

    private static func full(_ folder: String) -> Trouble {
        Trouble(
            .storage, "the disk of \(folder) is full: make room, or let --keep-size and --keep-for delete old segments",
            isPermanent: true)
    }

    /// Deletes what may not stay.
    private func sweep() {
        lastSweep = .now
        for path in retention.excess(in: shelf.segments(), open: shelf.current, now: Date()) {
            do {
                try FileManager.default.removeItem(atPath: folder + "/" + path)
            } catch {
                Log.say(
                    "warning: \(folder)/\(path) should go by now, and cannot be deleted: \(error.localizedDescription)")
            }
        }
    }
}
