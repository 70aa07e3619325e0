// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// The border to GStreamer: the C structs of the element, whose layout Swift does not promise, and inlines for macros
// and variadic functions, which Swift's importer cannot read.

#ifndef FACEANON_GSTREAMER_H
#define FACEANON_GSTREAMER_H

#include <gst/gst.h>
#include <gst/video/gstvideometa.h>
#include <gst/video/video.h>
#include <stdint.h>
#include <string.h>



/// The instance: all state sits in one Swift object behind the pointer.
typedef struct {
    GstElement parent;
    /// Owned by the parent, from instance_init to finalize.
    GstPad *sink;
    GstPad *source;
    gpointer implementation;
} GstFaceAnon;

typedef struct {
    GstElementClass parent_class;
} GstFaceAnonClass;

// MARK: - Types and flags behind macros

static inline GType faceanon_type_boolean(void) { return G_TYPE_BOOLEAN; }
static inline GType faceanon_type_int(void) { return G_TYPE_INT; }
static inline GType faceanon_type_uint(void) { return G_TYPE_UINT; }
static inline GType faceanon_type_uint64(void) { return G_TYPE_UINT64; }
static inline GType faceanon_type_double(void) { return G_TYPE_DOUBLE; }
static inline GType faceanon_type_string(void) { return G_TYPE_STRING; }
static inline GType faceanon_type_array(void) { return GST_TYPE_ARRAY; }
static inline gboolean faceanon_value_holds(const GValue *value, GType type) { return G_VALUE_HOLDS(value, type); }
static inline gboolean faceanon_can_transform(const GValue *value, GType type) {
    return g_value_type_transformable(G_VALUE_TYPE(value), type);
}

// GLib copies the texts: Swift lends its strings for the length of a call only.

/// Readable, writable, controllable and changeable in PLAYING.
static inline GParamFlags faceanon_param_live(void) {
    return (GParamFlags)(G_PARAM_READWRITE | GST_PARAM_CONTROLLABLE |
                         GST_PARAM_MUTABLE_PLAYING);
}
/// Readable, writable and changeable in PLAYING: for values that no controller can make.
static inline GParamFlags faceanon_param_mutable(void) {
    return (GParamFlags)(G_PARAM_READWRITE | GST_PARAM_MUTABLE_PLAYING);
}
/// Readable, and writable up to READY.
static inline GParamFlags faceanon_param_ready(void) {
    return (GParamFlags)(G_PARAM_READWRITE | GST_PARAM_MUTABLE_READY);
}
static inline GParamFlags faceanon_param_read_only(void) {
    return (GParamFlags)(G_PARAM_READABLE);
}

static inline GstVideoInfo *faceanon_video_info_new(void) { return gst_video_info_new(); }
static inline GstVideoFormat faceanon_video_info_format(const GstVideoInfo *info) {
    return GST_VIDEO_INFO_FORMAT(info);
}

/// Whether a buffer holds pictures as they are seen: one view, or whole ones side by side.
static inline gboolean faceanon_has_whole_views(const GstVideoInfo *info) {
    const GstVideoMultiviewFlags distorted = (GstVideoMultiviewFlags)(
        GST_VIDEO_MULTIVIEW_FLAGS_HALF_ASPECT | GST_VIDEO_MULTIVIEW_FLAGS_LEFT_FLIPPED |
        GST_VIDEO_MULTIVIEW_FLAGS_RIGHT_FLIPPED);
    if ((GST_VIDEO_INFO_MULTIVIEW_FLAGS(info) & distorted) != 0) return FALSE;
    switch (GST_VIDEO_INFO_MULTIVIEW_MODE(info)) {
        case GST_VIDEO_MULTIVIEW_MODE_NONE:
        case GST_VIDEO_MULTIVIEW_MODE_MONO:
        case GST_VIDEO_MULTIVIEW_MODE_LEFT:
        case GST_VIDEO_MULTIVIEW_MODE_RIGHT:
        case GST_VIDEO_MULTIVIEW_MODE_FRAME_BY_FRAME:
            return GST_VIDEO_INFO_VIEWS(info) <= 1;
        case GST_VIDEO_MULTIVIEW_MODE_SIDE_BY_SIDE:
        case GST_VIDEO_MULTIVIEW_MODE_TOP_BOTTOM:
            return TRUE;
        default:
            return FALSE;
    }
}

// MARK: - Objects

static inline GObject *faceanon_object(gpointer instance) { return (GObject *)instance; }
static inline const char *faceanon_path_string(GstObject *object) { return gst_object_get_path_string(object); }
static inline gboolean faceanon_has_pts(GstBuffer *buffer) { return GST_BUFFER_PTS_IS_VALID(buffer); }
/// Nanoseconds, in the type that Swift imports as UInt64 (guint64 is UInt there).
static inline uint64_t faceanon_pts(GstBuffer *buffer) { return GST_BUFFER_PTS(buffer); }

/// The directory and name of the plugin's file, to be given back with `g_free`; NULL for a plugin that is linked in.
static inline gchar *faceanon_plugin_path(GstFaceAnon *element) {
    GstElementFactory *factory = gst_element_get_factory(GST_ELEMENT(element));
    GstPlugin *plugin = factory != NULL ? gst_plugin_feature_get_plugin(GST_PLUGIN_FEATURE(factory)) : NULL;
    if (plugin == NULL) return NULL;
    gchar *path = g_strdup(gst_plugin_get_filename(plugin));
    gst_object_unref(plugin);
    return path;
}

// MARK: - Buffers

static inline gboolean faceanon_buffer_has_flag(GstBuffer *buffer, GstBufferFlags flag) {
    return GST_BUFFER_FLAG_IS_SET(buffer, flag);
}
static inline void faceanon_buffer_set_flag(GstBuffer *buffer, GstBufferFlags flag) {
    GST_BUFFER_FLAG_SET(buffer, flag);
}
static inline void faceanon_buffer_unset_flag(GstBuffer *buffer, GstBufferFlags flag) {
    GST_BUFFER_FLAG_UNSET(buffer, flag);
}

/// Copies times, offsets and flags, and nothing else: no memory and no metas.
static inline gboolean faceanon_copy_times_and_flags(GstBuffer *to, GstBuffer *from) {
    return gst_buffer_copy_into(to, from,
                                (GstBufferCopyFlags)(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0, -1);
}

/// Whether a buffer's memory is all its own, and a frame in GStreamer's default layout for those caps: then the frame can be
/// masked where it is, and nothing but the frame goes on with it.
static inline gboolean faceanon_is_plain_frame(GstBuffer *buffer, const GstVideoInfo *info) {
    if (!gst_buffer_is_writable(buffer) || gst_buffer_n_memory(buffer) != 1) return FALSE;
    GstMemory *memory = gst_buffer_peek_memory(buffer, 0);
    // A part of another memory keeps all of it within reach.
    if (memory->parent != NULL || !gst_memory_is_writable(memory)) return FALSE;
    if (gst_memory_get_sizes(memory, NULL, NULL) != GST_VIDEO_INFO_SIZE(info)) return FALSE;
    const GstVideoMeta *meta = gst_buffer_get_video_meta(buffer);
    if (meta == NULL) return TRUE;
    if (meta->format != GST_VIDEO_INFO_FORMAT(info) || meta->width != (guint)GST_VIDEO_INFO_WIDTH(info) ||
        meta->height != (guint)GST_VIDEO_INFO_HEIGHT(info) || meta->n_planes != GST_VIDEO_INFO_N_PLANES(info))
        return FALSE;
    for (guint i = 0; i < meta->n_planes; i++)
        if (meta->offset[i] != GST_VIDEO_INFO_PLANE_OFFSET(info, i) ||
            meta->stride[i] != GST_VIDEO_INFO_PLANE_STRIDE(info, i))
            return FALSE;
    return TRUE;
}

/// Writes zeros to what lies before and behind a frame in the memory of such a buffer: whoever gets it may make it visible.
static inline gboolean faceanon_clear_slack(GstBuffer *buffer) {
    GstMemory *memory = gst_buffer_peek_memory(buffer, 0);
    gsize offset = 0, capacity = 0;
    const gsize size = gst_memory_get_sizes(memory, &offset, &capacity);
    if (offset == 0 && capacity == size) return TRUE;
    GstMapInfo map;
    gst_memory_resize(memory, -(gssize)offset, capacity);
    const gboolean is_mapped = gst_memory_map(memory, &map, GST_MAP_WRITE);
    if (is_mapped) {
        memset(map.data, 0, MIN(offset, map.size));
        if (offset + size < map.size) memset(map.data + offset + size, 0, map.size - offset - size);
        gst_memory_unmap(memory, &map);
    }
    gst_memory_resize(memory, (gssize)offset, size);
    return is_mapped;
}

/// The next region-of-interest meta, or NULL.
static inline GstVideoRegionOfInterestMeta *faceanon_next_region(GstBuffer *buffer, gpointer *state) {
    return (GstVideoRegionOfInterestMeta *)gst_buffer_iterate_meta_filtered(
        buffer, state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
}

static inline uint64_t faceanon_duration(GstBuffer *buffer) {
    return GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0;
}

static inline gboolean faceanon_event_is_serialized(GstEvent *event) { return GST_EVENT_IS_SERIALIZED(event); }

static inline gboolean faceanon_event_is_sticky(GstEvent *event) { return GST_EVENT_IS_STICKY(event); }
/// Nanoseconds, from a clock that nobody sets.
static inline uint64_t faceanon_monotonic_time(void) { return (uint64_t)g_get_monotonic_time() * 1000; }

// MARK: - Messages and the log

/// The domain and code of an element message.
typedef enum {
    FACEANON_CODE_RESOURCE_NOT_FOUND,
    FACEANON_CODE_RESOURCE_READ,
    FACEANON_CODE_RESOURCE_WRITE,
    FACEANON_CODE_RESOURCE_SETTINGS,
    FACEANON_CODE_RESOURCE_NO_SPACE,
    FACEANON_CODE_LIBRARY_FAILED,
    FACEANON_CODE_LIBRARY_INIT,
    FACEANON_CODE_STREAM_FAILED,
    FACEANON_CODE_STREAM_FORMAT,
    FACEANON_CODE_STREAM_DECODE,
} faceanon_code;

/// Posts an element message of that type; the texts are copied.
static inline void faceanon_post(gpointer element, GstMessageType type, faceanon_code code, const char *text,
                                 const char *debug, int line, const char *function) {
    static const struct {
        gboolean is_resource, is_library;
        gint code;
    } codes[] = {
        {TRUE, FALSE, GST_RESOURCE_ERROR_NOT_FOUND},     {TRUE, FALSE, GST_RESOURCE_ERROR_READ},
        {TRUE, FALSE, GST_RESOURCE_ERROR_WRITE},         {TRUE, FALSE, GST_RESOURCE_ERROR_SETTINGS},
        {TRUE, FALSE, GST_RESOURCE_ERROR_NO_SPACE_LEFT}, {FALSE, TRUE, GST_LIBRARY_ERROR_FAILED},
        {FALSE, TRUE, GST_LIBRARY_ERROR_INIT},           {FALSE, FALSE, GST_STREAM_ERROR_FAILED},
        {FALSE, FALSE, GST_STREAM_ERROR_FORMAT},         {FALSE, FALSE, GST_STREAM_ERROR_DECODE},
    };
    GQuark domain = codes[code].is_resource  ? GST_RESOURCE_ERROR
                    : codes[code].is_library ? GST_LIBRARY_ERROR
                                             : GST_STREAM_ERROR;
    gst_element_message_full(GST_ELEMENT(element), type, domain, codes[code].code, g_strdup(text), g_strdup(debug),
                             "faceanon", function, line);
}

static inline gboolean faceanon_log_enabled(GstDebugCategory *category, GstDebugLevel level) {
    return level <= _gst_debug_min && level <= gst_debug_category_get_threshold(category);
}

static inline void faceanon_log(GstDebugCategory *category, GstDebugLevel level, gpointer object, const char *text,
                                int line, const char *function) {
    gst_debug_log_literal(category, level, "faceanon", function, line, (GObject *)object, text);
}

static inline GstDebugCategory *faceanon_debug_category(void) {
    return _gst_debug_category_new("faceanon", 0, "faces masked in every frame");
}

// MARK: - Frames

static inline guint8 *faceanon_plane_data(const GstVideoFrame *frame, guint plane) {
    return (guint8 *)frame->data[plane];
}
static inline gint faceanon_plane_stride(const GstVideoFrame *frame, guint plane) {
    return GST_VIDEO_FRAME_PLANE_STRIDE(frame, plane);
}
/// Whether the memory that is mapped for a plane holds that many rows: GStreamer believes what a video meta says.
static inline gboolean faceanon_plane_fits(const GstVideoFrame *frame, guint plane, intptr_t rows, intptr_t row_bytes) {
    // Without a meta all planes lie in one mapping.
    const GstMapInfo *map = frame->map[plane].data != NULL ? &frame->map[plane] : &frame->map[0];
    if (frame->data[plane] == NULL || map->data == NULL) return FALSE;
    intptr_t first, span, last, end;
    if (__builtin_sub_overflow((intptr_t)frame->data[plane], (intptr_t)map->data, &first) ||
        __builtin_mul_overflow(rows - 1, (intptr_t)GST_VIDEO_FRAME_PLANE_STRIDE(frame, plane), &span) ||
        __builtin_add_overflow(first, span, &last) || __builtin_add_overflow(MAX(first, last), row_bytes, &end))
        return FALSE;
    return MIN(first, last) >= 0 && end <= (intptr_t)map->size;
}
static inline gint faceanon_frame_width(const GstVideoFrame *frame) { return GST_VIDEO_FRAME_WIDTH(frame); }
static inline gint faceanon_frame_height(const GstVideoFrame *frame) { return GST_VIDEO_FRAME_HEIGHT(frame); }

#endif
