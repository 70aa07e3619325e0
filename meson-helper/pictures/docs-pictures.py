#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Makes the pictures of docs/ anew: with the built faceanon, from the two pictures in the public domain.

The screenshot is of the page that `faceanon hls` writes, in Debian's Chromium.
"""

import argparse
import contextlib
import functools
import http.server
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

from PIL import Image

from docs_diagrams import DRAWINGS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "test-data"
SIDE = 360
GAP = 8
LARGEST = 60_000
WAIT = 60


class Failure(Exception):
    """What a user has to be told."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web server that does not tell of each request."""

    def log_message(self, *_):
        pass


def run(*command, **more):
    """Runs a command; what it says is shown only where it fails."""
    outcome = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)
    if outcome.returncode != 0:
        raise Failure(f"{command[0]} failed with {outcome.returncode}:\n{outcome.stdout}{outcome.stderr}")


def masked(work, *options):
    """The two pictures and what faceanon mask makes of them: (before, after) each."""
    before, after = work / "before", work / "after"
    before.mkdir(exist_ok=True)
    names = ("astronaut.png", "grace_hopper.jpg")
    for name in names:
        shutil.copy(PICTURES / name, before / name)
    run(ROOT / "build/faceanon", "mask", "--quiet", "--force", *options, "--output-dir", after, before)
    return [(Image.open(before / name).convert("RGB"), Image.open(after / name).convert("RGB")) for name in names]


def square(picture):
    """Its upper part as a square, small."""
    side = min(picture.size)
    return picture.crop((0, 0, side, side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def row(pictures):
    """Pictures of one size side by side."""
    width, height = pictures[0].size
    sheet = Image.new("RGB", (len(pictures) * (width + GAP) - GAP, height), "white")
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number * (width + GAP), 0))
    return sheet


def save(picture, path):
    """As JPEG, no larger than what a page may have."""
    for quality in range(88, 40, -4):
        picture.save(path, quality=quality, optimize=True)
        if path.stat().st_size <= LARGEST:
            return
    raise Failure(f"{path} is larger than {LARGEST} bytes at any quality")


def screenshot(work, path):
    """The page of `faceanon hls` in a browser, with a video of one picture for a camera."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        raise Failure("there is no chromium: apt-get install chromium")
    video, folder = work / "camera.mp4", work / "web"
    folder.mkdir()
    run(
        *("ffmpeg -nostdin -v error -y -loop 1 -framerate 15 -t 60 -i".split()), PICTURES / "astronaut.png",
        *("-vf scale=480:480,pad=854:480:187:0:color=0x20242a -pix_fmt yuv420p -c:v libx264 -preset ultrafast".split()),
        video,
    )
    stream = subprocess.Popen(
        [str(ROOT / "build/faceanon"), "hls", "--segment", "1", str(video), str(folder)],
        stderr=subprocess.PIPE, text=True,
    )
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for line in stream.stderr:
            # Enough segments for a browser to begin with.
            if "playing: " in line and "frames" in line and int(line.split("playing: ")[1].split()[0]) > 100:
                break
        else:
            raise Failure("faceanon hls ended")
        threading.Thread(target=stream.stderr.read, daemon=True).start()
        page = work / "page.png"
        run(
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required",
            f"--user-data-dir={work / 'profile'}", "--window-size=854,480", "--hide-scrollbars", "--timeout=12000",
            f"--screenshot={page}", f"http://127.0.0.1:{server.server_port}/", timeout=WAIT,
        )
        shown = Image.open(page).convert("RGB")
        save(shown.resize((760, 760 * shown.height // shown.width), Image.Resampling.LANCZOS), path)
    finally:
        server.shutdown()
        stream.send_signal(signal.SIGINT)
        stream.wait(timeout=WAIT)


def make(out, work):
    """All of them."""
    for name, draw in DRAWINGS.items():
        (out / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")
    pairs = masked(work)
    save(row([square(picture) for picture in pairs[0]]), out / "camera-to-screen.jpg")
    pairs = masked(work, "--mask", "fill", "--element", "shape=ellipse")
    save(row([square(pairs[i][j]).resize((240, 240)) for i, j in ((0, 0), (0, 1), (1, 0), (1, 1))]), out / "folders.jpg")
    # Of the demo's own sheet: frames of a moving picture before and after.
    run(ROOT / "pipelines/demo", cwd=ROOT)
    sheet = Image.open(ROOT / "build/demo/before-after.png").convert("RGB")
    save(sheet.resize((960, 960 * sheet.height // sheet.width), Image.Resampling.LANCZOS), out / "files.jpg")
    screenshot(work, out / "web-page.jpg")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="FOLDER", type=pathlib.Path, help="where they go: docs")
    out = parser.parse_args().out
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as work:
        try:
            make(out, pathlib.Path(work))
        except (Failure, OSError, subprocess.TimeoutExpired) as error:
            sys.exit(f"docs-pictures.py: {error}")


if __name__ == "__main__":
    main()
