# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""One of the programs that are measured beside each other, in a process of its own.

It is told on stdin what to do, a JSON object a line, and answers on stdout: where the bytes of a frame lie; and how long it
took, and which boxes were found.
"""

import argparse
import importlib
import json
import os
import pathlib
import resource
import sys
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", help="a module of programs/ with a class Peer")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--min-size", type=int, default=40, help="smallest face looked for, px")
    arguments = parser.parse_args()

    # What the packages print goes elsewhere than our answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**values):
        print(json.dumps(values), file=answers, flush=True)

    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    peer = importlib.import_module(f"programs.{arguments.module}").Peer(arguments.threads, arguments.min_size)
    answer(versions=peer.versions)
    for line in sys.stdin:
        task = json.loads(line)
        size = task["width"], task["height"]
        with open(task["file"], "rb") as file:
            file.seek(task["offset"])
            frame = peer.prepare(file.read(task["bytes"]), *size, task["format"])
        processor, wall = time.process_time(), time.perf_counter()
        result = peer.run(frame)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        boxes = [[round(float(value), 1) for value in box] for box in peer.boxes(result)]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        answer(ms=wall * 1000, cpu=processor * 1000, peak=peak, boxes=boxes)


if __name__ == "__main__":
    main()
