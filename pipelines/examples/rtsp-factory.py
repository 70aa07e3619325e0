#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Serves the video at URI (rtsp://..., file:///...) over RTSP, its faces masked. Prints the URL.

The factory has faceanon in its launch string: the clear stream has no URL, and there is no way to ask for it.

  apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-ugly gstreamer1.0-libav
  rtsp-factory.py rtsp://camera.example/stream
  gst-play-1.0 rtsp://127.0.0.1:8554/masked
"""

import argparse
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def launch_string(uri, properties, print_faces):
    """What is between source and pay0 decides what clients can get. Here it all goes through faceanon."""
    # By TCP, which rtspt:// and rtspst:// ask for: of what a lost packet leaves, a decoder makes pictures in which no face
    # is found.
    scheme, colon, rest = uri.partition(":")
    if scheme in ("rtsp", "rtsps"):
        uri = f"{scheme}t{colon}{rest}"
    escaped = uri.replace("\\", "\\\\").replace('"', '\\"')
    # Where the machine is slower than a camera, frames are left out after decoding: none waits. A file can wait.
    leaky = "no" if uri.startswith("file:") else "downstream"
    return (
        f'( uridecodebin uri="{escaped}" expose-all-streams=false caps=video/x-raw(ANY) '
        f"! queue max-size-buffers=1 max-size-bytes=0 max-size-time=0 leaky={leaky} "
        f"! videoconvert ! faceanon post-messages={'on-change' if print_faces else 'none'} {properties} "
        "! videoconvert ! video/x-raw,format=I420 "
        "! x264enc tune=zerolatency speed-preset=veryfast key-int-max=50 "
        # The server sends each frame when the pipeline's latency is over: until then frames wait here, encoded.
        "! queue max-size-buffers=0 max-size-bytes=0 max-size-time=10000000000 "
        "! rtph264pay name=pay0 pt=96 config-interval=-1 )"
    )


def faces_found(_bus, message):
    """Called in the media's streaming threads, so no longer than it takes to hand the message on."""
    if message.has_name("faceanon"):
        print(message.get_structure().to_string(), flush=True)


def media_made(_factory, media):
    """Each client, or all of them where the factory is shared, get a media of their own. GstRTSPMedia reads the bus
    itself; "sync-message" is how an application gets at its messages too."""
    bus = media.get_element().get_parent().get_bus()
    bus.enable_sync_message_emission()
    bus.connect("sync-message::element", faces_found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("uri", metavar="URI")
    parser.add_argument("--address", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8554, help="the port (8554; 0: any that is free)")
    parser.add_argument("--path", default="/masked", help="the path in the URL (/masked)")
    parser.add_argument("--element", default="", metavar="'NAME=VALUE ...'", help="properties of faceanon")
    parser.add_argument("--print-faces", action="store_true", help="print faceanon's messages")
    arguments = parser.parse_args()
    Gst.init(None)
    if not Gst.uri_is_valid(arguments.uri):
        parser.error("one URI is wanted, like file:///a.mp4")
    if not 0 <= arguments.port <= 65535:
        parser.error("--port wants a number up to 65535")
    if not arguments.path.startswith("/"):
        parser.error("--path wants a path that begins with /")
    launch = launch_string(arguments.uri, arguments.element, arguments.print_faces)
    try:
        # The factory itself only warns of a word that it cannot parse, and goes on without it. So parse it here first.
        Gst.parse_launch_full(launch, None, Gst.ParseFlags.FATAL_ERRORS)
    except GLib.Error as error:
        sys.exit(f"rtsp-factory.py: {error.message} (what does gst-inspect-1.0 faceanon say?)")

    server = GstRtspServer.RTSPServer()
    server.set_address(arguments.address)
    server.set_service(str(arguments.port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch)
    factory.set_shared(True)  # one decoder, one faceanon, one encoder for all clients
    factory.connect("media-configure", media_made)
    server.get_mount_points().add_factory(arguments.path, factory)
    if server.attach(None) == 0:
        sys.exit(f"rtsp-factory.py: port {arguments.port} of {arguments.address} cannot be had: is it in use?")
    print(f"rtsp://{arguments.address}:{server.get_bound_port()}{arguments.path}", flush=True)

    loop = GLib.MainLoop()
    for number in (signal.SIGINT, signal.SIGTERM):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
    loop.run()


if __name__ == "__main__":
    main()
