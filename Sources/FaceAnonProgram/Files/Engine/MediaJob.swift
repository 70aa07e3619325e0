// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// Files: what they are, and how they are masked.
package enum MediaJob {
    /// What a file is, and what would become of it. Only its beginning is read.
    package static func facts(of request: MaskRequest) throws(ProgramFailure) -> MediaFacts {
        LibAV.captureLog()
        if let facts = try PictureJob.facts(of: request) { return facts }
        return try VideoJob(request).facts()
    }

    /// Masks a file. `output` holds what could be masked, also where this throws or tells of damage.
    ///
    /// - Parameters:
    ///   - progress: called on this thread, a few times a second.
    package static func run(
        _ request: MaskRequest, progress: @escaping (MaskProgress) -> Void
    ) throws(ProgramFailure) -> MaskSummary {
        LibAV.captureLog()
        if let summary = try PictureJob.run(request, progress: progress) { return summary }
        return try VideoJob(request).run(progress)
    }
}
