# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Programs that take turns over the same frames, each in a process of its own, the others stopped meanwhile.

Stopped, so that threads of one that still spin for more work do not take the other's time.
"""

import dataclasses
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    """Something a user can act on."""


@dataclasses.dataclass
class Frame:
    """Where the bytes of a frame lie, and where its faces are (x, y, width, height), px."""

    file: pathlib.Path
    offset: int
    bytes: int
    width: int
    height: int
    format: str
    truth: list

    @property
    def task(self):
        values = {"file": str(self.file), "offset": self.offset, "bytes": self.bytes, "format": self.format}
        return json.dumps({**values, "width": self.width, "height": self.height})


def clip_frames(clip):
    """The frames of a clip of frames.py."""
    about = json.loads(clip.with_suffix(".json").read_text())
    width, height = about["width"], about["height"]
    size = width * height * 3 // 2
    return [Frame(clip, i * size, size, width, height, "I420", truth) for i, truth in enumerate(about["faces"])]


class Program:
    """One of the programs, started and stopped."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.milliseconds, self.processor, self.found, self.false = [], [], 0, 0
        self.peak, self.truth = 0, 0
        environment = {**os.environ, **(environment or {})}
        self.log = pathlib.Path(os.environ["BENCH_DIR"], f"{name.replace('/', '-')}.log").open("w+b")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True)
        self.versions = self.answer()["versions"]
        self.pause()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.log.seek(0)
            said = self.log.read().decode(errors="replace").strip().splitlines()
            text = "\n".join(said[-15:])
            raise Failure(f"{self.name} ended with status {self.process.returncode}. It said:\n{text}")
        return json.loads(line)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def run(self, frame):
        self.process.send_signal(signal.SIGCONT)
        try:
            print(frame.task, file=self.process.stdin, flush=True)
            return self.answer()
        except BrokenPipeError:
            return self.answer()
        finally:
            if self.process.poll() is None:
                self.pause()

    def measure(self, frame):
        answer = self.run(frame)
        self.milliseconds.append(answer["ms"])
        self.processor.append(answer["cpu"])
        self.peak = max(self.peak, answer["peak"])

    def judge(self, frame):
        """Counts which faces of a frame are found."""
        boxes = self.run(frame)["boxes"]
        found = matches(frame.truth, boxes)
        self.truth += len(frame.truth)
        self.found += found
        self.false += len(boxes) - found

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    @property
    def median(self):
        return statistics.median(self.milliseconds)

    @property
    def minimum(self):
        return min(self.milliseconds)


def python_worker(module, threads, min_size=40, python="/usr/bin/python3"):
    arguments = ["--threads", str(threads), "--min-size", str(min_size)]
    return [python, str(HERE / "worker.py"), module, *arguments]


def take_turns(programs, frames, repeats, warm_up=3):
    """Each frame goes through all programs before the next; the one that begins changes from frame to frame."""
    for program in programs:
        for index in range(warm_up):
            program.run(frames[index % len(frames)])
    for index in range(repeats):
        frame = frames[index % len(frames)]
        for turn in range(len(programs)):
            programs[(index + turn) % len(programs)].measure(frame)


def matches(truth, boxes, least=0.4):
    """How many of the true faces have a box of their own with an intersection over union of at least that."""
    pairs = sorted(
        ((overlap(face, box), i, j) for i, face in enumerate(truth) for j, box in enumerate(boxes)), reverse=True)
    faces, used = set(), set()
    for value, i, j in pairs:
        if value >= least and i not in faces and j not in used:
            faces.add(i)
            used.add(j)
    return len(faces)


def overlap(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    common = max(0, width) * max(0, height)
    return common / (a[2] * a[3] + b[2] * b[3] - common) if common else 0


def say(text):
    print(f"{pathlib.Path(sys.argv[0]).stem}: {text}", file=sys.stderr, flush=True)


def run(main):
    """Runs a script's main; what a user can act on is a line of text and the status 1."""
    try:
        main()
    except Failure as failure:
        say(f"error: {failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
