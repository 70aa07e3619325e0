# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""MTCNN on OpenCV DNN as one writes it first, in C++: Sources/Yardstick. I420 in, the same with a mosaic out."""

import ctypes
import os

ROOM = 1024


class Peer:
    def __init__(self, threads, min_size):
        self.library = ctypes.CDLL(os.environ["YARDSTICK_LIBRARY"])
        self.library.yardstick_create.restype = ctypes.c_void_p
        self.library.yardstick_run.argtypes = [ctypes.c_void_p, ctypes.c_char_p] + [ctypes.c_int] * 2 + [
            ctypes.POINTER(ctypes.c_float), ctypes.c_int]
        self.state = self.library.yardstick_create(os.environ["YARDSTICK_MODELS"].encode(), threads, min_size)
        if not self.state:
            raise RuntimeError("the yardstick cannot read its models, see above")
        self.found = (ctypes.c_float * (5 * ROOM))()
        self.versions = "this tree"

    def prepare(self, data, width, height, format):
        if format != "I420":
            raise ValueError("the yardstick takes I420")
        return ctypes.create_string_buffer(data, len(data)), width, height

    def run(self, frame):
        return self.library.yardstick_run(self.state, *frame, self.found, ROOM)

    def boxes(self, count):
        if count < 0:
            raise RuntimeError("the yardstick failed, see above")
        boxes = [self.found[5 * i : 5 * i + 4] for i in range(min(count, ROOM))]
        return [(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in boxes]
