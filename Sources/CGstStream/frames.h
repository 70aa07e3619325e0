// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// Frames between the program's files and the element: caps, buffers around memory of others, and masked buffers mapped
// for an encoder.

#ifndef FACEANON_FRAMES_H
#define FACEANON_FRAMES_H

#include <gst/gst.h>
#include <gst/video/video.h>

#define FRAMES_MOST_PLANES 4

/// What caps say of frames. Colours are numbers of ISO/IEC 23091-2 (2: not known); `range` is 0 where not known,
/// 1 limited, 2 full.
typedef struct {
    const char *format, *chroma_site;
    int width, height, fps_n, fps_d, par_n, par_d, range, matrix, transfer, primaries;
    gboolean is_interlaced, is_top_first;
} frames_facts;

/// Caps for such frames, to be given back; NULL where GStreamer cannot have them.
static inline GstCaps *frames_caps(const frames_facts *facts) {
    GstVideoInfo info;
    gst_video_info_init(&info);
    const GstVideoFormat format = gst_video_format_from_string(facts->format);
    if (format == GST_VIDEO_FORMAT_UNKNOWN || facts->width < 1 || facts->height < 1) return NULL;
    const GstVideoInterlaceMode mode =
        facts->is_interlaced ? GST_VIDEO_INTERLACE_MODE_INTERLEAVED : GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
    if (!gst_video_info_set_interlaced_format(&info, format, mode, (guint)facts->width, (guint)facts->height))
        return NULL;
    if (facts->is_interlaced)
        GST_VIDEO_INFO_FIELD_ORDER(&info) =
            facts->is_top_first ? GST_VIDEO_FIELD_ORDER_TOP_FIELD_FIRST : GST_VIDEO_FIELD_ORDER_BOTTOM_FIELD_FIRST;
    GST_VIDEO_INFO_FPS_N(&info) = facts->fps_n;
    GST_VIDEO_INFO_FPS_D(&info) = facts->fps_d;
    GST_VIDEO_INFO_PAR_N(&info) = facts->par_n;
    GST_VIDEO_INFO_PAR_D(&info) = facts->par_d;
    // What is not known stays as GStreamer takes it to be, by the size of the picture.
    if (facts->range != 0)
        info.colorimetry.range = facts->range == 2 ? GST_VIDEO_COLOR_RANGE_0_255 : GST_VIDEO_COLOR_RANGE_16_235;
    if (GST_VIDEO_INFO_IS_YUV(&info) && facts->matrix > 2)
        info.colorimetry.matrix = gst_video_color_matrix_from_iso((guint)facts->matrix);
    if (GST_VIDEO_INFO_IS_YUV(&info) && facts->matrix == 1)
        info.colorimetry.matrix = GST_VIDEO_COLOR_MATRIX_BT709;
    if (facts->transfer != 2 && facts->transfer > 0)
        info.colorimetry.transfer = gst_video_transfer_function_from_iso((guint)facts->transfer);
    if (facts->primaries != 2 && facts->primaries > 0)
        info.colorimetry.primaries = gst_video_color_primaries_from_iso((guint)facts->primaries);
    if (facts->chroma_site != NULL && GST_VIDEO_INFO_IS_YUV(&info))
        info.chroma_site = gst_video_chroma_from_string(facts->chroma_site);
    return gst_video_info_to_caps(&info);
}

/// A read-only buffer around the planes of a frame that stays `owner`'s, who is let go of with the buffer.
static inline GstBuffer *frames_wrap(const GstVideoInfo *info, guint8 *const planes[FRAMES_MOST_PLANES],
                                     const gint strides[FRAMES_MOST_PLANES], const gsize sizes[FRAMES_MOST_PLANES],
                                     gpointer owner, GDestroyNotify release) {
    GstBuffer *buffer = gst_buffer_new();
    gsize offsets[GST_VIDEO_MAX_PLANES] = {0}, end = 0;
    gint steps[GST_VIDEO_MAX_PLANES] = {0};
    const guint count = MIN(GST_VIDEO_INFO_N_PLANES(info), FRAMES_MOST_PLANES);
    for (guint i = 0; i < count; i++) {
        gst_buffer_append_memory(buffer, gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, planes[i], sizes[i], 0,
                                                                sizes[i], NULL, NULL));
        offsets[i] = end;
        steps[i] = strides[i];
        end += sizes[i];
    }
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(info),
                                   (guint)GST_VIDEO_INFO_WIDTH(info), (guint)GST_VIDEO_INFO_HEIGHT(info), count,
                                   offsets, steps);
    gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(buffer), g_quark_from_static_string("faceanon-frame-owner"), owner,
                              release);
    return buffer;
}

/// The times of a frame, ns. `duration` is 0 where not known.
static inline void frames_set_times(GstBuffer *buffer, guint64 pts, guint64 duration) {
    GST_BUFFER_PTS(buffer) = pts;
    if (duration > 0) GST_BUFFER_DURATION(buffer) = duration;
}
static inline void frames_set_flag(GstBuffer *buffer, guint flag) { GST_BUFFER_FLAG_SET(buffer, flag); }

/// A masked frame, mapped to be read until it is given back with `frames_unmap`; NULL where it cannot be mapped.
/// Takes the buffer over, also where it fails.
static inline GstVideoFrame *frames_map(GstBuffer *buffer, GstVideoInfo *info) {
    GstVideoFrame *frame = g_new0(GstVideoFrame, 1);
    const gboolean is_mapped = gst_video_frame_map(frame, info, buffer, GST_MAP_READ);
    gst_buffer_unref(buffer);
    if (is_mapped) return frame;
    g_free(frame);
    return NULL;
}
static inline void frames_unmap(GstVideoFrame *frame) {
    gst_video_frame_unmap(frame);
    g_free(frame);
}
static inline guint frames_plane_count(const GstVideoFrame *frame) { return GST_VIDEO_FRAME_N_PLANES(frame); }
static inline guint8 *frames_plane(const GstVideoFrame *frame, guint plane) {
    return (guint8 *)GST_VIDEO_FRAME_PLANE_DATA(frame, plane);
}
static inline gint frames_stride(const GstVideoFrame *frame, guint plane) {
    return GST_VIDEO_FRAME_PLANE_STRIDE(frame, plane);
}
static inline gsize frames_size(const GstVideoFrame *frame) { return GST_VIDEO_FRAME_SIZE(frame); }
static inline guint frames_info_planes(const GstVideoInfo *info) { return GST_VIDEO_INFO_N_PLANES(info); }

// MARK: - Pads without an element

/// A pad that gives each buffer to `chain`, which finds `data` by `frames_pad_data`.
static inline GstPad *frames_sink_new(GstPadChainFunction chain, GstPadEventFunction event, gpointer data) {
    GstPad *pad = (GstPad *)gst_object_ref_sink(gst_pad_new("sink", GST_PAD_SINK));
    gst_pad_set_chain_function_full(pad, chain, data, NULL);
    gst_pad_set_event_function_full(pad, event, data, NULL);
    gst_pad_set_active(pad, TRUE);
    return pad;
}
static inline GstPad *frames_source_new(void) {
    GstPad *pad = (GstPad *)gst_object_ref_sink(gst_pad_new("src", GST_PAD_SRC));
    gst_pad_set_active(pad, TRUE);
    return pad;
}
static inline gpointer frames_pad_data(const GstPad *pad) { return pad->chaindata; }
/// The running of time from 0 on.
static inline GstEvent *frames_segment_new(void) {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    return gst_event_new_segment(&segment);
}

/// The code of a message that tells of a resource without room; what else could not be written has another.
static inline gboolean frames_is_write_error(GstMessage *message) {
    GError *error = NULL;
    gst_message_parse_error(message, &error, NULL);
    if (error == NULL) return FALSE;
    const gboolean is_it = g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT) ||
                           g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE) ||
                           g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE);
    g_error_free(error);
    return is_it;
}

#endif
