#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Compares the element with the yardstick, MTCNN on OpenCV DNN as one writes it first (Sources/Yardstick).

Both take the same I420 buffer and give the same with a mosaic over each face. They take turns, on two threads, frame by
frame. The ratio of the medians has to be at most 0.42 at 1280x720 and 0.40 at 1920x1080, with one face each.
"""

import argparse
import os
import pathlib

import interleave
import machine

LIMITS = {"1280x720-1": 0.42, "1920x1080-1": 0.40}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=40, help="frames each program gets of each clip (40)")
    parser.add_argument("--threads", type=int, default=2, help="threads of OpenCV's pool (2)")
    parser.add_argument("clips", nargs="*", metavar="CLIP", default=list(LIMITS), help="WIDTHxHEIGHT-FACES")
    arguments = parser.parse_args()
    folder = pathlib.Path(os.environ["BENCH_DIR"])

    print(machine.description())
    times = "faceanon ms: min, median | yardstick ms: min, median"
    print(f"\n| clip | {times} | ratio of minimums | ratio of medians | limit |")
    print("|---|---|---|---|---|---|")
    missed = []
    for clip in arguments.clips:
        frames = interleave.clip_frames(folder / "frames" / f"{clip}.i420")
        programs = [
            interleave.Program(name, interleave.python_worker(name, arguments.threads))
            for name in ("faceanon", "yardstick")
        ]
        try:
            interleave.take_turns(programs, frames, arguments.repeats)
            for program in programs:
                program.judge(frames[0])
        finally:
            for program in programs:
                program.close()
        ours, theirs = programs
        ratio = ours.median / theirs.median
        limit = LIMITS.get(clip)
        times = " | ".join(f"{p.minimum:.1f}, {p.median:.1f} ({p.found} of {p.truth} faces)" for p in programs)
        print(f"| {clip} | {times} | {ours.minimum / theirs.minimum:.3f} | {ratio:.3f} | {limit or ''} |", flush=True)
        if limit and ratio > limit:
            missed.append(f"{clip}: {ratio:.3f} instead of {limit}")
    if missed:
        raise interleave.Failure("slower than it has to be: " + "; ".join(missed))


if __name__ == "__main__":
    interleave.run(main)
