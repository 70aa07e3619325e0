#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Checks style: Swift by .swift-format, shell by shellcheck, Python by its compiler.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"

swift format lint --strict --recursive Package.swift Sources Tests
mapfile -t shell < <(git ls-files | xargs grep -lE '^#!.*\b(bash|sh)$' || true)
[ ${#shell[@]} -eq 0 ] || shellcheck -x "${shell[@]}"
mapfile -t python < <(git ls-files | xargs grep -lE '^#!.*python3?$' || true)
[ ${#python[@]} -eq 0 ] || /usr/bin/python3 - "${python[@]}" <<'PYTHON'
import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name, encoding="utf-8").read(), name)
PYTHON
echo "lint: clean"
