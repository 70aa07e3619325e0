// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// How long tests wait, in seconds. They wait for the thing itself: a line, a file, a frame, an exit. These limits only end
/// a test whose thing never comes, so they are far above what it takes on a busy machine. What a test measures in seconds
/// it says itself.
enum Patience {
    /// For what takes a moment where the machine has nothing else to do.
    static let usual = 300.0
    /// For compilers, downloads and valgrind.
    static let long = 1800.0
    /// Given to programs as the time after which a silent peer counts as lost, where a test is not about that: a peer that
    /// gets no processor is not lost.
    static let stall = 120
}
