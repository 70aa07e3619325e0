// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization

/// Why a frame or a stream cannot be taken, with the code of its element message.
enum StreamError: Error {
    case settings(String)
    case format(String)
    case anonymization(AnonymizationError)
    case report(ReportError)

    var code: faceanon_code {
        switch self {
        case .settings: FACEANON_CODE_RESOURCE_SETTINGS
        case .format: FACEANON_CODE_STREAM_FORMAT
        case .anonymization(.unreadableFrame): FACEANON_CODE_STREAM_FAILED
        case .anonymization: FACEANON_CODE_LIBRARY_FAILED
        case .report: FACEANON_CODE_RESOURCE_WRITE
        }
    }
}

extension StreamError: CustomStringConvertible {
    var description: String {
        switch self {
        case .settings(let text), .format(let text): text
        case .anonymization(let error): "A frame could not be inspected: \(error)."
        case .report(let error): error.description
        }
    }
}
