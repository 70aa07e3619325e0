#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Runs the tests; `make test` sets the environment up. An argument limits them to the names it matches.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"

# Optimised: the cascade is twenty times slower in a debug build. Swift's own checks stay on.
echo "building the tests" >&2
swift build -c release -Xswiftc -DFACEANON_FAULTS --build-tests 2> >(grep -v 'prohibited flag' >&2)

run() {
    swift test -c release -Xswiftc -DFACEANON_FAULTS --skip-build "$@"
}
if [ $# -gt 0 ] && [ -n "$1" ]; then
    run --filter "$1"
    exit
fi

# Each part in a process of its own. Tests that end a process of theirs (those of the models) wait for any child, and would
# turn for ever round one that others have started and not yet waited for; programs that play in time want no other tests
# beside them; and the program's tests load the plugin, whose element would stand in for that of the element's tests.
models='^UnitTests\.Model(Files|Directory)Tests/'
outside='^PipelineTests\.'
program='^ProgramTests\.'
status=0
part() {
    local start=$SECONDS name=$1
    shift
    run "$@" || status=$?
    echo "$name: $((SECONDS - start)) s" >&2
}
part 'models' --filter "$models"
part 'units and element' --skip "$models" --skip "$outside" --skip "$program"
part 'program' --filter "$program"
part 'from outside' --filter "$outside"
exit "$status"
