// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGstStream
import GstCallbacks
import Synchronization
import Testing

/// GObject signals with Swift closures, on elements that run nothing.
@Suite struct SignalTests {
    private typealias Element = UnsafeMutablePointer<GstElement>
    private typealias Pad = UnsafeMutablePointer<GstPad>

    /// What handlers have been told, from whatever thread.
    private final class Notes: Sendable {
        private let texts = Mutex<[String]>([])

        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }

    init() { gst_init(nil, nil) }

    private static func make(_ factory: String) throws -> Element {
        try #require(stream_make(factory), "GStreamer has no \(factory)")
    }

    private static func name(_ object: UnsafeMutableRawPointer) -> String {
        guard let name = gst_object_get_name(stream_object(object)) else { return "" }
        defer { g_free(name) }
        return String(cString: name)
    }

    @Test func argumentsHaveTheirTypes() throws {
        let bin = try #require(stream_bin_new())
        defer { gst_object_unref(bin) }
        let notes = Notes()
        try connect("deep-element-added", of: bin) { (bin, _: Unread, element: Element) in
            notes.add("\(Self.name(element)) in \(Self.name(bin))")
        }
        let element = try Self.make("identity")
        defer { gst_object_unref(element) }
        gst_bin_add(stream_bin(bin), element)
        #expect(notes.all == ["\(Self.name(element)) in \(Self.name(bin))"])
    }

    @Test func numbersAndAnswersGoThrough() throws {
        let source = try Self.make("rtspsrc")
        defer { gst_object_unref(source) }
        let notes = Notes()
        try connect("select-stream", of: source) { (_, number: UInt32, caps: UnsafeMutablePointer<GstCaps>?) -> Bool in
            notes.add("\(number) \(stream_is_media(caps, "video") != 0)")
            return stream_is_media(caps, "video") != 0
        }
        #expect(try Self.selects(source, 3, "application/x-rtp,media=video"))
        #expect(try !Self.selects(source, 4_294_967_295, "application/x-rtp,media=audio"))
        // NULL is nothing that a handler could not be told.
        #expect(try !Self.selects(source, 0, nil))
        #expect(notes.all == ["3 true", "4294967295 false", "0 false"])
    }

    /// Emits the signal as rtspsrc does.
    private static func selects(_ source: Element, _ number: guint, _ text: String?) throws -> Bool {
        let caps = text.flatMap { gst_caps_from_string($0) }
        defer { if let caps { gst_caps_unref(caps) } }
        var values = [GValue(), GValue(), GValue()]
        g_value_init(&values[0], stream_type_of(source))
        g_value_set_object(&values[0], source)
        g_value_init(&values[1], stream_type_uint())
        g_value_set_uint(&values[1], number)
        g_value_init(&values[2], gst_caps_get_type())
        g_value_set_boxed(&values[2], caps)
        defer { for index in values.indices { g_value_unset(&values[index]) } }
        var answer = GValue()
        g_value_init(&answer, stream_type_boolean())
        defer { g_value_unset(&answer) }
        g_signal_emitv(&values, g_signal_lookup("select-stream", stream_type_of(source)), 0, &answer)
        return g_value_get_boolean(&answer) != 0
    }

    @Test func aTextIsAnAnswer() throws {
        let sink = try Self.make("splitmuxsink")
        defer { gst_object_unref(sink) }
        try connect("format-location", of: sink) { (_, number: UInt32) in "segment \(number)" }
        var values = [GValue(), GValue()]
        g_value_init(&values[0], stream_type_of(sink))
        g_value_set_object(&values[0], sink)
        g_value_init(&values[1], stream_type_uint())
        g_value_set_uint(&values[1], 7)
        defer { for index in values.indices { g_value_unset(&values[index]) } }
        var answer = GValue()
        g_value_init(&answer, stream_type_string())
        defer { g_value_unset(&answer) }
        g_signal_emitv(&values, g_signal_lookup("format-location", stream_type_of(sink)), 0, &answer)
        #expect(g_value_get_string(&answer).map { String(cString: $0) } == "segment 7")
    }

    /// An argument that has to be there and is not is no call.
    @Test func nullIsNoArgument() throws {
        let source = try Self.make("rtspsrc")
        defer { gst_object_unref(source) }
        let notes = Notes()
        try connect("select-stream", of: source) { (_, _: Unread, _: UnsafeMutablePointer<GstCaps>) -> Bool in
            notes.add("called")
            return true
        }
        #expect(try !Self.selects(source, 1, nil))
        #expect(notes.all.isEmpty)
        #expect(try Self.selects(source, 1, "application/x-rtp"))
        #expect(notes.all == ["called"])
    }

    /// A detail picks the emissions; a handler may come after all others.
    @Test func detailsAndOrder() throws {
        let pipeline = try #require(stream_pipeline_new())
        defer { gst_object_unref(pipeline) }
        let bus = try #require(gst_element_get_bus(pipeline))
        defer { gst_object_unref(bus) }
        gst_bus_enable_sync_message_emission(bus)
        let notes = Notes()
        typealias Message = UnsafeMutablePointer<GstMessage>
        try connect("sync-message::application", of: bus, after: true) { (_, _: Message) in notes.add("after") }
        try connect("sync-message::application", of: bus) { (_, message: Message) in
            notes.add(stream_message_name(message).map { String(cString: $0) } ?? "")
        }
        gst_element_post_message(pipeline, gst_message_new_eos(stream_object(pipeline)))
        #expect(notes.all.isEmpty)
        gst_element_post_message(
            pipeline, gst_message_new_application(stream_object(pipeline), gst_structure_new_empty("hello")))
        #expect(notes.all == ["hello", "after"])
        gst_bus_set_flushing(bus, 1)
    }

    /// What it holds goes when the object goes, and not before.
    @Test func aHandlerLivesAsLongAsItsObject() throws {
        final class Thing: Sendable {}
        let bin = try #require(stream_bin_new())
        var thing: Thing? = Thing()
        weak let held = thing
        try connect("element-added", of: bin) { [thing] (_, _: Unread) in _ = thing }
        thing = nil
        #expect(held != nil)
        gst_object_unref(bin)
        #expect(held == nil)
    }

    /// What does not fit is refused when it is connected: a cast would read other memory.
    @Test func whatDoesNotFitIsRefused() throws {
        let bin = try #require(stream_bin_new())
        defer { gst_object_unref(bin) }
        func refusal(_ work: () throws(SignalError) -> Void) -> String? {
            do {
                try work()
                return nil
            } catch { return error.description }
        }
        #expect(
            refusal { () throws(SignalError) in try connect("no-such-signal", of: bin) { _ in } }
                == "GstBin has no signal no-such-signal")
        // A type that is not the argument's, too few, too many, an answer that nobody asks for, and none.
        let mismatches: [String?] = [
            refusal { () throws(SignalError) in try connect("element-added", of: bin) { (_, _: Pad) in } },
            refusal { () throws(SignalError) in try connect("element-added", of: bin) { (_, _: Int32) in } },
            refusal { () throws(SignalError) in try connect("element-added", of: bin) { _ in } },
            refusal { () throws(SignalError) in
                try connect("element-added", of: bin) { (_, _: Element, _: Unread) in }
            },
            refusal { () throws(SignalError) in
                try connect("element-added", of: bin) { (_, _: Element) -> Bool in true }
            },
            refusal { () throws(SignalError) in try connect("do-latency", of: bin) { _ in } },
        ]
        #expect(mismatches[0] == "the signal element-added of GstBin has other types: (GstElement) -> void")
        #expect(mismatches.allSatisfy { $0?.contains("has other types") == true }, "\(mismatches)")
        // Nobody was connected.
        let id = g_signal_lookup("element-added", stream_type_of(bin))
        #expect(g_signal_has_handler_pending(bin, id, 0, 1) == 0)
        try connect("element-added", of: bin) { (_, _: Element) in }
        #expect(g_signal_has_handler_pending(bin, id, 0, 1) == 1)
    }

    @Test func aProbeLivesAsLongAsItsPad() throws {
        final class Thing: Sendable {}
        let element = try Self.make("identity")
        let pad = try #require(gst_element_get_static_pad(element, "sink"))
        let notes = Notes()
        var thing: Thing? = Thing()
        weak let held = thing
        pad.addProbe(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) { [thing] pad, info in
            _ = thing
            let type = stream_probe_event(info).map { stream_event_type($0) }
            notes.add("\(Self.name(pad)) \(type == GST_EVENT_TAG ? "tag" : "other")")
            return type == GST_EVENT_TAG ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK
        }
        thing = nil
        gst_pad_set_active(pad, 1)
        gst_pad_send_event(pad, gst_event_new_stream_start("a"))
        // Dropped is as good as taken; nothing of it stays.
        #expect(gst_pad_send_event(pad, gst_event_new_tag(gst_tag_list_new_empty())) != 0)
        #expect(notes.all == ["sink other", "sink tag"])
        #expect(gst_pad_get_sticky_event(pad, GST_EVENT_TAG, 0) == nil)
        #expect(held != nil)
        gst_pad_set_active(pad, 0)
        gst_object_unref(pad)
        gst_object_unref(element)
        #expect(held == nil)
    }
}
