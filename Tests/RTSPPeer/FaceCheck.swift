// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// What is where the face is: the mask, the face, or neither.
final class FaceCheck: Sendable {
    struct Look {
        /// Red, as in mask=fill fill-color=0xffff0000.
        let isMasked: Bool
        /// The same brightness, about, as in the clear picture.
        let isClear: Bool
        let width: Int32
        let height: Int32
        /// The mean of V there, and how far the brightness is from the clear picture's.
        let red: Double
        let difference: Double
    }

    private struct Rows {
        var width: Int32 = 0
        var height: Int32 = 0
        /// Brightness within the face's place, row by row.
        var brightness: [UInt8] = []
        /// The mean of V (red minus brightness) there.
        var red = 0.0
    }

    private let picture: String
    /// Shares of the picture: left, top, width, height.
    private let face: [Double]
    /// The clear picture in the sizes that have come up.
    private let clear = Mutex<[String: [UInt8]]>([:])

    /// Where frames are kept that are not masked, as pictures.
    private let oddFrames: String?
    private let looked = Atomic<Int>(0)

    init(_ options: Options) {
        picture = options["picture"] ?? ""
        face = (options["face"] ?? "0.4,0.1,0.1,0.1").split(separator: ",").compactMap { Double($0) }
        oddFrames = options["odd-frames"]
    }

    func look(at buffer: UnsafeMutablePointer<GstBuffer>, from pad: UnsafeMutablePointer<GstPad>) -> Look? {
        guard let caps = gst_pad_get_current_caps(pad) else { return nil }
        defer { gst_caps_unref(caps) }
        guard let rows = read(buffer, caps) else { return nil }
        let size = "\(rows.width)x\(rows.height)"
        let wanted = clear.withLock { known in
            if known[size] == nil { known[size] = load(width: rows.width, height: rows.height) }
            return known[size] ?? []
        }
        let difference = zip(wanted, rows.brightness).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        let mean = wanted.isEmpty ? 0 : Double(difference) / Double(wanted.count)
        let look = Look(
            isMasked: rows.red > 200, isClear: mean < 20, width: rows.width, height: rows.height, red: rows.red,
            difference: mean)
        let number = looked.add(1, ordering: .relaxed).newValue
        if let oddFrames, !look.isMasked {
            keep(buffer, caps, "\(oddFrames)/\(getpid())-\(number)-red\(Int(look.red))-off\(Int(mean)).png")
        }
        return look
    }

    private func keep(_ buffer: UnsafeMutablePointer<GstBuffer>, _ caps: UnsafeMutablePointer<GstCaps>, _ path: String)
    {
        let sample = gst_sample_new(buffer, caps, nil, nil)
        defer { gst_sample_unref(sample) }
        let png = gst_caps_new_empty_simple("image/png")
        defer { gst_caps_unref(png) }
        guard let picture = gst_video_convert_sample(sample, png, GstClockTime.max, nil) else { return }
        defer { gst_sample_unref(picture) }
        var map = GstMapInfo()
        guard let buffer = gst_sample_get_buffer(picture), gst_buffer_map(buffer, &map, GST_MAP_READ) != 0 else {
            return
        }
        defer { gst_buffer_unmap(buffer, &map) }
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes: map.data, count: Int(map.size)))
    }

    private func read(_ buffer: UnsafeMutablePointer<GstBuffer>, _ caps: UnsafeMutablePointer<GstCaps>) -> Rows? {
        var info = GstVideoInfo()
        var frame = GstVideoFrame()
        guard face.count == 4, gst_video_info_from_caps(&info, caps) != 0,
            gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ) != 0
        else { return nil }
        defer { gst_video_frame_unmap(&frame) }
        var rows = Rows(width: info.width, height: info.height)
        let (width, height) = (Double(info.width), Double(info.height))
        let columns = Int(face[0] * width)..<Int((face[0] + face[2]) * width)
        let lines = Int(face[1] * height)..<Int((face[1] + face[3]) * height)
        guard let luma = frame.data.0?.assumingMemoryBound(to: UInt8.self),
            let red = frame.data.2?.assumingMemoryBound(to: UInt8.self)
        else { return nil }
        var (sum, count) = (0, 0)
        for line in lines {
            for column in columns {
                rows.brightness.append(luma[line * Int(frame.info.stride.0) + column])
                sum += Int(red[line / 2 * Int(frame.info.stride.2) + column / 2])
                count += 1
            }
        }
        rows.red = Double(sum) / Double(max(1, count))
        return rows
    }

    /// The clear picture, made as the camera makes it.
    private func load(width: Int32, height: Int32) -> [UInt8] {
        let line =
            "filesrc location=\"\(picture)\" ! decodebin ! videoconvert ! videoscale add-borders=false"
            + " ! video/x-raw,format=I420,width=\(width),height=\(height),pixel-aspect-ratio=1/1 ! fakesink name=sink"
            + " enable-last-sample=true"
        guard let pipeline = gst_parse_launch(line, nil) else { return [] }
        defer {
            gst_element_set_state(pipeline, GST_STATE_NULL)
            gst_object_unref(pipeline)
        }
        gst_element_set_state(pipeline, GST_STATE_PAUSED)
        guard gst_element_get_state(pipeline, nil, nil, GstClockTime.max) == GST_STATE_CHANGE_SUCCESS,
            let sink = gst_bin_get_by_name(stream_bin(pipeline), "sink")
        else { return [] }
        defer { gst_object_unref(sink) }
        guard let sample = stream_last_sample(sink) else { return [] }
        defer { gst_sample_unref(sample) }
        guard let buffer = gst_sample_get_buffer(sample), let caps = gst_sample_get_caps(sample) else { return [] }
        return read(buffer, caps)?.brightness ?? []
    }
}
