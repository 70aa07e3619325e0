#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Writes the manual page of faceanon from what the program says of itself (--experimental-dump-help)."""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", metavar="PROGRAM", help="the built faceanon")
    parser.add_argument("version", metavar="VERSION", help="of the package, for the foot of the page")
    arguments = parser.parse_args()
    dump = subprocess.run([arguments.program, "--experimental-dump-help"], capture_output=True, text=True, check=False)
    if dump.returncode != 0:
        sys.exit(f"man-page.py: {arguments.program} does not describe itself: {dump.stderr.strip()}")
    print("\n".join(page(json.loads(dump.stdout)["command"], arguments.version)))


def page(command, version):
    name = command["commandName"]
    # The same package gives the same page, whenever it is built.
    time = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    yield f'.TH {name.upper()} 1 "{time:%Y-%m-%d}" "faceanon {version}" "User Commands"'
    yield ".SH NAME"
    yield f"{plain(name)} \\- {plain(command['abstract'].rstrip('.'))}"
    yield ".SH SYNOPSIS"
    subcommands = [each for each in command["subcommands"] if each["commandName"] != "help"]
    for subcommand in subcommands:
        yield from [".br"] * (subcommand is not subcommands[0])
        yield " ".join([bold(name), bold(subcommand["commandName"]), "[options]", *map(positional, values(subcommand))])
    yield ".SH DESCRIPTION"
    yield from paragraphs(command.get("discussion") or command["abstract"])
    for subcommand in subcommands:
        yield f".SH {plain(subcommand['commandName'].upper())}"
        yield from paragraphs(subcommand["abstract"])
        yield from paragraphs(subcommand.get("discussion", ""))
        section = None
        for argument in subcommand["arguments"]:
            if not argument["shouldDisplay"] or argument["valueName"] in ("help", "version"):
                continue
            if argument.get("sectionTitle") != section:
                section = argument.get("sectionTitle")
                yield f".SS {plain(section.capitalize())}" if section else ".PP"
            yield from entry(argument)
    yield ".SH SEE ALSO"
    yield ".BR gst\\-inspect\\-1.0 (1)"
    yield "for the settings of the element faceanon."


def values(command):
    return [argument for argument in command["arguments"] if argument["kind"] == "positional"]


def positional(argument):
    text = italic(argument["valueName"]) + ("..." if argument["isRepeating"] else "")
    return f"[{text}]" if argument["isOptional"] else text


def entry(argument):
    """One argument, with what it means."""
    yield ".TP"
    if argument["kind"] == "positional":
        yield positional(argument)
    else:
        names = [("-" if each["kind"] == "short" else "--") + each["name"] for each in argument["names"]]
        value = " " + italic(argument["valueName"]) if argument["kind"] == "option" else ""
        yield ", ".join(map(bold, names)) + value
    text = " ".join(filter(None, [argument.get("abstract", ""), argument.get("discussion", "")]))
    details = []
    if argument.get("allValues"):
        details.append("values: " + ", ".join(argument["allValues"]))
    if argument.get("defaultValue"):
        details.append("default: " + argument["defaultValue"])
    yield plain(text + (f" ({'; '.join(details)})" if details else ""))


def paragraphs(text):
    for paragraph in filter(None, text.split("\n\n")):
        yield ".PP"
        yield plain(paragraph.replace("\n", " "))


def plain(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return re.sub(r"^([.'])", r"\\&\1", text)


def bold(text):
    return f"\\fB{plain(text)}\\fR"


def italic(text):
    return f"\\fI{plain(text)}\\fR"


if __name__ == "__main__":
    main()
