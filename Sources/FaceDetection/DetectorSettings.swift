// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// How pyramid levels and crops are sampled from the frame.
package enum Sampling: Int32, Sendable {
    /// Each sample is the mean of the pixels it stands for. Finds more (90.5 % against 87.5 % of faces of 80 px and more
    /// on 894 labelled pictures), and keeps the border cells, which find faces cut by the right and bottom border.
    case area
    /// Each sample is interpolated between four pixels, and border cells are dropped: the boxes of the reference system.
    case reference
}

/// What the cascade looks for. The defaults are PeekingDuck's (`model.mtcnn`, version 1.3).
package struct DetectorSettings: Sendable, Equatable {
    /// The smallest face side looked for, px.
    package var minimumSize = 40
    /// The ratio between one pyramid level and the next, in (0, 1).
    package var scaleFactor = 0.709
    /// What a box has to score in P-Net, R-Net and O-Net, each more than.
    package var proposalThreshold = 0.6
    package var refinementThreshold = 0.7
    package var outputThreshold = 0.7
    /// The last cut.
    package var scoreThreshold = 0.7
    package var sampling = Sampling.area

    package init() {}
}

/// Why a frame could not be inspected.
package enum DetectionError: Error, Equatable {
    /// A model could not be made into a network: the model's name, and what OpenCV says.
    case model(name: String, reason: String)
    /// A network could not be run.
    case inference(network: String, reason: String)
    /// A network's answer is no answer: not a number, infinite, or a face far outside of any frame.
    case senseless(network: String, reason: String)
    /// The pool's threads did not do their work.
    case threads(reason: String)
    /// Memory for so many bytes was not to be had.
    case outOfMemory(bytes: Int)
    /// More pyramid levels than anybody needs: the scale factor is too close to 1.
    case tooManyLevels(limit: Int)
}

extension DetectionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .model(let name, let reason): "OpenCV cannot read the model \(name): \(reason)"
        case .inference(let network, let reason): "OpenCV cannot run \(network): \(reason)"
        case .senseless(let network, let reason):
            "\(network) has \(reason), so that nothing is known of the frame; if that comes again, check the files in "
                + "model-dir and this machine's memory"
        case .threads(let reason): "the threads that inspect frames failed: \(reason)"
        case .outOfMemory(let bytes): "no memory for \(bytes) bytes"
        case .tooManyLevels(let limit):
            "more than \(limit) pyramid levels for a frame of this size: make scale-factor smaller or min-size larger"
        }
    }
}
