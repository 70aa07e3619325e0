// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import CGStreamer
internal import FaceDetection

/// Tags: what they say of the picture, and which of them go on.
package enum StreamTags {
    /// How the picture is turned; nil where a tag event says nothing of it.
    static func orientation(of event: UnsafeMutablePointer<GstEvent>) -> Orientation? {
        var list: UnsafeMutablePointer<GstTagList>?
        gst_event_parse_tag(event, &list)
        guard let list else { return nil }
        var text: UnsafeMutablePointer<gchar>?
        guard gst_tag_list_get_string(list, GST_TAG_IMAGE_ORIENTATION, &text) != 0, let text else { return nil }
        defer { g_free(text) }
        return Orientation(tag: String(cString: text))
    }

    static func hasForbidden(_ list: UnsafeMutablePointer<GstTagList>) -> Bool { !forbiddenNames(in: list).isEmpty }

    /// A new list with the same scope, and with those tags of a list that may go on.
    ///
    /// Cover art and previews show the clear picture, attachments and private frames may, and texts name people. A list
    /// of which nothing is left is empty: downstream it takes the place of the list before it.
    package static func allowed(of list: UnsafeMutablePointer<GstTagList>) -> UnsafeMutablePointer<GstTagList>? {
        guard let rest = gst_tag_list_copy(list) else { return nil }
        for name in forbiddenNames(in: list) { gst_tag_list_remove_tag(rest, name) }
        gst_tag_list_set_scope(rest, gst_tag_list_get_scope(list))
        return rest
    }

    private static func forbiddenNames(in list: UnsafeMutablePointer<GstTagList>) -> [UnsafePointer<gchar>] {
        (0..<gst_tag_list_n_tags(list)).compactMap { index in
            gst_tag_list_nth_tag_name(list, guint(index))
        }.filter { name in
            !AllowList.tags.contains { g_strcmp0(name, $0) == 0 }
                || (0..<gst_tag_list_get_tag_size(list, name)).contains { index in
                    guard let value = gst_tag_list_get_value_index(list, name, index) else { return true }
                    return faceanon_is_number(value) == 0 && faceanon_is_text(value) == 0
                }
        }
    }
}

extension Orientation {
    /// The orientation that a value of GST_TAG_IMAGE_ORIENTATION asks for: which turn shows the picture upright.
    /// Unknown values mean upright.
    init(tag: String) {
        self =
            switch tag {
            // Turned by 90 degrees clockwise for display: upright rows run along native columns, from the bottom up.
            case "rotate-90": Orientation(isTransposed: true, flipsRows: true)
            case "rotate-180": Orientation(flipsColumns: true, flipsRows: true)
            case "rotate-270": Orientation(isTransposed: true, flipsColumns: true)
            case "flip-rotate-0": Orientation(flipsColumns: true)
            case "flip-rotate-90": Orientation(isTransposed: true, flipsColumns: true, flipsRows: true)
            case "flip-rotate-180": Orientation(flipsRows: true)
            case "flip-rotate-270": Orientation(isTransposed: true)
            default: .upright
            }
    }
}
