// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// The border of the programs to GStreamer, its RTSP server and GLib: inlines for what Swift's importer cannot read. The
// plugin has its own (CGStreamer), so that it never depends on these libraries.

#ifndef FACEANON_STREAM_H
#define FACEANON_STREAM_H

#include <gio/gio.h>
#include <glib-unix.h>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <gst/video/video.h>
#include <malloc.h>
#include <stdint.h>

// MARK: - Memory

/// One heap for all threads, before any starts: pipelines come and go with their threads, and glibc's heaps, one for each
/// few threads, would each keep what the networks once took there.
static inline void stream_use_one_heap(void) { mallopt(M_ARENA_MAX, 1); }

/// Gives memory that is free back to the system.
static inline void stream_trim_heap(void) { malloc_trim(0); }

// MARK: - Objects

static inline GstObject *stream_object(gpointer instance) { return (GstObject *)instance; }
static inline GstBin *stream_bin(gpointer instance) { return (GstBin *)instance; }
static inline GstElement *stream_element(gpointer instance) { return (GstElement *)instance; }
static inline GstPipeline *stream_pipeline(gpointer instance) { return (GstPipeline *)instance; }

/// A new element, owned by the caller (not floating), or NULL where GStreamer has no such factory.
static inline GstElement *stream_make(const char *factory) {
    GstElement *element = gst_element_factory_make(factory, NULL);
    return element != NULL ? (GstElement *)gst_object_ref_sink(element) : NULL;
}
static inline GstElement *stream_bin_new(void) { return (GstElement *)gst_object_ref_sink(gst_bin_new(NULL)); }
static inline GstElement *stream_pipeline_new(void) { return (GstElement *)gst_object_ref_sink(gst_pipeline_new(NULL)); }
static inline const char *stream_factory_name(gpointer element) {
    GstElementFactory *factory = GST_IS_ELEMENT(element) ? gst_element_get_factory(GST_ELEMENT(element)) : NULL;
    return factory != NULL ? gst_plugin_feature_get_name(GST_PLUGIN_FEATURE(factory)) : NULL;
}
/// Whether `object` is `ancestor` or sits somewhere in it.
static inline gboolean stream_is_within(gpointer object, gpointer ancestor) {
    return object == ancestor || (object != NULL && ancestor != NULL &&
                                  gst_object_has_as_ancestor(GST_OBJECT(object), GST_OBJECT(ancestor)));
}
/// Posts an error on the bus, as an element does that cannot go on.
static inline void stream_post_error(GstElement *element, const char *text) {
    gst_element_message_full(element, GST_MESSAGE_ERROR, GST_CORE_ERROR, GST_CORE_ERROR_FAILED, g_strdup(text), NULL,
                             __FILE__, __func__, __LINE__);
}

// MARK: - Signals

static inline GType stream_type_of(gpointer instance) { return G_OBJECT_TYPE(instance); }
static inline GType stream_type_none(void) { return G_TYPE_NONE; }
static inline GType stream_type_boolean(void) { return G_TYPE_BOOLEAN; }
static inline GType stream_type_int(void) { return G_TYPE_INT; }
static inline GType stream_type_uint(void) { return G_TYPE_UINT; }
static inline GType stream_type_string(void) { return G_TYPE_STRING; }
static inline GType stream_type_pointer(void) { return G_TYPE_POINTER; }
/// A type of a GSignalQuery, less the flag that may come with it.
static inline GType stream_plain_type(GType type) { return type & ~G_SIGNAL_TYPE_STATIC_SCOPE; }
static inline gpointer stream_closure_data(GClosure *closure) { return closure != NULL ? closure->data : NULL; }

/// Lets `marshal` be called for each emission with the values as they are. `release` gets the data once the instance, or
/// the handler, is gone.
static inline gulong stream_connect_marshal(gpointer instance, guint signal, GQuark detail, gboolean after,
                                            GClosureMarshal marshal, gpointer data, GClosureNotify release) {
    GClosure *closure = g_closure_new_simple(sizeof(GClosure), data);
    g_closure_set_marshal(closure, marshal);
    g_closure_add_finalize_notifier(closure, data, release);
    return g_signal_connect_closure_by_id(instance, signal, detail, closure, after);
}

// MARK: - Properties

static inline GParamSpec *stream_find_property(gpointer object, const char *name) {
    return g_object_class_find_property(G_OBJECT_GET_CLASS(object), name);
}
static inline gboolean stream_is_writable(const GParamSpec *spec) { return (spec->flags & G_PARAM_WRITABLE) != 0; }
static inline void stream_set_boolean(gpointer object, const char *name, gboolean value) {
    g_object_set(object, name, value, NULL);
}
static inline void stream_set_int(gpointer object, const char *name, gint value) {
    g_object_set(object, name, value, NULL);
}
static inline void stream_set_uint(gpointer object, const char *name, guint value) {
    g_object_set(object, name, value, NULL);
}
static inline void stream_set_uint64(gpointer object, const char *name, uint64_t value) {
    g_object_set(object, name, (guint64)value, NULL);
}
static inline void stream_set_string(gpointer object, const char *name, const char *value) {
    g_object_set(object, name, value, NULL);
}
static inline void stream_set_object(gpointer object, const char *name, gpointer value) {
    g_object_set(object, name, value, NULL);
}
static inline void stream_set_caps(gpointer object, const char *name, const char *text) {
    GstCaps *caps = gst_caps_from_string(text);
    g_object_set(object, name, caps, NULL);
    gst_caps_unref(caps);
}
static inline guint stream_get_uint(gpointer object, const char *name) {
    guint value = 0;
    g_object_get(object, name, &value, NULL);
    return value;
}
/// A property that is a structure, to be freed; or NULL.
static inline GstStructure *stream_get_structure(gpointer object, const char *name) {
    GstStructure *structure = NULL;
    g_object_get(object, name, &structure, NULL);
    return structure;
}
/// A field that is a buffer, which stays the structure's; or NULL.
static inline GstBuffer *stream_field_buffer(const GstStructure *structure, const char *name) {
    const GValue *value = gst_structure_get_value(structure, name);
    return value != NULL && GST_VALUE_HOLDS_BUFFER(value) ? gst_value_get_buffer(value) : NULL;
}
static inline uint64_t stream_field_uint64(const GstStructure *structure, const char *name) {
    guint64 value = 0;
    return gst_structure_get_uint64(structure, name, &value) ? value : 0;
}

/// The last sample of a sink, to be given back; or NULL.
static inline GstSample *stream_last_sample(gpointer sink) {
    GstSample *sample = NULL;
    g_object_get(sink, "last-sample", &sample, NULL);
    return sample;
}

/// How a text fits a property.
typedef enum { STREAM_VALUE_OK, STREAM_VALUE_UNREADABLE, STREAM_VALUE_OUT_OF_RANGE } stream_value_check;

/// Sets a property from text, as a launch line does, but refuses what GLib would only warn of.
static inline stream_value_check stream_set_text(gpointer object, GParamSpec *spec, const char *text) {
    GValue value = G_VALUE_INIT, changed = G_VALUE_INIT;
    stream_value_check check = STREAM_VALUE_OK;
    g_value_init(&value, G_PARAM_SPEC_VALUE_TYPE(spec));
    if (G_VALUE_HOLDS_STRING(&value)) {
        g_value_set_string(&value, text);
    } else if (!gst_value_deserialize_with_pspec(&value, text, spec)) {
        check = STREAM_VALUE_UNREADABLE;
    }
    if (check == STREAM_VALUE_OK) {
        g_value_init(&changed, G_PARAM_SPEC_VALUE_TYPE(spec));
        g_value_copy(&value, &changed);
        if (g_param_value_validate(spec, &changed)) check = STREAM_VALUE_OUT_OF_RANGE;
        g_value_unset(&changed);
    }
    if (check == STREAM_VALUE_OK) g_object_set_property(G_OBJECT(object), spec->name, &value);
    g_value_unset(&value);
    return check;
}

// MARK: - Messages

static inline GstMessageType stream_message_type(const GstMessage *message) { return GST_MESSAGE_TYPE(message); }
static inline GstObject *stream_message_source(const GstMessage *message) { return GST_MESSAGE_SRC(message); }

/// Whether a message tells of progress of that type, of that code.
static inline gboolean stream_is_progress(GstMessage *message, GstProgressType type, const char *code) {
    if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_PROGRESS) return FALSE;
    GstProgressType actual;
    gchar *name = NULL;
    gst_message_parse_progress(message, &actual, &name, NULL);
    gboolean is_it = actual == type && g_strcmp0(name, code) == 0;
    g_free(name);
    return is_it;
}

/// The name of a message's structure, or NULL.
static inline const char *stream_message_name(GstMessage *message) {
    const GstStructure *structure = gst_message_get_structure(message);
    return structure != NULL ? gst_structure_get_name(structure) : NULL;
}

/// An error or a warning in plain C; the texts are to be given back with `g_free`.
typedef struct {
    char *text, *debug;
    gboolean is_resource, is_missing_codec;
    gint code;
} stream_report;

static inline stream_report stream_parse(GstMessage *message) {
    GError *error = NULL;
    stream_report report = {NULL, NULL, FALSE, FALSE, 0};
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
        gst_message_parse_error(message, &error, &report.debug);
    else
        gst_message_parse_warning(message, &error, &report.debug);
    if (error == NULL) return report;
    report.text = g_strdup(error->message);
    report.is_resource = error->domain == GST_RESOURCE_ERROR;
    report.is_missing_codec = g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND) ||
                              g_error_matches(error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);
    report.code = error->code;
    g_error_free(error);
    return report;
}

// MARK: - Pads, buffers, events

static inline GstPadProbeType stream_probe_type(const GstPadProbeInfo *info) { return GST_PAD_PROBE_INFO_TYPE(info); }
static inline GstEvent *stream_probe_event(GstPadProbeInfo *info) {
    return (info->type & GST_PAD_PROBE_TYPE_EVENT_BOTH) != 0 ? GST_PAD_PROBE_INFO_EVENT(info) : NULL;
}
static inline GstBuffer *stream_probe_buffer(GstPadProbeInfo *info) {
    return (info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0 ? GST_PAD_PROBE_INFO_BUFFER(info) : NULL;
}
/// How many buffers come to a probe: one, or those of a list.
static inline guint stream_probe_buffer_count(GstPadProbeInfo *info) {
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) return 1;
    return (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0
               ? gst_buffer_list_length(GST_PAD_PROBE_INFO_BUFFER_LIST(info))
               : 0;
}
static inline GstBuffer *stream_probe_buffer_at(GstPadProbeInfo *info, guint index) {
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) return GST_PAD_PROBE_INFO_BUFFER(info);
    return gst_buffer_list_get(GST_PAD_PROBE_INFO_BUFFER_LIST(info), index);
}
/// The buffer of a probe, made the probe's own.
static inline GstBuffer *stream_probe_writable_buffer(GstPadProbeInfo *info) {
    info->data = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    return GST_PAD_PROBE_INFO_BUFFER(info);
}
/// Takes a buffer out of the list of a probe.
static inline void stream_probe_remove_buffer(GstPadProbeInfo *info, guint index) {
    GstBufferList *list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
    gst_buffer_list_remove(list, index, 1);
    info->data = list;
}
static inline GstEventType stream_event_type(const GstEvent *event) { return GST_EVENT_TYPE(event); }
static inline gboolean stream_has_flag(const GstBuffer *buffer, GstBufferFlags flag) {
    return GST_BUFFER_FLAG_IS_SET(buffer, flag);
}
static inline gboolean stream_has_pts(const GstBuffer *buffer) { return GST_BUFFER_PTS_IS_VALID(buffer); }
/// Nanoseconds.
static inline uint64_t stream_pts(const GstBuffer *buffer) { return GST_BUFFER_PTS(buffer); }
/// The name of the first structure of caps, or NULL.
static inline const char *stream_caps_name(const GstCaps *caps) {
    return caps != NULL && gst_caps_get_size(caps) > 0 ? gst_structure_get_name(gst_caps_get_structure(caps, 0)) : NULL;
}
/// Whether caps of an RTP stream are of that media: `video`, `audio`, `application`.
static inline gboolean stream_is_media(const GstCaps *caps, const char *media) {
    if (caps == NULL || gst_caps_get_size(caps) == 0) return FALSE;
    return g_strcmp0(gst_structure_get_string(gst_caps_get_structure(caps, 0), "media"), media) == 0;
}
/// Whether what comes from a pad is live: a camera's, rather than a file's.
static inline gboolean stream_is_live(GstPad *pad) {
    GstQuery *query = gst_query_new_latency();
    gboolean is_live = FALSE;
    if (gst_pad_query(pad, query)) gst_query_parse_latency(query, &is_live, NULL, NULL);
    gst_query_unref(query);
    return is_live;
}

/// How old a buffer is when it passes a pad: from its own time to now, both as running time, ns; -1 where unknown.
static inline int64_t stream_age(GstPad *pad, const GstBuffer *buffer) {
    GstElement *element = gst_pad_get_parent_element(pad);
    if (element == NULL) return -1;
    GstClockTime now = gst_element_get_current_running_time(element);
    gst_object_unref(element);
    if (!GST_CLOCK_TIME_IS_VALID(now) || !GST_BUFFER_PTS_IS_VALID(buffer)) return -1;
    GstEvent *event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    if (event == NULL) return -1;
    const GstSegment *segment = NULL;
    gst_event_parse_segment(event, &segment);
    GstClockTime time = segment->format == GST_FORMAT_TIME
                            ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer))
                            : GST_CLOCK_TIME_NONE;
    gst_event_unref(event);
    return GST_CLOCK_TIME_IS_VALID(time) ? (int64_t)now - (int64_t)time : -1;
}

/// The running time of a sample's buffer, ns; 0 where unknown.
static inline int64_t stream_sample_time(GstSample *sample) {
    GstBuffer *buffer = gst_sample_get_buffer(sample);
    const GstSegment *segment = gst_sample_get_segment(sample);
    if (buffer == NULL || segment == NULL || segment->format != GST_FORMAT_TIME) return 0;
    GstClockTime time = GST_BUFFER_PTS_IS_VALID(buffer)
                            ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer))
                            : GST_CLOCK_TIME_NONE;
    return GST_CLOCK_TIME_IS_VALID(time) ? (int64_t)time : 0;
}

/// The running time of a frame with that time stamp at an element's sink pad, ns; the time stamp itself where unknown.
static inline int64_t stream_sink_running_time(GstElement *element, uint64_t pts) {
    GstPad *pad = gst_element_get_static_pad(element, "sink");
    if (pad == NULL) return (int64_t)pts;
    GstEvent *event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    gst_object_unref(pad);
    if (event == NULL) return (int64_t)pts;
    const GstSegment *segment = NULL;
    gst_event_parse_segment(event, &segment);
    GstClockTime time = segment->format == GST_FORMAT_TIME
                            ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts)
                            : GST_CLOCK_TIME_NONE;
    gst_event_unref(event);
    return GST_CLOCK_TIME_IS_VALID(time) ? (int64_t)time : (int64_t)pts;
}

// MARK: - The RTSP server

static inline GstRTSPFilterResult stream_look_for_media(GstRTSPSession *session, GstRTSPSessionMedia *media,
                                                        gpointer wanted) {
    (void)session;
    gpointer *pair = (gpointer *)wanted;
    if (gst_rtsp_session_media_get_media(media) == pair[0]) pair[1] = pair[0];
    return GST_RTSP_FILTER_KEEP;
}
static inline GstRTSPFilterResult stream_look_in_session(GstRTSPClient *client, GstRTSPSession *session,
                                                         gpointer wanted) {
    (void)client;
    g_list_free(gst_rtsp_session_filter(session, stream_look_for_media, wanted));
    return GST_RTSP_FILTER_KEEP;
}
/// Whether a client gets a media.
static inline gboolean stream_client_has_media(GstRTSPClient *client, gpointer media) {
    gpointer pair[2] = {media, NULL};
    g_list_free(gst_rtsp_client_session_filter(client, stream_look_in_session, pair));
    return pair[1] != NULL;
}

/// Takes timed-out sessions out of a pool on the main loop, each when it is due.
static inline gboolean stream_clean_up_sessions(GstRTSPSessionPool *pool, gpointer unused) {
    (void)unused;
    gst_rtsp_session_pool_cleanup(pool);
    return G_SOURCE_CONTINUE;
}
static inline GSource *stream_watch_sessions(GstRTSPSessionPool *pool) {
    GSource *source = gst_rtsp_session_pool_create_watch(pool);
    g_source_set_callback(source, G_SOURCE_FUNC(stream_clean_up_sessions), NULL, NULL);
    g_source_attach(source, NULL);
    return source;
}

// MARK: - TLS

static inline GIOStream *stream_io(gpointer instance) { return (GIOStream *)instance; }

/// A connected socket as a stream, which closes it; or NULL.
static inline GIOStream *stream_of_socket(int descriptor, GError **error) {
    GSocket *socket = g_socket_new_from_fd(descriptor, error);
    if (socket == NULL) return NULL;
    g_socket_set_timeout(socket, 5);
    GIOStream *stream = (GIOStream *)g_socket_connection_factory_create_connection(socket);
    g_object_unref(socket);
    return stream;
}
static inline GTlsConnection *stream_tls_server(int descriptor, GTlsCertificate *certificate, GError **error) {
    GIOStream *base = stream_of_socket(descriptor, error);
    if (base == NULL) return NULL;
    GIOStream *stream = g_tls_server_connection_new(base, certificate, error);
    g_object_unref(base);
    return (GTlsConnection *)stream;
}
static inline gboolean stream_tls_accept(GTlsConnection *connection, GTlsCertificate *peer, GTlsCertificateFlags errors,
                                         gpointer unused) {
    (void)connection, (void)peer, (void)errors, (void)unused;
    return TRUE;
}
/// A client that takes any certificate.
static inline GTlsConnection *stream_tls_client(int descriptor, GError **error) {
    GIOStream *base = stream_of_socket(descriptor, error);
    if (base == NULL) return NULL;
    GIOStream *stream = g_tls_client_connection_new(base, NULL, error);
    g_object_unref(base);
    if (stream != NULL) g_signal_connect(stream, "accept-certificate", G_CALLBACK(stream_tls_accept), NULL);
    return (GTlsConnection *)stream;
}

// MARK: - GStreamer's log

static inline void stream_replace_log_function(GstLogFunction function) {
    gst_debug_remove_log_function(gst_debug_log_default);
    gst_debug_add_log_function(function, NULL, NULL);
}

#endif
