// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import GstCallbacks

/// Deletes the segments that a recording may not keep: when the folder grows, and when the oldest one's time has come. Lives
/// on the main loop.
final class SegmentSweeper {
    /// Seconds after which the folder is looked at again, at the earliest: files grow with each frame, and what cannot be
    /// deleted now may be soon.
    private static let pause = 5.0
    /// Seconds after which it is looked at again, at the latest, where time limits it: the clock may be set meanwhile.
    private static let longestWait = 3600.0

    private let shelf: SegmentShelf
    private let retention: Retention
    private var monitor: HeldObject<GFileMonitor>?
    private var timer: MainLoop.Timer?

    init(_ shelf: SegmentShelf, _ retention: Retention) {
        self.shelf = shelf
        self.retention = retention
    }

    /// Begins to watch the folder.
    func start() throws(ProgramFailure) {
        sweep()
        guard retention.size != nil else { return }
        let folder = g_file_new_for_path(shelf.folder)
        defer { g_object_unref(UnsafeMutableRawPointer(folder)) }
        guard let pointer = g_file_monitor_directory(folder, G_FILE_MONITOR_NONE, nil, nil) else {
            throw ProgramFailure(
                .storage,
                "the folder \(shelf.folder) cannot be watched, as --keep-size needs it: "
                    + "are there too many watches already (fs.inotify.max_user_watches)?")
        }
        let monitor = HeldObject(taking: pointer)
        g_file_monitor_set_rate_limit(pointer, gint(Self.pause * 1000))
        let inbox = MainLoop.Inbox<Void> { [weak self] in self?.sweep() }
        try connecting { () throws(SignalError) in
            try connect("changed", of: pointer) { (_, _: Unread, _: Unread, _: Unread) in inbox.post(()) }
        }
        self.monitor = monitor
    }

    /// Deletes what may not stay.
    func sweep() {
        let segments = shelf.segments()
        for path in retention.excess(in: segments, open: shelf.current, now: Date()) {
            do {
                try FileManager.default.removeItem(atPath: shelf.folder + "/" + path)
            } catch {
                Log.say(
                    "warning: \(shelf.folder)/\(path) should go by now, and cannot be deleted: "
                        + error.localizedDescription)
            }
        }
        timer = retention.nextExpiry(in: shelf.segments(), open: shelf.current).map { date in
            let wait = min(max(date.timeIntervalSinceNow, Self.pause), Self.longestWait)
            return MainLoop.Timer(seconds: wait) { [unowned self] in sweep() }
        }
    }
}
