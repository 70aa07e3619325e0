// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// Calls back on the main loop whenever something can be read from a descriptor, or its other end is closed. Lives until it is
/// let go of or cancelled.
final class DescriptorWatch {
    private var source: guint = 0

    init(_ descriptor: Int32, _ action: @escaping () -> Void) {
        let conditions = GIOCondition(rawValue: G_IO_IN.rawValue | G_IO_HUP.rawValue | G_IO_ERR.rawValue)
        source = g_unix_fd_add_full(
            G_PRIORITY_DEFAULT, descriptor, conditions,
            { _, _, data in
                guard let data else { return 0 }
                let action = Unmanaged<Action>.fromOpaque(data).takeUnretainedValue()
                // It may cancel its own watch, which releases it.
                withExtendedLifetime(action) { action.run() }
                return 1
            }, Unmanaged.passRetained(Action(action)).toOpaque(),
            // The release of what passRetained keeps.
            { data in if let data { Unmanaged<Action>.fromOpaque(data).release() } })
    }

    deinit { cancel() }

    func cancel() {
        if source != 0 { g_source_remove(source) }
        source = 0
    }

    private final class Action {
        let run: () -> Void

        init(_ run: @escaping () -> Void) { self.run = run }
    }
}
