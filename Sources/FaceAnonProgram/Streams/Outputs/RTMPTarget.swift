// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks
internal import Synchronization

/// An RTMP server that is published to.
final class RTMPTarget: MaskedOutput {
    let name: String
    private let location: String
    private var muxer: Held?
    private var sink: Held?
    private var arrivals = Arrivals()

    /// What has come to rtmp2sink. It says nothing of its connection, but keeps the first picture or sound until the server
    /// has taken the stream: a second one comes only then. Headers it puts aside at once.
    private final class Arrivals: Sendable {
        private let tags = Atomic(0)

        /// Returns whether the server has just shown that it takes the stream.
        func take(_ buffer: UnsafeMutablePointer<GstBuffer>?) -> Bool {
            guard let buffer, buffer.pointee.mini_object.flags & GST_BUFFER_FLAG_HEADER.rawValue == 0 else {
                return false
            }
            return tags.add(1, ordering: .relaxed).newValue == 2
        }

        var isSecondThere: Bool { tags.load(ordering: .relaxed) >= 2 }
    }

    init(_ text: String, key: String?) throws(ProgramFailure) {
        try StreamAddress.refuseCredentials(in: text, name: "target")
        let words = text.wholeMatch(of: /rtmps?:\/\/[^\/\s]+\/([^\s]+)/)
        guard let words, key != nil || words.1.contains("/") else {
            throw ProgramFailure(
                .misuse,
                "the target \(text) is not an RTMP URL: rtmp://HOST[:PORT]/APP/NAME, or without NAME and with a key")
        }
        name = text
        location = text + (key.map { "/\($0)" } ?? "")
    }

    var keepsTime: Bool { true }
    var endsAtOnce: Bool { true }
    var isOpen: Bool { arrivals.isSecondThere }

    /// The muxer waits for each of its pads, so it gets them one by one, as streams are there.
    func makeSink() throws(ProgramFailure) -> Held {
        let sink = try GStreamer.make("rtmp2sink")
        let muxer = try GStreamer.make("flvmux")
        stream_set_boolean(muxer.pointer, "streamable", 1)
        stream_set_string(sink.pointer, "location", location)
        // A pipeline that waits for a picture at its sink would keep the source's pace, and so the picture, from it.
        stream_set_boolean(sink.pointer, "async", 0)
        guard let pointer = stream_bin_new() else { throw ProgramFailure(.failed, "there is no bin") }
        let bin = Held(taking: pointer)
        gst_bin_add(stream_bin(bin.pointer), muxer.pointer)
        gst_bin_add(stream_bin(bin.pointer), sink.pointer)
        gst_element_link(muxer.pointer, sink.pointer)
        watch(sink.pointer)
        (self.muxer, self.sink) = (muxer, bin)
        return bin
    }

    private func watch(_ sink: ElementPointer) {
        let arrivals = Arrivals()
        self.arrivals = arrivals
        guard let pad = gst_element_get_static_pad(sink, "sink") else { return }
        defer { gst_object_unref(pad) }
        pad.addProbe(GST_PAD_PROBE_TYPE_BUFFER) { pad, info in
            if arrivals.take(stream_probe_buffer(info)), let sink = gst_pad_get_parent_element(pad) {
                GStreamer.post(outputChanged, from: sink)
                gst_object_unref(sink)
            }
            return GST_PAD_PROBE_OK
        }
    }

    func padTemplate(isVideo: Bool) -> String {
        let name = isVideo ? "video" : "audio"
        guard let muxer, let sink, let pad = gst_element_request_pad_simple(muxer.pointer, name) else { return name }
        gst_element_add_pad(sink.pointer, gst_ghost_pad_new(name, pad))
        gst_object_unref(pad)
        return name
    }

    func sessionEnded() { (muxer, sink) = (nil, nil) }

    func trouble(_ report: ElementReport) -> Trouble {
        Trouble(.target, "\(name): \(report.sentence)")
    }
}
