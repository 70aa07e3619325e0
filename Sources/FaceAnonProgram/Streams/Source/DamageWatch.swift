// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// Keeps damaged frames from the decoders of a source.
final class DamageWatch: Sendable {
    private struct State {
        var decoders: [Decoder] = []
        /// What a decoder has to know that comes later.
        var lastLoss: PacketLoss?
    }

    private let state = Mutex(State())

    /// Frames that have come to the decoders, whether they may be decoded or not.
    let frames = Tally()

    /// Frames left out so far, without those before the first key frame.
    var refused: UInt64 { sum { $0.refused } }

    /// Whether frames come, and no key frame from which they could be decoded.
    var lacksKeyFrame: Bool { sum { $0.refusedInARow } > 0 }

    private func sum(_ count: (DamageGate) -> UInt64) -> UInt64 {
        state.withLock { state in
            state.decoders.reduce(0) { sum, decoder in sum + decoder.gate.withLock { count($0) } }
        }
    }

    /// Watches all that is put into a bin from now on.
    init(_ bin: ElementPointer) throws(ProgramFailure) {
        try connecting { () throws(SignalError) in
            try connect("deep-element-added", of: bin) { [self] (_, _: Unread, element: ElementPointer) in
                watch(element)
            }
        }
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
            let depayloader = Depayloader()
            probe(element, GST_PAD_PROBE_TYPE_BUFFER_LIST) { [self] pad, info in
                depayloader.losses(info, at: pad).forEach(take)
                return GST_PAD_PROBE_OK
            }
        } else if kind.contains("Decoder/Video") || kind.contains("Decoder/Image") {
            let decoder = Decoder()
            state.withLock { state in
                state.decoders.append(decoder)
                if let loss = state.lastLoss { decoder.gate.withLock { $0.take(loss) } }
            }
            probe(element) { [frames] pad, info in
                guard let buffer = stream_probe_buffer(info) else { return GST_PAD_PROBE_OK }
                frames.add()
                return decoder.mayDecode(buffer, at: pad) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP
            }
        }
    }

    private func probe(
        _ element: ElementPointer, _ more: GstPadProbeType = GST_PAD_PROBE_TYPE_BUFFER,
        _ probe: @escaping @Sendable (PadPointer, UnsafeMutablePointer<GstPadProbeInfo>) -> GstPadProbeReturn
    ) {
        guard let pad = gst_element_get_static_pad(element, "sink") else {
            let name = stream_factory_name(element).map { String(cString: $0) } ?? "a decoder"
            Log.say("warning: \(name) cannot be watched: damaged frames may come through it")
            return
        }
        pad.addProbe(GST_PAD_PROBE_TYPE_BUFFER, more, probe: probe)
        gst_object_unref(pad)
    }

    private func take(_ loss: PacketLoss) {
        state.withLock { state in
            state.lastLoss = loss
            for decoder in state.decoders { decoder.gate.withLock { $0.take(loss) } }
        }
    }
}

private func time(of buffer: UnsafeMutablePointer<GstBuffer>) -> UInt64? {
    stream_has_pts(buffer) != 0 ? stream_pts(buffer) : nil
}

/// Where packets become frames.
private final class Depayloader: Sendable {
    private let numbers = Mutex<PacketNumbers?>(nil)

    /// What is missing before the packets that come. On a streaming thread.
    func losses(_ info: UnsafeMutablePointer<GstPadProbeInfo>, at pad: PadPointer) -> [PacketLoss] {
        guard let caps = gst_pad_get_current_caps(pad) else { return [] }
        defer { gst_caps_unref(caps) }
        guard stream_is_media(caps, "video") != 0 else { return [] }
        return (0..<stream_probe_buffer_count(info)).compactMap { index in
            guard let buffer = stream_probe_buffer_at(info, index) else { return nil }
            // RTP's header: the number is in its third and fourth bytes.
            var header: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
            guard gst_buffer_extract(buffer, 0, &header, 4) == 4 else { return nil }
            let number = UInt16(header.2) << 8 | UInt16(header.3)
            return numbers.withLock { numbers in
                if numbers == nil { numbers = PacketNumbers(timesFrames: !Self.isTransportStream(caps)) }
                return numbers?.take(number, time: time(of: buffer))
            }
        }
    }

    private static func isTransportStream(_ caps: UnsafeMutablePointer<GstCaps>) -> Bool {
        let name = gst_structure_get_string(gst_caps_get_structure(caps, 0), "encoding-name")
        return name.map { String(cString: $0) } == "MP2T"
    }
}

/// Where frames become pictures.
private final class Decoder: Sendable {
    let gate = Mutex(DamageGate())

    /// On a streaming thread.
    func mayDecode(_ buffer: UnsafeMutablePointer<GstBuffer>, at pad: PadPointer) -> Bool {
        let frame = DamageGate.Frame(
            time: time(of: buffer), followsGap: stream_has_flag(buffer, GST_BUFFER_FLAG_DISCONT) != 0)
        return gate.withLock { gate in gate.mayDecode(frame) { Self.kind(of: buffer, at: pad) } }
    }

    private static func kind(of buffer: UnsafeMutablePointer<GstBuffer>, at pad: PadPointer) -> DamageGate.Kind {
        guard let caps = gst_pad_get_current_caps(pad) else { return .delta }
        defer { gst_caps_unref(caps) }
        let codec: SlicedFrame.Codec
        switch stream_caps_name(caps).map({ String(cString: $0) }) {
        case "video/x-h264": codec = .h264
        case "video/x-h265": codec = .h265
        // Frames of others have no parts that come one by one, and key frames are what parsers call so.
        default: return stream_has_flag(buffer, GST_BUFFER_FLAG_DELTA_UNIT) != 0 ? .delta : .key
        }
        var map = GstMapInfo()
        guard gst_buffer_map(buffer, &map, GST_MAP_READ) != 0 else { return .delta }
        defer { gst_buffer_unmap(buffer, &map) }
        return SlicedFrame.kind(
            of: UnsafeRawBufferPointer(start: map.data, count: Int(map.size)), codec,
            lengthSize: lengthSize(caps, codec))
    }

    /// How many bytes the length of a unit takes; nil: there are start codes.
    private static func lengthSize(_ caps: UnsafeMutablePointer<GstCaps>, _ codec: SlicedFrame.Codec) -> Int? {
        let structure = gst_caps_get_structure(caps, 0)
        let format = gst_structure_get_string(structure, "stream-format").map { String(cString: $0) }
        guard format != "byte-stream" else { return nil }
        var byte: UInt8 = 3
        if let data = stream_field_buffer(structure, "codec_data") {
            gst_buffer_extract(data, codec == .h264 ? 4 : 21, &byte, 1)
        }
        return Int(byte & 3) + 1
    }
}
