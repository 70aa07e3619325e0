// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Until the engine is there.
enum MediaJob {
    static func facts(of request: MaskRequest) throws(ProgramFailure) -> MediaFacts {
        throw ProgramFailure(.source, "not there yet")
    }
    static func run(_ request: MaskRequest, progress: @escaping (MaskProgress) -> Void) throws(ProgramFailure) -> MaskSummary {
        throw ProgramFailure(.source, "not there yet")
    }
}
