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
    /// A decoder or a demuxer says that the picture is damaged: half of a face is not found, and recognised still.
    case corrupted
    /// It comes so late that downstream would not show it.
    case late

    /// Whether the frame is at fault and not the inspection: it is left out, and the stream goes on.
    var isDamage: Bool { if case .corrupted = self { true } else { isLate } }

    var isLate: Bool { if case .late = self { true } else { false } }

    var code: faceanon_code {
        switch self {
        case .settings: FACEANON_CODE_RESOURCE_SETTINGS
        case .format: FACEANON_CODE_STREAM_FORMAT
        case .anonymization(.unreadableFrame): FACEANON_CODE_STREAM_FAILED
        case .corrupted, .late: FACEANON_CODE_STREAM_DECODE
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
        case .late: "A frame comes too late."
        case .corrupted: "A frame is damaged, as its decoder says: a face in it may not be found."
        }
    }
}
