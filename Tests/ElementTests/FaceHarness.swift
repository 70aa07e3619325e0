// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import GstFaceAnon
import Testing

/// GStreamer and the plugin, made ready once for all tests of the process.
enum Plugin {
    static let isReady: Bool = {
        gst_init(nil, nil)
        registerPlugin()
        return true
    }()

    /// The checkout, as `make test` names it.
    static var root: String {
        ProcessInfo.processInfo.environment["FACEANON_ROOT"] ?? FileManager.default.currentDirectoryPath
    }

    static var astronaut: String { root + "/build/test-data/astronaut.png" }
}

/// The suites of this target share one process with one OpenCV and one set of injected faults: they run one by one.
@Suite(.serialized) struct Elements {}

/// The bytes of a frame in packed memory, as GStreamer lays it out.
struct Picture: CustomTestStringConvertible {
    let format: String
    let width: Int
    let height: Int
    let bytes: [UInt8]

    /// Not the bytes: a failed expectation prints it.
    var testDescription: String { "\(format) \(width)x\(height)" }

    var caps: String {
        "video/x-raw,format=\(format),width=\(width),height=\(height),framerate=25/1,interlace-mode=progressive"
    }

    /// Eileen Collins' portrait; her face is about 0.17 of the width.
    static func astronaut(_ format: String = "I420", width: Int = 320, height: Int = 320, flip: String = "identity")
        -> Picture
    {
        _ = Plugin.isReady
        let launch =
            "filesrc location=\(Plugin.astronaut) ! pngdec ! videoconvert ! videoflip video-direction=\(flip) ! videoscale ! "
            + "videoconvert ! capsfilter caps=\"video/x-raw,format=\(format),width=\(width),height=\(height)\""
        guard let harness = gst_harness_new_parse(launch) else {
            return Picture(format: format, width: 0, height: 0, bytes: [])
        }
        defer { gst_harness_teardown(harness) }
        gst_harness_play(harness)
        guard let buffer = gst_harness_pull(harness) else {
            return Picture(format: format, width: width, height: height, bytes: [])
        }
        defer { gst_buffer_unref(buffer) }
        return Picture(format: format, width: width, height: height, bytes: bytes(of: buffer))
    }

    /// A grey picture without a face.
    static func grey(_ format: String = "I420", width: Int = 320, height: Int = 320) -> Picture {
        let like = astronaut(format, width: width, height: height)
        return Picture(format: format, width: width, height: height, bytes: like.bytes.map { _ in 128 })
    }

    static func bytes(of buffer: UnsafeMutablePointer<GstBuffer>) -> [UInt8] {
        let size = gst_buffer_get_size(buffer)
        var bytes = [UInt8](repeating: 0, count: Int(size))
        let copied = gst_buffer_extract(buffer, 0, &bytes, size)
        return copied == size ? bytes : []
    }

    /// A new buffer with the picture; without a time stamp where `frame` is nil.
    func buffer(frame: Int?) -> UnsafeMutablePointer<GstBuffer>? {
        guard let buffer = gst_buffer_new_allocate(nil, gsize(bytes.count), nil) else { return nil }
        gst_buffer_fill(buffer, 0, bytes, gsize(bytes.count))
        if let frame { check_set_times(buffer, guint64(frame) * 40_000_000, 40_000_000) }
        return buffer
    }
}

/// The element between two pads of a test, with a bus to read its messages from.
final class FaceHarness {
    let harness: UnsafeMutablePointer<GstHarness>
    let element: UnsafeMutablePointer<GstElement>
    let bus: UnsafeMutablePointer<GstBus>

    /// Fails where the element does not start: properties have to be ones that work.
    init(_ caps: String?, _ properties: [String: String] = [:]) throws {
        _ = Plugin.isReady
        element = try Self.makeElement(properties)
        bus = gst_bus_new()
        gst_element_set_bus(element, bus)
        harness = try #require(gst_harness_new_with_element(element, "sink", "src"))
        if let caps { gst_harness_set_src_caps_str(harness, caps) }
    }

    deinit {
        gst_harness_teardown(harness)
        gst_element_set_bus(element, nil)
        gst_object_unref(bus)
        gst_object_unref(element)
    }

    /// An element of the caller's own, with properties that are known to exist.
    static func makeElement(_ properties: [String: String]) throws -> UnsafeMutablePointer<GstElement> {
        _ = Plugin.isReady
        let element = try #require(gst_element_factory_make("faceanon", nil))
        gst_object_ref_sink(element)
        for (name, value) in properties {
            // gst_util_set_object_arg ignores names it does not know.
            let object = UnsafeMutableRawPointer(element).assumingMemoryBound(to: GObject.self)
            let isKnown = g_object_class_find_property(
                object.pointee.g_type_instance.g_class.map {
                    UnsafeMutableRawPointer($0).assumingMemoryBound(to: GObjectClass.self)
                }, name)
            try #require(isKnown != nil, "no property \(name)")
            gst_util_set_object_arg(object, name, value)
        }
        return element
    }

    func set(_ name: String, _ value: String) {
        gst_util_set_object_arg(UnsafeMutableRawPointer(element).assumingMemoryBound(to: GObject.self), name, value)
    }

    @discardableResult
    func push(_ buffer: UnsafeMutablePointer<GstBuffer>?) -> GstFlowReturn { gst_harness_push(harness, buffer) }

    @discardableResult
    func push(_ picture: Picture, frame: Int?) -> GstFlowReturn { push(picture.buffer(frame: frame)) }

    /// The next output, or nil where there is none; the caller owns it.
    func tryPull() -> UnsafeMutablePointer<GstBuffer>? { gst_harness_try_pull(harness) }

    /// The bytes of the next output, or nil where there is none.
    func pullBytes() -> [UInt8]? {
        guard let buffer = tryPull() else { return nil }
        defer { gst_buffer_unref(buffer) }
        return Picture.bytes(of: buffer)
    }

    /// The texts of all messages of a kind; takes all others off the bus too.
    func messages(_ type: GstMessageType) -> [String] {
        BusMessage.take(from: bus).filter { $0.type == type }.map(\.text)
    }

    /// A number of the `stats` structure.
    func statistic(_ name: String) -> UInt64 {
        var value = GValue()
        g_value_init(&value, gst_structure_get_type())
        g_object_get_property(
            UnsafeMutableRawPointer(element).assumingMemoryBound(to: GObject.self), "stats", &value)
        defer { g_value_unset(&value) }
        var number: guint64 = 0
        guard let structure = gst_value_get_structure(&value),
            gst_structure_get_uint64(structure, name, &number) != 0
        else { return .max }
        return UInt64(number)
    }
}

/// How much of a face's middle is still as it was: 1 for clear, near 0 for masked.
func clearShare(_ output: [UInt8], _ picture: Picture) -> Double {
    // The face of the portrait, in shares of the sides, well within any mask of it.
    face(of: picture).map { offset in offset < output.count && output[offset] == picture.bytes[offset] ? 1.0 : 0.0 }
        .reduce(0, +) / Double(face(of: picture).count)
}

/// Offsets of the first plane's bytes in the middle of the portrait's face.
private func face(of picture: Picture) -> [Int] {
    let plane = picture.format == "I420" || picture.format == "NV12" || picture.format == "GRAY8"
    let step = plane ? 1 : 4
    let stride = (picture.width * step + 3) / 4 * 4
    var offsets: [Int] = []
    for y in Int(0.15 * Double(picture.height))..<Int(0.30 * Double(picture.height)) {
        for x in Int(0.38 * Double(picture.width))..<Int(0.49 * Double(picture.width)) {
            offsets.append(y * stride + x * step)
        }
    }
    return offsets
}
