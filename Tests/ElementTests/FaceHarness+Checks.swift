// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

/// A message from the bus, taken apart.
struct BusMessage {
    let type: GstMessageType
    /// Of an error or a warning: `gst-resource-error-quark` and so on.
    var domain = ""
    var code: Int32 = 0
    /// What people read first; of other messages the structure.
    var text = ""

    init(_ message: UnsafeMutablePointer<GstMessage>) {
        type = check_message_type(message)
        var error: UnsafeMutablePointer<GError>?
        switch type {
        case GST_MESSAGE_ERROR: gst_message_parse_error(message, &error, nil)
        case GST_MESSAGE_WARNING: gst_message_parse_warning(message, &error, nil)
        default:
            guard let structure = gst_message_get_structure(message), let string = gst_structure_to_string(structure)
            else { return }
            text = String(cString: string)
            g_free(string)
        }
        guard let error else { return }
        domain = String(cString: g_quark_to_string(error.pointee.domain))
        code = error.pointee.code
        text = String(cString: error.pointee.message)
        g_error_free(error)
    }

    static let resource = String(cString: g_quark_to_string(gst_resource_error_quark()))
    static let stream = String(cString: g_quark_to_string(gst_stream_error_quark()))

    /// All that is on a bus, oldest first.
    static func take(from bus: UnsafeMutablePointer<GstBus>) -> [BusMessage] {
        var messages: [BusMessage] = []
        while let message = gst_bus_pop(bus) {
            messages.append(BusMessage(message))
            gst_message_unref(message)
        }
        return messages
    }
}

/// An element that nothing is connected to, with a bus: for what happens before there are pads to push to.
final class LoneElement {
    let element: UnsafeMutablePointer<GstElement>
    private let bus: UnsafeMutablePointer<GstBus>

    init(_ properties: [String: String] = [:]) throws {
        element = try FaceHarness.makeElement(properties)
        bus = gst_bus_new()
        gst_element_set_bus(element, bus)
    }

    deinit {
        gst_element_set_state(element, GST_STATE_NULL)
        gst_element_set_bus(element, nil)
        gst_object_unref(bus)
        gst_object_unref(element)
    }

    /// Starts the element and stops it again; nil where that works, else the one error.
    func startError() -> BusMessage? {
        let result = gst_element_set_state(element, GST_STATE_PAUSED)
        let errors = BusMessage.take(from: bus).filter { $0.type == GST_MESSAGE_ERROR }
        #expect((result == GST_STATE_CHANGE_FAILURE) == (errors.count == 1))
        gst_element_set_state(element, GST_STATE_NULL)
        return errors.first
    }
}

/// A line of the report.
struct ReportLine: Decodable, Equatable {
    struct Face: Decodable, Equatable {
        var x: Float
        var y: Float
        var width: Float
        var height: Float
        var score: Float
        var source: String
        var track: UInt32?
    }
    var frame: UInt64
    var pts: UInt64?
    var width: Int
    var height: Int
    var outcome: String
    var faces: [Face]

    static func read(_ path: String) throws -> [ReportLine] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(ReportLine.self, from: Data($0.utf8))
        }
    }
}

/// Counts how many of the watched objects are gone, or what else is watched. Its memory is never given back, as objects may outlive it.
struct Counter {
    private let count: UnsafeMutablePointer<gint>

    init() {
        count = .allocate(capacity: 1)
        count.initialize(to: 0)
    }

    var value: Int { Int(count.pointee) }

    func watch(_ buffer: UnsafeMutablePointer<GstBuffer>) { check_watch_buffer(buffer, count) }
    func watch(_ event: UnsafeMutablePointer<GstEvent>) { check_watch_event(event, count) }
    func watch(_ element: UnsafeMutablePointer<GstElement>) { check_watch_object(element, count) }
    func watch(_ stream: UnsafeMutablePointer<GstStream>) { check_watch_object(stream, count) }
    /// Counts the buffers that a fakesink with signal-handoffs gets.
    func watchHandoffs(of sink: UnsafeMutablePointer<GstElement>) { check_count_handoffs(sink, count) }
}

/// The path of a file that is not there yet, and is gone after the body.
func withTemporaryFile<Result>(_ body: (_ path: String) throws -> Result) rethrows -> Result {
    let path = NSTemporaryDirectory() + "faceanon-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

extension FaceHarness {
    static let white = ["mask": "fill", "fill-color": "0xffffffff"]

    /// All that is on the bus, oldest first.
    func takeMessages() -> [BusMessage] { BusMessage.take(from: bus) }

    /// A property's value much as a launch line writes it.
    func value(_ name: String) -> String { Self.value(element, name) }

    static func value(_ element: UnsafeMutablePointer<GstElement>, _ name: String) -> String {
        var value = GValue()
        g_object_get_property(UnsafeMutableRawPointer(element).assumingMemoryBound(to: GObject.self), name, &value)
        defer { g_value_unset(&value) }
        guard let text = gst_value_serialize(&value) else { return "" }
        defer { g_free(text) }
        // Without the types, quotes and digits that GStreamer adds so that each value can be told from all others.
        return String(cString: text).replacing(/\([a-z]+\)|["\\]/, with: "")
            .replacing(/[0-9]+\.[0-9]{9,}/) { Double($0.output).map { "\($0)" } ?? "" }
    }

    /// Pushes an event, which is the element's from then on.
    @discardableResult
    func push(event: UnsafeMutablePointer<GstEvent>?) -> Bool { gst_harness_push_event(harness, event) != 0 }

    /// A flush as a seek makes it, and the segment after it.
    func flush() {
        push(event: gst_event_new_flush_start())
        push(event: gst_event_new_flush_stop(1))
        segment()
    }

    func segment(rate: Double = 1) {
        var segment = GstSegment()
        gst_segment_init(&segment, GST_FORMAT_TIME)
        segment.rate = rate
        if rate < 0 { segment.stop = 1_000_000_000_000 }
        push(event: gst_event_new_segment(&segment))
    }

    func tag(_ name: String, _ text: String) {
        let list = gst_tag_list_new_empty()
        var value = GValue()
        g_value_init(&value, faceanon_type_string())
        g_value_set_string(&value, text)
        gst_tag_list_add_value(list, GST_TAG_MERGE_REPLACE, name, &value)
        g_value_unset(&value)
        push(event: gst_event_new_tag(list))
    }

    /// All outputs that are there, oldest first.
    func pullAll() -> [[UInt8]] {
        var outputs: [[UInt8]] = []
        while let bytes = pullBytes() { outputs.append(bytes) }
        return outputs
    }
}

extension Picture {
    /// A new buffer with times of its own, ns.
    func buffer(pts: UInt64, duration: UInt64) -> UnsafeMutablePointer<GstBuffer>? {
        let buffer = buffer(frame: nil)
        if let buffer { check_set_times(buffer, guint64(pts), guint64(duration)) }
        return buffer
    }

    func isMasked(_ output: [UInt8]) -> Bool { clearShare(output, self) < 0.1 }
}
