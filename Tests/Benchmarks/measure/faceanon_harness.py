# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""An element in a GstHarness, by ctypes: frames go in and come out one by one, on the thread that asks.

PyGObject would keep a reference to each buffer, and the element would have to copy what it masks.
"""

import ctypes
import ctypes.util

gst = ctypes.CDLL("libgstreamer-1.0.so.0")
video = ctypes.CDLL("libgstvideo-1.0.so.0")
check = ctypes.CDLL("libgstcheck-1.0.so.0")
gobject = ctypes.CDLL("libgobject-2.0.so.0")

POINTER = ctypes.c_void_p
for library, name, result, arguments in (
    (gst, "gst_init", None, [POINTER, POINTER]),
    (gst, "gst_buffer_new_allocate", POINTER, [POINTER, ctypes.c_size_t, POINTER]),
    (gst, "gst_buffer_fill", ctypes.c_size_t, [POINTER, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]),
    (gst, "gst_buffer_extract", ctypes.c_size_t, [POINTER, ctypes.c_size_t, POINTER, ctypes.c_size_t]),
    (gst, "gst_buffer_iterate_meta_filtered", POINTER, [POINTER, POINTER, ctypes.c_size_t]),
    (gst, "gst_mini_object_unref", None, [POINTER]),
    (gst, "gst_parse_bin_from_description", POINTER, [ctypes.c_char_p, ctypes.c_int, POINTER]),
    (video, "gst_video_region_of_interest_meta_api_get_type", ctypes.c_size_t, []),
    (check, "gst_harness_new_parse", POINTER, [ctypes.c_char_p]),
    (check, "gst_harness_set_src_caps_str", None, [POINTER, ctypes.c_char_p]),
    (check, "gst_harness_push", ctypes.c_int, [POINTER, POINTER]),
    (check, "gst_harness_try_pull", POINTER, [POINTER]),
    (check, "gst_harness_teardown", None, [POINTER]),
):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments


class Region(ctypes.Structure):
    """GstVideoRegionOfInterestMeta."""

    _fields_ = [
        ("flags", ctypes.c_uint),
        ("info", POINTER),
        ("type", ctypes.c_uint),
        ("id", ctypes.c_int),
        ("parent", ctypes.c_int),
        ("x", ctypes.c_uint),
        ("y", ctypes.c_uint),
        ("width", ctypes.c_uint),
        ("height", ctypes.c_uint),
    ]


# Where a GstBuffer has its time stamp: behind GstMiniObject (64 bytes) and the pool's pointer.
PTS_OFFSET = 72


class Harness:
    """A launch line between two pads."""

    def __init__(self, line, caps):
        gst.gst_init(None, None)
        self.harness = check.gst_harness_new_parse(line.encode())
        if not self.harness:
            raise RuntimeError(f"GStreamer cannot make '{line}': is the plugin in GST_PLUGIN_PATH?")
        check.gst_harness_set_src_caps_str(self.harness, caps.encode())
        self.regions = video.gst_video_region_of_interest_meta_api_get_type()

    @staticmethod
    def buffer(data, pts=None):
        """A buffer of ours alone, with a copy of the bytes."""
        buffer = gst.gst_buffer_new_allocate(None, len(data), None)
        gst.gst_buffer_fill(buffer, 0, data, len(data))
        if pts is not None:
            ctypes.c_uint64.from_address(buffer + PTS_OFFSET).value = pts
        return buffer

    def push(self, buffer):
        """Returns when the frame is through."""
        flow = check.gst_harness_push(self.harness, buffer)
        if flow != 0:
            raise RuntimeError(f"the element answered a frame with flow {flow}")

    def pull(self):
        """The boxes on the next frame that came out (x, y, width, height), or None where none has."""
        buffer = check.gst_harness_try_pull(self.harness)
        if not buffer:
            return None
        boxes = []
        state = POINTER()
        while meta := gst.gst_buffer_iterate_meta_filtered(buffer, ctypes.byref(state), self.regions):
            region = Region.from_address(meta)
            boxes.append((region.x, region.y, region.width, region.height))
        gst.gst_mini_object_unref(buffer)
        return boxes

    def close(self):
        check.gst_harness_teardown(self.harness)


def padded(data, width, height):
    """RGB in rows of whole words, as GStreamer has them."""
    row, padding = 3 * width, bytes(-3 * width % 4)
    return b"".join(data[y * row : (y + 1) * row] + padding for y in range(height))
