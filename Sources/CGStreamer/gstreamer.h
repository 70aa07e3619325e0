// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// The border to GStreamer: the C structs of the element, whose layout Swift does not promise, and inlines for macros
// and variadic functions, which Swift's importer cannot read.

#ifndef FACEANON_GSTREAMER_H
#define FACEANON_GSTREAMER_H

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>
#include <gst/video/gstvideometa.h>
#include <gst/video/video.h>
#include <stdint.h>
#include <string.h>

/// The instance: all state sits in one Swift object behind the pointer.
typedef struct {
    GstBaseTransform parent;
    gpointer implementation;
} GstFaceAnon;

typedef struct {
    GstBaseTransformClass parent_class;
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
static inline GstPad *faceanon_source_pad(GstFaceAnon *element) { return GST_BASE_TRANSFORM_SRC_PAD(element); }
static inline GstPad *faceanon_sink_pad(GstFaceAnon *element) { return GST_BASE_TRANSFORM_SINK_PAD(element); }
static inline gboolean faceanon_has_pts(GstBuffer *buffer) { return GST_BUFFER_PTS_IS_VALID(buffer); }
/// Nanoseconds, in the type that Swift imports as UInt64 (guint64 is UInt there).
static inline uint64_t faceanon_pts(GstBuffer *buffer) { return GST_BUFFER_PTS(buffer); }

/// GST_BASE_TRANSFORM_FLOW_DROPPED.
static inline GstFlowReturn faceanon_flow_dropped(void) { return GST_BASE_TRANSFORM_FLOW_DROPPED; }

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

/// Whether a meta carries the clear picture on: GstParentBufferMeta, and GstOriginalBufferMeta of later versions.
static inline gboolean faceanon_is_clear_meta(const GstMeta *meta) {
    const char *api = g_type_name(meta->info->api);
    return api != NULL && (strcmp(api, "GstParentBufferMetaAPI") == 0 || strcmp(api, "GstOriginalBufferMetaAPI") == 0);
}

static inline gboolean faceanon_has_clear_meta(GstBuffer *buffer) {
    gpointer state = NULL;
    for (GstMeta *meta = gst_buffer_iterate_meta(buffer, &state); meta != NULL;
         meta = gst_buffer_iterate_meta(buffer, &state))
        if (faceanon_is_clear_meta(meta)) return TRUE;
    return FALSE;
}

static inline gboolean faceanon_drop_clear_meta(GstBuffer *buffer, GstMeta **meta, gpointer unused) {
    (void)buffer;
    (void)unused;
    if (faceanon_is_clear_meta(*meta)) *meta = NULL;
    return TRUE;
}

/// Takes those metas off a writable buffer.
static inline void faceanon_remove_clear_metas(GstBuffer *buffer) {
    gst_buffer_foreach_meta(buffer, faceanon_drop_clear_meta, NULL);
}

/// The buffer itself where nobody else holds it, else a copy of it, whose memory GStreamer copies when it is written.
static inline GstBuffer *faceanon_make_writable(GstBuffer *buffer) { return gst_buffer_make_writable(buffer); }

/// The next region-of-interest meta, or NULL.
static inline GstVideoRegionOfInterestMeta *faceanon_next_region(GstBuffer *buffer, gpointer *state) {
    return (GstVideoRegionOfInterestMeta *)gst_buffer_iterate_meta_filtered(
        buffer, state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
}

static inline uint64_t faceanon_duration(GstBuffer *buffer) {
    return GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0;
}

static inline gboolean faceanon_event_is_serialized(GstEvent *event) { return GST_EVENT_IS_SERIALIZED(event); }

/// A new buffer for a frame of those caps with the times and flags of another one, but nothing of its memory or metas.
static inline GstBuffer *faceanon_replacement(GstBuffer *buffer, const GstVideoInfo *info) {
    GstBuffer *replacement = gst_buffer_new_allocate(NULL, info->size, NULL);
    if (replacement != NULL)
        gst_buffer_copy_into(replacement, buffer,
                             (GstBufferCopyFlags)(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0, -1);
    return replacement;
}

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
        {FALSE, FALSE, GST_STREAM_ERROR_FORMAT},
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
    const intptr_t first = (const guint8 *)frame->data[plane] - map->data;
    const intptr_t last = first + (rows - 1) * GST_VIDEO_FRAME_PLANE_STRIDE(frame, plane);
    return MIN(first, last) >= 0 && MAX(first, last) + row_bytes <= (intptr_t)map->size;
}
static inline gint faceanon_frame_width(const GstVideoFrame *frame) { return GST_VIDEO_FRAME_WIDTH(frame); }
static inline gint faceanon_frame_height(const GstVideoFrame *frame) { return GST_VIDEO_FRAME_HEIGHT(frame); }

#endif
