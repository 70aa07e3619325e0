// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

/// Rectangles of whole pixels, ends not included.
struct Area: Equatable {
    var x: Range<Int>
    var y: Range<Int>
}

/// A frame's memory as GStreamer finds its samples in it: what the element's own table of formats is held against.
struct FrameMemory {
    let format: String
    let width: Int
    let height: Int
    var bytes: [UInt8]
    /// Where planes lie when that is not GStreamer's default.
    var planes: (offsets: [Int], strides: [Int])?

    init(_ picture: Picture) {
        (format, width, height, bytes) = (picture.format, picture.width, picture.height, picture.bytes)
    }

    private init(format: String, width: Int, height: Int, bytes: [UInt8], planes: (offsets: [Int], strides: [Int])) {
        (self.format, self.width, self.height, self.bytes) = (format, width, height, bytes)
        self.planes = planes
    }

    /// A mask's area: the face's box with margin, rounded outward to whole chroma samples and cut at the frame's border.
    func area(of face: ReportLine.Face, margin: Double) throws -> Area {
        func side(_ start: Float, _ length: Float, _ grid: Int, _ limit: Int) -> Range<Int> {
            // The element keeps boxes as two corners: rounding may differ in the last bit, not where it counts.
            let low = Double(start) - margin * Double(length)
            let high = Double(start) + Double(length) + margin * Double(length)
            let first = Int((low / Double(grid)).rounded(.down)) * grid
            let end = Int((high / Double(grid)).rounded(.up)) * grid
            return max(0, first)..<min(limit, end)
        }
        var chroma = (1, 1)
        try withFrame { frame in
            for component in components(frame) {
                chroma.0 = max(chroma.0, 1 << Int(component.horizontal_shift))
                chroma.1 = max(chroma.1, 1 << Int(component.vertical_shift))
            }
        }
        return Area(x: side(face.x, face.width, chroma.0, width), y: side(face.y, face.height, chroma.1, height))
    }

    /// A new buffer, with a video meta where the planes do not lie as by default.
    func buffer(frame: Int?) throws -> UnsafeMutablePointer<GstBuffer> {
        let buffer = try #require(
            Picture(format: format, width: width, height: height, bytes: bytes).buffer(frame: frame))
        if let planes { try addMeta(to: buffer, planes) }
        return buffer
    }

    func addMeta(to buffer: UnsafeMutablePointer<GstBuffer>, _ planes: (offsets: [Int], strides: [Int])) throws {
        var offsets = (planes.offsets + [0, 0, 0, 0]).prefix(4).map { gsize($0) }
        var strides = (planes.strides + [0, 0, 0, 0]).prefix(4).map { gint($0) }
        // Not gst_video_format_from_string: GStreamer declares it as reading no memory, so that the compiler may call it
        // when it has already given back the string's.
        let info = try videoInfo()
        defer { gst_video_info_free(info) }
        let meta = gst_buffer_add_video_meta_full(
            buffer, GST_VIDEO_FRAME_FLAG_NONE, info.pointee.finfo.pointee.format, guint(width), guint(height),
            guint(planes.offsets.count), &offsets, &strides)
        try #require(meta != nil)
    }

    /// The same picture with `lead` bytes before each plane and `padding` after each row, all of a value of their own.
    func padded(lead: Int, padding: Int, with filler: UInt8) throws -> FrameMemory {
        var result: [UInt8] = []
        var offsets: [Int] = []
        var strides: [Int] = []
        try withFrame { frame in
            let info = frame.pointee.info
            let from = [info.offset.0, info.offset.1, info.offset.2, info.offset.3].map { Int($0) }
            let steps = [info.stride.0, info.stride.1, info.stride.2, info.stride.3].map { Int($0) }
            for plane in 0..<Int(info.finfo.pointee.n_planes) {
                let parts = components(frame).filter { $0.plane == plane }
                let rows = Int(parts[0].height)
                let used = parts.map { Int($0.width * $0.step) }.max() ?? 0
                result += [UInt8](repeating: filler, count: lead)
                offsets.append(result.count)
                strides.append(used + padding)
                for row in 0..<rows {
                    let start = from[plane] + row * steps[plane]
                    result += bytes[start..<start + used] + [UInt8](repeating: filler, count: padding)
                }
            }
        }
        return FrameMemory(format: format, width: width, height: height, bytes: result, planes: (offsets, strides))
    }

    /// The same picture as it leaves the element: in GStreamer's default layout, with zeros wherever no pixel is.
    func plain() throws -> FrameMemory {
        let info = try videoInfo()
        defer { gst_video_info_free(info) }
        var result = [UInt8](repeating: 0, count: Int(info.pointee.size))
        let (offsets, steps) = (info.pointee.offset, info.pointee.stride)
        let to = [offsets.0, offsets.1, offsets.2, offsets.3].map { Int($0) }
        let strides = [steps.0, steps.1, steps.2, steps.3].map { Int($0) }
        try withFrame { frame in
            let (data, from) = (frame.pointee.data, frame.pointee.info.stride)
            let bases = [data.0, data.1, data.2, data.3]
            let lengths = [from.0, from.1, from.2, from.3].map { Int($0) }
            for plane in 0..<Int(info.pointee.finfo.pointee.n_planes) {
                let parts = components(frame).filter { $0.plane == plane }
                let used = parts.map { Int($0.width * $0.step) }.max() ?? 0
                guard let base = bases[plane]?.assumingMemoryBound(to: UInt8.self) else { continue }
                for row in 0..<Int(parts[0].height) {
                    for x in 0..<used {
                        result[to[plane] + row * strides[plane] + x] = base[row * lengths[plane] + x]
                    }
                }
            }
        }
        return FrameMemory(Picture(format: format, width: width, height: height, bytes: result))
    }

    /// The same picture upside down in memory: its rows run upwards.
    func flipped() throws -> FrameMemory {
        let plain = try padded(lead: 0, padding: 0, with: 0)
        guard let planes = plain.planes, planes.offsets.count == 1 else { return plain }
        let stride = planes.strides[0]
        let rows = Array(Swift.stride(from: 0, to: plain.bytes.count, by: stride))
        return FrameMemory(
            format: format, width: width, height: height,
            bytes: rows.reversed().flatMap { plain.bytes[$0..<$0 + stride] },
            planes: ([(rows.count - 1) * stride], [-stride]))
    }

    /// The bytes with an area filled: one value for each of GStreamer's components, and one for a fourth byte of a pixel
    /// that belongs to none. Values have the depth of the format.
    func filled(_ areas: [Area], with values: [UInt16]) throws -> [UInt8] {
        var result = self
        try result.mapFrame { frame in
            let components = components(frame)
            for area in areas {
                for (index, component) in components.enumerated() {
                    fill(component, area, with: values[index])
                }
                // xRGB and the like: a byte of each pixel that is none of GStreamer's components.
                guard let unused = format.firstIndex(of: "x"), let base = frame.pointee.data.0 else { continue }
                var component = components[0]
                component.data = base.assumingMemoryBound(to: UInt8.self)
                component.data += format.distance(from: format.startIndex, to: unused)
                fill(component, area, with: values[3])
            }
        }
        return result.bytes
    }

    private func fill(_ component: CheckComponent, _ area: Area, with value: UInt16) {
        func samples(_ range: Range<Int>, _ shift: gint, _ limit: gint) -> Range<Int> {
            let unit = 1 << Int(shift)
            return (range.lowerBound / unit)..<min(Int(limit), (range.upperBound + unit - 1) / unit)
        }
        for y in samples(area.y, component.vertical_shift, component.height) {
            for x in samples(area.x, component.horizontal_shift, component.width) {
                let sample = component.data + y * Int(component.stride) + x * Int(component.step)
                // Padding bits are 0.
                let word = value << UInt16(component.shift)
                let (low, high) = (UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8))
                guard component.depth > 8 else {
                    sample[0] = low
                    continue
                }
                (sample[0], sample[1]) = format.hasSuffix("_BE") ? (high, low) : (low, high)
            }
        }
    }

    /// Bytes from a row's start to the first sample of each component, where GStreamer 1.22's own table says otherwise than
    /// its converters write them.
    private static let offsets: [String: [gint]] = [
        "P010_10LE": [0, 0, 2], "P012_LE": [0, 0, 2], "P016_LE": [0, 0, 2], "VYUY": [1, 2, 0], "Y210": [0, 2, 6],
        "Y212_LE": [0, 2, 6], "Y412_LE": [2, 0, 4, 6],
    ]

    func components(_ frame: UnsafeMutablePointer<GstVideoFrame>) -> [CheckComponent] {
        (0..<check_component_count(frame)).map { index in
            var component = check_component(frame, index)
            if let offset = Self.offsets[format]?[Int(index)] {
                component.data += Int(offset - component.offset)
                component.offset = offset
            }
            if format == "Y210" { component.shift = 6 }
            return component
        }
    }

    func withFrame(_ body: (UnsafeMutablePointer<GstVideoFrame>) throws -> Void) throws {
        var copy = self
        try copy.mapFrame(body)
    }

    /// Of packed memory; to be given back with `gst_video_info_free`.
    private func videoInfo() throws -> UnsafeMutablePointer<GstVideoInfo> {
        let caps = gst_caps_from_string(
            "video/x-raw,format=\(format),width=\(width),height=\(height),framerate=25/1")
        defer { gst_caps_unref(caps) }
        return try #require(gst_video_info_new_from_caps(caps))
    }

    /// Maps the bytes as a frame; what the body writes is kept.
    private mutating func mapFrame(_ body: (UnsafeMutablePointer<GstVideoFrame>) throws -> Void) throws {
        let info = try videoInfo()
        defer { gst_video_info_free(info) }
        let buffer = try buffer(frame: nil)
        defer { gst_buffer_unref(buffer) }
        var frame = GstVideoFrame()
        let access = GstMapFlags(rawValue: GST_MAP_READ.rawValue | GST_MAP_WRITE.rawValue)
        try #require(gst_video_frame_map(&frame, info, buffer, access) != 0)
        do {
            defer { gst_video_frame_unmap(&frame) }
            try body(&frame)
        }
        bytes = Picture.bytes(of: buffer)
    }
}
