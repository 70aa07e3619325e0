#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Installs what `make build` has built, by meson, below PREFIX, or below $DESTDIR/PREFIX.

Nothing is built here: under sudo Swift is often out of reach, and what root builds nobody else can build on. The models
lie in share/faceanon/models, and a link beside the plugin leads there: it finds them wherever PREFIX is.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "build/libgstfaceanon.so"
PROGRAM = ROOT / "build/faceanon"
MODELS = ROOT / "build/faceanon-models"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uninstall", action="store_true", help="take all of it away")
    parser.add_argument("prefix", metavar="PREFIX", help="such as /usr/local")
    arguments = parser.parse_args()
    if not arguments.prefix:
        parser.error("PREFIX is empty")
    prefix = os.path.abspath(arguments.prefix)
    destination = os.environ.get("DESTDIR")
    destination = os.path.abspath(destination) if destination else ""

    # Below the prefix as Debian's GStreamer has it below /usr. In the user's own folder GStreamer looks elsewhere.
    system = variable("pluginsdir")
    plugins = system.removeprefix(variable("prefix") + "/")
    own = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    if own == f"{prefix}/share":
        plugins = "share/gstreamer-1.0/plugins"
    options = [f"--prefix={prefix}", f"-Dpluginsdir={plugins}"]
    if PROGRAM.exists():
        options.append(f"-Dprogram={PROGRAM}")

    with tempfile.TemporaryDirectory(prefix="faceanon-install.") as folder:
        build = os.path.join(folder, "build")
        if arguments.uninstall:
            quietly("meson", "setup", build, ROOT / "meson-helper", *options)
            uninstall(build, destination, prefix, plugins)
            return
        if not PLUGIN.exists():
            fail(f"there is no {PLUGIN}: run 'make build' first")
        if any(newer_than(PLUGIN)):
            print(f"install.py: note: the sources have changed since {PLUGIN} was built", file=sys.stderr)
        options += [f"-Dplugin={PLUGIN}", f"-Dmodels={MODELS}"]
        quietly("meson", "setup", build, ROOT / "meson-helper", *options)
        quietly("meson", "install", "-C", build, DESTDIR=destination)
    plugin = f"{prefix}/{plugins}/{PLUGIN.name}"
    print(f"plugin: {destination}{plugin}")
    print(f"models: {destination}{prefix}/share/faceanon/models")
    if PROGRAM.exists():
        print(f"program: {destination}{prefix}/bin/faceanon", flush=True)
    if not destination:
        check(plugin, is_found=os.path.dirname(plugin) == system or own == f"{prefix}/share")


def check(plugin, is_found):
    """Does it work where it is, and does GStreamer find it there?"""
    checked = subprocess.run([ROOT / "meson-helper/building/check-plugin.sh", "masks", plugin], check=False)
    if checked.returncode != 0:
        sys.exit(checked.returncode)
    if is_found:
        print("GStreamer finds it by itself.")
    else:
        print("GStreamer does not look there by itself. Put this line into ~/.profile:")
        print(f'export GST_PLUGIN_PATH="{os.path.dirname(plugin)}${{GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}}"')


def uninstall(build, destination, prefix, plugins):
    """Takes away all that meson would install, and then the folders that are ours alone."""
    installed = json.loads(quietly("meson", "introspect", "--installed", build)).values()
    for path in (*installed, f"{prefix}/{plugins}/faceanon-models", f"{prefix}/bin/faceanon"):
        pathlib.Path(destination + path).unlink(missing_ok=True)
    models = pathlib.Path(f"{destination}{prefix}/share/faceanon/models")
    for folder in (models, models.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    print(f"uninstalled {destination}{prefix}/{plugins}/{PLUGIN.name} and its models")


def newer_than(built):
    """The sources that have changed since."""
    time = built.stat().st_mtime
    sources = (ROOT / "Package.swift", *(ROOT / "Sources").rglob("*"))
    return (path for path in sources if path.stat().st_mtime > time)


def variable(name):
    answer = subprocess.run(
        ["pkg-config", f"--variable={name}", "gstreamer-1.0"], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        fail("there is no gstreamer-1.0.pc: run 'make build' first")
    return answer.stdout.strip()


def quietly(*command, **environment):
    """Runs a command, and shows what it says only if it fails. Nobody is asked for a password in the middle of it."""
    outcome = subprocess.run(
        [str(word) for word in command], env=os.environ | environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False)
    if outcome.returncode != 0:
        print(outcome.stdout, outcome.stderr, file=sys.stderr)
        fail(f"this failed: {' '.join(str(word) for word in command)}")
    return outcome.stdout


def fail(text):
    sys.exit(f"install.py: {text}")


if __name__ == "__main__":
    main()
