#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Runs the element's tests under a checker of memory or threads; `make test-asan` and its like set the environment up.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"

usage() {
    cat <<'END'
usage: run-checked.sh asan|tsan|valgrind [FILTER]

Builds the tests and runs those of the element (or those that FILTER matches) under the address or the thread sanitizer,
or under valgrind, which is much slower and by default runs those of an element's whole life only. First
shows that the checker finds bugs planted on purpose (Tests/ElementTests/PlantedBugs.swift).
Fails if the checker finds anything else, or if a test fails.
END
}

tool=${1-}
filter=${2:-$([[ $tool == valgrind ]] && echo Elements/States/lifetime || echo ElementTests)}
case $tool in
    asan) flags=(--sanitize=address --scratch-path .build-asan) planted=(leak overflow) ;;
    tsan) flags=(--sanitize=thread --scratch-path .build-tsan) planted=(race) ;;
    valgrind) flags=() planted=(leak overflow) ;;
    --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
esac
flags+=(-c release -Xswiftc -DFACEANON_FAULTS)
log=$(mktemp --tmpdir "faceanon-$tool.XXXXXX")
copy=$(mktemp --directory --tmpdir "faceanon-$tool.XXXXXX")
trap 'rm -rf "$log" "$copy"' EXIT

say() { echo "run-checked.sh: $*" >&2; }

say "building the tests for $tool"
swift build "${flags[@]}" --build-tests 2> >(grep -vE 'prohibited flag|__asan_extra_spill_area' >&2)

# Swift's own handler of crashes may hang in a process that a sanitizer ends. The leak check needs whole stacks through
# GLib, which keeps no frame pointers; what the suppressions name is never deeper than this.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=fast_unwind_on_malloc=0:malloc_context_size=12
export LSAN_OPTIONS=suppressions=$root/meson-helper/testing/lsan.supp:print_suppressions=0
export TSAN_OPTIONS=history_size=4:suppressions=$root/meson-helper/testing/tsan.supp:print_suppressions=0

if [[ $tool == valgrind ]]; then
    # Valgrind 3.19 cannot read Swift's debug information and stops at it.
    bundle=$(swift build "${flags[@]}" --show-bin-path 2>/dev/null)/faceanonPackageTests.xctest
    strip --strip-debug -o "$copy/tests" "$bundle"
    # It also writes into the mask that a program hands to sigsuspend, and libdispatch's is constant, in a segment that
    # cannot be written to. In this copy of the library it can.
    dispatch=$(ldd "$copy/tests" | sed -n 's/.*libdispatch\.so => \(.*\) (.*/\1/p')
    /usr/bin/python3 - "$dispatch" "$copy/libdispatch.so" <<'PYTHON'
import struct, sys
elf = bytearray(open(sys.argv[1], "rb").read())
(offset,) = struct.unpack_from("<Q", elf, 32)
size, count = struct.unpack_from("<HH", elf, 54)
for header in range(offset, offset + size * count, size):
    kind, flags = struct.unpack_from("<II", elf, header)
    if kind == 1:  # PT_LOAD
        struct.pack_into("<I", elf, header + 4, flags | 2)  # PF_W
open(sys.argv[2], "wb").write(elf)
PYTHON
    # One thread at a time is all that valgrind runs; nobody is to spin meanwhile.
    processor=$(taskset --cpu-list --pid $$ | sed 's/.*: *\([0-9]*\).*/\1/')
fi

# tests FILTER: runs them under the checker.
tests() {
    if [[ $tool == valgrind ]]; then
        G_SLICE=always-malloc LD_LIBRARY_PATH=$copy taskset --cpu-list "$processor" valgrind --quiet --fair-sched=yes \
            --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
            --show-leak-kinds=definite --num-callers=30 \
            --suppressions=/usr/share/glib-2.0/valgrind/glib.supp --suppressions=meson-helper/testing/valgrind.supp \
            "$copy/tests" --testing-library swift-testing --filter "$1"
    else
        swift test "${flags[@]}" --skip-build --disable-xctest --filter "$1" 2>&1
    fi
}

declare -A report=(
    [asan-leak]='LeakSanitizer: detected memory leaks'
    [asan-overflow]='AddressSanitizer: heap-buffer-overflow'
    [tsan-race]='ThreadSanitizer: (data|Swift access) race'
    [valgrind-leak]='definitely lost'
    [valgrind-overflow]='Invalid read of size 1'
)
for bug in "${planted[@]}"; do
    if FACEANON_PLANT=$bug tests PlantedBugs >"$log" 2>&1 || ! grep -qE "${report[$tool-$bug]}" "$log"; then
        cat "$log" >&2
        say "error: $tool did not find the planted bug '$bug', so its silence about others says nothing"
        exit 1
    fi
    say "$tool finds the planted bug '$bug'"
done

say "running $filter under $tool"
unset FACEANON_PLANT
tests "$filter"
say "$tool has nothing to say"
