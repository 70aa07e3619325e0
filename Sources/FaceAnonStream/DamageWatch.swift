// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Synchronization

/// Keeps damaged frames from the decoders of a source.
final class DamageWatch: Sendable {
    private let gate = Mutex(DamageGate())

    /// Frames left out so far, without those before the first key frame.
    var refused: UInt64 { gate.withLock { $0.refused } }

    /// Watches all that is put into a bin from now on.
    init(_ bin: ElementPointer) {
        typealias ElementAdded = @convention(c) (ElementPointer, ElementPointer, ElementPointer, gpointer) -> Void
        let elementAdded: ElementAdded = { _, _, element, data in
            Unmanaged<DamageWatch>.fromOpaque(data).takeUnretainedValue().watch(element)
        }
        stream_connect_owning(
            bin, "deep-element-added", unsafeBitCast(elementAdded, to: GCallback.self),
            Unmanaged.passRetained(self).toOpaque(), { data, _ in DamageWatch.release(data) })
    }

    /// Gives back what passRetained keeps, when the pad or the bin is gone.
    private static func release(_ data: gpointer?) {
        if let data { Unmanaged<DamageWatch>.fromOpaque(data).release() }
    }

    private func watch(_ element: ElementPointer) {
        // Decoders that know of damage themselves are not to show it.
        for (name, value): (String, gboolean) in [
            ("output-corrupt", 0), ("discard-corrupted-frames", 1), ("request-keyframe", 1),
        ] where stream_find_property(element, name) != nil {
            stream_set_boolean(element, name, value)
        }
        guard let text = gst_element_get_metadata(element, "klass") else { return }
        let kind = String(cString: text)
        if kind.contains("Depayloader") {
            probe(element, [GST_PAD_PROBE_TYPE_BUFFER, GST_PAD_PROBE_TYPE_BUFFER_LIST]) { pad, info, data in
                guard let pad, let info, let data else { return GST_PAD_PROBE_OK }
                Unmanaged<DamageWatch>.fromOpaque(data).takeUnretainedValue().takePackets(info, at: pad)
                return GST_PAD_PROBE_OK
            }
        } else if kind.contains("Decoder/Video") {
            probe(element, [GST_PAD_PROBE_TYPE_BUFFER]) { pad, info, data in
                guard let pad, let info, let data, let buffer = stream_probe_buffer(info) else {
                    return GST_PAD_PROBE_OK
                }
                let watch = Unmanaged<DamageWatch>.fromOpaque(data).takeUnretainedValue()
                return watch.mayDecode(buffer, at: pad) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP
            }
        }
    }

    private func probe(_ element: ElementPointer, _ types: [GstPadProbeType], _ callback: @escaping GstPadProbeCallback)
    {
        guard let pad = gst_element_get_static_pad(element, "sink") else { return }
        defer { gst_object_unref(pad) }
        gst_pad_add_probe(
            pad, GstPadProbeType(rawValue: types.reduce(0) { $0 | $1.rawValue }), callback,
            Unmanaged.passRetained(self).toOpaque(), { data in DamageWatch.release(data) })
    }

    /// On a streaming thread, as are all below.
    private func takePackets(_ info: UnsafeMutablePointer<GstPadProbeInfo>, at pad: PadPointer) {
        guard let caps = gst_pad_get_current_caps(pad) else { return }
        defer { gst_caps_unref(caps) }
        guard stream_is_media(caps, "video") != 0 else { return }
        gate.withLock { gate in
            for index in 0..<stream_probe_buffer_count(info) {
                guard let buffer = stream_probe_buffer_at(info, index) else { continue }
                // RTP's header: the number is in its third and fourth bytes.
                var header: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
                guard gst_buffer_extract(buffer, 0, &header, 4) == 4 else { continue }
                gate.take(packet: UInt16(header.2) << 8 | UInt16(header.3), time: Self.time(of: buffer))
            }
        }
    }

    private func mayDecode(_ buffer: UnsafeMutablePointer<GstBuffer>, at pad: PadPointer) -> Bool {
        let frame = DamageGate.Frame(
            time: Self.time(of: buffer), isKey: stream_has_flag(buffer, GST_BUFFER_FLAG_DELTA_UNIT) == 0,
            followsGap: stream_has_flag(buffer, GST_BUFFER_FLAG_DISCONT) != 0)
        return gate.withLock { gate in gate.mayDecode(frame) { Self.startsWithFirstSlice(buffer, at: pad) } }
    }

    private static func time(of buffer: UnsafeMutablePointer<GstBuffer>) -> UInt64? {
        stream_has_pts(buffer) != 0 ? stream_pts(buffer) : nil
    }

    /// Of other codecs than H.264 and H.265, frames have no parts that come one by one.
    private static func startsWithFirstSlice(_ buffer: UnsafeMutablePointer<GstBuffer>, at pad: PadPointer) -> Bool {
        guard let caps = gst_pad_get_current_caps(pad) else { return true }
        defer { gst_caps_unref(caps) }
        let codec: SlicedFrame.Codec
        switch stream_caps_name(caps).map({ String(cString: $0) }) {
        case "video/x-h264": codec = .h264
        case "video/x-h265": codec = .h265
        default: return true
        }
        let format = gst_structure_get_string(gst_caps_get_structure(caps, 0), "stream-format")
        var map = GstMapInfo()
        guard gst_buffer_map(buffer, &map, GST_MAP_READ) != 0 else { return false }
        defer { gst_buffer_unmap(buffer, &map) }
        return SlicedFrame.startsWithFirstSlice(
            UnsafeRawBufferPointer(start: map.data, count: Int(map.size)), codec,
            hasLengths: format.map { String(cString: $0) } != "byte-stream")
    }
}
