// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// A camera: a picture, again and again, over RTSP. Options: picture, width, height, rate, codec (see Codec), audio,
/// no-video, bitrate (kbit/s), key-interval (frames), clock (see FrameClock), loss (percent), delay and jitter (ms), hole
/// (a number of a packet: see PacketHole) of every hole-every frames, then-width and then-height once SIGUSR1 comes.
struct Camera {
    private let options: Options

    init(_ options: Options) { self.options = options }

    func configure(_ factory: UnsafeMutablePointer<GstRTSPMediaFactory>) {
        if let loss = options["loss"] {
            configureLossy(factory, percent: Double(loss) ?? 0)
            return
        }
        var line = ""
        var streams = 0
        if options["no-video"] == nil {
            line += source + encoder + " ! " + payloader + " name=pay0"
            streams += 1
        }
        if options["audio"] != nil {
            line +=
                " audiotestsrc is-live=true volume=0.1 ! audio/x-raw,rate=8000,channels=1 ! alawenc"
                + " ! rtppcmapay pt=8 name=pay\(streams)"
        }
        gst_rtsp_media_factory_set_launch(factory, "( \(line) )")
        if options["clock"] != nil { FrameClock.draw(onMediaOf: factory, behind: "pace") }
        if options["hole"] != nil {
            PacketHole(packet: options.number("hole", 0), ofEvery: options.number("hole-every", 1))
                .dig(inMediaOf: factory)
        }
        if let width = options["then-width"], let height = options["then-height"] { changeSize(factory, width, height) }
    }

    private var source: String {
        let rate = options.number("rate", 15)
        let size = Self.caps(options["width"] ?? "480", options["height"] ?? "480", rate)
        return "filesrc location=\"\(options["picture"] ?? "")\" ! pngdec ! videoconvert ! video/x-raw,format=I420"
            + " ! imagefreeze ! video/x-raw,framerate=\(rate)/1 ! videoscale add-borders=false"
            + " ! capsfilter name=size caps=\(size) ! clocksync name=pace ! "
    }

    private enum Codec: String {
        case h264, jpeg
        /// After the first key frame, there are only such as later frames reach behind.
        case h264Open = "h264-open"
        /// No key frame at all after the first one: a part of each frame is new.
        case h264Refresh = "h264-refresh"
        /// With open GOPs, as is usual.
        case h265
    }

    private var codec: Codec { options["codec"].flatMap(Codec.init) ?? .h264 }

    private var encoder: String {
        let interval = options.number("key-interval", options.number("rate", 15))
        let common = "bitrate=\(options.number("bitrate", 1500)) key-int-max=\(interval) speed-preset=ultrafast"
        let x264 = "x264enc \(common) tune=zerolatency"
        return switch codec {
        case .h264: x264 + " ! h264parse config-interval=-1"
        // Left alone, the payloader asks for a profile without B-frames, thus without open GOPs.
        case .h264Open:
            "x264enc \(common) bframes=2 option-string=open-gop=1"
                + " ! video/x-h264,profile=main ! h264parse config-interval=-1"
        case .h264Refresh: x264 + " intra-refresh=true ! h264parse config-interval=-1"
        case .h265: "x265enc \(common) ! h265parse config-interval=-1"
        case .jpeg: "jpegenc"
        }
    }

    private var payloader: String {
        switch codec {
        case .h264, .h264Open, .h264Refresh: "rtph264pay config-interval=-1 pt=96"
        case .h265: "rtph265pay config-interval=-1 pt=96"
        case .jpeg: "rtpjpegpay pt=26"
        }
    }

    // MARK: - Losses

    /// A network that loses and delays: netsim behind the payloader, in one bin, which the server takes for the payloader.
    private func configureLossy(_ factory: UnsafeMutablePointer<GstRTSPMediaFactory>, percent: Double) {
        let (delay, jitter) = (options.number("delay", 50), options.number("jitter", 20))
        let network =
            " ! netsim drop-probability=\(percent / 100) delay-probability=1"
            + " min-delay=\(delay - jitter) max-delay=\(delay + jitter)"
        Self.lines.withLock { $0 = (source + encoder, payloader + network) }
        // A launch line cannot say that, so the factory's class gets another function. It has no other instances.
        UnsafeRawPointer(factory).load(as: UnsafeMutablePointer<GstRTSPMediaFactoryClass>.self).pointee.create_element =
            {
                _, _ in
                let (source, payloader) = Camera.lines.withLock { $0 }
                guard let bin = gst_bin_new(nil),
                    let front = gst_parse_bin_from_description_full(source, 1, nil, GST_PARSE_FLAG_NONE, nil),
                    let back = gst_parse_bin_from_description_full(payloader, 1, nil, GST_PARSE_FLAG_NONE, nil)
                else { return nil }
                gst_object_set_name(stream_object(back), "pay0")
                gst_bin_add(stream_bin(bin), front)
                gst_bin_add(stream_bin(bin), back)
                gst_element_link(front, back)
                return bin
            }
    }

    private static let lines = Mutex<(String, String)>(("", ""))

    // MARK: - Sizes

    private static func caps(_ width: String, _ height: String, _ rate: Int) -> String {
        "video/x-raw,format=I420,width=\(width),height=\(height),framerate=\(rate)/1,pixel-aspect-ratio=1/1"
    }

    /// When a client has come and then SIGUSR1, the picture gets another size.
    private func changeSize(_ factory: UnsafeMutablePointer<GstRTSPMediaFactory>, _ width: String, _ height: String) {
        let change = Change(caps: Self.caps(width, height, options.number("rate", 15)))
        RTSPPeer.onMedia(of: factory) { bin in
            // The bin holds it, for as long as the process lives.
            guard let filter = gst_bin_get_by_name(stream_bin(bin), "size") else { return }
            change.take(filter)
        }
        g_unix_signal_add(
            SIGUSR1,
            { data in
                if let data { Unmanaged<Change>.fromOpaque(data).takeUnretainedValue().make() }
                RTSPPeer.say("the size changes")
                return 0
            }, Unmanaged.passRetained(change).toOpaque())
    }

    private final class Change: Sendable {
        private let caps: String
        /// Its address; 0: there is none yet.
        private let filter = Atomic<Int>(0)
        /// It stays changed, whoever comes later.
        private let isDone = Atomic<Bool>(false)

        init(caps: String) { self.caps = caps }

        func take(_ filter: UnsafeMutablePointer<GstElement>) {
            self.filter.store(Int(bitPattern: filter), ordering: .sequentiallyConsistent)
            if isDone.load(ordering: .sequentiallyConsistent) { stream_set_caps(filter, "caps", caps) }
        }

        func make() {
            isDone.store(true, ordering: .sequentiallyConsistent)
            let address = filter.load(ordering: .sequentiallyConsistent)
            if let filter = UnsafeMutableRawPointer(bitPattern: address) { stream_set_caps(filter, "caps", caps) }
        }
    }
}
