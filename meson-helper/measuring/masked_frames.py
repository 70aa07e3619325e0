# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Sends clips and pictures through the element `faceanon`, and reads from the pixels what it masks.

Frames come in as RGBA without any transparent pixel, and the fill colour is a transparent one: a pixel is masked where it
comes out transparent. No colour of a frame can be taken for a mask, nor can rounding.
"""

import json
import pathlib
import re
import time

import gi
import numpy
from PIL import Image

from pypi import Failure, say

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

# Magenta and transparent: as ARGB, and as the four bytes of a pixel of RGBA.
FILL = 0x00FF00FF
FILL_PIXEL = numpy.frombuffer(bytes((0xFF, 0, 0xFF, 0)), dtype=numpy.uint32)[0]
# Without a frame for so long, s, something hangs.
PATIENCE = 120
# By way of RGB: a clip may bring an alpha channel of its own.
DECODED = (
    'filesrc name=file ! decodebin caps="video/x-raw(ANY)" expose-all-streams=false '
    "! videoconvert ! video/x-raw,format=RGB ! videoconvert"
)
PUSHED = "appsrc name=pictures format=time"


class Configuration:
    """Settings of the element as CONFIGS writes them: presets and NAME=VALUE, with spaces between.

    Unlike in a launch line, the values win over the presets.
    """

    def __init__(self, text):
        self.name = " ".join(text.split())
        self.presets = [word for word in self.name.split() if "=" not in word and word != "defaults"]
        self.values = dict(_value(word) for word in self.name.split() if "=" in word)

    @property
    def element(self):
        """The element as a launch line has it, without the presets."""
        return " ".join(["faceanon name=faceanon", *(f'{name}="{value}"' for name, value in self.values.items())])

    def apply(self, element):
        """Completes an element of that line. It fills, whatever was asked for, since that can be read from pixels."""
        for name, value in self.values.items():
            # GLib answers a number out of range with a warning, and keeps what was before.
            if re.fullmatch(r"-?[0-9.]+", value) and element.get_property(name) != float(value):
                raise Failure(f"{self.name}: {name}={value} is out of range")
        for preset in self.presets:
            if preset not in element.get_preset_names() or not element.load_preset(preset):
                raise Failure(f"{self.name}: no preset {preset}; there are {', '.join(element.get_preset_names())}")
        for name, value in self.values.items():
            Gst.util_set_object_arg(element, name, value)
        element.set_property("mask", "fill")
        element.set_property("fill-color", FILL)


def _value(word):
    name, value = word.split("=", 1)
    duration = re.fullmatch(r"([0-9.]+)(ms|s)", value)
    if duration and name in ("hold", "lookahead"):
        return name, str(round(float(duration[1]) * (1e6 if duration[2] == "ms" else 1e9)))
    return name, value


class Pipeline:
    """One element at work. What it takes in is given by the subclasses."""

    def __init__(self, source, configuration, report, what):
        Gst.init(None)
        if Gst.ElementFactory.find("faceanon") is None:
            raise Failure("GStreamer finds no element faceanon: use 'make evaluate', which builds it and sets the paths")
        self.what = what
        sink = "appsink name=sink sync=false max-buffers=4"
        try:
            line = f"{source} ! video/x-raw,format=RGBA ! {configuration.element} ! {sink}"
            self.pipeline = Gst.parse_launch(line)
        except GLib.Error as error:
            raise Failure(f"{configuration.name}: {error.message}") from error
        self.sink = self.pipeline.get_by_name("sink")
        element = self.pipeline.get_by_name("faceanon")
        # Several of them work side by side: a machine's processors are busy as it is.
        element.set_property("threads", 1)
        configuration.apply(element)
        element.set_property("report-location", str(report))
        # What a mask adds on each side of a box, as a share of it.
        self.margin = element.get_property("margin")

    def __enter__(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        return self

    def __exit__(self, *_):
        self.pipeline.set_state(Gst.State.NULL)

    def pull(self):
        """The next frame as height x width x 4 bytes; None at the end."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            sample = self.sink.emit("try-pull-sample", Gst.SECOND // 5)
            message = self.pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
            if message:
                error, debug = message.parse_error()
                raise Failure(f"{self.what}: {error.message}\n{debug}")
            if sample:
                return self._frame(sample)
            if self.sink.get_property("eos"):
                return None
        raise Failure(f"{self.what}: no frame has come for {PATIENCE} s")

    def _frame(self, sample):
        caps = sample.get_caps().get_structure(0)
        width, height = caps.get_value("width"), caps.get_value("height")
        buffer = sample.get_buffer()
        data = buffer.extract_dup(0, buffer.get_size())
        if len(data) != width * height * 4:
            raise Failure(f"{self.what}: a frame of {width}x{height} px has {len(data)} bytes")
        return numpy.frombuffer(data, dtype=numpy.uint8).reshape(height, width, 4)


class ClipPipeline(Pipeline):
    """The frames of a file, with their own time stamps."""

    def __init__(self, clip, configuration, report):
        super().__init__(DECODED, configuration, report, clip)
        self.pipeline.get_by_name("file").set_property("location", str(clip))

    def frames(self):
        """Each frame that comes out, with its number."""
        number, told = 0, time.monotonic()
        while (frame := self.pull()) is not None:
            yield number, frame
            number += 1
            if time.monotonic() - told > 20:
                told = time.monotonic()
                say(f"{pathlib.Path(self.what).name}: {number} frames so far")


class PicturePipeline(Pipeline):
    """Pictures as stills, one by one: without time stamps, each with caps of its own."""

    def __init__(self, configuration, report):
        super().__init__(PUSHED, configuration, report, "pictures")
        self.source = self.pipeline.get_by_name("pictures")

    def frame(self, path):
        """A picture as it comes out."""
        try:
            with Image.open(path) as image:
                # What was transparent is not to be taken for a mask.
                picture = image.convert("RGB").convert("RGBA")
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise Failure(f"{path} cannot be read as a picture: {error}") from error
        caps = f"video/x-raw,format=RGBA,width={picture.width},height={picture.height},framerate=0/1"
        buffer = Gst.Buffer.new_wrapped(picture.tobytes())
        self.what = path
        self.source.emit("push-sample", Gst.Sample.new(buffer, Gst.Caps.from_string(caps), None, None))
        frame = self.pull()
        if frame is None:
            raise Failure(f"{path}: the element let no picture out")
        return frame


def masked(frame, what):
    """Where a frame is masked, as height x width booleans."""
    mask = frame.view(numpy.uint32)[:, :, 0] == FILL_PIXEL
    if not numpy.array_equal(mask, frame[:, :, 3] != 0xFF):
        raise Failure(f"{what}: some pixels are half masked: the element does not fill as it was asked to")
    return mask


class Report:
    """The element's report, read while it is being written."""

    def __init__(self, path):
        self.path = path
        self.file = None
        self.rest = ""
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.file:
            self.file.close()

    def lines(self):
        """The lines that have been completed since the last time."""
        if not self.file:
            if not self.path.exists():
                return
            self.file = self.path.open(encoding="utf-8")
        *complete, self.rest = (self.rest + self.file.read()).split("\n")
        self.count += len(complete)
        yield from map(json.loads, complete)

    def check(self, count):
        """Refuses a report that tells of another number of frames."""
        if self.count != count:
            raise Failure(f"the report tells of {self.count} frames, {count} came out")
