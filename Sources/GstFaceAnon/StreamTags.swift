// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceDetection

/// Tags that concern the masking: how the picture is turned, and pictures that would show it in clear.
enum StreamTags {
    /// Hands the orientation on to `setOrientation` and takes data such as cover art out of a tag event, which would carry the
    /// clear picture past the element.
    ///
    /// - Parameter event: owned by the caller, who gets it back, or another one instead.
    static func take(
        _ event: UnsafeMutablePointer<GstEvent>, setOrientation: (Orientation) -> Void
    ) -> UnsafeMutablePointer<GstEvent> {
        var list: UnsafeMutablePointer<GstTagList>?
        gst_event_parse_tag(event, &list)
        guard let list else { return event }

        var text: UnsafeMutablePointer<gchar>?
        if gst_tag_list_get_string(list, GST_TAG_IMAGE_ORIENTATION, &text) != 0, let text {
            setOrientation(Orientation(tag: String(cString: text)))
            g_free(text)
        }

        let pictures = pictures(in: list)
        guard !pictures.isEmpty else { return event }
        let rest = gst_tag_list_copy(list)
        for picture in pictures { gst_tag_list_remove_tag(rest, picture) }
        gst_tag_list_set_scope(rest, gst_tag_list_get_scope(list))
        let replacement = gst_event_new_tag(rest)
        gst_event_set_seqnum(replacement, gst_event_get_seqnum(event))
        gst_mini_object_unref(&event.pointee.mini_object)
        return replacement ?? event
    }

    /// The tags that carry data: cover art and previews, but attachments and private frames may hold pictures as well.
    private static func pictures(in list: UnsafeMutablePointer<GstTagList>) -> [UnsafePointer<gchar>] {
        (0..<gst_tag_list_n_tags(list)).compactMap { index in
            gst_tag_list_nth_tag_name(list, guint(index))
        }.filter { name in
            let type = gst_tag_get_type(name)
            return type == gst_sample_get_type() || type == gst_buffer_get_type()
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
