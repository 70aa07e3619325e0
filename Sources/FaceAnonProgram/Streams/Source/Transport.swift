// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// How RTP travels.
enum Transport: String, ExpressibleByArgument, CaseIterable, Sendable {
    case tcp, udp, auto

    /// GStreamer's GstRTSPLowerTrans, as a launch line writes it.
    var protocols: String {
        switch self {
        case .tcp: "tcp"
        case .udp: "udp"
        case .auto: "udp+tcp"
        }
    }
}
