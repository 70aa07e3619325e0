#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Is there a Swift that can start, and is it new enough? Exit status: 0 yes; 3 if it cannot start because libraries are
# missing, which it names with Debian's package for each; 1 if it has to be installed.
set -euo pipefail

fail() {
    echo "check-swift.sh: error: $2" >&2
    exit "$1"
}

# The version that Package.swift asks for is the one home of that number.
needed=$(sed --quiet 's|^// swift-tools-version: *||p' "$(dirname "$0")/../../Package.swift")
how="install Swift $needed or later for Debian 12 (\"Install Swift\" on swift.org) and put it on PATH"
program=$(command -v swift) || fail 1 "there is no swift on PATH: $how"
said=$("$program" --version 2>&1) || true

# The loader names one library, and ldd all of them. Each of these programs is linked with others.
libraries() {
    sed --quiet 's/.*error while loading shared libraries: \([^:]*\):.*/\1/p' <<<"$said"
    local folder
    folder=$(dirname "$(readlink -f "$program")")
    ldd "$folder"/{swift,swift-build,lld} 2>/dev/null | sed --quiet 's/^[[:space:]]*\(.*\) => not found$/\1/p' || true
}

package_of() {
    case $1 in
        libncurses.so.6) echo libncurses6 ;;
        libtinfo.so.6) echo libtinfo6 ;;
        libcurl.so.4) echo libcurl4 ;;
        libxml2.so.2) echo libxml2 ;;
        libsqlite3.so.0) echo libsqlite3-0 ;;
        libz.so.1) echo zlib1g ;;
        *) echo "look for it on packages.debian.org" ;;
    esac
}

mapfile -t missing < <(libraries | sort --unique)
if ((${#missing[@]} > 0)); then
    fail 3 "$program cannot start, because libraries are missing:
$(for library in "${missing[@]}"; do echo "    $library (Debian: $(package_of "$library"))"; done)"
fi
found=$(sed --quiet 's/.*Swift version \([0-9.]*\).*/\1/p' <<<"$said" | head --lines=1)
[[ -n $found ]] || fail 1 "$program does not tell its version, but says: ${said:-nothing}
    $how"
[[ $(printf '%s\n' "$needed" "$found" | sort --version-sort | head --lines=1) == "$needed" ]] \
    || fail 1 "Swift $found is too old: $how"
