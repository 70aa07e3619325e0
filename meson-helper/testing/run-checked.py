#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Runs the element's tests under a checker of memory or threads; `make test-asan` and its like set the environment up.

Builds the tests and runs those of the element (or those that FILTER matches) under the address or the thread sanitizer,
or under valgrind, which is much slower and by default runs those of an element's whole life only. First shows that the
checker finds bugs planted on purpose (Tests/ElementTests/PlantedBugs.swift). Fails if the checker finds anything else, or
if a test fails.
"""

import argparse
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
FLAGS = ["-c", "release", "-Xswiftc", "-DFACEANON_FAULTS"]
TOOLS = {
    "asan": ["--sanitize=address", "--scratch-path", ".build-asan"],
    "tsan": ["--sanitize=thread", "--scratch-path", ".build-tsan"],
    "valgrind": [],
}
# What each checker says of each planted bug.
PLANTED = {
    "asan": {
        "leak": "LeakSanitizer: detected memory leaks",
        "overflow": "AddressSanitizer: heap-buffer-overflow",
    },
    "tsan": {"race": "ThreadSanitizer: (data|Swift access) race"},
    "valgrind": {"leak": "definitely lost", "overflow": "Invalid read of size 1"},
}
# Swift's own handler of crashes may hang in a process that a sanitizer ends. The leak check needs whole stacks through
# GLib, which keeps no frame pointers; what the suppressions name is never deeper than this.
ENVIRONMENT = {
    "SWIFT_BACKTRACE": "enable=no",
    "ASAN_OPTIONS": "fast_unwind_on_malloc=0:malloc_context_size=12",
    "LSAN_OPTIONS": f"suppressions={HERE / 'lsan.supp'}:print_suppressions=0",
    "TSAN_OPTIONS": f"history_size=4:suppressions={HERE / 'tsan.supp'}:print_suppressions=0",
}
NOISE = re.compile("prohibited flag|__asan_extra_spill_area")


def say(text):
    print(f"run-checked.py: {text}", file=sys.stderr, flush=True)


def build(flags):
    """Builds the tests; what the compiler says of flags that we know of is left out."""
    process = subprocess.Popen(
        ["swift", "build", *flags, "--build-tests"], stderr=subprocess.PIPE, text=True, errors="replace")
    for line in process.stderr:
        if not NOISE.search(line):
            sys.stderr.write(line)
    if process.wait() != 0:
        sys.exit(process.returncode)


def valgrind_command(flags, copy):
    """The command that runs the tests under valgrind, of a copy that valgrind 3.19 can read."""
    where = subprocess.run(
        ["swift", "build", *flags, "--show-bin-path"], capture_output=True, text=True, check=True).stdout.strip()
    # It cannot read Swift's debug information and stops at it.
    tests = copy / "tests"
    subprocess.run(["strip", "--strip-debug", "-o", tests, f"{where}/faceanonPackageTests.xctest"], check=True)
    # It also writes into the mask that a program hands to sigsuspend, and libdispatch's is constant, in a segment that
    # cannot be written to. In this copy of the library it can.
    libraries = subprocess.run(["ldd", tests], capture_output=True, text=True, check=True).stdout
    dispatch = re.search(r"libdispatch\.so => (.*) \(", libraries).group(1)
    (copy / "libdispatch.so").write_bytes(with_writable_segments(pathlib.Path(dispatch).read_bytes()))
    # One thread at a time is all that valgrind runs; nobody is to spin meanwhile.
    processor = max(os.sched_getaffinity(0))
    return [
        "taskset", "--cpu-list", str(processor), "valgrind", "--quiet", "--fair-sched=yes", "--error-exitcode=9",
        "--leak-check=full", "--errors-for-leak-kinds=definite", "--show-leak-kinds=definite", "--num-callers=30",
        "--suppressions=/usr/share/glib-2.0/valgrind/glib.supp", f"--suppressions={HERE / 'valgrind.supp'}",
        str(tests), "--testing-library", "swift-testing", "--filter",
    ]


def with_writable_segments(data):
    """An ELF file whose segments (PT_LOAD) can all be written to (PF_W)."""
    elf = bytearray(data)
    (offset,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    for header in range(offset, offset + size * count, size):
        kind, flags = struct.unpack_from("<II", elf, header)
        if kind == 1:
            struct.pack_into("<I", elf, header + 4, flags | 2)
    return elf


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("filter", metavar="FILTER", nargs="?", default="", help="a regular expression")
    arguments = parser.parse_args()
    tool = arguments.tool
    chosen = arguments.filter or ("Elements/States/lifetime" if tool == "valgrind" else "ElementTests")
    flags = [*TOOLS[tool], *FLAGS]
    os.chdir(ROOT)
    say(f"building the tests for {tool}")
    build(flags)
    environment = os.environ | ENVIRONMENT
    with tempfile.TemporaryDirectory(prefix=f"faceanon-{tool}.") as folder:
        if tool == "valgrind":
            tests = valgrind_command(flags, pathlib.Path(folder))
            environment |= {"G_SLICE": "always-malloc", "LD_LIBRARY_PATH": folder}
        else:
            tests = ["swift", "test", *flags, "--skip-build", "--disable-xctest", "--filter"]
        for bug, words in PLANTED[tool].items():
            outcome = subprocess.run(
                [*tests, "PlantedBugs"], env=environment | {"FACEANON_PLANT": bug}, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
            if outcome.returncode == 0 or not re.search(words, outcome.stdout):
                print(outcome.stdout, file=sys.stderr)
                say(f"error: {tool} did not find the planted bug '{bug}', so its silence about others says nothing")
                sys.exit(1)
            say(f"{tool} finds the planted bug '{bug}'")
        say(f"running {chosen} under {tool}")
        environment.pop("FACEANON_PLANT", None)
        status = subprocess.run([*tests, chosen], env=environment, check=False).returncode
    if status != 0:
        sys.exit(status if status > 0 else 1)
    say(f"{tool} has nothing to say")


if __name__ == "__main__":
    main()
