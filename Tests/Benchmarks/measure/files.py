#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Measures `faceanon mask` on a 720p H.264 file beside what it is made of, and beside deface, in one run.

  masking alone  gst-launch-1.0 … decodebin ! videoconvert ! faceanon ! fakesink: nothing is written
  x264 alone     ffmpeg decodes the file and encodes it again, veryfast, without masking
  deface         1.5.0, as it comes from PyPI, on the same file

They take turns, each in a process of its own, and nothing else runs meanwhile. faceanon mask promises to take at most
1.15 times the slower of the first two, and to mask at least 6 times the frames a second of deface.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time

import interleave
import machine

MOST_OF_SLOWER = 1.15
LEAST_OF_DEFACE = 6
SIZE = "1280x720"

# As the demo's video: a camera's way over two pictures. With grain as a camera has it, without which x264 has an easy
# time. zoompan moves in whole pixels of its input, so that is three times the size of its output.
EASED = "(1-cos(PI*on/125))/2"
CAMERA = f"d=125:fps=25:s={SIZE}"
MOVES = (
    f"[0]crop=512:288:0:8,scale=3840:2160,zoompan=z='1.15+0.35*{EASED}':"
    f"x='(iw-iw/zoom)*(0.95-0.75*{EASED})':y='(ih-ih/zoom)*(0.1+0.15*{EASED})':{CAMERA}[first];"
    f"[1]crop=512:288:0:70,scale=3840:2160,zoompan=z='1.4-0.4*{EASED}':"
    f"x='(iw-iw/zoom)*(0.15+0.35*{EASED})':y='(ih-ih/zoom)*0.7':{CAMERA}[second];"
    "[first][second]concat=n=2,noise=alls=3:allf=t:all_seed=1,format=yuv420p[video]"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=pathlib.Path, metavar="VIDEO", help="another file (a composed one, 10 s)")
    parser.add_argument("--turns", type=int, default=3, help="how often each runs (3)")
    parser.add_argument("--without-deface", action="store_true", help="leave deface out, which takes minutes")
    arguments = parser.parse_args()
    folder = pathlib.Path(os.environ["BENCH_DIR"]) / "files"
    folder.mkdir(parents=True, exist_ok=True)
    video = arguments.file.resolve() if arguments.file else composed(folder / "source.mp4")
    commands = the_commands(video, folder, not arguments.without_deface)
    frames = frame_count(video)

    about = machine.description()
    times = {name: [] for name in commands}
    for turn in range(arguments.turns):
        for step in range(len(commands)):
            name = list(commands)[(turn + step) % len(commands)]
            interleave.say(f"turn {turn + 1} of {arguments.turns}: {name}")
            times[name].append(timed(commands[name], folder))
    written = frame_count(folder / "masked.mp4")
    if written != frames:
        raise interleave.Failure(f"faceanon mask wrote {written} of {frames} frames")
    report(about, video, frames, times, folder)


def composed(video):
    """The file that is masked, made once: 250 frames at 25 a second, with sound."""
    if not video.exists():
        interleave.say(f"composing {video}")
        pictures = pathlib.Path(os.environ["BENCH_DIR"]).parent / "test-data"
        part = video.with_suffix(".part.mp4")
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", pictures / "astronaut.png"]
        command += ["-i", pictures / "grace_hopper.jpg", "-f", "lavfi", "-i", "sine=frequency=440:duration=10"]
        command += ["-filter_complex", MOVES, "-map", "[video]", "-map", "2", "-c:a", "aac", "-c:v", "libx264"]
        subprocess.run([*command, "-crf", "20", "-preset", "medium", part], check=True)
        part.rename(video)
    return video


def frame_count(video):
    query = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_packets", "-show_entries"]
    answer = subprocess.run(
        [*query, "stream=nb_read_packets", "-of", "json", f"file:{video}"], capture_output=True, text=True, check=True)
    return int(json.loads(answer.stdout)["streams"][0]["nb_read_packets"])


def the_commands(video, folder, with_deface):
    program = pathlib.Path(os.environ["BENCH_DIR"]).parent / "faceanon"
    if not program.exists():
        raise interleave.Failure(f"there is no {program}: run 'make build'")
    masked = [program, "mask", "--quiet", "--force", f"--output={folder / 'masked.mp4'}", "--", video]
    alone = ["gst-launch-1.0", "-q", "filesrc", f"location={video}", "!", "decodebin", "!", "videoconvert", "!"]
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-an", "-f", "null", "-"]
    commands = {
        "faceanon mask": masked,
        "masking alone": [*alone, "faceanon", "!", "fakesink", "sync=false"],
        "x264 alone": ["ffmpeg", "-nostdin", "-v", "error", "-i", f"file:{video}", *encoder],
    }
    if with_deface:
        import peers

        packages = next(packages for name, _, packages in peers.PEERS if name == "deface")
        python = pathlib.Path(peers.installed(pathlib.Path(os.environ["BENCH_TOOLS"]), "deface", packages))
        commands["deface"] = [python.parent / "deface", "--output", folder / "deface.mp4", video]
    return commands


def timed(command, folder):
    """Wall and processor time, s, and peak memory, MB, of a process and those that it has started."""
    with (folder / "said.log").open("w+b") as log:
        begin = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()
            text = "\n".join(said[-15:])
            raise interleave.Failure(f"{command[0]} ended with status {process.returncode}. It said:\n{text}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def report(about, video, frames, times, folder):
    """The table, and whether what is promised is kept."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg()[:2])
    lines = [f"{about} before, {load} after", "", f"{video.name}: {frames} frames", ""]
    lines += ["| what | s: min, median | frames a second | CPU s | peak memory, MB |", "|---|---|---|---|---|"]
    seconds = {}
    for name, runs in times.items():
        walls = [wall for wall, _, _ in runs]
        seconds[name] = statistics.median(walls)
        processor = statistics.median(processor for _, processor, _ in runs)
        peak = max(peak for _, _, peak in runs)
        lines.append(
            f"| {name} | {min(walls):.2f}, {seconds[name]:.2f} | {frames / seconds[name]:.1f} | {processor:.1f} "
            f"| {peak:.0f} |")
    ratio = seconds["faceanon mask"] / max(seconds["masking alone"], seconds["x264 alone"])
    lines += ["", "| what | measured | promised | |", "|---|---|---|---|"]
    promises = [("time of the slower of masking and x264 alone", ratio, "at most", MOST_OF_SLOWER)]
    if "deface" in seconds:
        speed = seconds["deface"] / seconds["faceanon mask"]
        promises.append(("frames a second of deface", speed, "at least", LEAST_OF_DEFACE))
    missed = 0
    for what, value, word, limit in promises:
        is_kept = value <= limit if word == "at most" else value >= limit
        missed += not is_kept
        lines.append(f"| {what} | {value:.2f} times | {word} {limit:g} | {'' if is_kept else 'missed'} |")
    text = "\n".join(lines)
    (folder / "files.md").write_text(text + "\n")
    print(text)
    interleave.say(f"wrote {folder}/files.md")
    if missed:
        raise interleave.Failure(f"{missed} promises are not kept, see the table")


if __name__ == "__main__":
    interleave.run(main)
