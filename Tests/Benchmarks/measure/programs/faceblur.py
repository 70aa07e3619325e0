# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""GStreamer's own faceblur: OpenCV's Haar cascade. It does not tell where faces are; facedetect, which looks in the
same way with the same cascade, does, and is asked for it outside of the time that is measured."""

import ctypes

import faceanon_harness
from machine import package

CASCADE = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"


class Peer:
    def __init__(self, threads, min_size):
        # OpenCV's pool is one a process; the C++ function has no C name but this.
        ctypes.CDLL("libopencv_core.so.406")._ZN2cv13setNumThreadsEi(threads)
        size = f"min-size-width={min_size} min-size-height={min_size}"
        self.blur = f"faceblur profile={CASCADE} {size}"
        self.detect = f"facedetect display=false profile={CASCADE} {size}"
        self.caps, self.harness, self.asked = None, None, None
        self.data = b""
        self.versions = package("gstreamer1.0-opencv")

    def prepare(self, data, width, height, _format):
        caps = f"video/x-raw,format=RGB,width={width},height={height},framerate=30/1"
        if caps != self.caps:
            self.harness = faceanon_harness.Harness(self.blur, caps)
            self.asked = faceanon_harness.Harness(self.detect, caps)
            self.caps = caps
        self.data = data if width % 4 == 0 else faceanon_harness.padded(data, width, height)
        return self.harness.buffer(self.data, 0)

    def run(self, buffer):
        self.harness.push(buffer)

    def boxes(self, _):
        self.harness.pull()
        self.asked.push(self.asked.buffer(self.data, 0))
        return self.asked.pull()
