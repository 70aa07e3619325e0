// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// Metas and events with contents that nobody should pass on.

#ifndef FACEANON_CHECK_CONTENTS_H
#define FACEANON_CHECK_CONTENTS_H

#include <gst/gst.h>
#include <gst/video/gstvideometa.h>
#include <gst/video/video-overlay-composition.h>
#include <string.h>

/// Sixteen bytes, in place of a picture.
static inline GstBuffer *check_small_buffer(void) {
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, 16, NULL);
    gst_buffer_memset(buffer, 0, 7, 16);
    return buffer;
}

static inline gboolean check_init_meta(GstMeta *meta, gpointer parameters, GstBuffer *buffer) {
    (void)parameters;
    (void)buffer;
    memset(meta + 1, 0, meta->info->size - sizeof(GstMeta));
    return TRUE;
}
static inline gboolean check_copy_meta(GstBuffer *target, GstMeta *meta, GstBuffer *buffer, GQuark type,
                                       gpointer data) {
    (void)buffer;
    (void)type;
    (void)data;
    return gst_buffer_add_meta(target, meta->info, NULL) != NULL;
}
/// What GStreamer knows of a meta; one that it does not know is registered, and goes with every copy of its buffer.
static inline const GstMetaInfo *check_meta(const char *api, const char *implementation) {
    static const gchar *tags[] = {NULL};
    const GstMetaInfo *info = gst_meta_get_info(implementation);
    if (info != NULL) return info;
    GType type = g_type_from_name(api);
    if (type == 0) type = gst_meta_api_type_register(api, tags);
    return gst_meta_register(type, implementation, sizeof(GstMeta) + 64, check_init_meta, NULL, check_copy_meta);
}
static inline void check_register_custom(const char *name) {
    static const gchar *tags[] = {NULL};
    if (gst_meta_get_info(name) == NULL) gst_meta_register_custom(name, tags, NULL, NULL, NULL);
}
/// The name of the meta's API.
static inline const char *check_meta_api(const GstMeta *meta) { return g_type_name(meta->info->api); }
static inline void check_lock_meta(GstMeta *meta) { GST_META_FLAG_SET(meta, GST_META_FLAG_LOCKED); }

/// A function of its own, as the video metas of some decoders have one.
static inline gboolean check_map_nothing(GstVideoMeta *meta, guint plane, GstMapInfo *info, gpointer *data,
                                         gint *stride, GstMapFlags flags) {
    (void)meta;
    (void)plane;
    (void)info;
    (void)data;
    (void)stride;
    (void)flags;
    return FALSE;
}
static inline void check_map_elsewhere(GstVideoMeta *meta) { meta->map = check_map_nothing; }

/// Lays a picture of those BGRA bytes over a buffer.
static inline void check_add_overlay(GstBuffer *buffer, const guint8 *bytes, guint side) {
    GstBuffer *pixels = gst_buffer_new_allocate(NULL, (gsize)side * side * 4, NULL);
    gst_buffer_fill(pixels, 0, bytes, (gsize)side * side * 4);
    gst_buffer_add_video_meta(pixels, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, side, side);
    GstVideoOverlayRectangle *rectangle =
        gst_video_overlay_rectangle_new_raw(pixels, 0, 0, side, side, GST_VIDEO_OVERLAY_FORMAT_FLAG_NONE);
    GstVideoOverlayComposition *composition = gst_video_overlay_composition_new(rectangle);
    gst_buffer_add_video_overlay_composition_meta(buffer, composition);
    gst_video_overlay_composition_unref(composition);
    gst_video_overlay_rectangle_unref(rectangle);
    gst_buffer_unref(pixels);
}

/// Puts a parameter with those fields into a region: numbers of all kinds, and what may show or name people.
static inline void check_add_parameter(GstVideoRegionOfInterestMeta *region, const char *name, gboolean has_others) {
    GstStructure *parameter =
        gst_structure_new(name, "delta-qp", G_TYPE_INT, -5, "confidence", G_TYPE_DOUBLE, 0.5, "many", G_TYPE_UINT64,
                          (guint64)7, "is-near", G_TYPE_BOOLEAN, TRUE, "share", GST_TYPE_FRACTION, 1, 3, NULL);
    if (has_others) {
        GstBuffer *buffer = check_small_buffer();
        GstSample *sample = gst_sample_new(buffer, NULL, NULL, NULL);
        GstStructure *nested = gst_structure_new("nested", "picture", GST_TYPE_SAMPLE, sample, NULL);
        GValue list = G_VALUE_INIT, item = G_VALUE_INIT;
        g_value_init(&list, GST_TYPE_LIST);
        g_value_init(&item, GST_TYPE_BUFFER);
        gst_value_set_buffer(&item, buffer);
        gst_value_list_append_and_take_value(&list, &item);
        gst_structure_set(parameter, "label", G_TYPE_STRING, "Anna", "crop", GST_TYPE_SAMPLE, sample, "bytes",
                          GST_TYPE_BUFFER, buffer, "more", GST_TYPE_STRUCTURE, nested, NULL);
        gst_structure_take_value(parameter, "pictures", &list);
        gst_structure_free(nested);
        gst_sample_unref(sample);
        gst_buffer_unref(buffer);
    }
    gst_video_region_of_interest_meta_add_param(region, parameter);
}
/// A region's parameters as one text, to be given back with `g_free`.
static inline char *check_parameters(const GstVideoRegionOfInterestMeta *region) {
    GString *text = g_string_new(NULL);
    for (GList *link = region->params; link != NULL; link = link->next) {
        char *parameter = gst_structure_to_string((GstStructure *)link->data);
        g_string_append(text, parameter);
        g_free(parameter);
    }
    return g_string_free(text, FALSE);
}

// MARK: - Values

/// A picture as tags hold it.
static inline void check_set_sample(GstStructure *structure, const char *name) {
    GstBuffer *buffer = check_small_buffer();
    GstSample *sample = gst_sample_new(buffer, NULL, NULL, NULL);
    gst_structure_set(structure, name, GST_TYPE_SAMPLE, sample, NULL);
    gst_sample_unref(sample);
    gst_buffer_unref(buffer);
}
static inline void check_set_buffer(GstStructure *structure, const char *name, GstBuffer *buffer) {
    gst_structure_set(structure, name, GST_TYPE_BUFFER, buffer, NULL);
}
static inline void check_set_number(GstStructure *structure, const char *name, gint number) {
    gst_structure_set(structure, name, G_TYPE_INT, number, NULL);
}
static inline void check_set_text(GstStructure *structure, const char *name, const char *text) {
    gst_structure_set(structure, name, G_TYPE_STRING, text, NULL);
}
/// Tags with a picture, a title and a codec.
static inline GstTagList *check_tags(void) {
    GstBuffer *buffer = check_small_buffer();
    GstSample *sample = gst_sample_new(buffer, NULL, NULL, NULL);
    GstTagList *tags = gst_tag_list_new(GST_TAG_TITLE, "Anna", GST_TAG_IMAGE, sample, GST_TAG_PREVIEW_IMAGE, sample,
                                        GST_TAG_CODEC, "x", NULL);
    gst_sample_unref(sample);
    gst_buffer_unref(buffer);
    return tags;
}
/// A value of a tag's type; FALSE where there is none.
static inline gboolean check_make_tag_value(GValue *value, GType type) {
    g_value_init(value, type);
    if (type == GST_TYPE_SAMPLE || type == GST_TYPE_BUFFER) {
        GstBuffer *buffer = check_small_buffer();
        if (type == GST_TYPE_SAMPLE)
            gst_value_take_sample(value, gst_sample_new(buffer, NULL, NULL, NULL));
        else
            gst_value_set_buffer(value, buffer);
        gst_buffer_unref(buffer);
        return TRUE;
    }
    static const char *const texts[] = {"1", "2026-01-02", "2026-01-02T03:04Z"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); ++i)
        if (gst_value_deserialize(value, texts[i])) return TRUE;
    return FALSE;
}

/// A table of contents in which each entry has one more below it, all with pictures among their tags.
static inline GstToc *check_toc(guint depth) {
    GstTocEntry *entry = NULL;
    for (guint level = depth; level > 0; --level) {
        char *id = g_strdup_printf("chapter-%u", level);
        GstTocEntry *above = gst_toc_entry_new(GST_TOC_ENTRY_TYPE_CHAPTER, id);
        g_free(id);
        gst_toc_entry_set_start_stop_times(above, level, 1000 + level);
        gst_toc_entry_set_loop(above, GST_TOC_LOOP_FORWARD, 3);
        gst_toc_entry_set_tags(above, check_tags());
        if (entry != NULL) gst_toc_entry_append_sub_entry(above, entry);
        entry = above;
    }
    GstToc *toc = gst_toc_new(GST_TOC_SCOPE_GLOBAL);
    gst_toc_set_tags(toc, check_tags());
    gst_toc_append_entry(toc, entry);
    return toc;
}
static inline GstEvent *check_toc_event(guint depth) {
    GstToc *toc = check_toc(depth);
    GstEvent *event = gst_event_new_toc(toc, TRUE);
    gst_toc_unref(toc);
    return event;
}
/// A table of contents as one text, an entry a line: id, times, loop, tags; to be given back with `g_free`.
static inline char *check_toc_text(GstEvent *event) {
    GstToc *toc = NULL;
    gboolean is_update = FALSE;
    gst_event_parse_toc(event, &toc, &is_update);
    GString *text = g_string_new(is_update ? "updated " : "");
    char *tags = gst_tag_list_to_string(gst_toc_get_tags(toc));
    g_string_append(text, tags);
    g_free(tags);
    for (GList *link = gst_toc_get_entries(toc); link != NULL;) {
        GstTocEntry *entry = (GstTocEntry *)link->data;
        gint64 start = 0, stop = 0;
        GstTocLoopType loop = GST_TOC_LOOP_NONE;
        gint count = 0;
        gst_toc_entry_get_start_stop_times(entry, &start, &stop);
        gst_toc_entry_get_loop(entry, &loop, &count);
        tags = gst_tag_list_to_string(gst_toc_entry_get_tags(entry));
        g_string_append_printf(text, "\n%s %d %d %d %d %s", gst_toc_entry_get_uid(entry), (gint)start, (gint)stop, loop,
                               count, tags);
        g_free(tags);
        link = gst_toc_entry_get_sub_entries(entry);
    }
    gst_toc_unref(toc);
    return g_string_free(text, FALSE);
}

/// A video stream whose tags and caps show pictures.
static inline GstStream *check_stream(void) {
    GstBuffer *buffer = check_small_buffer();
    GstCaps *caps =
        gst_caps_new_simple("video/x-raw", "width", G_TYPE_INT, 320, "picture", GST_TYPE_BUFFER, buffer, NULL);
    GstStream *stream = gst_stream_new("camera", caps, GST_STREAM_TYPE_VIDEO, GST_STREAM_FLAG_SELECT);
    GstTagList *tags = check_tags();
    gst_stream_set_tags(stream, tags);
    gst_tag_list_unref(tags);
    gst_caps_unref(caps);
    gst_buffer_unref(buffer);
    return stream;
}
/// A stream as one text: id, type, flags, caps, tags; to be given back with `g_free`.
static inline char *check_stream_text(GstStream *stream) {
    GstCaps *caps = gst_stream_get_caps(stream);
    GstTagList *list = gst_stream_get_tags(stream);
    char *fields = caps != NULL ? gst_caps_to_string(caps) : NULL;
    char *tags = list != NULL ? gst_tag_list_to_string(list) : NULL;
    char *text = g_strdup_printf("%s %d %d %s %s", gst_stream_get_stream_id(stream), gst_stream_get_stream_type(stream),
                                 gst_stream_get_stream_flags(stream), fields, tags);
    g_free(fields);
    g_free(tags);
    if (caps != NULL) gst_caps_unref(caps);
    if (list != NULL) gst_tag_list_unref(list);
    return text;
}
/// Caps of a raw picture with fields that do and do not belong there.
static inline GstCaps *check_caps(const char *text) {
    GstCaps *caps = gst_caps_from_string(text);
    GstBuffer *buffer = check_small_buffer();
    GstStructure *nested = gst_structure_new("nested", "name", G_TYPE_STRING, "Anna", NULL);
    GValue array = G_VALUE_INIT, item = G_VALUE_INIT;
    g_value_init(&array, GST_TYPE_ARRAY);
    g_value_init(&item, GST_TYPE_BUFFER);
    gst_value_set_buffer(&item, buffer);
    gst_value_array_append_and_take_value(&array, &item);
    gst_caps_set_simple(caps, "picture", GST_TYPE_BUFFER, buffer, "who", GST_TYPE_STRUCTURE, nested, NULL);
    gst_caps_set_value(caps, "streamheader", &array);
    g_value_unset(&array);
    gst_structure_free(nested);
    gst_buffer_unref(buffer);
    return caps;
}
static inline GstEvent *check_event(guint number, guint flags) {
    return gst_event_new_custom((GstEventType)((number << GST_EVENT_NUM_SHIFT) | flags), NULL);
}

#endif
