#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Measures, from the pixels that the element lets out, how well it masks the faces of clips and pictures."""

import argparse
import collections
import concurrent.futures
import concurrent.futures.process
import dataclasses
import json
import multiprocessing
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "setup"))

import pypi  # noqa: E402, found by the line above
from contact_sheet import Leaks, write_sheet  # noqa: E402
from face_truth import COVERED, HALF, OWN_BOX, SAME_FACE, TOO_MUCH, Face, Tally, read_folder  # noqa: E402
from masked_frames import ClipPipeline, Configuration, PicturePipeline, Report, masked  # noqa: E402

CONFIGURATIONS = "defaults; hold=0; lookahead=1s; reference; broadcast; redaction; redaction lookahead=1s"


@dataclasses.dataclass
class Result:
    """What came of one set with one configuration."""

    tally: Tally
    leaks: list
    free_masked: list


def measure(truth, configuration):
    """Sends a set through the element. Runs in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="faceanon-") as folder:
        path = pathlib.Path(folder, "report.jsonl")
        if truth.clip:
            pipeline = ClipPipeline(truth.clip, configuration, path)
        else:
            pipeline = PicturePipeline(configuration, path)
        tally, leaks, free_masked, keys = Tally(), Leaks(truth.name), [], []
        # For each face whether it was open, frame by frame.
        lives = collections.defaultdict(list)
        # Frames and lines of the report, either of which may come first.
        waiting, lines = collections.deque(), collections.deque()

        def add_lines():
            lines.extend(report.lines())
            while waiting and lines:
                (frame, mask), line = waiting.popleft(), lines.popleft()
                if frame:
                    tally.add_detections(frame, [face for face, is_detected in faces(line) if is_detected])
                    tally.add_boxes(frame, mask, faces(line), pipeline.margin)

        with Report(path) as report:
            with pipeline:
                for key, pixels in pipeline.frames() if truth.clip else pictures(pipeline, truth):
                    keys.append(key)
                    frame, mask = truth.frames.get(key), None
                    if frame:
                        mask = masked(pixels, f"{truth.name}, {key}")
                        if truth.is_free and mask.any():
                            free_masked.append(key if truth.clip else key.name)
                        for face, share in tally.add_mask(frame, mask, truth.is_free):
                            lives[face.track].append((len(keys), share < COVERED))
                            leaks.add(face, share, pixels, str(key) if truth.clip else key.stem)
                    waiting.append((frame, mask))
                    add_lines()
            missing = [key for key in truth.frames if key not in set(keys)]
            if missing:
                raise pypi.Failure(
                    f"{truth.clip}: {len(keys)} frames came out, and the truth tells of frame {max(missing)}: "
                    "the clip is damaged, or the truth is another clip's"
                )
            add_lines()
            report.check(len(keys))
        tally.tracks = len(lives)
        tally.never = sum(all(is_open for _, is_open in life) for life in lives.values())
        if truth.clip:
            tally.add_lives(lives.values())
        return Result(tally, leaks.worst(), free_masked)


def pictures(pipeline, truth):
    for path in truth.frames:
        yield path, pipeline.frame(path)


def faces(line):
    """What is masked in a frame by its report, the surest first, and whether it was detected in that very frame."""
    return [
        (Face(face["x"], face["y"], face["width"], face["height"], True, None), face["source"] == "detected")
        for face in sorted(line["faces"], key=lambda face: -face["score"])
    ]


def measure_all(sets, configurations, workers):
    """The results by configuration's and set's name."""
    jobs = [(truth, configuration) for truth in sets for configuration in configurations]
    # The long ones first, so that the last ones end together.
    jobs.sort(key=lambda job: -len(job[0].frames))
    results = {configuration.name: {} for configuration in configurations}
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        futures = {pool.submit(measure, *job): job for job in jobs}
        try:
            for count, future in enumerate(concurrent.futures.as_completed(futures), 1):
                truth, configuration = futures[future]
                results[configuration.name][truth.name] = future.result()
                pypi.say(f"{count} of {len(jobs)}: {truth.name}, {configuration.name}")
        except concurrent.futures.process.BrokenProcessPool as error:
            raise pypi.Failure("a process with the element in it has died; its last words, if any, are above") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return results


COLUMNS = (
    "faces", "covered", "leaked", "never masked", "masked, no face", "face-free frames masked", "detected",
    "false alarms",
)  # fmt: skip


def share(part, whole, digits):
    return f"{part / whole:.{digits}%}" if whole else "-"


def row(name, tally):
    """A line of the tables, Markdown."""
    cells = [
        name,
        str(tally.faces),
        f"{tally.covered / tally.faces:.4f}" if tally.faces else "-",
        str(tally.faces - tally.covered),
        f"{tally.never} of {tally.tracks}",
        share(tally.no_face, tally.no_face_frames, 2),
        f"{tally.free_masked} of {tally.free}",
        f"{tally.found / tally.faces:.4f}" if tally.faces else "-",
        str(tally.false_alarms),
    ]
    return f"| {' | '.join(cells)} |"


MASK_COLUMNS = (
    "own box", "at faces", "false detections", "held", f"frames > {HALF:.0%}", "largest", f"no face > {TOO_MUCH:.0%}",
    "open runs of 1, 2-5, 6-25, more", "open at entry, middle, exit, throughout",
)  # fmt: skip


def mask_row(name, tally):
    """A line of the tables of masks, Markdown."""
    runs = [sum(n for length, n in tally.runs.items() if first <= length <= last) for first, last in RUNS]
    cells = [
        name,
        f"{tally.own_box / tally.faces:.4f}" if tally.faces else "-",
        *(share(part, tally.no_face_frames, 2) for part in (tally.at_faces, tally.at_false, tally.at_held)),
        f"{tally.half} of {tally.frames}",
        f"{tally.largest:.0%}",
        f"{tally.too_much} of {tally.no_face_frames}",
        ", ".join(map(str, runs)),
        f"{tally.entry}, {tally.middle}, {tally.exit}, {tally.throughout}",
    ]
    return f"| {' | '.join(cells)} |"


# The lengths of runs of open frames that are counted together.
RUNS = ((1, 1), (2, 5), (6, 25), (26, float("inf")))


def heading(name, columns=COLUMNS):
    return [f"| {name} | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]


def tables(results, minimum):
    """All that was measured, as Markdown."""
    sums = {name: sum((result.tally for result in of.values()), Tally()) for name, of in results.items()}
    lines = [
        "# What faceanon masks",
        "",
        f"Read from the pixels, `mask=fill`. Faces of {minimum:g} px and more, one count a frame; covered: at least "
        f"{COVERED:.0%} of the",
        "box is masked; never masked: faces of the truth that are covered in no frame; masked, no face: share of the",
        "frame outside all boxes, the masks' margins included; detected: share of the faces that the report tells of as",
        f"seen in that frame, at an overlap of {SAME_FACE}, and what else it tells of.",
        "",
        "Own box: share of the faces that a single box of the report covers, with its margin, that has at most "
        f"{OWN_BOX} times",
        "the face's area; then by what the picture is masked outside all faces: by boxes at faces that are there, by",
        f"detections that are no face, and by others, held from before or ahead; frames masked by more than {HALF:.0%}, and the",
        f"largest share; frames masked by more than {TOO_MUCH:.0%} without the boxes at faces; open: not covered, in frames.",
        "",
        *heading("in all"),
        *(row(name, tally) for name, tally in sums.items()),
        "",
        *heading("in all", MASK_COLUMNS),
        *(mask_row(name, tally) for name, tally in sums.items()),
    ]
    for name, of in results.items():
        lines += ["", f"## {name}", "", *heading("set")]
        lines += [row(set_name, of[set_name].tally) for set_name in sorted(of)]
        lines += [row("in all", sums[name]), "", *heading("set", MASK_COLUMNS)]
        lines += [mask_row(set_name, of[set_name].tally) for set_name in sorted(of)]
        lines += [mask_row("in all", sums[name])]
    return "\n".join(lines) + "\n"


def as_json(results, minimum):
    content = {
        "minimum": minimum,
        "configurations": {
            name: {
                set_name: {**dataclasses.asdict(result.tally), "masked_face_free": result.free_masked}
                for set_name, result in sorted(of.items())
            }
            for name, of in results.items()
        },
    }
    return json.dumps(content, indent=1) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="docs/evaluate.md tells of the files of truth and of what is measured."
    )
    parser.add_argument("data", metavar="DATA", type=pathlib.Path, help="folder of clips, pictures and files of truth")
    parser.add_argument(
        "--configs", default=CONFIGURATIONS, metavar="'A; B; ...'",
        help="presets and properties of the element, default: %(default)s"
    )  # fmt: skip
    parser.add_argument("--min", type=float, default=20, metavar="PX", help="smallest face that counts (%(default)s)")
    parser.add_argument("--sets", metavar="REGEX", default="", help="only sets whose name matches, default: all")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FOLDER", help="where the results go")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="elements at work at a time (%(default)s)")
    options = parser.parse_args()

    configurations = [Configuration(text) for text in options.configs.split(";") if text.strip()]
    if not configurations or options.jobs < 1:
        parser.error("there has to be at least one configuration, and one job")
    sets = [truth for truth in read_folder(options.data, options.min) if re.search(options.sets, truth.name)]
    if not sets:
        raise pypi.Failure(f"no set below {options.data} matches {options.sets}")
    pypi.make_directory(options.out)
    pypi.say(f"{len(sets)} sets, {len(configurations)} configurations")
    results = measure_all(sets, configurations, options.jobs)
    # In the order they were asked for, not that in which they were done.
    text = tables(results, options.min)
    pypi.put_in_place(options.out / "evaluation.md", text.encode())
    pypi.put_in_place(options.out / "evaluation.json", as_json(results, options.min).encode())
    for name, of in results.items():
        sheet = options.out / f"leaks-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}.png"
        write_sheet(sheet, [result.leaks for _, result in sorted(of.items())])
    sys.stdout.write(text)
    pypi.say(f"wrote evaluation.md, evaluation.json and leaks-*.png (faces in clear) to {options.out}")


if __name__ == "__main__":
    pypi.run(main)
