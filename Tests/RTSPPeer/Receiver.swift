// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// A server that takes RECORD and looks at every frame: is the face masked, with red? Options: picture (what the camera
/// shows), face (`x,y,width,height` as shares of the picture), audio, odd-frames (a folder).
final class Receiver: Sendable {
    /// Frames by what is where the face is.
    private struct Counts {
        var frames = 0
        var masked = 0
        var clear = 0
        var audio = 0
        var width: Int32 = 0
        var height: Int32 = 0
    }

    private let counts = Mutex(Counts())
    private let check: FaceCheck
    private let hasAudio: Bool

    init(_ options: Options) {
        check = FaceCheck(options)
        hasAudio = options["audio"] != nil
    }

    func configure(_ factory: UnsafeMutablePointer<GstRTSPMediaFactory>) {
        let audio = hasAudio ? "decodebin name=depay1 fakesink name=audio async=false sync=false" : ""
        gst_rtsp_media_factory_set_launch(
            factory,
            "( decodebin name=depay0 videoconvert name=convert ! video/x-raw,format=I420 "
                + "! fakesink name=video async=false sync=false \(audio) )")
        gst_rtsp_media_factory_set_transport_mode(factory, GST_RTSP_TRANSPORT_MODE_RECORD)
        gst_rtsp_media_factory_set_latency(factory, 200)
        let configure: @convention(c) (gpointer, UnsafeMutablePointer<GstRTSPMedia>, gpointer) -> Void = {
            _, media, data in
            guard let element = gst_rtsp_media_get_element(media) else { return }
            defer { gst_object_unref(element) }
            RTSPPeer.say("a stream comes in")
            for name in ["depay0", "depay1"] { Receiver.linkByKind(element, name) }
            Receiver.probe(element, "video", data) { pad, info, data in
                guard let pad, let info, let data, let buffer = stream_probe_buffer(info) else {
                    return GST_PAD_PROBE_OK
                }
                Unmanaged<Receiver>.fromOpaque(data).takeUnretainedValue().take(buffer, from: pad)
                return GST_PAD_PROBE_OK
            }
            Receiver.probe(element, "audio", data) { _, _, data in
                if let data {
                    Unmanaged<Receiver>.fromOpaque(data).takeUnretainedValue().counts.withLock { $0.audio += 1 }
                }
                return GST_PAD_PROBE_OK
            }
        }
        // For as long as the process lives.
        let data = Unmanaged.passRetained(self).toOpaque()
        stream_connect(factory, "media-configure", unsafeBitCast(configure, to: GCallback.self), data)
        g_timeout_add(
            250,
            { data in
                if let data { Unmanaged<Receiver>.fromOpaque(data).takeUnretainedValue().report() }
                return 1
            }, data)
    }

    /// Either of the streams may be the first one.
    private static func linkByKind(_ bin: UnsafeMutablePointer<GstElement>, _ name: String) {
        guard let decoder = gst_bin_get_by_name(stream_bin(bin), name) else { return }
        let padAdded:
            @convention(c) (UnsafeMutablePointer<GstElement>, UnsafeMutablePointer<GstPad>, gpointer) -> Void = {
                decoder, pad, bin in
                guard let caps = gst_pad_get_current_caps(pad), let kind = stream_caps_name(caps) else { return }
                let name = String(cString: kind).hasPrefix("video/") ? "convert" : "audio"
                gst_caps_unref(caps)
                guard let next = gst_bin_get_by_name(stream_bin(bin), name) else { return }
                gst_element_link_pads(decoder, nil, next, "sink")
                gst_object_unref(next)
            }
        RTSPPeer.beginWithKeyFrame(decoder)
        // The bin holds the decoder.
        stream_connect(decoder, "pad-added", unsafeBitCast(padAdded, to: GCallback.self), bin)
        gst_object_unref(decoder)
    }

    private static func probe(
        _ bin: UnsafeMutablePointer<GstElement>, _ name: String, _ data: gpointer,
        _ callback: @escaping GstPadProbeCallback
    ) {
        guard let sink = gst_bin_get_by_name(stream_bin(bin), name), let pad = gst_element_get_static_pad(sink, "sink")
        else { return }
        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, data, nil)
        gst_object_unref(pad)
        gst_object_unref(sink)
    }

    private func take(_ buffer: UnsafeMutablePointer<GstBuffer>, from pad: UnsafeMutablePointer<GstPad>) {
        guard let look = check.look(at: buffer, from: pad) else { return }
        counts.withLock { counts in
            counts.frames += 1
            if look.isMasked { counts.masked += 1 }
            if look.isClear { counts.clear += 1 }
            (counts.width, counts.height) = (look.width, look.height)
        }
    }

    private func report() {
        let now = counts.withLock { $0 }
        guard now.frames > 0 else { return }
        RTSPPeer.say(
            "frames=\(now.frames) masked=\(now.masked) clear=\(now.clear) audio=\(now.audio) size=\(now.width)x\(now.height)"
        )
    }
}
