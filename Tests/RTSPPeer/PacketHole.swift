// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
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
        let configure: @convention(c) (gpointer, UnsafeMutablePointer<GstRTSPMedia>, gpointer) -> Void = {
            _, media, data in
            guard let bin = gst_rtsp_media_get_element(media) else { return }
            defer { gst_object_unref(bin) }
            guard let payloader = gst_bin_get_by_name(stream_bin(bin), "pay0") else { return }
            defer { gst_object_unref(payloader) }
            let pad = gst_element_get_static_pad(payloader, "src")
            defer { gst_object_unref(pad) }
            let types = GST_PAD_PROBE_TYPE_BUFFER.rawValue | GST_PAD_PROBE_TYPE_BUFFER_LIST.rawValue
            gst_pad_add_probe(
                pad, GstPadProbeType(rawValue: types),
                { _, info, data in
                    guard let info, let data else { return GST_PAD_PROBE_OK }
                    let hole = Unmanaged<PacketHole>.fromOpaque(data).takeUnretainedValue()
                    return hole.swallows(info) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK
                }, data, nil)
        }
        // For as long as the process lives.
        stream_connect(
            factory, "media-configure", unsafeBitCast(configure, to: GCallback.self),
            Unmanaged.passRetained(self).toOpaque())
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
