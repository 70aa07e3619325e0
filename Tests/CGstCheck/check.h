// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// GStreamer's test harness, and what of it Swift's importer cannot read.

#ifndef FACEANON_CHECK_H
#define FACEANON_CHECK_H

#include <gst/check/gstharness.h>
#include <gst/video/gstvideometa.h>
#include <gst/video/video.h>
#include <string.h>

static inline void check_set_times(GstBuffer *buffer, guint64 pts, guint64 duration) {
    GST_BUFFER_PTS(buffer) = pts;
    GST_BUFFER_DURATION(buffer) = duration;
}
static inline guint64 check_pts(GstBuffer *buffer) { return GST_BUFFER_PTS(buffer); }
static inline gboolean check_event_has_type(GstEvent *event, GstEventType type) { return GST_EVENT_TYPE(event) == type; }
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

#endif
