// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// The application message by which an output tells its session, from any thread, that it has something to say.
let outputChanged = "faceanon-output-changed"

/// What becomes of the masked stream. A session asks on the main loop.
protocol MaskedOutput: AnyObject {
    /// The place, as messages name it.
    var name: String { get }
    /// Whether a source that is no camera is played at its own pace, as if it were one.
    var keepsTime: Bool { get }

    /// Whether what has left the chains needs no end of its own: a file does, an RTSP server does not.
    var endsAtOnce: Bool { get }

    /// Whether it has taken the stream that is being sent.
    var isOpen: Bool { get }

    /// Before the first session.
    func open() throws(ProgramFailure)
    /// A new element that takes the masked stream.
    func makeSink() throws(ProgramFailure) -> Held
    /// The name of the sink's pad for a stream.
    func padTemplate(isVideo: Bool) -> String
    /// Sets the element before it starts.
    func prepare(_ faceanon: Held) throws(ProgramFailure)
    /// What an error of the sink means.
    func trouble(_ report: ElementReport) -> Trouble
    /// Takes note of a message of the sink: progress, or its own.
    func take(_ message: UnsafeMutablePointer<GstMessage>)
    /// Something has happened beside the pipeline, as `GStreamer.post(outputChanged)` has said: what has gone wrong.
    func lookAround() -> Trouble?
    /// The pipeline is gone.
    func sessionEnded()
}

extension MaskedOutput {
    var isOpen: Bool { true }
    func open() throws(ProgramFailure) {}
    func prepare(_ faceanon: Held) throws(ProgramFailure) {}
    func take(_ message: UnsafeMutablePointer<GstMessage>) {}
    func lookAround() -> Trouble? { nil }
    func sessionEnded() {}
}
