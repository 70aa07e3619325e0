// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// An application that has frames in its own memory and wants them masked: appsrc ! faceanon ! appsink.
//
//   apt-get install gcc pkg-config libgstreamer-plugins-base1.0-dev
//   gcc -O2 -Wall appsrc-appsink.c -o appsrc-appsink $(pkg-config --cflags --libs gstreamer-app-1.0 gstreamer-video-1.0)
//   ffmpeg -i VIDEO -s 640x360 -pix_fmt rgb24 -f rawvideo frames.rgb
//   ./appsrc-appsink frames.rgb masked.rgb 640x360
//
// Here the frames come from a file and go to a file; read_frame and write_frame are what an application replaces.

#include <errno.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    FILE *in, *out;
    gint width, height, fps;
    guint64 frames;
    gboolean failed;
} Application;

G_GNUC_PRINTF(2, 3)
static void fail(Application *application, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_printerr("appsrc-appsink: %s\n", text);
    g_free(text);
    application->failed = TRUE;
}

// The next frame, or NULL at the end. The rows are packed: where three bytes times the width is not a multiple of four,
// that is not GStreamer's own layout of RGB, so a meta on the buffer says how far apart they are.
static GstBuffer *read_frame(Application *application) {
    gint stride = application->width * 3;
    gsize size = (gsize)stride * application->height;
    guint8 *pixels = g_malloc(size);
    gsize count = fread(pixels, 1, size, application->in);
    if (count < size) {
        if (ferror(application->in)) fail(application, "IN cannot be read: %s", g_strerror(errno));
        else if (count > 0) fail(application, "IN ends within a frame: is the size right?");
        g_free(pixels);
        return NULL;
    }
    // The memory is the buffer's from here on. faceanon masks in place, and so does not copy it.
    GstBuffer *buffer = gst_buffer_new_wrapped(pixels, size);
    gsize offsets[GST_VIDEO_MAX_PLANES] = {0};
    gint strides[GST_VIDEO_MAX_PLANES] = {stride};
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, application->width,
                                   application->height, 1, offsets, strides);
    // Without time stamps faceanon takes the frames for single pictures, and holds no face over a gap.
    GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(application->frames, GST_SECOND, application->fps);
    GST_BUFFER_DURATION(buffer) = gst_util_uint64_scale(1, GST_SECOND, application->fps);
    application->frames++;
    return buffer;
}

// A masked frame. Never assume its layout: gst_video_frame_map knows the video meta, if there is one.
static void write_frame(Application *application, GstSample *sample) {
    GstVideoInfo info;
    GstVideoFrame frame;
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
        !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ)) {
        fail(application, "a masked frame cannot be mapped");
        return;
    }
    for (gint y = 0; y < application->height && !application->failed; y++) {
        const guint8 *row = (const guint8 *)GST_VIDEO_FRAME_PLANE_DATA(&frame, 0) +
                            (gsize)y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
        if (fwrite(row, 3, application->width, application->out) < (gsize)application->width)
            fail(application, "OUT cannot be written: %s", g_strerror(errno));
    }
    gst_video_frame_unmap(&frame);
}

// attach-meta: the faces travel on the frame itself.
static void print_regions(GstBuffer *buffer) {
    gpointer state = NULL;
    GstMeta *meta;
    while ((meta = gst_buffer_iterate_meta_filtered(buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
        const GstVideoRegionOfInterestMeta *region = (GstVideoRegionOfInterestMeta *)meta;
        const GstStructure *detection =
            gst_video_region_of_interest_meta_get_param((GstVideoRegionOfInterestMeta *)meta, "detection");
        if (region->roi_type != g_quark_from_static_string("face") || !detection) continue;  // somebody else's
        gdouble confidence = 0;
        gst_structure_get_double(detection, "confidence", &confidence);
        g_print("meta %.3f s: %s at %u,%u %ux%u, confidence %.3f\n", GST_BUFFER_PTS(buffer) / (gdouble)GST_SECOND,
                gst_structure_get_string(detection, "source"), region->x, region->y, region->w, region->h, confidence);
    }
}

// post-messages: the same on the bus, for a part of the application that does not see the frames.
static void print_faces(const GstStructure *message) {
    guint64 time = 0;
    gst_structure_get_uint64(message, "timestamp", &time);
    const GValue *faces = gst_structure_get_value(message, "faces");
    g_print("message %.3f s: %u faces\n", time / (gdouble)GST_SECOND, gst_value_list_get_size(faces));
    for (guint index = 0; index < gst_value_list_get_size(faces); index++) {
        const GstStructure *face = gst_value_get_structure(gst_value_list_get_value(faces, index));
        guint x = 0, y = 0, width = 0, height = 0;
        gst_structure_get(face, "x", G_TYPE_UINT, &x, "y", G_TYPE_UINT, &y, "width", G_TYPE_UINT, &width, "height",
                          G_TYPE_UINT, &height, NULL);
        g_print("  %s at %u,%u %ux%u\n", gst_structure_get_string(face, "source"), x, y, width, height);
    }
}

static void read_bus(Application *application, GstBus *bus) {
    GstMessage *message;
    while ((message = gst_bus_pop(bus))) {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT && gst_message_has_name(message, "faceanon")) {
            print_faces(gst_message_get_structure(message));
        } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
            // As after a frame that could not be inspected: nothing more comes out.
            GError *error = NULL;
            gst_message_parse_error(message, &error, NULL);
            fail(application, "%s: %s", GST_OBJECT_NAME(GST_MESSAGE_SRC(message)), error->message);
            g_error_free(error);
        } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
            GError *warning = NULL;
            gst_message_parse_warning(message, &warning, NULL);
            g_printerr("appsrc-appsink: warning: %s\n", warning->message);
            g_error_free(warning);
        }
        gst_message_unref(message);
    }
}

// One thread, which never waits for long: push while appsrc has room, pull what has come, read the bus.
static void run(Application *application, GstElement *pipeline) {
    GstElement *source = gst_bin_get_by_name(GST_BIN(pipeline), "frames");
    GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "masked");
    GstBus *bus = gst_element_get_bus(pipeline);
    gboolean ended = FALSE;
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    while (!application->failed) {
        if (!ended && gst_app_src_get_current_level_buffers(GST_APP_SRC(source)) < 2) {
            GstBuffer *buffer = read_frame(application);
            if (buffer) gst_app_src_push_buffer(GST_APP_SRC(source), buffer);  // an error of it is on the bus
            else gst_app_src_end_of_stream(GST_APP_SRC(source));
            ended = !buffer;
        }
        GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 10 * GST_MSECOND);
        if (sample) {
            print_regions(gst_sample_get_buffer(sample));
            write_frame(application, sample);
            gst_sample_unref(sample);
        }
        read_bus(application, bus);
        if (!sample && gst_app_sink_is_eos(GST_APP_SINK(sink))) break;
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(bus);
    gst_object_unref(sink);
    gst_object_unref(source);
}

static GstElement *make_pipeline(const Application *application, const char *properties, GError **error) {
    char *line = g_strdup_printf(
        "appsrc name=frames format=time caps=video/x-raw,format=RGB,width=%d,height=%d,framerate=%d/1 "
        "! faceanon attach-meta=true post-messages=every-frame %s "
        "! appsink name=masked sync=false max-buffers=4",
        application->width, application->height, application->fps, properties);
    // Without FATAL_ERRORS, a property that does not exist would be left out and the rest would run.
    GstElement *pipeline = gst_parse_launch_full(line, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
    g_free(line);
    return pipeline;
}

int main(int count, char *words[]) {
    Application application = {.fps = 25};
    char *properties = NULL;
    GOptionEntry entries[] = {
        {"fps", 0, 0, G_OPTION_ARG_INT, &application.fps, "frames a second (25)", "N"},
        {"element", 0, 0, G_OPTION_ARG_STRING, &properties, "further properties of faceanon", "'NAME=VALUE ...'"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new("IN OUT WIDTHxHEIGHT");
    g_option_context_set_summary(context, "Masks the faces of raw RGB frames (IN), writes them to OUT, and prints what "
                                          "the bus messages and the\nregion-of-interest metas tell of the faces.");
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_group(context, gst_init_get_option_group());
    GError *error = NULL;
    if (!g_option_context_parse(context, &count, &words, &error)) {
        fail(&application, "%s (see --help)", error->message);
        return 2;
    }
    g_option_context_free(context);
    if (count != 4 || sscanf(words[3], "%dx%d", &application.width, &application.height) != 2 ||
        application.width < 1 || application.height < 1 || application.fps < 1) {
        fail(&application, "wanted are IN, OUT and a size like 640x360 (see --help)");
        return 2;
    }
    GstElement *pipeline = make_pipeline(&application, properties ? properties : "", &error);
    if (!pipeline) {
        fail(&application, "%s (what does gst-inspect-1.0 faceanon say?)", error->message);
        return 1;
    }
    if (!(application.in = fopen(words[1], "rb"))) fail(&application, "%s: %s", words[1], g_strerror(errno));
    else if (!(application.out = fopen(words[2], "wb"))) fail(&application, "%s: %s", words[2], g_strerror(errno));
    else run(&application, pipeline);
    gst_object_unref(pipeline);
    if (application.in) fclose(application.in);
    if (application.out && fclose(application.out) != 0) fail(&application, "%s: %s", words[2], g_strerror(errno));
    g_free(properties);
    return application.failed ? 1 : 0;
}
