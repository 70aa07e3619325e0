// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Synchronization

/// Files: what they are, and how they are masked.
package enum MediaJob {
    /// What a file is, and what would become of it. Only its beginning is read.
    package static func facts(of request: MaskRequest) throws(ProgramFailure) -> MediaFacts {
        LibAV.captureLog()
        if CameraSource.isCamera(request.input) { return try cameraFacts(request) }
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
        InputFile.isStopped.store(false, ordering: .relaxed)
        if !CameraSource.isCamera(request.input), let summary = try PictureJob.run(request, progress: progress) {
            return summary
        }
        return try VideoJob(request).run(progress)
    }

    /// Ends what is read now, as if the file were over: OUT becomes whole. For cameras and addresses, which never end.
    /// May be called on any thread.
    package static func stop() { InputFile.isStopped.store(true, ordering: .relaxed) }

    /// A camera is not started only to be asked.
    private static func cameraFacts(_ request: MaskRequest) throws(ProgramFailure) -> MediaFacts {
        MediaFacts(kind: .video, width: 0, height: 0, description: "camera", suffix: "mkv")
    }
}
