// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection

/// What the element has done since it was started.
struct Statistics: Sendable {
    var frames: UInt64 = 0
    var faces: UInt64 = 0
    var covered: UInt64 = 0
    var dropped: UInt64 = 0
    var reportEnded = false
    /// Nanoseconds, summed over all frames.
    var pyramid: UInt64 = 0
    var proposal: UInt64 = 0
    var refinement: UInt64 = 0
    var output: UInt64 = 0
    var masking: UInt64 = 0

    mutating func add(_ times: FrameTimes) {
        pyramid &+= UInt64(clamping: times.detection.pyramid)
        proposal &+= UInt64(clamping: times.detection.proposal)
        refinement &+= UInt64(clamping: times.detection.refinement)
        output &+= UInt64(clamping: times.detection.output)
        masking &+= UInt64(clamping: times.masking)
    }

    /// The `stats` structure; the caller owns it.
    func makeStructure() -> UnsafeMutablePointer<GstStructure>? {
        guard let structure = gst_structure_new_empty("faceanon-stats") else { return nil }
        let numbers: [(String, UInt64)] = [
            ("frames", frames), ("faces", faces), ("covered", covered), ("dropped", dropped),
            ("pyramid-time", pyramid), ("pnet-time", proposal), ("rnet-time", refinement), ("onet-time", output),
            ("mask-time", masking),
        ]
        for (name, number) in numbers {
            var value = GValue()
            g_value_init(&value, faceanon_type_uint64())
            g_value_set_uint64(&value, guint64(number))
            gst_structure_take_value(structure, name, &value)
        }
        var ended = GValue()
        g_value_init(&ended, faceanon_type_boolean())
        g_value_set_boolean(&ended, reportEnded ? 1 : 0)
        gst_structure_take_value(structure, "report-ended", &ended)
        return structure
    }
}
