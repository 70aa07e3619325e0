# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Where the faces of clips and pictures are, as files of truth say, and how much of them a mask covers.

A file of truth is JSON beside the clip, or beside the folder of the pictures:
  pictures  [{"file": "folder/a.jpg", "boxes": [[x, y, width, height], ...]}, ...]
  a clip    {"file": "a.mp4", "frames": [{"frame": 0, "boxes": [...], "ids": [...]}, ...]}
Boxes are in px of the picture. Beside "boxes" there may be, one entry a box: "ids" (who it is, from frame to frame),
"ignore" and "invalid" (true: counts neither way); and "unboxed_faces" (true: there are more faces than boxes).
"""

import collections
import dataclasses
import itertools
import json
import math
import pathlib

from pypi import Failure, say

# A face counts as covered when this share of its area is masked.
COVERED = 0.8
# A detection is a face's when their intersection over union reaches this.
SAME_FACE = 0.4
# Boxes of neighbouring frames that overlap so much are one face, where the truth has no ids.
SAME_TRACK = 0.3
# A box of the report is a face's own when it has at most so many times its area: twice the sides.
OWN_BOX = 4
# Frames are counted that are masked by more than this, and that are by more than that without the faces that are there.
HALF = 0.5
TOO_MUCH = 0.6
# Masks are rounded outward to the chroma grid, px.
ROUNDING = 2


@dataclasses.dataclass(frozen=True)
class Face:
    """A box of the truth, px. One that does not count is too small, or is to be ignored."""

    x: float
    y: float
    width: float
    height: float
    counts: bool
    track: object

    def pixels(self, mask):
        """The part of a frame's mask that lies in the box; empty where the box lies outside the frame."""
        height, width = mask.shape
        left, top = max(0, round(self.x)), max(0, round(self.y))
        bottom, right = max(0, round(self.y + self.height)), max(0, round(self.x + self.width))
        return mask[top : min(height, bottom), left : min(width, right)]

    def grown(self, share, pixels=0):
        """The box with a share of its sides, and some pixels, added on each side."""
        x, y = share * self.width + pixels, share * self.height + pixels
        return dataclasses.replace(
            self, x=self.x - x, y=self.y - y, width=self.width + 2 * x, height=self.height + 2 * y
        )


@dataclasses.dataclass(frozen=True)
class Frame:
    """The faces of one frame or picture."""

    faces: tuple
    # There are more faces than these: what else is masked or found may be one.
    has_more: bool


@dataclasses.dataclass(frozen=True)
class TruthSet:
    """A clip, or pictures that belong together. Its frames go by number, pictures by path."""

    name: str
    clip: pathlib.Path | None
    frames: dict

    @property
    def is_free(self):
        """Whether there is no face in any of it, so that whatever is masked is wrong."""
        return not any(frame.faces or frame.has_more for frame in self.frames.values())


def read_folder(folder, minimum):
    """All sets below a folder; faces whose shorter side is under `minimum` px do not count."""
    if not folder.is_dir():
        raise Failure(f"{folder} is not a folder: DATA is one that holds clips or pictures, and files of truth (JSON)")
    sets, others = [], []
    for path in sorted(folder.rglob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Failure(f"{path} cannot be read as JSON: {error}") from error
        try:
            found = _read_set(path, content, minimum)
        except (KeyError, TypeError, ValueError) as error:
            raise Failure(f"{path} is no truth as docs/evaluate.md has it: {type(error).__name__}: {error}") from error
        if found is None:
            others.append(str(path.relative_to(folder)))
        elif not found.frames:
            raise Failure(f"{path} has no frames")
        else:
            sets.append(found)
    if others:
        say(f"left out, since they name no clip and no pictures: {', '.join(others)}")
    if not sets:
        raise Failure(f"there is no truth below {folder}: docs/evaluate.md says what such a file looks like")
    names = [found.name for found in sets]
    for name in names:
        if names.count(name) > 1:
            raise Failure(f"two files of truth below {folder} are called {name}.json: rename one")
    for found in sets:
        for media in [found.clip] if found.clip else found.frames:
            if not media.is_file():
                raise Failure(f"{media} is missing, of which the truth of {found.name} tells")
    return sets


def _read_set(path, content, minimum):
    if isinstance(content, list) and content and all(isinstance(entry, dict) for entry in content):
        frames = {path.parent / entry["file"]: _frame(entry, minimum, entry["file"]) for entry in content}
        return TruthSet(path.stem, None, frames)
    if isinstance(content, dict) and "file" in content and "frames" in content:
        frames = {int(entry["frame"]): _frame(entry, minimum) for entry in content["frames"]}
        if not any("ids" in entry for entry in content["frames"]):
            frames = _linked(frames, content.get("cuts", []))
        return TruthSet(path.stem, path.parent / content["file"], frames)
    return None


def _frame(entry, minimum, picture=None):
    faces = []
    for index, (x, y, width, height, *_) in enumerate(entry["boxes"]):
        if not all(math.isfinite(number) for number in (x, y, width, height)):
            raise ValueError(f"the box {entry['boxes'][index]} has no place")
        ignored = any(bool((entry.get(flag) or {index: 0})[index]) for flag in ("ignore", "invalid"))
        track = (picture, index) if picture else str(entry["ids"][index]) if "ids" in entry else None
        faces.append(Face(x, y, width, height, not ignored and min(width, height) >= minimum, track))
    return Frame(tuple(faces), bool(entry.get("unboxed_faces")))


def _linked(frames, cuts):
    """Gives the faces of a clip without ids tracks: greedily, by how much boxes of neighbouring frames overlap."""
    linked, previous, tracks = {}, (), 0
    for number in sorted(frames):
        if number in cuts or number - 1 not in frames:
            previous = ()
        faces = list(frames[number].faces)
        pairs = sorted(
            ((overlap(old, new)[0], a, b) for a, old in enumerate(previous) for b, new in enumerate(faces)), reverse=True
        )
        taken = set()
        for share, a, b in pairs:
            if share >= SAME_TRACK and previous[a].track not in taken and faces[b].track is None:
                faces[b] = dataclasses.replace(faces[b], track=previous[a].track)
                taken.add(previous[a].track)
        for index, face in enumerate(faces):
            if face.track is None:
                faces[index] = dataclasses.replace(face, track=tracks)
                tracks += 1
        previous = tuple(faces)
        linked[number] = dataclasses.replace(frames[number], faces=previous)
    return linked


def overlap(a, b):
    """Intersection over union, and the share of `a` that `b` takes."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0, 0
    area = a.width * a.height
    return width * height / (area + b.width * b.height - width * height), width * height / area


@dataclasses.dataclass
class Tally:
    """Sums over frames; those of several sets can be added up."""

    frames: int = 0
    # Face-frames, and those of them that are covered.
    faces: int = 0
    covered: int = 0
    # Faces of the truth, each counted once, and those that are covered in no frame.
    tracks: int = 0
    never: int = 0
    # Shares of frames that are masked and no face, summed over so many frames.
    no_face: float = 0.0
    no_face_frames: int = 0
    # Frames of sets without a face, and those of them that are masked anywhere.
    free: int = 0
    free_masked: int = 0
    # What the report says: faces detected, detections that are no face.
    found: int = 0
    false_alarms: int = 0
    # Faces that are covered by one box of the report, which is not much larger than they are.
    own_box: int = 0
    # `no_face` by what masks it: boxes at faces that are there, detections that are no face, and all other boxes.
    at_faces: float = 0.0
    at_false: float = 0.0
    at_held: float = 0.0
    # Frames that are masked by more than half, the largest share, and frames that are by more than TOO_MUCH without the
    # boxes at faces that are there.
    half: int = 0
    largest: float = 0.0
    too_much: int = 0
    # Runs of frames in which a face is open: how many there are of each length, and how many such frames lie at the
    # beginning, in the middle and at the end of a face's life, or are all of it.
    runs: dict = dataclasses.field(default_factory=dict)
    entry: int = 0
    middle: int = 0
    exit: int = 0
    throughout: int = 0

    def __add__(self, other):
        runs = dict(collections.Counter(self.runs) + collections.Counter(other.runs))
        kept = {"runs": runs, "largest": max(self.largest, other.largest)}
        names = [field.name for field in dataclasses.fields(self) if field.name not in kept]
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in names}, **kept)

    def add_mask(self, frame, mask, is_free):
        """Takes a frame's mask in. Returns each counted face with the share of it that is masked."""
        self.frames += 1
        if is_free:
            self.free += 1
            self.free_masked += bool(mask.any())
        shares = []
        rest = mask.copy()
        for face in frame.faces:
            inside = face.pixels(mask)
            if face.counts and inside.size:
                share = float(inside.mean())
                shares.append((face, share))
                self.faces += 1
                self.covered += share >= COVERED
            face.pixels(rest)[:] = False
        if not frame.has_more:
            self.no_face += float(rest.mean())
            self.no_face_frames += 1
        share = float(mask.mean())
        self.half += share > HALF
        self.largest = max(self.largest, share)
        return shares

    def add_boxes(self, frame, mask, boxes, margin):
        """Takes in what the report says of a frame, all that is masked in it: who masks what, and which face has a mask of
        its own. `boxes` are pairs of a Face and whether it was detected in that very frame."""
        for face in frame.faces:
            if face.counts and face.pixels(mask).size:
                self.own_box += any(
                    box.width * box.height <= OWN_BOX * face.width * face.height
                    and overlap(face, box.grown(margin, ROUNDING))[1] >= COVERED
                    for box, _ in boxes
                )
        if frame.has_more:
            return
        rest = mask.copy()
        for face in frame.faces:
            face.pixels(rest)[:] = False
        left = rest.sum()
        shares = []
        is_there = [any(overlap(face, box)[0] >= SAME_FACE for face in frame.faces) for box, _ in boxes]
        for chosen in (is_there, [is_detected for _, is_detected in boxes]):
            for (box, _), is_chosen in zip(boxes, chosen):
                if is_chosen:
                    box.grown(margin, ROUNDING).pixels(rest)[:] = False
            shares.append(float(left - rest.sum()) / rest.size)
            left = rest.sum()
        held = float(left) / rest.size
        self.at_faces += shares[0]
        self.at_false += shares[1]
        self.at_held += held
        self.too_much += shares[1] + held > TOO_MUCH

    def add_lives(self, lives):
        """Takes in, for each face of a clip, the frames in which it counts, in order: their numbers, and whether it is open."""
        for life in lives:
            for is_open, run in itertools.groupby(_steps(life), key=lambda frame: frame[1:]):
                if not is_open[0]:
                    continue
                run = [number for number, *_ in run]
                self.runs[len(run)] = self.runs.get(len(run), 0) + 1
                first, last = run[0] == life[0][0], run[-1] == life[-1][0]
                where = "throughout" if first and last else "entry" if first else "exit" if last else "middle"
                setattr(self, where, getattr(self, where) + len(run))

    def add_detections(self, frame, detections):
        """Takes a frame's detections in, the surest first: each face is found once."""
        found = set()
        for detection in detections:
            candidates = [
                (overlap(face, detection)[0], index)
                for index, face in enumerate(frame.faces)
                if face.counts and index not in found
            ]
            share, index = max(candidates, default=(0, None))
            if share >= SAME_FACE:
                found.add(index)
            elif not frame.has_more and not any(_is_excused(face, detection) for face in frame.faces):
                self.false_alarms += 1
        self.found += len(found)


def _steps(life):
    """The frames of a face's life, and with each how many gaps there were before it: a run does not go on over one."""
    gaps = 0
    for (before, _), (number, is_open) in zip([life[0], *life], life):
        gaps += number - before > 1
        yield number, is_open, gaps


def _is_excused(face, detection):
    """Whether a detection lies on a face that does not count."""
    return not face.counts and (overlap(face, detection)[0] >= 0.2 or overlap(detection, face)[1] >= 0.5)
