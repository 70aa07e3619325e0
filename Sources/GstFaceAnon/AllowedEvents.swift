// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import CGStreamer

/// Lets only those events go on from upstream that `AllowList.events` and `AllowList.customEvents` name, with only those
/// contents that are known to be harmless. Event types of later versions of GStreamer are on no list.
package enum AllowedEvents {
    /// Takes an event, and hands back what of it may go on downstream, with the same number and times; nil where nothing
    /// may. Not for events that travel upstream. Any thread may call it.
    package static func filter(_ event: UnsafeMutablePointer<GstEvent>) -> UnsafeMutablePointer<GstEvent>? {
        guard isAllowed(event) else {
            gst_event_unref(event)
            return nil
        }
        var type = event.pointee.type
        guard let contents = gst_event_get_structure(event),
            gst_structure_foreach(contents, { EventField.isClean($0, $1, of: $2) ? 1 : 0 }, &type) == 0
        else { return event }
        guard let own = faceanon_make_event_writable(event) else { return nil }
        guard let contents = gst_event_writable_structure(own) else {
            gst_event_unref(own)
            return nil
        }
        gst_structure_filter_and_map_in_place(
            contents, { EventField.isClean($0, $1, of: $2) || EventField.replace($1, of: $2) ? 1 : 0 }, &type)
        return own
    }

    private static func isAllowed(_ event: UnsafeMutablePointer<GstEvent>) -> Bool {
        switch event.pointee.type {
        case GST_EVENT_CUSTOM_DOWNSTREAM, GST_EVENT_CUSTOM_DOWNSTREAM_OOB, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
            GST_EVENT_CUSTOM_BOTH, GST_EVENT_CUSTOM_BOTH_OOB:
            AllowList.customEvents.contains { gst_event_has_name(event, $0) != 0 }
        default:
            AllowList.events.contains(event.pointee.type)
        }
    }
}

/// One field of an event's structure. Which object a field may hold is a matter of the event's type.
private enum EventField {
    private static let streamIdentifier = g_quark_from_string("stream-id")

    /// Whether a field may go on as it is. A stream may not: whoever made it can give it other tags later on.
    static func isClean(_ name: GQuark, _ value: UnsafePointer<GValue>?, of event: gpointer?) -> Bool {
        guard let value, let event = event?.load(as: GstEventType.self) else { return false }
        if faceanon_is_number(value) != 0 || value.pointee.g_type == gst_segment_get_type() { return true }
        switch event {
        case GST_EVENT_STREAM_START: return name == streamIdentifier && faceanon_is_text(value) != 0
        case GST_EVENT_CAPS:
            guard let caps = caps(value) else { return false }
            return EventContents.isClean(caps)
        case GST_EVENT_TAG:
            guard let tags = tags(value) else { return false }
            return !StreamTags.hasForbidden(tags)
        default: return false
        }
    }

    /// Puts what may go on in the place of what a field holds; false where nothing may.
    static func replace(_ value: UnsafeMutablePointer<GValue>?, of event: gpointer?) -> Bool {
        guard let value, let event = event?.load(as: GstEventType.self) else { return false }
        switch event {
        case GST_EVENT_CAPS:
            guard let caps = caps(value), let clean = EventContents.cleaned(caps) else { return false }
            g_value_take_boxed(value, clean)
        case GST_EVENT_TAG:
            guard let tags = tags(value), let clean = StreamTags.allowed(of: tags) else { return false }
            g_value_take_boxed(value, clean)
        case GST_EVENT_TOC:
            guard value.pointee.g_type == gst_toc_get_type(), let toc = g_value_get_boxed(value),
                let clean = EventContents.cleaned(toc: OpaquePointer(toc))
            else { return false }
            g_value_take_boxed(value, UnsafeMutableRawPointer(clean))
        case GST_EVENT_STREAM_START:
            guard value.pointee.g_type == gst_stream_get_type(), let stream = g_value_get_object(value),
                let clean = EventContents.cleaned(stream.assumingMemoryBound(to: GstStream.self))
            else { return false }
            g_value_take_object(value, clean)
        case GST_EVENT_STREAM_COLLECTION:
            guard value.pointee.g_type == gst_stream_collection_get_type(), let streams = g_value_get_object(value),
                let clean = EventContents.cleaned(streams.assumingMemoryBound(to: GstStreamCollection.self))
            else { return false }
            g_value_take_object(value, clean)
        default: return false
        }
        return true
    }

    private static func caps(_ value: UnsafePointer<GValue>) -> UnsafeMutablePointer<GstCaps>? {
        guard value.pointee.g_type == gst_caps_get_type() else { return nil }
        return g_value_get_boxed(value)?.assumingMemoryBound(to: GstCaps.self)
    }

    private static func tags(_ value: UnsafePointer<GValue>) -> UnsafeMutablePointer<GstTagList>? {
        guard value.pointee.g_type == gst_tag_list_get_type() else { return nil }
        return g_value_get_boxed(value)?.assumingMemoryBound(to: GstTagList.self)
    }
}
