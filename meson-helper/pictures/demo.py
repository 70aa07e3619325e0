#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""What `pipelines/demo` needs besides faceanon: a video to mask, and a sheet that shows what came of it."""

import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

PICTURES = ("astronaut.png", "grace_hopper.jpg")
SHOWN = 4
CELL = 320

# A camera's way over the two pictures, 4.5 s each, the last second of the first being the first of the second; 25
# frames a second, 8 s. zoompan moves in whole pixels of its input, so that is four times the size of its output.
EASED = "(1-cos(PI*on/112))/2"
CAMERA = "d=113:fps=25:s=640x360"
SOUND = "aevalsrc=0.04*(sin(440*PI*t)+sin(554*PI*t)+sin(660*PI*t)):s=48000:d=8"
MOVES = (
    f"[0]crop=512:288:0:8,scale=2560:1440,zoompan=z='1.15+0.35*{EASED}':"
    f"x='(iw-iw/zoom)*(0.95-0.75*{EASED})':y='(ih-ih/zoom)*(0.1+0.15*{EASED})':{CAMERA}[first];"
    f"[1]crop=512:288:0:70,scale=2560:1440,zoompan=z='1.4-0.4*{EASED}':"
    f"x='(iw-iw/zoom)*(0.15+0.35*{EASED})':y='(ih-ih/zoom)*0.7':{CAMERA}[second];"
    "[first][second]xfade=fadeblack:duration=1:offset=3.5,format=yuv420p[video];"
    "[2]afade=d=1,afade=t=out:st=7:d=1[audio]"
)


class Failure(Exception):
    """What a user has to be told."""


def ffmpeg(*words):
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *(str(word) for word in words)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise Failure(f"ffmpeg failed: {outcome.stderr.strip()}")


def make_source(pictures, video):
    """A video of two pictures in the public domain."""
    inputs = [pictures / name for name in PICTURES]
    missing = [str(path) for path in inputs if not path.exists()]
    if missing:
        raise Failure(f"there is no {missing[0]}: 'make demo' fetches it, or give a SOURCE of your own")
    ffmpeg(
        "-i", inputs[0], "-i", inputs[1], "-f", "lavfi", "-i", SOUND, "-filter_complex", MOVES,
        *("-map [video] -map [audio] -c:v libx264 -crf 18 -preset veryfast -c:a aac -b:a 96k -t 8".split()), video,
    )


def read_reports(folder):
    """The frames of all reports, in the order of their names."""
    lines = itertools.chain.from_iterable(
        path.read_text(encoding="utf-8").splitlines() for path in sorted(folder.rglob("*.jsonl")))
    return [json.loads(line) for line in lines]


def summary(frames):
    faces = [face for frame in frames for face in frame["faces"]]
    yield "frames", len(frames)
    yield "frames with faces", sum(bool(frame["faces"]) for frame in frames)
    yield "faces in all", len(faces)
    yield "most faces in a frame", max((len(frame["faces"]) for frame in frames), default=0)
    if faces:
        yield "mean score", f"{sum(face['score'] for face in faces) / len(faces):.3f}"
    unseen = sum(frame["outcome"] != "masked" for frame in frames)
    if unseen:
        yield "covered or dropped", unseen


def spread(candidates):
    """Up to SHOWN of them, evenly."""
    count = len(candidates)
    return sorted({candidates[count * (2 * i + 1) // (2 * SHOWN)] for i in range(SHOWN)}) if count else []


def small(files, numbers, work, name):
    """Writes the frames with these numbers of each file, small, as NAME-1.png and so on. Says how many there are."""
    chosen = "+".join(f"eq(n\\,{number})" for number in numbers)
    box = f"{CELL}:{CELL * 3 // 4}"
    # Pictures of a folder are of any shape, and the cells of a sheet of one.
    padded = f"{box}:force_original_aspect_ratio=decrease,pad={box}:(ow-iw)/2:(oh-ih)/2"
    fitted = padded if len(files) > 1 else f"{CELL}:-2"
    count = 0
    for file in files:
        ffmpeg(
            "-i", f"file:{file}", "-vf", f"select={chosen},scale={fitted},setsar=1", "-fps_mode", "passthrough",
            "-start_number", count + 1, work / f"{name}-%d.png")
        count = len(list(work.glob(f"{name}-*.png")))
    return count


def make_sheet(befores, afters, numbers, sheet):
    """Frames of the files before, if there are any, above the same ones after."""
    label = "drawtext=x=8:y=8:fontsize=20:fontcolor=white:box=1:boxborderw=5"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        inputs, filters, names = [], [], ""
        for name, color, files in (("before", "0x902020", befores), ("after", "0x206030", afters)):
            count = small(files, numbers, work, name) if files else 0
            if count:
                tile = f"tile={count}x1:padding=4:color=white"
                filters.append(f"[{len(filters)}]{tile},{label}:boxcolor={color}:text={name}[{name}]")
                inputs += ["-i", work / f"{name}-%d.png"]
                names += f"[{name}]"
        if not inputs:
            raise Failure("there is no frame to show")
        stack = f"{names}vstack=inputs={len(filters)}" if len(filters) > 1 else f"{names}null"
        ffmpeg(*inputs, "-filter_complex", ";".join([*filters, stack]), "-frames:v", 1, sheet)


def show(source, result, reports, sheet):
    """Says what was found, and makes the sheet."""
    frames = read_reports(reports)
    before = pathlib.Path(source)
    if result.is_dir():
        pictures = [path for path in sorted(result.iterdir()) if (before / path.name).is_file()]
        afters = spread(pictures)
        befores, numbers = [before / path.name for path in afters], [0]
    else:
        with_faces = [number for number, frame in enumerate(frames) if frame["faces"]]
        numbers = spread(with_faces or list(range(len(frames))))
        befores, afters = [before] if before.is_file() else [], [result]
    make_sheet(befores, afters, numbers, sheet)
    print(f"Found in {source}:")
    for name, value in summary(frames):
        print(f"  {name + ':':<23} {value}")
    if before.parent != sheet.parent:
        print("The report is deleted, since it tells where people's faces are.")
        if befores:
            print(f"The upper half of {sheet.name} shows clear faces. No other clear copy was made.")
    print("The result, and some of it before and after:", result, sheet, sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    source = commands.add_parser("source", help="make a video to mask")
    source.add_argument("pictures", type=pathlib.Path, help="the folder of make pictures")
    source.add_argument("video", type=pathlib.Path)
    shown = commands.add_parser("show", help="show what faceanon mask has made of SOURCE")
    shown.add_argument("source", help="a file, a folder, or what is neither: a URL or a camera")
    shown.add_argument("result", type=pathlib.Path)
    shown.add_argument("reports", type=pathlib.Path, help="the folder with the reports")
    shown.add_argument("sheet", type=pathlib.Path, help="the picture to write")
    arguments = parser.parse_args()
    try:
        if arguments.command == "source":
            make_source(arguments.pictures, arguments.video)
        else:
            show(arguments.source, arguments.result, arguments.reports, arguments.sheet)
    except (Failure, OSError) as error:
        sys.exit(f"demo: {error}")


if __name__ == "__main__":
    main()
