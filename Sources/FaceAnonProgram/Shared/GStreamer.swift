// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import GstCallbacks

typealias ElementPointer = UnsafeMutablePointer<GstElement>
typealias PadPointer = UnsafeMutablePointer<GstPad>

/// A GObject that lives for as long as this does.
///
/// @unchecked: GObject counts references atomically, and what the program asks of an object that several threads have
/// (properties, pads, queries, messages) may be asked from any of them.
package final class HeldObject<Pointee>: @unchecked Sendable {
    package let pointer: UnsafeMutablePointer<Pointee>

    /// Takes over a reference.
    package init(taking pointer: UnsafeMutablePointer<Pointee>) { self.pointer = pointer }

    /// Adds a reference.
    package init(sharing pointer: UnsafeMutablePointer<Pointee>) {
        self.pointer = pointer
        g_object_ref(pointer)
    }

    deinit { g_object_unref(pointer) }
}

/// An element that lives for as long as this does.
typealias Held = HeldObject<GstElement>

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

    /// Posts an application message of that name on the bus, from any thread.
    static func post(_ name: String, from element: ElementPointer) {
        gst_element_post_message(
            element, gst_message_new_application(stream_object(element), gst_structure_new_empty(name)))
    }

    /// Does what may fail within a callback: then the element posts an error, which ends its pipeline.
    static func orStop(_ element: ElementPointer, _ work: () throws -> Void) {
        do { try work() } catch { stream_post_error(element, "\(error)") }
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

extension ProgramFailure {
    /// A GStreamer whose signals are other ones.
    init(_ error: SignalError) { self.init(.installation, "this GStreamer is none that faceanon knows: \(error)") }
}

/// Runs what connects signals.
func connecting<Result>(_ work: () throws(SignalError) -> Result) throws(ProgramFailure) -> Result {
    do { return try work() } catch { throw ProgramFailure(error) }
}
