// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection

/// What the element has done since it was started.
struct Statistics: Sendable {
    var frames: UInt64 = 0
    /// Masked areas, summed over all frames, by how they came to be known.
    var detected: UInt64 = 0
    var held: UInt64 = 0
    var ahead: UInt64 = 0
    var regions: UInt64 = 0
    var zones: UInt64 = 0
    var covered: UInt64 = 0
    var dropped: UInt64 = 0
    var reportEnded = false
    /// Nanoseconds, summed over all frames.
    var pyramid: UInt64 = 0
    var proposal: UInt64 = 0
    var refinement: UInt64 = 0
    var output: UInt64 = 0
    var tracking: UInt64 = 0
    var masking: UInt64 = 0

    /// Takes a frame that went on.
    mutating func add(_ faces: [MaskedFace], outcome: FrameOutcome, times: FrameTimes) {
        frames &+= 1
        if outcome == .covered { covered &+= 1 }
        for face in faces {
            switch face.source {
            case .detected: detected &+= 1
            case .held: held &+= 1
            case .ahead: ahead &+= 1
            case .roi: regions &+= 1
            case .zone: zones &+= 1
            }
        }
        pyramid &+= UInt64(clamping: times.detection.pyramid)
        proposal &+= UInt64(clamping: times.detection.proposal)
        refinement &+= UInt64(clamping: times.detection.refinement)
        output &+= UInt64(clamping: times.detection.output)
        tracking &+= UInt64(clamping: times.tracking)
        masking &+= UInt64(clamping: times.masking)
    }

    /// One line for people.
    var summary: String {
        "\(frames) frames, faces masked: \(detected) detected, \(held) held, \(ahead) ahead, \(regions) regions; "
            + "\(zones) zones; \(covered) frames covered, \(dropped) dropped"
    }

    /// The `stats` structure, or the same under another name; the caller owns it.
    func makeStructure(named name: String = "faceanon-stats") -> UnsafeMutablePointer<GstStructure>? {
        guard let structure = gst_structure_new_empty(name) else { return nil }
        let numbers: [(String, UInt64)] = [
            ("frames", frames), ("faces", detected &+ held &+ ahead &+ regions), ("detected", detected),
            ("held", held), ("ahead", ahead), ("regions", regions), ("zones", zones), ("covered", covered),
            ("dropped", dropped), ("pyramid-time", pyramid),
            ("pnet-time", proposal), ("rnet-time", refinement), ("onet-time", output), ("tracking-time", tracking),
            ("mask-time", masking),
        ]
        for (name, number) in numbers { FaceMessages.set(structure, name, uint64: GstClockTime(number)) }
        FaceMessages.set(structure, "report-ended", boolean: reportEnded)
        return structure
    }
}
