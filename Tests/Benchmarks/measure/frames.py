#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Composes the frames that are measured: two pictures in the public domain, at places and sizes that are known.

A clip is FRAMES frames of one size with a number of faces, raw I420, in which the faces sway by a few pixels. With each
goes a JSON file of the same name: where the faces are, px. What is there already is left alone.
"""

import argparse
import json
import pathlib

import numpy
from PIL import Image, ImageDraw, ImageFilter

SIZES = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160))
FACES = (0, 1, 6, 18)
FRAMES = 4

# A picture, the part of it with the whole head, and the face in the picture: x1, y1, x2, y2.
HEADS = (
    ("astronaut.png", (130, 0, 320, 240), (180.6, 58.7, 266.6, 173.3)),
    ("grace_hopper.jpg", (100, 20, 430, 420), (177.0, 110.4, 353.4, 337.3)),
)
# Without a face, but with edges: the astronaut's suit, at 720 rows three times its size and a little out of focus. Then
# about 80 windows of it look like a face to P-Net, as in an ordinary room.
BACKGROUND = ("astronaut.png", (0, 290, 512, 512))
SCALE, BLUR = 3, 1.5

# Columns and rows of the grid on which the faces stand, and their height as a share of the frame's.
GRIDS = {1: (1, 1, 0.28), 6: (3, 2, 0.2), 18: (6, 3, 0.13)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", metavar="PICTURES", type=pathlib.Path, help="folder of make pictures")
    parser.add_argument("outdir", metavar="OUTDIR", type=pathlib.Path, help="where the clips go; made if missing")
    arguments = parser.parse_args()
    arguments.outdir.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES:
        for faces in FACES:
            clip = path(arguments.outdir, width, height, faces)
            if not clip.with_suffix(".json").exists():
                compose(arguments.pictures, clip, width, height, faces)


def path(folder, width, height, faces):
    return folder / f"{width}x{height}-{faces}.i420"


def compose(pictures, clip, width, height, faces):
    background = tiled(pictures, width, height)
    frames, truth = [], []
    for index in range(FRAMES):
        frame, boxes = background.copy(), []
        for face in range(faces):
            boxes.append(paste(pictures, frame, index, face, faces))
        frames.append(i420(numpy.asarray(frame)))
        truth.append(boxes)
    clip.write_bytes(b"".join(frames))
    # Last, so that a run that is cut short composes anew.
    clip.with_suffix(".json").write_text(json.dumps({"width": width, "height": height, "faces": truth}) + "\n")


def tiled(pictures, width, height):
    """The background, mirrored at its edges, so that none shows."""
    name, part = BACKGROUND
    tile = Image.open(pictures / name).convert("RGB").crop(part)
    scale = SCALE * height / 720
    tile = tile.resize((int(tile.width * scale), int(tile.height * scale)), Image.LANCZOS)
    tile = numpy.asarray(tile.filter(ImageFilter.GaussianBlur(BLUR * height / 720)))
    row = numpy.concatenate([tile, tile[:, ::-1]], axis=1)
    block = numpy.concatenate([row, row[::-1]], axis=0)
    rows, columns = numpy.arange(height) % block.shape[0], numpy.arange(width) % block.shape[1]
    return Image.fromarray(block[rows][:, columns])


def paste(pictures, frame, index, face, faces):
    """Puts one head into the frame and tells where its face is."""
    name, part, box = HEADS[face % len(HEADS)]
    columns, rows, share = GRIDS[faces]
    column, row = face % columns, face // columns
    # Not all of one size: every other level of the pyramid has some.
    side = share * (1, 0.82, 0.9)[face % 3]
    scale = side * frame.height / (box[3] - box[1])
    head = Image.open(pictures / name).convert("RGB").crop(part)
    size = (round(head.width * scale), round(head.height * scale))
    head = head.resize(size, Image.LANCZOS)
    soft = Image.new("L", size, 0)
    edge = max(2, round(0.06 * size[0]))
    ImageDraw.Draw(soft).rectangle((edge, edge, size[0] - edge, size[1] - edge), fill=255)
    soft = soft.filter(ImageFilter.GaussianBlur(edge / 2))
    sway = (index if index < FRAMES / 2 else FRAMES - index) * max(1, frame.height // 360)
    left = round((column + 0.5) * frame.width / columns - size[0] / 2) + sway
    top = round((row + 0.5) * frame.height / rows - size[1] / 2)
    frame.paste(head, (left, top), soft)
    x1, y1, x2, y2 = box
    place = ((x1 - part[0]) * scale + left, (y1 - part[1]) * scale + top, (x2 - x1) * scale, (y2 - y1) * scale)
    return [round(value, 1) for value in place]


def i420(rgb):
    """Limited range; BT.709 from 720 rows on and BT.601 below, as GStreamer takes it without a word in the caps."""
    red, blue = (0.2126, 0.0722) if rgb.shape[0] >= 720 else (0.299, 0.114)
    r, g, b = (rgb[..., channel].astype(numpy.float32) for channel in range(3))
    luma = red * r + (1 - red - blue) * g + blue * b
    u = (b - luma) / (2 * (1 - blue)) * (224 / 255) + 128
    v = (r - luma) / (2 * (1 - red)) * (224 / 255) + 128

    def halved(plane):
        return (plane[0::2, 0::2] + plane[0::2, 1::2] + plane[1::2, 0::2] + plane[1::2, 1::2]) / 4

    planes = (luma * (219 / 255) + 16, halved(u), halved(v))
    return b"".join(numpy.clip(plane + 0.5, 0, 255).astype(numpy.uint8).tobytes() for plane in planes)


if __name__ == "__main__":
    main()
