# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""A picture of the faces that were masked least, for looking at."""

import dataclasses
import io
import itertools

from PIL import Image, ImageDraw

from face_truth import COVERED
from pypi import put_in_place

CELL = 160
CAPTION = 36
COLUMNS = 10
CELLS = 100
# What is shown round a face, as a share of its sides on each side.
AROUND = 0.6


@dataclasses.dataclass
class Leak:
    """A face of the truth that was open: where it was most so, and how often."""

    open_area: float = 0
    picture: Image.Image | None = None
    place: str = ""
    size: str = ""
    share: float = 0
    frames: int = 0
    open_frames: int = 0


class Leaks:
    """The leaks of a set, by face."""

    def __init__(self, name):
        self.name = name
        self.by_track = {}

    def add(self, face, share, pixels, place):
        """Takes a face of a frame in, with the share of it that is masked."""
        leak = self.by_track.setdefault(face.track, Leak())
        leak.frames += 1
        if share >= COVERED:
            return
        leak.open_frames += 1
        open_area = (1 - share) * face.width * face.height
        if open_area > leak.open_area:
            leak.open_area, leak.share, leak.place = open_area, share, f"{self.name} {place}"
            leak.size = f"{face.width:.0f}x{face.height:.0f}"
            leak.picture = _cell(face, pixels)

    def worst(self):
        """The largest open faces, the largest first."""
        leaks = [leak for leak in self.by_track.values() if leak.open_frames]
        return sorted(leaks, key=lambda leak: -leak.open_area)[:CELLS]


def _cell(face, pixels):
    """A face and what is round it, as it came out, with the box of the truth."""
    height, width, _ = pixels.shape
    left, top = max(0, face.x - AROUND * face.width), max(0, face.y - AROUND * face.height)
    right = min(width, face.x + (1 + AROUND) * face.width)
    bottom = min(height, face.y + (1 + AROUND) * face.height)
    part = Image.fromarray(pixels[int(top) : int(bottom) + 1, int(left) : int(right) + 1, :3])
    scale = min(CELL / part.width, CELL / part.height)
    part = part.resize((max(1, int(part.width * scale)), max(1, int(part.height * scale))))
    corners = [
        ((x - int(left)) * scale, (y - int(top)) * scale)
        for x, y in ((face.x, face.y), (face.x + face.width, face.y + face.height))
    ]
    ImageDraw.Draw(part).rectangle(corners, outline=(255, 255, 0))
    return part


def write_sheet(path, leaks_of_sets):
    """Writes the worst leaks, one of each set in turn, so that no set hides another."""
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(*leaks_of_sets))
    leaks = [leak for leak in in_turn if leak][:CELLS]
    rows = max(1, -(-len(leaks) // COLUMNS))
    sheet = Image.new("RGB", (COLUMNS * CELL, rows * (CELL + CAPTION)), (32, 32, 32))
    draw = ImageDraw.Draw(sheet)
    if not leaks:
        draw.text((4, 4), "no face leaked", fill=(255, 255, 255))
    for index, leak in enumerate(leaks):
        x, y = index % COLUMNS * CELL, index // COLUMNS * (CELL + CAPTION)
        sheet.paste(leak.picture, (x, y))
        facts = f"{leak.size}, {leak.share:.0%} masked"
        often = f"open {leak.open_frames} of {leak.frames}"
        draw.text((x + 2, y + CELL), f"{leak.place[-26:]}\n{facts}\n{often}", fill=(255, 255, 255), spacing=0)
    data = io.BytesIO()
    sheet.save(data, format="PNG")
    put_in_place(path, data.getvalue())
