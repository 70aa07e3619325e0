// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// Loses one packet of every so many frames, always the same one: a network whose losses a test can rely on.
final class PacketHole: Sendable {
    private struct Place {
        var frame = -1
        var packet = 0
        var time: UInt64?
    }

    private let packet: Int
    private let frames: Int
    private let place = Mutex(Place())

    /// Loses packet number `packet` of each frame whose number is a multiple of `frames`, both from 0 on.
    init(packet: Int, ofEvery frames: Int) {
        self.packet = packet
        self.frames = max(1, frames)
    }

    /// Makes it in the payloader of each media.
    func dig(inMediaOf factory: UnsafeMutablePointer<GstRTSPMediaFactory>) {
        RTSPPeer.onMedia(of: factory) { [self] bin in
            RTSPPeer.pad("src", of: "pay0", in: bin)?
                .addProbe(GST_PAD_PROBE_TYPE_BUFFER, GST_PAD_PROBE_TYPE_BUFFER_LIST) { _, info in
                    self.swallows(info) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK
                }
        }
    }

    /// Takes the packet out of a list; true: it was all that came.
    private func swallows(_ info: UnsafeMutablePointer<GstPadProbeInfo>) -> Bool {
        let count = stream_probe_buffer_count(info)
        var lost: guint?
        for index in 0..<count {
            guard let buffer = stream_probe_buffer_at(info, index) else { continue }
            let time = stream_pts(buffer)
            let isLost = place.withLock { place in
                if place.time != time {
                    place = Place(frame: place.frame + 1, packet: 0, time: time)
                } else {
                    place.packet += 1
                }
                return place.frame % frames == 0 && place.packet == packet
            }
            if isLost { lost = index }
        }
        guard let lost else { return false }
        if count > 1 { stream_probe_remove_buffer(info, lost) }
        return count == 1
    }
}
