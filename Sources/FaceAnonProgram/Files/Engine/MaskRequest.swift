// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// How a file is to be masked. It goes to the worker process as JSON.
package struct MaskRequest: Codable, Sendable {
    /// What is carried over only where it is asked for: it may name people.
    package enum Keep: String, Codable, CaseIterable, Sendable { case subtitles, chapters, tags }

    package var input: MediaPath
    /// An existing, empty, private file that is written to.
    package var output: MediaPath
    /// The suffix of OUT without the dot, in lower case: mp4, m4v, mov, mkv, webm, avi, ts, png, jpg, gif, apng, …
    package var container: String
    /// Where the element writes its report.
    package var report: MediaPath?
    /// A preset of the element. It is set before `element`, which wins over it.
    package var preset: String?
    /// NAME=VALUE words for the element, in order.
    package var element: [String]
    /// h264, h265 or ffv1; nil: by the container and the source.
    package var codec: String?
    /// The quality of x264 and x265 (CRF); nil: 20.
    package var quality: Int?
    /// The video stream that is masked, counted from 0 among the file's video streams; nil: the only one.
    package var stream: Int?
    package var keep: Set<Keep>
    /// Stop after so much of the source.
    package var seconds: Double?
    package var frames: Int?

    package init(input: MediaPath, output: MediaPath, container: String) {
        self.input = input
        self.output = output
        self.container = container
        element = []
        keep = []
    }

    /// How the element is to be set.
    func properties() throws(ProgramFailure) -> ElementProperties {
        try ElementProperties(preset: preset, element)
    }
}

/// What a file is and what would become of it.
package struct MediaFacts: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable { case video, picture, animation }

    package var kind: Kind
    /// Pixels, upright.
    package var width: Int
    package var height: Int
    /// nil where only reading all of the file would tell.
    package var frames: Int?
    /// Seconds.
    package var duration: Double?
    /// One line for people: container, codec, size, rate, depth, sound.
    package var description: String
    /// What OUT would be called by default: a suffix without the dot.
    package var suffix: String
    /// What would not be carried over, with the reasons.
    package var leftOut: [String]

    package init(kind: Kind, width: Int, height: Int, description: String, suffix: String) {
        self.kind = kind
        self.width = width
        self.height = height
        self.description = description
        self.suffix = suffix
        leftOut = []
    }
}

/// How far a file is masked.
package struct MaskProgress: Codable, Equatable, Sendable {
    /// Frames that are masked.
    package var frames: Int
    /// Frames that there are, as far as that is known.
    package var of: Int?
    /// Masked areas, summed over all frames.
    package var faces: Int
    /// Seconds of the source that are masked.
    package var seconds: Double

    package init(frames: Int = 0, of: Int? = nil, faces: Int = 0, seconds: Double = 0) {
        self.frames = frames
        self.of = of
        self.faces = faces
        self.seconds = seconds
    }
}

/// What has become of a file.
package struct MaskSummary: Codable, Equatable, Sendable {
    package var frames = 0
    /// Masked areas, summed over all frames.
    package var faces = 0
    package var leftOut: [String] = []
    package var warnings: [String] = []
    /// Not empty: OUT must not be published under its name.
    package var damage: [String] = []

    package init() {}
}
