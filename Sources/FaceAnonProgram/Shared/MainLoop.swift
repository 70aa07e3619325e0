// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// GLib's main loop of the process: timers, signals, and what other threads hand over to it. Everything that is not a
/// pad probe runs here, one after the other.
package final class MainLoop {
    private let loop: OpaquePointer?
    /// Called with the signal's number.
    private var onSignal: (Int32) -> Void = { _ in }

    package init() { loop = g_main_loop_new(nil, 0) }

    deinit { g_main_loop_unref(loop) }

    /// Runs until `quit`. SIGINT and SIGTERM are given to `onSignal` meanwhile.
    package func run(onSignal: @escaping (Int32) -> Void) {
        self.onSignal = onSignal
        let sources = [
            // Kept alive by this call.
            g_unix_signal_add(SIGINT, { MainLoop.take(SIGINT, $0) }, Unmanaged.passUnretained(self).toOpaque()),
            g_unix_signal_add(SIGTERM, { MainLoop.take(SIGTERM, $0) }, Unmanaged.passUnretained(self).toOpaque()),
        ]
        g_main_loop_run(loop)
        for source in sources { g_source_remove(source) }
        self.onSignal = { _ in }
    }

    /// The same; `end` is called at the first signal, and the second one ends the process at once.
    package func run(untilInterrupted end: @escaping () -> Void) {
        var isInterrupted = false
        run(onSignal: { signal in
            guard !isInterrupted else {
                Log.say("interrupted again: ending at once")
                exit(128 + signal)
            }
            isInterrupted = true
            end()
        })
    }

    package func quit() { g_main_loop_quit(loop) }

    private static func take(_ signal: Int32, _ data: gpointer?) -> gboolean {
        guard let data else { return 0 }
        Unmanaged<MainLoop>.fromOpaque(data).takeUnretainedValue().onSignal(signal)
        return 1
    }

    /// Takes what any thread says to the main loop: `take` is called there, once for each event, in their order.
    ///
    /// @unchecked: `take` may hold what belongs to the main loop, and is called there only.
    package final class Inbox<Event: Sendable>: @unchecked Sendable {
        private let take: (Event) -> Void

        package init(_ take: @escaping (Event) -> Void) { self.take = take }

        package func post(_ event: Event) {
            MainLoop.add(Action(repeats: false) { [self] in take(event) }) { call, data, release in
                g_idle_add_full(G_PRIORITY_DEFAULT, call, data, release)
            }
        }
    }

    /// A timer that runs until this is let go of or cancelled.
    package final class Timer {
        private var source: guint = 0

        /// Calls `action` once after `seconds`, or again and again.
        package init(seconds: Double, repeats: Bool = false, _ action: @escaping () -> Void) {
            let action = Action(repeats: repeats, action)
            // Never too early; a month at most, which GLib's number can hold.
            let milliseconds = guint(min(max(0, (seconds * 1000).rounded(.up)), 2_592_000_000))
            source = MainLoop.add(action) { call, data, release in
                g_timeout_add_full(G_PRIORITY_DEFAULT, milliseconds, call, data, release)
            }
            action.onLast = { [weak self] in self?.source = 0 }
        }

        /// Calls `action` at a moment, or at once if that has passed.
        package convenience init(at moment: ContinuousClock.Instant, _ action: @escaping () -> Void) {
            self.init(seconds: (moment - .now) / .seconds(1), action)
        }

        package func cancel() {
            if source != 0 { g_source_remove(source) }
            source = 0
        }

        deinit { cancel() }
    }

    private typealias Add = (@escaping GSourceFunc, gpointer, @escaping GDestroyNotify) -> guint

    @discardableResult
    private static func add(_ action: Action, _ add: Add) -> guint {
        add(
            { data in
                guard let data else { return 0 }
                let action = Unmanaged<Action>.fromOpaque(data).takeUnretainedValue()
                action.run()
                return action.repeats ? 1 : 0
            }, Unmanaged.passRetained(action).toOpaque(),
            // The release of what passRetained keeps.
            { data in if let data { Unmanaged<Action>.fromOpaque(data).release() } })
    }

    private final class Action {
        let repeats: Bool
        var onLast: () -> Void = {}
        private let action: () -> Void

        init(repeats: Bool, _ action: @escaping () -> Void) {
            self.repeats = repeats
            self.action = action
        }

        func run() {
            if !repeats { onLast() }
            action()
        }
    }
}
