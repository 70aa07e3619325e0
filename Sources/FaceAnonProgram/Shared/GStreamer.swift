// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

typealias ElementPointer = UnsafeMutablePointer<GstElement>
typealias PadPointer = UnsafeMutablePointer<GstPad>

/// A GStreamer object that lives for as long as this does.
final class Held {
    let pointer: ElementPointer

    /// Takes over a reference.
    init(taking pointer: ElementPointer) { self.pointer = pointer }

    deinit { gst_object_unref(pointer) }
}

/// GStreamer as a whole.
enum GStreamer {
    /// Sets GStreamer up and makes sure that faceanon is there and works with these settings: nothing is opened before.
    static func start(_ properties: ElementProperties) throws(ProgramFailure) {
        gst_init(nil, nil)
        Log.captureGStreamer()
        try tryOut(properties)
    }

    /// Makes sure that faceanon works with these settings.
    static func tryOut(_ properties: ElementProperties) throws(ProgramFailure) {
        let element = try make("faceanon")
        try properties.apply(to: element.pointer)
        // In READY to PAUSED the element reads its models and checks its settings.
        let bus = gst_bus_new()
        defer { gst_object_unref(bus) }
        gst_element_set_bus(element.pointer, bus)
        defer { _ = gst_element_set_state(element.pointer, GST_STATE_NULL) }
        guard gst_element_set_state(element.pointer, GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE else { return }
        var text = "faceanon does not start: see GST_DEBUG=faceanon:5"
        if let message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR) {
            text = "faceanon does not start: " + ElementReport(message).text
            gst_message_unref(message)
        }
        throw ProgramFailure(.failed, text)
    }

    /// A new element.
    static func make(_ factory: String) throws(ProgramFailure) -> Held {
        guard let element = stream_make(factory) else { throw missing(factory) }
        return Held(taking: element)
    }

    /// A bin as a launch line describes it, with ghost pads for what is not linked in it.
    static func bin(_ line: String) throws(ProgramFailure) -> Held {
        var error: UnsafeMutablePointer<GError>?
        let bin = gst_parse_bin_from_description_full(line, 1, nil, GST_PARSE_FLAG_FATAL_ERRORS, &error)
        guard let bin, error == nil else {
            defer { g_clear_error(&error) }
            let reason = error.map { String(cString: $0.pointee.message) } ?? "no reason given"
            throw ProgramFailure(.installation, "GStreamer cannot build what is needed: \(reason). \(advice)")
        }
        gst_object_ref_sink(bin)
        return Held(taking: bin)
    }

    /// An element of a bin.
    static func element(_ name: String, in bin: Held) throws(ProgramFailure) -> Held {
        guard let element = gst_bin_get_by_name(stream_bin(bin.pointer), name) else {
            throw ProgramFailure(.failed, "there is no \(name) in \(line(of: bin))")
        }
        return Held(taking: element)
    }

    static func missing(_ factory: String) -> ProgramFailure {
        guard factory == "faceanon" else {
            return ProgramFailure(.installation, "GStreamer has no element \(factory). \(advice)")
        }
        return ProgramFailure(
            .installation,
            "GStreamer has no element faceanon: install it (make install) or let GST_PLUGIN_PATH lead to libgstfaceanon.so; "
                + "if it is there, delete ~/.cache/gstreamer-1.0, which remembers an older state")
    }

    private static let advice =
        "Install gstreamer1.0-plugins-base, -good, -bad, -ugly, gstreamer1.0-libav and gstreamer1.0-rtsp"

    private static func line(of bin: Held) -> String {
        guard let name = gst_object_get_name(stream_object(bin.pointer)) else { return "a bin" }
        defer { g_free(name) }
        return String(cString: name)
    }
}

/// An error or warning that an element has posted.
struct ElementReport {
    let text: String
    /// What is only of use together with GStreamer's sources.
    let debug: String
    let isResource: Bool
    /// Whether no element was found that decodes what came.
    let isMissingCodec: Bool
    let code: Int32

    init(_ message: UnsafeMutablePointer<GstMessage>) {
        let report = stream_parse(message)
        defer {
            g_free(report.text)
            g_free(report.debug)
        }
        text = report.text.map { String(cString: $0) } ?? "no reason given"
        debug = report.debug.map { String(cString: $0) } ?? ""
        isResource = report.is_resource != 0
        isMissingCodec = report.is_missing_codec != 0
        code = report.code
    }

    func isResource(_ error: GstResourceError) -> Bool { isResource && code == Int32(bitPattern: error.rawValue) }

    /// The debug text's last line is what a library or a server said itself.
    var sentence: String {
        let detail = debug.split(separator: "\n").last.map(String.init) ?? ""
        let isPlace = detail.contains("): /") || detail.contains(".c(") || detail.contains("): gst")
        return detail.isEmpty || isPlace || text.contains(detail) ? text : "\(text) (\(detail))"
    }
}
