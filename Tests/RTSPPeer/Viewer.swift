// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// Plays a stream and looks at every frame, as the receiver does; of a camera with a clock it also reads how old they are.
/// Options: url, user, password, transport (tcp, udp), latency (ms), ca, picture, face, odd-frames.
final class Viewer: Sendable {
    private struct Counts {
        var frames = 0
        var masked = 0
        var clear = 0
        var width: Int32 = 0
        var height: Int32 = 0
        var ages: [Int] = []
    }

    private let counts = Mutex(Counts())
    private let check: FaceCheck
    private let options: Options

    init(_ options: Options) {
        self.options = options
        check = FaceCheck(options)
    }

    /// Plays until an error or the end, which it says.
    func play() {
        let line =
            // A server without a processor is not lost: 120 s.
            "rtspsrc name=source location=\"\(options["url"] ?? "")\" latency=\(options.number("latency", 100))"
            + " protocols=\(options["transport"] ?? "tcp") timeout=120000000 tcp-timeout=120000000"
            + " ! decodebin name=decoder ! videoconvert ! video/x-raw,format=I420 ! fakesink name=video async=false sync=false"
        guard let pipeline = gst_parse_launch(line, nil),
            let source = gst_bin_get_by_name(stream_bin(pipeline), "source"),
            let sink = gst_bin_get_by_name(stream_bin(pipeline), "video"),
            let pad = gst_element_get_static_pad(sink, "sink")
        else { return }
        if let decoder = gst_bin_get_by_name(stream_bin(pipeline), "decoder") { RTSPPeer.beginWithKeyFrame(decoder) }
        if let user = options["user"] {
            stream_set_string(source, "user-id", user)
            stream_set_string(source, "user-pw", options["password"] ?? "")
        }
        if let ca = options["ca"], let database = g_tls_file_database_new(ca, nil) {
            stream_set_object(source, "tls-database", database)
        }
        // For as long as the process lives.
        let data = Unmanaged.passRetained(self).toOpaque()
        gst_pad_add_probe(
            pad, GST_PAD_PROBE_TYPE_BUFFER,
            { pad, info, data in
                guard let pad, let info, let data, let buffer = stream_probe_buffer(info) else {
                    return GST_PAD_PROBE_OK
                }
                Unmanaged<Viewer>.fromOpaque(data).takeUnretainedValue().take(buffer, from: pad)
                return GST_PAD_PROBE_OK
            }, data, nil)
        g_timeout_add(
            250,
            { data in
                if let data { Unmanaged<Viewer>.fromOpaque(data).takeUnretainedValue().report() }
                return 1
            }, data)
        let bus = gst_element_get_bus(pipeline)
        gst_bus_add_watch(
            bus,
            { _, message, data in
                guard let message, let data else { return 1 }
                let type = stream_message_type(message)
                guard type == GST_MESSAGE_ERROR || type == GST_MESSAGE_EOS else { return 1 }
                let report = stream_parse(message)
                Unmanaged<Viewer>.fromOpaque(data).takeUnretainedValue().report()
                RTSPPeer.say("over: \(report.text.map { String(cString: $0) } ?? "the end")")
                exit(type == GST_MESSAGE_ERROR ? 1 : 0)
            }, data)
        gst_element_set_state(pipeline, GST_STATE_PLAYING)
    }

    private func take(_ buffer: UnsafeMutablePointer<GstBuffer>, from pad: UnsafeMutablePointer<GstPad>) {
        let age = FrameClock.age(of: buffer, from: pad)
        guard let look = check.look(at: buffer, from: pad) else { return }
        counts.withLock { counts in
            counts.frames += 1
            if look.isMasked { counts.masked += 1 }
            if look.isClear { counts.clear += 1 }
            (counts.width, counts.height) = (look.width, look.height)
            if let age { counts.ages.append(age) }
        }
    }

    private func report() {
        let now = counts.withLock { $0 }
        guard now.frames > 0 else { return }
        RTSPPeer.say("frames=\(now.frames) masked=\(now.masked) clear=\(now.clear) size=\(now.width)x\(now.height)")
        // Without the start, when everything is built.
        let ages = now.ages.dropFirst(45).sorted()
        guard ages.count >= 20 else { return }
        RTSPPeer.say("ages=\(ages.count) median=\(ages[ages.count / 2]) p95=\(ages[ages.count * 95 / 100])")
    }
}
