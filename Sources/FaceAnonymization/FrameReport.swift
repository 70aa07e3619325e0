// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import FaceDetection

/// What became of a frame.
package enum FrameOutcome: String, Sendable {
    /// It went on with its faces masked.
    case masked
    /// It could not be inspected and went on black.
    case covered
    /// It did not go on.
    case dropped
}

/// One line of the report: a frame, what became of it, and the faces that were masked in it.
package struct FrameReport: Sendable {
    /// Of the frames that came in, counted from 0 at the stream's start.
    package var frame: UInt64
    /// The buffer's time stamp, ns; nil for stills.
    package var pts: UInt64?
    /// Pixels.
    package var width: Int
    package var height: Int
    package var outcome: FrameOutcome
    package var faces: [MaskedFace]

    package init(frame: UInt64, pts: UInt64?, width: Int, height: Int, outcome: FrameOutcome, faces: [MaskedFace]) {
        self.frame = frame
        self.pts = pts
        self.width = width
        self.height = height
        self.outcome = outcome
        self.faces = faces
    }

    /// A JSON object on one line, without the line end.
    package var json: String {
        var line =
            "{\"frame\":\(frame),\"pts\":\(pts.map { "\($0)" } ?? "null"),\"width\":\(width),\"height\":\(height)"
        line += ",\"outcome\":\"\(outcome.rawValue)\",\"faces\":["
        for (index, face) in faces.enumerated() {
            let box = face.box
            line += index == 0 ? "{" : ",{"
            line += "\"x\":\(box.x1),\"y\":\(box.y1),\"width\":\(box.width),\"height\":\(box.height)"
            line += ",\"score\":\(box.score),\"source\":\"\(face.source.rawValue)\""
            line += ",\"track\":\(face.track.map { "\($0)" } ?? "null")}"
        }
        return line + "]}"
    }
}
