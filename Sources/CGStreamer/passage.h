// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// What the allow lists need of GStreamer and Swift's importer cannot read: macros on types, values and events.

#ifndef FACEANON_PASSAGE_H
#define FACEANON_PASSAGE_H

#include <gst/gst.h>
#include <gst/video/gstvideometa.h>

// MARK: - Values

/// Whether a value is one plain number, which can hold neither text nor bytes nor an object.
static inline gboolean faceanon_is_number(const GValue *value) {
    const GType type = G_VALUE_TYPE(value);
    switch (G_TYPE_FUNDAMENTAL(type)) {
        case G_TYPE_BOOLEAN:
        case G_TYPE_CHAR:
        case G_TYPE_UCHAR:
        case G_TYPE_INT:
        case G_TYPE_UINT:
        case G_TYPE_LONG:
        case G_TYPE_ULONG:
        case G_TYPE_INT64:
        case G_TYPE_UINT64:
        case G_TYPE_FLOAT:
        case G_TYPE_DOUBLE:
        case G_TYPE_ENUM:
        case G_TYPE_FLAGS:
            return TRUE;
        default:
            return type == GST_TYPE_FRACTION || type == GST_TYPE_BITMASK;
    }
}

static inline gboolean faceanon_is_text(const GValue *value) { return G_VALUE_HOLDS_STRING(value); }

/// Whether a value is what caps are made of: numbers, ranges of them, texts where they are allowed, and lists of those, in
/// at most two levels.
static inline gboolean faceanon_is_caps_value(const GValue *value, gboolean allows_text, guint depth) {
    if (faceanon_is_number(value) || (allows_text && faceanon_is_text(value)) || GST_VALUE_HOLDS_INT_RANGE(value) ||
        GST_VALUE_HOLDS_INT64_RANGE(value) || GST_VALUE_HOLDS_DOUBLE_RANGE(value) ||
        GST_VALUE_HOLDS_FRACTION_RANGE(value) || GST_VALUE_HOLDS_FLAG_SET(value))
        return TRUE;
    if (depth >= 2) return FALSE;
    if (GST_VALUE_HOLDS_LIST(value)) {
        for (guint i = 0; i < gst_value_list_get_size(value); ++i)
            if (!faceanon_is_caps_value(gst_value_list_get_value(value, i), allows_text, depth + 1)) return FALSE;
        return TRUE;
    }
    if (GST_VALUE_HOLDS_ARRAY(value)) {
        for (guint i = 0; i < gst_value_array_get_size(value); ++i)
            if (!faceanon_is_caps_value(gst_value_array_get_value(value, i), allows_text, depth + 1)) return FALSE;
        return TRUE;
    }
    return FALSE;
}

// MARK: - Metas

static inline gboolean faceanon_is_locked_meta(const GstMeta *meta) {
    return GST_META_FLAG_IS_SET(meta, GST_META_FLAG_LOCKED);
}

/// The function with which GStreamer maps frames that have a video meta, as a number to compare with.
static inline gsize faceanon_default_map(void) {
    static gsize map = 0;
    if (g_once_init_enter(&map)) {
        GstBuffer *buffer = gst_buffer_new();
        GstVideoMeta *meta = gst_buffer_add_video_meta(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 1, 1);
        const gsize found = meta != NULL && meta->map != NULL ? (gsize)meta->map : 1;
        gst_buffer_unref(buffer);
        g_once_init_leave(&map, found);
    }
    return map;
}

/// Whether a video meta maps the frame with a function of its own, and so perhaps other memory than the buffer's.
static inline gboolean faceanon_maps_elsewhere(const GstMeta *meta) {
    return (gsize)((const GstVideoMeta *)meta)->map != faceanon_default_map();
}

/// GstReferenceTimestampMeta as it is since GStreamer 1.28; before that it ends before `info`.
typedef struct {
    GstReferenceTimestampMeta old;
    GstStructure *info;
} faceanon_reference_timestamp;

/// Whether a reference time stamp has more to it than two times and the name of their clock.
static inline gboolean faceanon_has_details(const GstMeta *meta) {
    const GstReferenceTimestampMeta *stamp = (const GstReferenceTimestampMeta *)meta;
    if (stamp->reference != NULL)
        for (guint i = 0; i < gst_caps_get_size(stamp->reference); ++i)
            if (gst_structure_n_fields(gst_caps_get_structure(stamp->reference, i)) > 0) return TRUE;
    return meta->info->size >= sizeof(faceanon_reference_timestamp) &&
           ((const faceanon_reference_timestamp *)meta)->info != NULL;
}

/// Lets a meta copy itself to another buffer, as `gst_buffer_copy_into` does for a whole buffer.
static inline void faceanon_copy_meta(GstBuffer *target, GstMeta *meta, GstBuffer *source) {
    GstMetaTransformCopy copy = {FALSE, 0, (gsize)-1};
    if (meta->info->transform_func != NULL)
        meta->info->transform_func(target, meta, source, _gst_meta_transform_copy, &copy);
}

// MARK: - Events

/// The event itself where nobody else holds it, else a copy with the same number and times. Takes the event.
static inline GstEvent *faceanon_make_event_writable(GstEvent *event) { return gst_event_make_writable(event); }

#endif
