#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Measures what faceanon promises of its memory, its start, streams side by side, and being too slow, and compares.

  memory   peak of `videotestsrc ! faceanon ! fakesink` at 1920x1080 NV12, and of a raw clip of 6 faces: at most 150 MB
  start    from the start of that process to the first masked frame, registry warm: at most 0.3 s
  streams  two with threads=1 are at least 1.8 times one, in one process and in two (1920x1080 NV12)
  live     a 30 fps source of 3840x2160 that is too much: the element's own latency stays within 2 frame times, memory at
           the end within 10 % of that at half the time; late frames are dropped with QoS messages
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

import growth
import interleave
import machine

LINE = "videotestsrc num-buffers={} ! video/x-raw,format=NV12,width=1920,height=1080 ! faceanon ! fakesink"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=40, help="how long the live source runs (40)")
    parser.add_argument("parts", nargs="*", metavar="PART", help="of memory, start, streams, live; all of them")
    arguments = parser.parse_args()
    parts = {"memory": memory, "start": start, "streams": streams, "live": lambda: live(arguments.seconds)}
    print(machine.description())
    print("\n| what | measured | promised | |\n|---|---|---|---|")
    missed = 0
    for part in arguments.parts or parts:
        for what, value, unit, limit, is_most in parts[part]():
            is_kept = value <= limit if is_most else value >= limit
            missed += not is_kept
            word = "at most" if is_most else "at least"
            print(f"| {what} | {value:.2f} {unit} | {word} {limit:g} | {'' if is_kept else 'missed'} |", flush=True)
    if missed:
        raise interleave.Failure(f"{missed} promises are not kept, see the table")


def launch(line):
    """Runs a launch line and gives its peak memory, MB."""
    command = ["gst-launch-1.0", "-q", *line.split()]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise interleave.Failure(f"this ended with {process.returncode}: {' '.join(command)}")
    return usage.ru_maxrss / 1024


def memory():
    yield "peak memory, videotestsrc 1920x1080", launch(LINE.format(200)), "MB", 150, True
    clip = pathlib.Path(os.environ["BENCH_DIR"], "frames", "1920x1080-6.i420")
    nv12 = as_nv12(clip)
    line = (
        f"multifilesrc location={nv12} loop=true num-buffers=200 blocksize={1920 * 1080 * 3 // 2} ! rawvideoparse "
        "format=nv12 width=1920 height=1080 framerate=30/1 ! faceanon ! fakesink")
    yield "peak memory, a raw clip of 6 faces", launch(line), "MB", 150, True


def as_nv12(clip):
    """The clip's first frame as NV12, beside it."""
    file = clip.with_suffix(".nv12")
    if not file.exists():
        size = 1920 * 1080
        data = clip.read_bytes()[: size * 3 // 2]
        chroma = bytearray(size // 2)
        chroma[0::2] = data[size : size * 5 // 4]
        chroma[1::2] = data[size * 5 // 4 :]
        file.write_bytes(data[:size] + chroma)
    return file


def start():
    """The time of a process that ends with its first masked frame, the best of ten; its end is part of it."""
    times = []
    for _ in range(10):
        begin = time.perf_counter()
        launch(LINE.format(1))
        times.append(time.perf_counter() - begin)
    yield "process start to the first masked frame, median", statistics.median(times[1:]), "s", 0.3, True


def streams():
    def rate(groups):
        answers = growth.processes([[growth.stream(1920, 1080, 1, 1)] * group for group in groups])
        return sum(one["rate"] for answer in answers for one in answer["streams"])

    # They take turns, so that what else the machine does meanwhile slows all of them.
    alone, together, apart = zip(*((rate([1]), rate([2]), rate([1, 1])) for _ in range(5)))
    one = statistics.median(alone)
    yield "2 streams against 1, one process", statistics.median(together) / one, "x", 1.8, False
    yield "2 streams against 1, two processes", statistics.median(apart) / one, "x", 1.8, False


def live(seconds):
    """A camera that does not wait: what the element takes too long for is dropped, by QoS, and never queued."""
    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import Gst

    Gst.init(None)
    pipeline = Gst.parse_launch(
        "videotestsrc is-live=true pattern=ball ! video/x-raw,format=NV12,width=3840,height=2160,framerate=30/1 "
        "! queue max-size-buffers=1 max-size-bytes=0 max-size-time=0 leaky=downstream "
        "! faceanon name=f ! fakesink sync=true qos=true")
    element = pipeline.get_by_name("f")
    entered, latencies, samples, out = {}, [], [], [0]

    def enters(_pad, info):
        entered[info.get_buffer().pts] = time.perf_counter()
        return Gst.PadProbeReturn.OK

    def leaves(_pad, info):
        out[0] += 1
        begun = entered.pop(info.get_buffer().pts, None)
        if begun is not None:
            latencies.append(time.perf_counter() - begun)
        return Gst.PadProbeReturn.OK

    element.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, enters)
    element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, leaves)
    pipeline.set_state(Gst.State.PLAYING)
    qos = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = pipeline.get_bus().timed_pop_filtered(Gst.SECOND // 2, Gst.MessageType.ERROR | Gst.MessageType.QOS)
        if message and message.type == Gst.MessageType.ERROR:
            raise interleave.Failure(message.parse_error()[0].message)
        qos += message is not None
        resident = int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
        samples.append(resident)
    dropped = element.get_property("stats").get_value("dropped")
    pipeline.set_state(Gst.State.NULL)
    # A frame's own time is what the element takes for one when it is not late: the median.
    frame = max(1 / 30, statistics.median(latencies))
    name = f"live 3840x2160 at 30/s: {out[0]} passed, {dropped} dropped, {qos} QoS messages;"
    worst = sorted(latencies)[int(len(latencies) * 0.99)]
    yield f"{name} latency, 99 of 100", worst / frame, "frame times", 2, True
    middle, last = (statistics.median(part) for part in (samples[len(samples) // 2 :][:20], samples[-20:]))
    yield "the same, memory at the end against half-way", last / middle, "x", 1.1, True


if __name__ == "__main__":
    interleave.run(main)
