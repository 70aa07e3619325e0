// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// GStreamer's test harness, and what of it Swift's importer cannot read.

#ifndef FACEANON_CHECK_H
#define FACEANON_CHECK_H

#include <gst/check/gstharness.h>
#include <gst/controller/gstdirectcontrolbinding.h>
#include <gst/controller/gstinterpolationcontrolsource.h>
#include <gst/video/gstvideometa.h>
#include <gst/video/video.h>
#include <string.h>

static inline void check_set_times(GstBuffer *buffer, guint64 pts, guint64 duration) {
    GST_BUFFER_PTS(buffer) = pts;
    GST_BUFFER_DURATION(buffer) = duration;
}
static inline guint64 check_pts(GstBuffer *buffer) { return GST_BUFFER_PTS(buffer); }
static inline gboolean check_event_has_type(GstEvent *event, GstEventType type) { return GST_EVENT_TYPE(event) == type; }
/// Whether it derives from GstBaseTransform, by name: the library is not needed for it.
static inline gboolean check_is_base_transform(gpointer element) {
    for (GType type = G_OBJECT_TYPE(element); type != 0; type = g_type_parent(type))
        if (strcmp(g_type_name(type), "GstBaseTransform") == 0) return TRUE;
    return FALSE;
}
static inline GstMessageType check_message_type(GstMessage *message) { return GST_MESSAGE_TYPE(message); }
static inline guint check_video_regions(GstBuffer *buffer) {
    return gst_buffer_get_n_meta(buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
}
static inline guint check_parent_metas(GstBuffer *buffer) {
    return gst_buffer_get_n_meta(buffer, GST_PARENT_BUFFER_META_API_TYPE);
}
static inline guint check_video_metas(GstBuffer *buffer) {
    return gst_buffer_get_n_meta(buffer, GST_VIDEO_META_API_TYPE);
}
static inline GstVideoRegionOfInterestMeta *check_first_region(GstBuffer *buffer) {
    return (GstVideoRegionOfInterestMeta *)gst_buffer_get_meta(buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
}
static inline gboolean check_is_resource_error(const GError *error, gint code) {
    return error->domain == GST_RESOURCE_ERROR && error->code == code;
}

// MARK: - Buffers

static inline void check_crop(GstBuffer *buffer, guint x, guint y, guint width, guint height) {
    GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(buffer);
    crop->x = x;
    crop->y = y;
    crop->width = width;
    crop->height = height;
}
static inline guint check_crop_metas(GstBuffer *buffer) {
    return gst_buffer_get_n_meta(buffer, GST_VIDEO_CROP_META_API_TYPE);
}

static inline guint64 check_duration(GstBuffer *buffer) { return GST_BUFFER_DURATION(buffer); }
static inline gint check_references(GstBuffer *buffer) { return GST_MINI_OBJECT_REFCOUNT_VALUE(buffer); }
static inline gboolean check_is_writable(GstBuffer *buffer) { return gst_buffer_is_writable(buffer); }
static inline void check_set_flag(GstBuffer *buffer, GstBufferFlags flag) { GST_BUFFER_FLAG_SET(buffer, flag); }
static inline gboolean check_has_flag(GstBuffer *buffer, GstBufferFlags flag) {
    return GST_BUFFER_FLAG_IS_SET(buffer, flag);
}
/// Adds one to `*count` when the object is freed.
static inline void check_count_free(gpointer count, GstMiniObject *object) {
    (void)object;
    ++*(gint *)count;
}
static inline void check_watch_buffer(GstBuffer *buffer, gint *count) {
    gst_mini_object_weak_ref(GST_MINI_OBJECT(buffer), check_count_free, count);
}
static inline void check_watch_event(GstEvent *event, gint *count) {
    gst_mini_object_weak_ref(GST_MINI_OBJECT(event), check_count_free, count);
}
static inline void check_count_finalize(gpointer count, GObject *object) {
    (void)object;
    ++*(gint *)count;
}
static inline void check_watch_object(gpointer object, gint *count) {
    g_object_weak_ref(G_OBJECT(object), check_count_finalize, count);
}

// Memory that stops working. GStreamer's own allocator's type makes its allocators, so that only functions are replaced.

static inline gpointer check_stubborn_map(GstMemory *memory, gsize size, GstMapFlags flags) {
    gpointer (*map)(GstMemory *, gsize, GstMapFlags) =
        (gpointer(*)(GstMemory *, gsize, GstMapFlags))g_object_get_data(G_OBJECT(memory->allocator), "map");
    gint left = GPOINTER_TO_INT(gst_mini_object_get_qdata(GST_MINI_OBJECT(memory), g_quark_from_static_string("maps")));
    if (left == 0) return NULL;
    gst_mini_object_set_qdata(GST_MINI_OBJECT(memory), g_quark_from_static_string("maps"), GINT_TO_POINTER(left - 1),
                              NULL);
    return map(memory, size, flags);
}
static inline GstMemory *check_stubborn_copy(GstMemory *memory, gssize offset, gssize size) {
    (void)memory;
    (void)offset;
    (void)size;
    return NULL;
}
/// A buffer with a copy of those bytes that can be mapped so many times, and never be copied.
static inline GstBuffer *check_stubborn_buffer(const guint8 *bytes, gsize size, gint maps) {
    GstAllocator *stubborn = gst_allocator_find("CheckStubborn");
    if (stubborn == NULL) {
        GstAllocator *system = gst_allocator_find(GST_ALLOCATOR_SYSMEM);
        stubborn = (GstAllocator *)g_object_new(G_OBJECT_TYPE(system), NULL);
        gst_object_unref(system);
        g_object_set_data(G_OBJECT(stubborn), "map", (gpointer)stubborn->mem_map);
        stubborn->mem_map = check_stubborn_map;
        stubborn->mem_copy = check_stubborn_copy;
        // For good: GLib warns when an allocator of that type is freed.
        gst_allocator_register("CheckStubborn", (GstAllocator *)gst_object_ref(stubborn));
    }
    GstMemory *memory = gst_allocator_alloc(NULL, size, NULL);
    GstMapInfo info;
    if (gst_memory_map(memory, &info, GST_MAP_WRITE)) {
        memcpy(info.data, bytes, size);
        gst_memory_unmap(memory, &info);
    }
    gst_object_unref(memory->allocator);
    memory->allocator = stubborn;
    gst_mini_object_set_qdata(GST_MINI_OBJECT(memory), g_quark_from_static_string("maps"), GINT_TO_POINTER(maps), NULL);
    GstBuffer *buffer = gst_buffer_new();
    gst_buffer_append_memory(buffer, memory);
    return buffer;
}

/// One component of a mapped frame, as GStreamer's own macros find it.
typedef struct {
    guint8 *data;
    gint stride, step, width, height, plane, horizontal_shift, vertical_shift;
    // Of a sample: significant bits, and padding bits below them.
    gint depth, shift;
    // Bytes from a row's start.
    gint offset;
} CheckComponent;

static inline guint check_component_count(GstVideoFrame *frame) { return GST_VIDEO_FRAME_N_COMPONENTS(frame); }
static inline CheckComponent check_component(GstVideoFrame *frame, guint index) {
    CheckComponent component = {
        GST_VIDEO_FRAME_COMP_DATA(frame, index),
        GST_VIDEO_FRAME_COMP_STRIDE(frame, index),
        GST_VIDEO_FRAME_COMP_PSTRIDE(frame, index),
        GST_VIDEO_FRAME_COMP_WIDTH(frame, index),
        GST_VIDEO_FRAME_COMP_HEIGHT(frame, index),
        GST_VIDEO_FRAME_COMP_PLANE(frame, index),
        GST_VIDEO_FORMAT_INFO_W_SUB(frame->info.finfo, index),
        GST_VIDEO_FORMAT_INFO_H_SUB(frame->info.finfo, index),
        GST_VIDEO_FORMAT_INFO_DEPTH(frame->info.finfo, index),
        GST_VIDEO_FORMAT_INFO_SHIFT(frame->info.finfo, index),
        GST_VIDEO_FORMAT_INFO_POFFSET(frame->info.finfo, index),
    };
    return component;
}

// MARK: - Properties

static inline GParamSpec *check_find_property(gpointer object, const char *name) {
    return g_object_class_find_property(G_OBJECT_GET_CLASS(object), name);
}
/// The least, the largest and the default value, as a launch line writes them; to be given back with `g_free`.
static inline char *check_range(GParamSpec *spec) {
    if (G_IS_PARAM_SPEC_INT(spec))
        return g_strdup_printf("int %d..%d", G_PARAM_SPEC_INT(spec)->minimum, G_PARAM_SPEC_INT(spec)->maximum);
    if (G_IS_PARAM_SPEC_UINT(spec))
        return g_strdup_printf("uint %u..%u", G_PARAM_SPEC_UINT(spec)->minimum, G_PARAM_SPEC_UINT(spec)->maximum);
    if (G_IS_PARAM_SPEC_UINT64(spec))
        return g_strdup_printf("uint64 %" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT, G_PARAM_SPEC_UINT64(spec)->minimum,
                               G_PARAM_SPEC_UINT64(spec)->maximum);
    if (G_IS_PARAM_SPEC_DOUBLE(spec))
        return g_strdup_printf("double %g..%g", G_PARAM_SPEC_DOUBLE(spec)->minimum,
                               G_PARAM_SPEC_DOUBLE(spec)->maximum);
    if (G_IS_PARAM_SPEC_ENUM(spec)) {
        GEnumClass *values = G_PARAM_SPEC_ENUM(spec)->enum_class;
        GString *text = g_string_new("enum");
        for (guint i = 0; i < values->n_values; ++i) g_string_append_printf(text, " %s", values->values[i].value_nick);
        return g_string_free(text, FALSE);
    }
    return g_strdup(g_type_name(G_PARAM_SPEC_VALUE_TYPE(spec)));
}
static inline gboolean check_is_controllable(GParamSpec *spec) { return (spec->flags & GST_PARAM_CONTROLLABLE) != 0; }
static inline gboolean check_is_live(GParamSpec *spec) { return (spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0; }
static inline gboolean check_is_writable_property(GParamSpec *spec) { return (spec->flags & G_PARAM_WRITABLE) != 0; }

/// Lets a property follow straight lines between the values that are put into the source. Values are shares of the
/// property's range. The caller owns the source.
static inline GstTimedValueControlSource *check_control(gpointer object, const char *property) {
    GstControlSource *source = gst_interpolation_control_source_new();
    g_object_set(source, "mode", GST_INTERPOLATION_MODE_NONE, NULL);
    gst_object_add_control_binding(GST_OBJECT(object),
                                   gst_direct_control_binding_new(GST_OBJECT(object), property, source));
    return GST_TIMED_VALUE_CONTROL_SOURCE(source);
}

static inline void check_set_double(gpointer object, const char *name, gdouble number) {
    g_object_set(object, name, number, NULL);
}
/// The names of all properties of the element's own type and its parents'; to be given back with `g_strfreev`.
static inline char **check_property_names(gpointer object) {
    guint count = 0;
    GParamSpec **specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(object), &count);
    char **names = g_new0(char *, count + 1);
    guint next = 0;
    for (guint i = 0; i < count; ++i)
        if (specs[i]->flags & G_PARAM_WRITABLE) names[next++] = g_strdup(specs[i]->name);
    g_free(specs);
    return names;
}
/// Sets an array property to arrays that have not its shape: of texts, of structures, mixed, nested, GLib's own kind.
static inline gint check_odd_array_kinds(void) { return 6; }
static inline void check_set_odd_array(gpointer object, const char *name, gint kind) {
    GValue array = G_VALUE_INIT, item = G_VALUE_INIT;
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    if (kind == 0) {
        GValueArray *values = g_value_array_new(3);
        g_value_init(&item, G_TYPE_STRING);
        g_value_set_static_string(&item, "x");
        for (gint i = 0; i < 3; ++i) g_value_array_append(values, &item);
        g_value_init(&array, G_TYPE_VALUE_ARRAY);
        g_value_take_boxed(&array, values);
    }
    G_GNUC_END_IGNORE_DEPRECATIONS
    if (kind == 1) g_value_init(&array, GST_TYPE_ARRAY);
    if (kind > 1) {
        g_value_init(&array, GST_TYPE_ARRAY);
        for (gint i = 0; i < 4; ++i) {
            switch ((kind + i * (kind == 5)) % 4) {
                case 0:
                    g_value_init(&item, GST_TYPE_STRUCTURE);
                    g_value_take_boxed(&item, gst_structure_new_empty("x"));
                    break;
                case 1: g_value_init(&item, GST_TYPE_ARRAY); break;
                case 2: g_value_init(&item, G_TYPE_POINTER); break;
                default: g_value_init(&item, G_TYPE_STRING);
            }
            gst_value_array_append_and_take_value(&array, &item);
            memset(&item, 0, sizeof item);
        }
    }
    g_object_set_property(G_OBJECT(object), name, &array);
    g_value_unset(&array);
    if (G_VALUE_TYPE(&item) != 0) g_value_unset(&item);
}

static inline void check_count_handoff(GstElement *sink, GstBuffer *buffer, GstPad *pad, gint *count) {
    (void)sink;
    (void)buffer;
    (void)pad;
    ++*count;
}
/// Counts the buffers that a fakesink with signal-handoffs gets.
static inline void check_count_handoffs(GstElement *sink, gint *count) {
    g_signal_connect(sink, "handoff", G_CALLBACK(check_count_handoff), count);
}

#endif
