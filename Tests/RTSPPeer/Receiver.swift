// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import GstCallbacks
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
        RTSPPeer.onMedia(of: factory) { [self] bin in
            RTSPPeer.say("a stream comes in")
            for name in ["depay0", "depay1"] { Self.linkByKind(bin, name) }
            RTSPPeer.pad("sink", of: "video", in: bin)?.addProbe(GST_PAD_PROBE_TYPE_BUFFER) { pad, info in
                if let buffer = stream_probe_buffer(info) { self.take(buffer, from: pad) }
                return GST_PAD_PROBE_OK
            }
            RTSPPeer.pad("sink", of: "audio", in: bin)?.addProbe(GST_PAD_PROBE_TYPE_BUFFER) { _, _ in
                self.counts.withLock { $0.audio += 1 }
                return GST_PAD_PROBE_OK
            }
        }
        // For as long as the process lives.
        let data = Unmanaged.passRetained(self).toOpaque()
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
        defer { gst_object_unref(decoder) }
        RTSPPeer.beginWithKeyFrame(decoder)
        RTSPPeer.insist {
            try connect("pad-added", of: decoder) { (decoder, pad: UnsafeMutablePointer<GstPad>) in
                guard let caps = gst_pad_get_current_caps(pad), let kind = stream_caps_name(caps) else { return }
                let name = String(cString: kind).hasPrefix("video/") ? "convert" : "audio"
                gst_caps_unref(caps)
                // The bin holds the decoder.
                guard let bin = gst_object_get_parent(stream_object(decoder)) else { return }
                defer { gst_object_unref(bin) }
                guard let next = gst_bin_get_by_name(stream_bin(bin), name) else { return }
                gst_element_link_pads(decoder, nil, next, "sink")
                gst_object_unref(next)
            }
        }
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
