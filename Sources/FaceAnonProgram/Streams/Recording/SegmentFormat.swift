// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// The files of a recording.
enum SegmentFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case mkv, mp4

    var muxer: String { self == .mkv ? "matroskamux" : "mp4mux" }

    /// Audio that it takes as it comes.
    var passedAudio: PassedAudio { self == .mkv ? .aacMP3AndLaw : .aacAndMP3 }
}
