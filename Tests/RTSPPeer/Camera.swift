// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// A camera: a picture, again and again, over RTSP. Options: picture, width, height, rate, codec (h264, jpeg), audio,
/// no-video, loss (percent), delay and jitter (ms), then-width and then-height after change-after (s).
struct Camera {
    private let options: Options

    init(_ options: Options) { self.options = options }

    func configure(_ factory: UnsafeMutablePointer<GstRTSPMediaFactory>) {
        var line = ""
        var streams = 0
        if options["no-video"] == nil {
            line += video
            streams += 1
        }
        if options["audio"] != nil {
            line += " audiotestsrc is-live=true volume=0.1 ! audio/x-raw,rate=8000,channels=1 ! alawenc"
                + " ! rtppcmapay pt=8 name=pay\(streams)"
        }
        gst_rtsp_media_factory_set_launch(factory, "( \(line) )")
        if let width = options["then-width"], let height = options["then-height"] { changeSize(factory, width, height) }
    }

    private var video: String {
        let rate = options.number("rate", 15)
        let codec = options["codec"] == "jpeg"
            ? "jpegenc ! rtpjpegpay pt=26"
            : "x264enc tune=zerolatency speed-preset=ultrafast bitrate=1500 key-int-max=\(rate)"
                + " ! h264parse config-interval=-1 ! rtph264pay config-interval=-1 pt=96"
        // Losses and delays behind the payloader; netsim takes its payload type for that of the stream.
        let loss = options["loss"].map { loss in
            let (delay, jitter) = (options.number("delay", 0), options.number("jitter", 0))
            return " ! netsim drop-probability=\((Double(loss) ?? 0) / 100) delay-probability=1"
                + " min-delay=\(delay - jitter) max-delay=\(delay + jitter) allow-reordering=false"
        }
        let source = "filesrc location=\"\(options["picture"] ?? "")\" ! decodebin ! videoconvert ! video/x-raw,format=I420"
            + " ! imagefreeze ! video/x-raw,framerate=\(rate)/1 ! videoscale add-borders=false"
            + " ! capsfilter name=size caps=\(Self.caps(options["width"] ?? "480", options["height"] ?? "480", rate)) ! clocksync ! "
        return source + codec + " name=pay0" + (loss ?? "")
    }

    private static func caps(_ width: String, _ height: String, _ rate: Int) -> String {
        "video/x-raw,format=I420,width=\(width),height=\(height),framerate=\(rate)/1,pixel-aspect-ratio=1/1"
    }

    /// Some seconds after a client has come, the picture gets another size.
    private func changeSize(_ factory: UnsafeMutablePointer<GstRTSPMediaFactory>, _ width: String, _ height: String) {
        let change = Change(
            caps: Self.caps(width, height, options.number("rate", 15)), seconds: options.number("change-after", 3))
        let configure: @convention(c) (gpointer, UnsafeMutablePointer<GstRTSPMedia>, gpointer) -> Void = { _, media, data in
            let change = Unmanaged<Change>.fromOpaque(data).takeUnretainedValue()
            guard let element = gst_rtsp_media_get_element(media) else { return }
            change.filter = gst_bin_get_by_name(stream_bin(element), "size")
            gst_object_unref(element)
            g_timeout_add_seconds(
                guint(change.seconds),
                { data in
                    guard let data else { return 0 }
                    let change = Unmanaged<Change>.fromOpaque(data).takeUnretainedValue()
                    if let filter = change.filter { stream_set_caps(filter, "caps", change.caps) }
                    RTSPPeer.say("the size changes")
                    return 0
                }, data)
        }
        // For as long as the process lives.
        stream_connect(
            factory, "media-configure", unsafeBitCast(configure, to: GCallback.self),
            Unmanaged.passRetained(change).toOpaque())
    }

    private final class Change {
        let caps: String
        let seconds: Int
        var filter: UnsafeMutablePointer<GstElement>?

        init(caps: String, seconds: Int) {
            self.caps = caps
            self.seconds = seconds
        }
    }
}
