#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Masks the faces of raw RGB frames (IN), writes them to OUT, and prints what the bus messages and the
region-of-interest metas tell of the faces.

An application that has frames in its own memory and wants them masked: appsrc ! faceanon ! appsink. Here they come
from a file and go to a file; frames() and packed() are what an application replaces.

  apt-get install python3-gi python3-gst-1.0 gir1.2-gst-plugins-base-1.0
  ffmpeg -i VIDEO -s 640x360 -pix_fmt rgb24 -f rawvideo frames.rgb
  appsrc-appsink.py frames.rgb masked.rgb 640x360
"""

import argparse
import re
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import GLib, Gst, GstApp, GstVideo  # noqa: E402, F401 (GstApp gives appsrc and appsink methods)


class Failure(Exception):
    """What a user has to be told."""


def size(text):
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"a size is like 640x360, unlike {text}")
    return int(match[1]), int(match[2])


def frames(file, width, height, fps):
    """The frames of a file as buffers."""
    stride = width * 3
    number = 0
    while data := file.read(stride * height):
        if len(data) < stride * height:
            raise Failure(f"{file.name} ends within a frame: is the size right?")
        buffer = Gst.Buffer.new_wrapped(data)
        # The rows are packed: where three bytes times the width is not a multiple of four, that is not GStreamer's own
        # layout of RGB, so a meta on the buffer says how far apart they are.
        GstVideo.buffer_add_video_meta_full(
            buffer, GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.RGB, width, height, 1, [0] * 4, [stride] * 4
        )
        # Without time stamps faceanon takes the frames for single pictures, and holds no face over a gap.
        buffer.pts = number * Gst.SECOND // fps
        buffer.duration = Gst.SECOND // fps
        number += 1
        yield buffer


def packed(buffer, width, height):
    """The pixels of a masked frame, its rows packed. Never assume its layout: where there is a meta, it says."""
    meta = GstVideo.buffer_get_video_meta(buffer)
    stride = meta.stride[0] if meta else (width * 3 + 3) // 4 * 4
    offset = meta.offset[0] if meta else 0
    with buffer.map(Gst.MapFlags.READ) as mapped:
        pixels = memoryview(mapped.data)
        return b"".join(pixels[offset + y * stride : offset + y * stride + width * 3] for y in range(height))


def print_regions(buffer):
    """attach-meta: the faces travel on the frame itself. Python can ask for metas by their id only: faceanon counts
    its own from 0, or on from those that were there."""
    region_id = 0
    while region := GstVideo.buffer_get_video_region_of_interest_meta_id(buffer, region_id):
        region_id += 1
        detection = region.get_param("detection")
        if GLib.quark_to_string(region.roi_type) != "face" or not detection:
            continue
        confidence = detection.get_double("confidence").value
        print(
            f"meta {buffer.pts / Gst.SECOND:.3f} s: {detection.get_string('source')} at "
            f"{region.x},{region.y} {region.w}x{region.h}, confidence {confidence:.3f}"
        )


def print_faces(message):
    """post-messages: the same on the bus, for a part of the application that does not see the frames."""
    time = message.get_uint64("timestamp").value
    faces = message.get_value("faces")
    print(f"message {time / Gst.SECOND:.3f} s: {len(faces)} faces")
    for face in faces:
        x, y, width, height = (face.get_uint(name).value for name in ("x", "y", "width", "height"))
        print(f"  {face.get_string('source')} at {x},{y} {width}x{height}")


def read_bus(bus):
    while message := bus.pop():
        if message.type == Gst.MessageType.ELEMENT and message.has_name("faceanon"):
            print_faces(message.get_structure())
        elif message.type == Gst.MessageType.ERROR:
            # As after a frame that could not be inspected: nothing more comes out.
            error, _ = message.parse_error()
            raise Failure(f"{message.src.get_name()}: {error.message}")
        elif message.type == Gst.MessageType.WARNING:
            warning, _ = message.parse_warning()
            print(f"appsrc-appsink.py: warning: {warning.message}", file=sys.stderr)


def make_pipeline(width, height, fps, properties):
    line = (
        f"appsrc name=frames format=time caps=video/x-raw,format=RGB,width={width},height={height},framerate={fps}/1 "
        f"! faceanon attach-meta=true post-messages=every-frame {properties} "
        "! appsink name=masked sync=false max-buffers=4"
    )
    try:
        # Without FATAL_ERRORS, a property that does not exist would be left out and the rest would run.
        return Gst.parse_launch_full(line, None, Gst.ParseFlags.FATAL_ERRORS)
    except GLib.Error as error:
        raise Failure(f"{error.message} (what does gst-inspect-1.0 faceanon say?)") from None


def run(pipeline, source_file, target_file, width, height, fps):
    """One thread, which never waits for long: push while appsrc has room, pull what has come, read the bus."""
    source, sink = pipeline.get_by_name("frames"), pipeline.get_by_name("masked")
    bus = pipeline.get_bus()
    pending = frames(source_file, width, height, fps)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        while True:
            if pending and source.get_current_level_buffers() < 2:
                if buffer := next(pending, None):
                    source.push_buffer(buffer)  # an error of it is on the bus
                else:
                    source.end_of_stream()
                    pending = None
            sample = sink.try_pull_sample(10 * Gst.MSECOND)
            if sample:
                print_regions(sample.get_buffer())
                target_file.write(packed(sample.get_buffer(), width, height))
            read_bus(bus)
            if not sample and sink.is_eos():
                break
    finally:
        pipeline.set_state(Gst.State.NULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="IN")
    parser.add_argument("target", metavar="OUT")
    parser.add_argument("size", metavar="WIDTHxHEIGHT", type=size)
    parser.add_argument("--fps", type=int, default=25, metavar="N", help="frames a second (25)")
    parser.add_argument("--element", default="", metavar="'NAME=VALUE ...'", help="further properties of faceanon")
    arguments = parser.parse_args()
    if arguments.fps < 1:
        parser.error("--fps wants a number above 0")
    Gst.init(None)
    try:
        pipeline = make_pipeline(*arguments.size, arguments.fps, arguments.element)
        with open(arguments.source, "rb") as source, open(arguments.target, "wb") as target:
            run(pipeline, source, target, *arguments.size, arguments.fps)
    except (Failure, OSError) as error:
        sys.exit(f"appsrc-appsink.py: {error}")


if __name__ == "__main__":
    main()
