#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Builds the Debian packages. All that comes from a network is in place before dpkg-buildpackage starts.
set -euo pipefail

usage() {
    cat <<'END'
usage: build-deb.sh OUTDIR MODELS

Builds the Debian packages of faceanon into OUTDIR, with the models of the folder MODELS (fetch-models.py makes it).
The tree they are built in is .build-deb in the checkout; it stays if the build fails.
END
}

say() { echo "build-deb.sh: $*" >&2; }
fail() {
    say "error: $*"
    exit 1
}

if [[ ${1-} == --help ]]; then
    usage
    exit
elif (($# != 2)); then
    usage >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
mkdir -p "$1"
out=$(cd "$1" && pwd)
models=$(cd "$2" && pwd)
command -v dpkg-buildpackage >/dev/null || fail "there is no dpkg-buildpackage: run meson-helper/setup/setup.sh deb"

version=$(dpkg-parsechangelog --file "$here/debian/changelog" --show-field Version)
own=$(sed -n 's/.*static let version = "\(.*\)"/\1/p' "$root/Sources/GstFaceAnon/Plugin.swift")
[[ $version == "$own" ]] || fail "meson-helper/packaging/debian/changelog is about $version, and Plugin.swift says $own"

# Not below build/, where GStreamer looks for plugins in every folder when the tests run.
tree=$root/.build-deb/faceanon-$version
rm -rf "$root/.build-deb"
mkdir -p "$tree"
cp -a "$root"/{Package.swift,Sources,Tests,pipelines,meson-helper,LICENSE,README.md,CHANGELOG.md} "$tree"
cp -a "$here/debian" "$tree/debian"
cp -a "$models" "$tree/faceanon-models"
find "$tree" -name __pycache__ -prune -exec rm -rf {} +

say "fetching the packages that Swift builds with"
log=$root/.build-deb/build.log
if ! swift package --package-path "$tree" --scratch-path "$tree/obj/swift" resolve >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "swift package resolve failed: check the network; all it said is in $log"
fi

# Shown rather than promised: where the machine can do so, there is no network during the build.
offline=()
for way in "unshare --net" "unshare --map-root-user --net"; do
    # shellcheck disable=SC2086
    if $way true 2>/dev/null; then
        read -ra offline <<<"$way"
        break
    fi
done

say "building the packages of faceanon $version; the log is $root/.build-deb/build.log"
if ! (cd "$tree" && "${offline[@]}" dpkg-buildpackage --build=binary --no-sign --no-pre-clean) >>"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail "dpkg-buildpackage failed; all it said is in $log"
fi

rm -f "$out"/*.deb "$out"/*.buildinfo "$out"/*.changes
mv "$root/.build-deb/"*.{deb,buildinfo,changes} "$log" "$out"
rm -rf "$root/.build-deb"
for package in "$out"/*.deb; do echo "built $package"; done
