#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""How faceanon's cost grows: with the frame's size, faces, streams in one process and in several, threads, and time.

Real pipelines, `raw clip ! faceanon ! fakesink`, NV12. What comes out is a table for each question and a drawing of
all, growth.md and growth.svg.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import frames
import interleave
import machine

STREAMS = (1, 2, 4, 8)
# Frames that each measured pipeline gets before and while it is measured.
WARM_UP, MEASURED = 8, 40
STAGES = ("pyramid", "pnet", "rnet", "onet", "tracking", "mask")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", type=int, default=10_000, metavar="FRAMES", help="frames of the long run (10000)")
    parser.add_argument("--only", default="", metavar="PARTS", help="of size,threads,streams,time, with commas between")
    # What this script runs itself with: one process with pipelines.
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(json.loads(arguments.child))
        return
    folder = pathlib.Path(os.environ["BENCH_DIR"])
    parts = {"size": sizes, "threads": threads, "streams": streams, "time": lambda: long_run(arguments.long)}
    for name in arguments.only.split(",") if arguments.only else parts:
        if name not in parts:
            raise interleave.Failure(f"--only knows no {name}: it is of {', '.join(parts)}")
        interleave.say(f"measuring {name}")
        machine_before = machine.description()
        lines, panels = parts[name]()
        print("\n".join(lines), flush=True)
        answer = {"machine": machine_before, "lines": lines, "panels": panels}
        (folder / f"growth-{name}.json").write_text(json.dumps(answer))
    draw(folder, parts)


def draw(folder, names):
    """Writes what is known of all parts, measured now or before."""
    import plots

    files = [folder / f"growth-{name}.json" for name in names]
    answers = [json.loads(file.read_text()) for file in files if file.exists()]
    text = "\n\n".join("\n".join([f"Measured on {answer['machine']}.", "", *answer["lines"]]) for answer in answers)
    (folder / "growth.md").write_text(text + "\n")
    plots.lines([panel for answer in answers for panel in answer["panels"]], answers[0]["machine"], folder / "growth.svg")
    interleave.say(f"wrote {folder}/growth.md and {folder}/growth.svg")


# Questions


def sizes():
    names = " | ".join(STAGES)
    lines = [f"| frame | faces | ms a frame | {names} | frames/s | peak MB |", "|" + "---|" * (len(STAGES) + 5)]
    by_size, by_faces = {}, {}
    for width, height in frames.SIZES:
        for faces in frames.FACES:
            (answer,) = processes([[stream(width, height, faces, 2)]])
            one = answer["streams"][0]
            stages = " | ".join(f"{one['stages'][stage]:.2f}" for stage in STAGES)
            lines.append(
                f"| {width}x{height} | {faces} | {1000 / one['rate']:.1f} | {stages} | {one['rate']:.1f} "
                f"| {answer['peak']:.0f} |")
            by_size.setdefault(f"{faces} face{'s' * (faces != 1)}", []).append((width * height / 1e6, 1000 / one["rate"]))
            by_faces.setdefault(f"{width}x{height}", []).append((faces, 1000 / one["rate"]))
    return lines, [
        ("Frame size, 2 threads", "megapixels", "ms a frame", by_size),
        ("Faces, 2 threads", "faces", "ms a frame", by_faces),
    ]


def threads():
    lines = ["| threads | frames/s, 1920x1080 NV12, 6 faces | CPU ms a frame |", "|---|---|---|"]
    points = []
    for count in (1, 2, 4):
        (answer,) = processes([[stream(1920, 1080, 6, count)]])
        rate = answer["streams"][0]["rate"]
        lines.append(f"| {count} | {rate:.1f} | {answer['cpu'] * 1000:.1f} |")
        points.append((count, rate))
    return lines, [("Threads, 1920x1080, 6 faces", "threads", "frames/s", {"": points})]


def streams():
    lines = [
        "| streams, 1920x1080 NV12, 1 face, threads=1 | one process: frames/s, peak MB "
        "| a process each: frames/s, peak MB in all |", "|---|---|---|"]
    rates = {"one process": [], "a process each": []}
    memory = {"one process": [], "a process each": []}
    for count in STREAMS:
        cells = []
        for name, groups in (("one process", [count]), ("a process each", [1] * count)):
            answers = processes([[stream(1920, 1080, 1, 1)] * group for group in groups])
            rate = sum(one["rate"] for answer in answers for one in answer["streams"])
            peak = sum(answer["peak"] for answer in answers)
            rates[name].append((count, rate))
            memory[name].append((count, peak))
            cells.append(f"{rate:.1f} ({rate / rates[name][0][1]:.2f} x), {peak:.0f}")
        lines.append(f"| {count} | {cells[0]} | {cells[1]} |")
    return lines, [
        ("Streams of 1920x1080, 1 face, threads=1", "streams", "frames/s, summed", rates),
        ("Streams of 1920x1080, 1 face, threads=1", "streams", "peak MB, summed", memory),
    ]


def long_run(count):
    (answer,) = processes([[{**stream(640, 480, 6, 2), "measured": count, "samples": 100}]])
    samples = answer["samples"]
    head = samples[len(samples) // 10 :]
    lines = ["| frames of 640x480, 6 faces | ms a frame | resident MB |", "|---|---|---|"]
    for number, milliseconds, resident in samples[:: max(1, len(samples) // 10)]:
        lines.append(f"| {number} | {milliseconds:.2f} | {resident:.1f} |")
    growth = head[-1][2] - head[0][2]
    lines.append(f"\nResident memory grows by {growth:.1f} MB from frame {head[0][0]} to frame {head[-1][0]}.")
    return lines, [
        (f"{count} frames of 640x480, 6 faces", "frame", "ms a frame", {"": [(n, ms) for n, ms, _ in samples]}),
        (f"{count} frames of 640x480, 6 faces", "frame", "resident MB", {"": [(n, mb) for n, _, mb in samples]}),
    ]


# Processes and their pipelines


def stream(width, height, faces, threads):
    return {"width": width, "height": height, "faces": faces, "threads": threads, "measured": MEASURED}


def processes(groups):
    """Runs a process for each group of streams, all at the same time, and gives what they answer."""
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "--child", json.dumps(group)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        for group in groups
    ]
    try:
        # All are ready before the first begins.
        for process in started:
            if process.stdout.readline().strip() != "ready":
                raise interleave.Failure("a pipeline did not start, see above")
        for process in started:
            print("go", file=process.stdin, flush=True)
        return [json.loads(process.stdout.readline()) for process in started]
    except json.JSONDecodeError:
        raise interleave.Failure("a pipeline ended early, see above") from None
    finally:
        for process in started:
            process.stdin.close()
            process.wait()


def child(group):
    """One process: its streams run until the slowest has had its frames."""
    import resource
    import threading

    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import Gst

    Gst.init(None)
    folder = pathlib.Path(os.environ["BENCH_DIR"], "frames")
    enough = threading.Event()
    counters = [Counter(one, folder, Gst, group, enough) for one in group]
    for counter in counters:
        counter.wait_ready()
    print("ready", flush=True)
    sys.stdin.readline()
    before = os.times()
    for counter in counters:
        counter.go.set()
    if not enough.wait(900):
        raise SystemExit("growth: a pipeline did not come to its end within 15 minutes")
    after = os.times()
    streams = [counter.result() for counter in counters]
    count = sum(counter.count for counter in counters)
    print(json.dumps({
        "streams": streams,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "cpu": (after.user + after.system - before.user - before.system) / max(1, count),
        "samples": counters[0].samples,
    }), flush=True)
    for counter in counters:
        counter.pipeline.set_state(Gst.State.NULL)


class Counter:
    """A pipeline, and when its frames leave the element."""

    def __init__(self, one, folder, gst, group, enough):
        import threading

        clip = frames.path(folder, one["width"], one["height"], one["faces"])
        size = f"width={one['width']} height={one['height']}"
        block = frames.FRAMES * one["width"] * one["height"] * 3 // 2
        self.pipeline = gst.parse_launch(
            f"multifilesrc location={clip} loop=true blocksize={block} "
            f"! rawvideoparse format=i420 {size} framerate=30/1 ! videoconvert n-threads=1 ! video/x-raw,format=NV12 "
            f"! faceanon name=f threads={one['threads']} ! fakesink name=s sync=false")
        self.one, self.gst, self.group, self.enough = one, gst, group, enough
        self.ready, self.go = threading.Event(), threading.Event()
        self.seen, self.count, self.samples, self.times = 0, 0, [], []
        self.element = self.pipeline.get_by_name("f")
        self.element.get_static_pad("src").add_probe(gst.PadProbeType.BUFFER, self.leaves)
        self.pipeline.set_state(gst.State.PLAYING)

    def leaves(self, _pad, _info):
        self.seen += 1
        if self.seen < WARM_UP:
            return self.gst.PadProbeReturn.OK
        if self.seen == WARM_UP:
            self.ready.set()
            self.go.wait()
            self.first = self.stats()
            self.times.append(time.perf_counter())
            return self.gst.PadProbeReturn.OK
        if self.enough.is_set():
            return self.gst.PadProbeReturn.OK
        self.count += 1
        self.times.append(time.perf_counter())
        self.sample()
        if self.count == self.one["measured"]:
            self.last = self.stats()
            self.enough.set()
        return self.gst.PadProbeReturn.OK

    def sample(self):
        every = self.one["measured"] // self.one.get("samples", 1)
        if "samples" in self.one and self.count % every == 0:
            resident = int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
            self.samples.append((self.count, (self.times[-1] - self.times[-1 - every]) / every * 1000, resident))

    def stats(self):
        stats = self.element.get_property("stats")
        return {name: stats.get_value(name) for name in ("frames", *(f"{stage}-time" for stage in STAGES))}

    def wait_ready(self):
        while not self.ready.wait(0.05):
            message = self.pipeline.get_bus().pop_filtered(self.gst.MessageType.ERROR)
            if message:
                error, debug = message.parse_error()
                raise SystemExit(f"growth: {error.message} ({debug})")

    def result(self):
        last = getattr(self, "last", None) or self.stats()
        # At what pace the frames came while all streams ran.
        rate = max(1, self.count) / (self.times[-1] - self.times[0]) if self.count else 0
        count = max(1, last["frames"] - self.first["frames"])
        stages = {stage: (last[f"{stage}-time"] - self.first[f"{stage}-time"]) / count / 1e6 for stage in STAGES}
        return {"rate": rate, "stages": stages}


if __name__ == "__main__":
    interleave.run(main)
