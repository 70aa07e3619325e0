// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// An RTSP server whose factory has faceanon in its launch string: the clear stream has no URL, and there is no way to
// ask for it.
//
//   apt-get install gcc pkg-config libgstrtspserver-1.0-dev gstreamer1.0-plugins-ugly gstreamer1.0-libav
//   gcc -O2 -Wall rtsp-factory.c -o rtsp-factory $(pkg-config --cflags --libs gstreamer-rtsp-server-1.0)
//   ./rtsp-factory rtsp://camera.example/stream
//   gst-play-1.0 rtsp://127.0.0.1:8554/masked

#include <glib-unix.h>
#include <string.h>
#include <gst/rtsp-server/rtsp-server.h>

typedef struct {
    char *address, *path, *properties;
    int port;
    gboolean print_faces;
} Options;

static int fail(int status, const char *text) {
    g_printerr("rtsp-factory: %s\n", text);
    return status;
}

static gboolean stop(gpointer loop) {
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

// Called in the media's streaming threads, so no longer than it takes to hand the message on.
static void faces_found(GstBus *bus, GstMessage *message, gpointer unused) {
    (void)bus;
    (void)unused;
    if (!gst_message_has_name(message, "faceanon")) return;
    char *text = gst_structure_to_string(gst_message_get_structure(message));
    g_print("%s\n", text);
    g_free(text);
}

// Each client, or all of them where the factory is shared, get a media of their own. GstRTSPMedia reads the bus itself;
// "sync-message" is how an application gets at its messages too.
static void media_made(GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer unused) {
    (void)factory;
    (void)unused;
    GstElement *element = gst_rtsp_media_get_element(media);
    GstObject *pipeline = gst_object_get_parent(GST_OBJECT(element));
    GstBus *bus = gst_element_get_bus(GST_ELEMENT(pipeline));
    gst_bus_enable_sync_message_emission(bus);
    g_signal_connect(bus, "sync-message::element", G_CALLBACK(faces_found), NULL);
    gst_object_unref(bus);
    gst_object_unref(pipeline);
    gst_object_unref(element);
}

// What is between source and pay0 decides what clients can get. Here it all goes through faceanon.
static char *launch_string(const char *uri, const Options *options) {
    // By TCP, which rtspt:// and rtspst:// ask for: of what a lost packet leaves, a decoder makes pictures in which no
    // face is found.
    const char *rest = g_str_has_prefix(uri, "rtsp://") || g_str_has_prefix(uri, "rtsps://") ? strchr(uri, ':') : NULL;
    char *tcp = rest ? g_strdup_printf("%.*st%s", (int)(rest - uri), uri, rest) : g_strdup(uri);
    char *escaped = g_strescape(tcp, NULL);
    g_free(tcp);
    // Where the machine is slower than a camera, frames are left out after decoding: none waits. A file can wait.
    const char *leaky = g_str_has_prefix(uri, "file:") ? "no" : "downstream";
    char *line = g_strdup_printf(
        "( uridecodebin uri=\"%s\" expose-all-streams=false caps=video/x-raw(ANY) "
        "! queue max-size-buffers=1 max-size-bytes=0 max-size-time=0 leaky=%s "
        "! videoconvert ! faceanon post-messages=%s %s ! videoconvert ! video/x-raw,format=I420 "
        "! x264enc tune=zerolatency speed-preset=veryfast key-int-max=50 "
        // The server sends each frame when the pipeline's latency is over: until then frames wait here, encoded.
        "! queue max-size-buffers=0 max-size-bytes=0 max-size-time=10000000000 "
        "! rtph264pay name=pay0 pt=96 config-interval=-1 )",
        escaped, leaky, options->print_faces ? "on-change" : "none", options->properties);
    g_free(escaped);
    return line;
}

static int serve(const char *uri, const Options *options) {
    char *launch = launch_string(uri, options);
    // The factory itself only warns of a word that it cannot parse, and goes on without it. So parse it here first.
    GError *error = NULL;
    GstElement *parsed = gst_parse_launch_full(launch, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
    if (!parsed) {
        g_printerr("rtsp-factory: %s (what does gst-inspect-1.0 faceanon say?)\n", error->message);
        g_error_free(error);
        g_free(launch);
        return 1;
    }
    gst_object_unref(gst_object_ref_sink(parsed));

    GstRTSPServer *server = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server, options->address);
    char *port = g_strdup_printf("%d", options->port);
    gst_rtsp_server_set_service(server, port);
    g_free(port);
    GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(server);
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, launch);
    gst_rtsp_media_factory_set_shared(factory, TRUE);  // one decoder, one faceanon, one encoder for all clients
    g_signal_connect(factory, "media-configure", G_CALLBACK(media_made), NULL);
    gst_rtsp_mount_points_add_factory(mounts, options->path, factory);  // takes the factory
    g_object_unref(mounts);
    g_free(launch);

    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGINT, stop, loop);
    g_unix_signal_add(SIGTERM, stop, loop);
    int status = 0;
    if (gst_rtsp_server_attach(server, NULL) == 0) {
        g_printerr("rtsp-factory: port %d of %s cannot be had: is it in use?\n", options->port, options->address);
        status = 1;
    } else {
        g_print("rtsp://%s:%d%s\n", options->address, gst_rtsp_server_get_bound_port(server), options->path);
        g_main_loop_run(loop);
    }
    g_main_loop_unref(loop);
    g_object_unref(server);
    return status;
}

int main(int count, char *words[]) {
    Options options = {.address = "127.0.0.1", .port = 8554, .path = "/masked", .properties = ""};
    GOptionEntry entries[] = {
        {"address", 0, 0, G_OPTION_ARG_STRING, &options.address, "where to listen (127.0.0.1)", "ADDRESS"},
        {"port", 0, 0, G_OPTION_ARG_INT, &options.port, "the port (8554; 0: any that is free)", "PORT"},
        {"path", 0, 0, G_OPTION_ARG_STRING, &options.path, "the path in the URL (/masked)", "PATH"},
        {"element", 0, 0, G_OPTION_ARG_STRING, &options.properties, "properties of faceanon", "'NAME=VALUE ...'"},
        {"print-faces", 0, 0, G_OPTION_ARG_NONE, &options.print_faces, "print faceanon's messages", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new("URI");
    g_option_context_set_summary(context, "Serves the video at URI (rtsp://..., file:///...) over RTSP, its faces masked. "
                                          "Prints the URL.");
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_group(context, gst_init_get_option_group());
    GError *error = NULL;
    gboolean parsed = g_option_context_parse(context, &count, &words, &error);
    g_option_context_free(context);
    if (!parsed) return fail(2, error->message);
    if (count != 2 || !gst_uri_is_valid(words[1])) return fail(2, "one URI is wanted, like file:///a.mp4 (see --help)");
    if (options.path[0] != '/') return fail(2, "--path wants a path that begins with /");
    if (options.port < 0 || options.port > 65535) return fail(2, "--port wants a number up to 65535");
    return serve(words[1], &options);
}
