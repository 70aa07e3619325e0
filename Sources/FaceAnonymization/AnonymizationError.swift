// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import FaceDetection
package import FaceMasking

/// Why a frame could not be made safe to pass on.
package enum AnonymizationError: Error, Equatable {
    /// The frame's memory could not be reached, or is not what the caps say.
    case unreadableFrame(reason: String)
    case detection(DetectionError)
    case masking(MaskingError)
}

extension AnonymizationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadableFrame(let reason): reason
        case .detection(let error): error.description
        case .masking(.outOfMemory(let bytes)): "no memory for \(bytes) bytes of masks"
        }
    }
}
