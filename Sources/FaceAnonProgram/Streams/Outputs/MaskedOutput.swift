// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// A failure, and whether trying again is of use.
struct Trouble {
    let failure: ProgramFailure
    let isPermanent: Bool

    init(_ status: ExitStatus, _ text: String, isPermanent: Bool = false) {
        failure = ProgramFailure(status, text)
        self.isPermanent = isPermanent
    }
}

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
    /// What has gone wrong beside the pipeline.
    func pendingTrouble() -> Trouble?
    /// The pipeline is gone.
    func sessionEnded()
}

extension MaskedOutput {
    var isOpen: Bool { true }
    func prepare(_ faceanon: Held) throws(ProgramFailure) {}
    func take(_ message: UnsafeMutablePointer<GstMessage>) {}
    func pendingTrouble() -> Trouble? { nil }
    func sessionEnded() {}
}
