#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Builds libgstfaceanon.so as it is shipped and copies it to OUTDIR: optimised, with Swift's runtime inside, so that no
# toolchain is needed where it runs. `make build`, meson and the Debian package all build through this script.
set -euo pipefail

if [ $# -lt 1 ] || [ "$1" = --help ]; then
    echo "Usage: $0 OUTDIR [SCRATCH_DIR [DEPFILE]]"
    echo "Builds libgstfaceanon.so into OUTDIR. Build files are kept in SCRATCH_DIR (.build-plugin). DEPFILE is written for"
    echo "make or ninja: all that the plugin is made of."
    [ "${1:-}" = --help ] && exit 0 || exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
mkdir -p "$1"
out=$(cd "$1" && pwd)
scratch=${2:-$root/.build-plugin}
depfile=${3:-}

bin_path() {
    swift build --package-path "$root" --scratch-path "$scratch" -c release --show-bin-path 2>/dev/null
}

# SwiftPM does not follow the headers of system libraries: after a change in one, everything is built anew.
built=$(bin_path)/libgstfaceanon.so
if [ -e "$built" ] && [ -n "$(find "$root"/Sources/C{GStreamer,Platform} -newer "$built" -print -quit)" ]; then
    rm -rf "$(dirname "$built")"
fi

# -static-stdlib has to be given to the compiler as well (--static-swift-stdlib is ignored for libraries). `-z defs` makes
# a missing symbol an error here rather than in somebody's pipeline; nodelete, since GLib keeps types for ever.
swift build --package-path "$root" --scratch-path "$scratch" -c release --product gstfaceanon \
    --disable-local-rpath \
    -Xswiftc -static-stdlib -Xswiftc -use-ld=lld \
    -Xlinker "--version-script=$here/gstfaceanon.map" \
    -Xlinker -z -Xlinker defs -Xlinker -z -Xlinker nodelete \
    -Xlinker --gc-sections -Xlinker --as-needed \
    2> >(grep -v 'prohibited flag' >&2)

# Replaced, not written over: a process that has the old file mapped keeps it.
strip --strip-unneeded -o "$out/.libgstfaceanon.so.$$" "$built"
chmod 755 "$out/.libgstfaceanon.so.$$"
mv "$out/.libgstfaceanon.so.$$" "$out/libgstfaceanon.so"

# Folders are in it too: a file that comes or goes changes its folder's time.
if [ -n "$depfile" ]; then
    {
        echo "libgstfaceanon.so: \\"
        find "$root"/{Package.swift,Sources} "$here"/{build-plugin.sh,gstfaceanon.map} | sed 's/[ #]/\\&/g; s/$/ \\/'
        echo
    } > "$depfile"
fi
echo "built $out/libgstfaceanon.so"
