// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// Files: what they are, and how they are masked.
package enum MediaJob {
    /// What a file is, and what would become of it. Only its beginning is read.
    package static func facts(of request: MaskRequest) throws(ProgramFailure) -> MediaFacts {
        LibAV.captureLog()
        let input = try InputFile(request.input)
        var request = request
        if request.container.isEmpty { request.container = VideoJob.suffix(for: input) }
        return try job(request, input).facts()
    }

    /// Masks a file. `output` holds what could be masked, also where this throws or tells of damage.
    ///
    /// - Parameters:
    ///   - progress: called on this thread, a few times a second.
    package static func run(
        _ request: MaskRequest, progress: @escaping (MaskProgress) -> Void
    ) throws(ProgramFailure) -> MaskSummary {
        LibAV.captureLog()
        return try job(request, InputFile(request.input)).run(progress)
    }

    private static func job(_ request: MaskRequest, _ input: InputFile) throws(ProgramFailure) -> VideoJob {
        guard !input.isPicture else {
            throw ProgramFailure(.source, "\(input.path) is a picture")
        }
        return try VideoJob(request, input)
    }
}
