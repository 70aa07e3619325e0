# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""The element as it is built, from the buffer that goes in to the masked one that comes out."""

import faceanon_harness

# Frames of a clip follow each other at this rate.
PERIOD = 1_000_000_000 // 30


class Peer:
    def __init__(self, threads, min_size):
        self.line = f"faceanon attach-meta=true threads={threads} min-size={min_size}"
        self.harness = None
        self.caps = None
        self.frames = 0
        self.versions = "this tree"

    def prepare(self, data, width, height, format):
        # A picture is a still; a clip's frames have time stamps, and what tracks faces works too.
        rate = "0/1" if format == "RGB" else "30/1"
        caps = f"video/x-raw,format={format},width={width},height={height},framerate={rate}"
        if caps != self.caps:
            if self.harness:
                self.harness.close()
            self.harness, self.caps = faceanon_harness.Harness(self.line, caps), caps
        self.frames += 1
        if format == "RGB" and width % 4:
            data = faceanon_harness.padded(data, width, height)
        return self.harness.buffer(data, None if rate == "0/1" else self.frames * PERIOD)

    def run(self, buffer):
        self.harness.push(buffer)

    def boxes(self, _):
        return self.harness.pull()

