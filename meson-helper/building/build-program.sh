#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Builds the program faceanon as it is shipped and copies it to OUTDIR: optimised, with Swift's runtime inside, so
# that no toolchain is needed where it runs. `make build` and the Debian package both build through this script.
set -euo pipefail

if [ $# -lt 1 ] || [ "$1" = --help ]; then
    echo "Usage: $0 OUTDIR [SCRATCH_DIR]"
    echo "Builds faceanon into OUTDIR. Build files are kept in SCRATCH_DIR (.build-program)."
    [ "${1:-}" = --help ] && exit 0 || exit 2
fi
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
scratch=${2:-$root/.build-program}

build=(swift build --package-path "$root" --scratch-path "$scratch" -c release)
built=$("${build[@]}" --show-bin-path 2>/dev/null)/faceanon

# SwiftPM does not follow the headers of system libraries: after a change in one, what imports it is built anew.
borders=("$root"/Sources/{CFiles,CGstStream,CLibAV,CPictures})
if [ -e "$built" ] && [ -n "$(find "${borders[@]}" -newer "$built" -print -quit)" ]; then
    # Only what was compiled: SwiftPM writes the lists beside it anew only where the package has changed.
    rm -f "$(dirname "$built")"/{GstCallbacks,FaceAnonProgram}.build/*.o
fi

# The parts of Foundation that are not used are left out by the linker.
"${build[@]}" --product faceanon --static-swift-stdlib --disable-local-rpath \
    -Xswiftc -use-ld=lld -Xlinker --gc-sections -Xlinker --as-needed \
    2> >(grep -v 'prohibited flag' >&2)

# Replaced, not written over: a process that runs the old file keeps it.
strip -o "$out/.faceanon.$$" "$built"
mv "$out/.faceanon.$$" "$out/faceanon"
echo "built $out/faceanon"
