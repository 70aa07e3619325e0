// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer

/// What events carry, without what may not go on. All results are the caller's.
enum EventContents {
    // MARK: - Caps

    private static let textFields = Set(AllowList.capsTexts.map { g_quark_from_string($0) })

    /// Numbers, ranges and lists of them may go on under any name, texts under those of the list; buffers, samples and
    /// structures never.
    private static func isAllowedField(_ name: GQuark, _ value: UnsafePointer<GValue>?) -> Bool {
        guard let value else { return false }
        return faceanon_is_caps_value(value, textFields.contains(name) ? 1 : 0, 0) != 0
    }

    /// Whether caps hold only what may go on.
    static func isClean(_ caps: UnsafeMutablePointer<GstCaps>) -> Bool {
        (0..<gst_caps_get_size(caps)).allSatisfy { index in
            gst_structure_foreach(
                gst_caps_get_structure(caps, index),
                { name, value, _ in EventContents.isAllowedField(name, value) ? 1 : 0 }, nil) != 0
        }
    }

    static func cleaned(_ caps: UnsafeMutablePointer<GstCaps>) -> UnsafeMutablePointer<GstCaps>? {
        guard let copy = gst_caps_copy(caps) else { return nil }
        for index in 0..<gst_caps_get_size(copy) {
            gst_structure_filter_and_map_in_place(
                gst_caps_get_structure(copy, index),
                { name, value, _ in EventContents.isAllowedField(name, UnsafePointer(value)) ? 1 : 0 }, nil)
        }
        return copy
    }

    // MARK: - Streams

    /// A stream with the same id, type and flags, and with those caps and tags that may go on.
    static func cleaned(_ stream: UnsafeMutablePointer<GstStream>) -> UnsafeMutablePointer<GstStream>? {
        var clean: UnsafeMutablePointer<GstCaps>?
        if let caps = gst_stream_get_caps(stream) {
            clean = cleaned(caps)
            gst_caps_unref(caps)
        }
        defer { if let clean { gst_caps_unref(clean) } }
        guard
            let copy = gst_stream_new(
                gst_stream_get_stream_id(stream), clean, gst_stream_get_stream_type(stream),
                gst_stream_get_stream_flags(stream))
        else { return nil }
        if let tags = gst_stream_get_tags(stream) {
            if let allowed = StreamTags.allowed(of: tags) {
                gst_stream_set_tags(copy, allowed)
                gst_tag_list_unref(allowed)
            }
            gst_tag_list_unref(tags)
        }
        return copy
    }

    static func cleaned(
        _ streams: UnsafeMutablePointer<GstStreamCollection>
    ) -> UnsafeMutablePointer<GstStreamCollection>? {
        guard let copy = gst_stream_collection_new(gst_stream_collection_get_upstream_id(streams)) else { return nil }
        for index in 0..<gst_stream_collection_get_size(streams) {
            guard let stream = gst_stream_collection_get_stream(streams, index), let clean = cleaned(stream) else {
                continue
            }
            gst_stream_collection_add_stream(copy, clean)
        }
        return copy
    }

    // MARK: - Tables of contents

    /// A table of contents with the same entries, times and loops, and with those tags that may go on. An entry's id stays:
    /// players ask for it.
    static func cleaned(toc: OpaquePointer) -> OpaquePointer? {
        guard let copy = gst_toc_new(gst_toc_get_scope(toc)) else { return nil }
        if let tags = gst_toc_get_tags(toc), let allowed = StreamTags.allowed(of: tags) {
            gst_toc_set_tags(copy, allowed)
        }
        forEach(gst_toc_get_entries(toc)) { entry in
            if let clean = cleaned(entry: entry, depth: 1) { gst_toc_append_entry(copy, clean) }
        }
        return copy
    }

    /// Levels of entries that go on; those below them stay behind. Editions, chapters and chapters of chapters are three.
    private static let deepest = 16

    private static func cleaned(entry: OpaquePointer, depth: Int) -> OpaquePointer? {
        guard let copy = gst_toc_entry_new(gst_toc_entry_get_entry_type(entry), gst_toc_entry_get_uid(entry)) else {
            return nil
        }
        var start: gint64 = 0
        var stop: gint64 = 0
        if gst_toc_entry_get_start_stop_times(entry, &start, &stop) != 0 {
            gst_toc_entry_set_start_stop_times(copy, start, stop)
        }
        var loop = GST_TOC_LOOP_NONE
        var count: gint = 0
        if gst_toc_entry_get_loop(entry, &loop, &count) != 0 { gst_toc_entry_set_loop(copy, loop, count) }
        if let tags = gst_toc_entry_get_tags(entry), let allowed = StreamTags.allowed(of: tags) {
            gst_toc_entry_set_tags(copy, allowed)
        }
        guard depth < deepest else { return copy }
        forEach(gst_toc_entry_get_sub_entries(entry)) { entry in
            if let clean = cleaned(entry: entry, depth: depth + 1) { gst_toc_entry_append_sub_entry(copy, clean) }
        }
        return copy
    }

    private static func forEach(_ list: UnsafeMutablePointer<GList>?, _ body: (OpaquePointer) -> Void) {
        var next = list
        while let link = next {
            if let entry = link.pointee.data { body(OpaquePointer(entry)) }
            next = link.pointee.next
        }
    }
}
