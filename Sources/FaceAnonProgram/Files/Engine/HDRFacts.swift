// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CLibAV

/// What a video says of the screen that it was made on, and of its brightest spots.
struct HDRFacts {
    private(set) var mastering: AVMasteringDisplayMetadata?
    private(set) var light: AVContentLightMetadata?

    /// Reads them from a frame, and what is not there from the stream.
    init(_ frame: VideoFrame, _ stream: InputFile.Stream?) {
        if let data = av_frame_get_side_data(frame.pointer, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA) {
            mastering = Self.read(data.pointee.data, Int(data.pointee.size))
        } else if let stream {
            mastering = Self.read(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA)
        }
        if let data = av_frame_get_side_data(frame.pointer, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL) {
            light = Self.read(data.pointee.data, Int(data.pointee.size))
        } else if let stream {
            light = Self.read(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL)
        }
    }

    private static func read<Value>(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int) -> Value? {
        guard let data, size >= MemoryLayout<Value>.size else { return nil }
        return UnsafeRawPointer(data).loadUnaligned(as: Value.self)
    }

    private static func read<Value>(_ stream: InputFile.Stream, _ type: AVPacketSideDataType) -> Value? {
        var size = 0
        return read(av_stream_get_side_data(stream.pointer, type, &size), size)
    }

    var isEmpty: Bool { mastering == nil && light == nil }

    /// Writes them into the container's own place for them.
    func add(to stream: UnsafeMutablePointer<AVStream>) {
        if let mastering { Self.add(mastering, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, stream) }
        if let light { Self.add(light, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, stream) }
    }

    private static func add<Value>(
        _ value: Value, _ type: AVPacketSideDataType, _ stream: UnsafeMutablePointer<AVStream>
    ) {
        guard let data = av_stream_new_side_data(stream, type, MemoryLayout<Value>.size) else { return }
        withUnsafeBytes(of: value) {
            UnsafeMutableRawPointer(data).copyMemory(from: $0.baseAddress ?? .init(data), byteCount: $0.count)
        }
    }

    /// The display as x264 and x265 want it: chromaticities in 1/50000, luminances in 1/10000 cd/m² (SMPTE ST 2086).
    private var display: String? {
        guard let mastering, mastering.has_primaries != 0, mastering.has_luminance != 0 else { return nil }
        func number(_ value: AVRational, _ unit: Double) -> Int? {
            guard value.den != 0 else { return nil }
            let number = (Double(value.num) / Double(value.den) * unit).rounded()
            return number >= 0 && number < 4e9 ? Int(number) : nil
        }
        let (red, green, blue) = mastering.display_primaries
        let points = [green, blue, red, mastering.white_point].map { point in
            (number(point.0, 50_000), number(point.1, 50_000))
        }
        guard let most = number(mastering.max_luminance, 10_000), let least = number(mastering.min_luminance, 10_000)
        else { return nil }
        var text = ""
        for (name, point) in zip(["G", "B", "R", "WP"], points) {
            guard let x = point.0, let y = point.1, x <= 50_000, y <= 50_000 else { return nil }
            text += "\(name)(\(x),\(y))"
        }
        return text + "L(\(most),\(least))"
    }

    private var brightest: String? {
        guard let light, light.MaxCLL <= 65_535, light.MaxFALL <= 65_535 else { return nil }
        return "\(light.MaxCLL),\(light.MaxFALL)"
    }

    /// As a value of `x264-params`.
    var x264: String {
        ([display.map { "mastering-display=\($0)" }, brightest.map { "cll=\($0)" }] as [String?]).compactMap { $0 }
            .joined(separator: ":")
    }

    /// As parts of `x265-params`.
    var x265: [String] {
        let parts = [display.map { "master-display=\($0)" }, brightest.map { "max-cll=\($0)" }].compactMap { $0 }
        return parts.isEmpty ? [] : parts + ["hdr10=1"]
    }
}
