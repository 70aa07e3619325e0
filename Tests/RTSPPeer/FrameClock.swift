// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import GstCallbacks

/// The time of day as black and white squares along the picture's lower border, 24 bits of milliseconds: it goes through
/// encoders, and tells a viewer on the same machine how old a frame is.
enum FrameClock {
    private static let bits = 24
    private static let side = 16

    private static var now: Int { Int(Date().timeIntervalSince1970 * 1000) & (1 << bits - 1) }

    /// Draws it on each frame that leaves an element.
    static func draw(onMediaOf factory: UnsafeMutablePointer<GstRTSPMediaFactory>, behind name: String) {
        RTSPPeer.onMedia(of: factory) { bin in
            RTSPPeer.pad("src", of: name, in: bin)?.addProbe(GST_PAD_PROBE_TYPE_BUFFER) { pad, info in
                if let buffer = stream_probe_writable_buffer(info) { FrameClock.draw(on: buffer, from: pad) }
                return GST_PAD_PROBE_OK
            }
        }
    }

    /// Draws the time that it is.
    static func draw(on buffer: UnsafeMutablePointer<GstBuffer>, from pad: UnsafeMutablePointer<GstPad>) {
        let time = now
        luma(of: buffer, from: pad, GST_MAP_WRITE) { luma, stride, height in
            for bit in 0..<bits {
                let value: UInt8 = time >> bit & 1 == 1 ? 235 : 16
                for y in height - side..<height {
                    let start = y * stride + bit * side
                    for x in 0..<side { luma[start + x] = value }
                }
            }
        }
    }

    /// Milliseconds; nil where no clock is to be seen.
    static func age(of buffer: UnsafeMutablePointer<GstBuffer>, from pad: UnsafeMutablePointer<GstPad>) -> Int? {
        var time = 0
        var isClear = true
        luma(of: buffer, from: pad, GST_MAP_READ) { luma, stride, height in
            for bit in 0..<bits {
                let value = luma[(height - side / 2) * stride + bit * side + side / 2]
                if value > 160 { time |= 1 << bit }
                if (90...160).contains(value) { isClear = false }
            }
        }
        let age = now - time & (1 << bits - 1)
        return isClear && age < 60_000 ? age : nil
    }

    private static func luma(
        of buffer: UnsafeMutablePointer<GstBuffer>, from pad: UnsafeMutablePointer<GstPad>, _ flags: GstMapFlags,
        _ use: (UnsafeMutablePointer<UInt8>, Int, Int) -> Void
    ) {
        guard let caps = gst_pad_get_current_caps(pad) else { return }
        defer { gst_caps_unref(caps) }
        var info = GstVideoInfo()
        var frame = GstVideoFrame()
        guard gst_video_info_from_caps(&info, caps) != 0, info.width >= gint(bits * side),
            gst_video_frame_map(&frame, &info, buffer, flags) != 0
        else { return }
        defer { gst_video_frame_unmap(&frame) }
        guard let luma = frame.data.0?.assumingMemoryBound(to: UInt8.self) else { return }
        use(luma, Int(frame.info.stride.0), Int(info.height))
    }
}
