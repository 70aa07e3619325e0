#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Checks the Debian packages: by lintian, and installed in a fresh Debian 12 that has no Swift.
set -euo pipefail

usage() {
    cat <<'END'
usage: test-deb.sh DEBS PICTURE

Checks the packages in the folder DEBS: lintian; then, in a Debian 12 that debootstrap makes below $TMPDIR (about 1 GB,
from the mirror that apt uses), installs them, masks PICTURE, checks the systemd unit, and purges them. As root.
END
}

say() { echo "test-deb.sh: $*" >&2; }
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
debs=$(cd "$1" && pwd)
picture=$(realpath "$2")
((EUID == 0)) || fail "this makes a Debian of its own, which takes root: run it by sudo"
compgen -G "$debs/*.deb" >/dev/null || fail "there are no packages in $debs: run 'make deb'"

say "lintian"
lintian --allow-root --fail-on error,warning "$debs"/*.changes
elements=$(dpkg-deb --field "$debs"/gstreamer1.0-faceanon_*.deb Gstreamer-Elements)
[[ $elements == faceanon ]] || fail "the package's field Gstreamer-Elements is '$elements'"

# All mounts are in a namespace of their own, and so are all processes: nothing outlives this script.
if [[ ${FACEANON_IN_NAMESPACE-} != yes ]]; then
    work=$(mktemp --directory --tmpdir faceanon-deb.XXXXXX)
    trap 'rm -rf --one-file-system "$work"' EXIT
    FACEANON_IN_NAMESPACE=yes FACEANON_WORK=$work \
        unshare --mount --pid --fork --kill-child "$0" "$debs" "$picture"
    exit
fi

root=$FACEANON_WORK/root
log=$FACEANON_WORK/log
quietly() {
    "$@" >>"$log" 2>&1 </dev/null || {
        tail -n 40 "$log" >&2
        fail "this failed: $*"
    }
}
inside() {
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' 'Created-By: Packages' | sort -u | head -n 1)
[[ -n $mirror ]] || fail "apt knows no mirror of bookworm: check the package sources"
say "making a fresh Debian 12"
quietly debootstrap --variant=minbase --include=ca-certificates,systemd bookworm "$root" "$mirror"
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mkdir -p "$root/debs/in"
cp "$debs"/*.deb "$root/debs"
cp "$(dirname "$0")/../deployment/container-health.sh" "$root/debs/health"
cp "$picture" "$root/debs/in/picture.jpg"
! inside sh -c 'command -v swift' >/dev/null || fail "there is a Swift in the fresh Debian"

say "installing what the packages depend on"
quietly inside apt-get update
dependencies=$(for deb in "$debs"/*.deb; do dpkg-deb --field "$deb" Depends; done)
quietly inside apt-get satisfy --yes --no-install-recommends gstreamer1.0-tools \
    "$(sed -E 's/gstreamer1\.0-faceanon \([^)]*\)(, )?//; s/$/,/; $s/,$//' <<<"$dependencies")"

files() {
    (cd "$root" && find . \( -path ./proc -o -path ./var/log -o -path ./debs -o -path ./tmp \) -prune -o -print | sort)
}
files >"$FACEANON_WORK/before"

say "installing the packages, and trying them"
quietly inside sh -c 'dpkg --install /debs/*.deb'
inside gst-inspect-1.0 faceanon >"$FACEANON_WORK/inspect"
grep -q 'libgstfaceanon.so' "$FACEANON_WORK/inspect" || fail "gst-inspect-1.0 faceanon does not tell of the plugin"
quietly inside /usr/share/doc/gstreamer1.0-faceanon/examples/pipelines/images-to-images /debs/in /debs/out --mask fill \
    --report /debs/reports
grep -rq '"source":"detected"' "$root/debs/reports" || fail "images-to-images found no face in $picture"
[[ -s $root/debs/out/picture.jpg ]] || fail "images-to-images wrote no picture"

# A server that is not there: the program has found all it needs, goes on trying, and tells of it.
inside timeout --preserve-status 15 faceanon restream --metrics-port 0 test rtsp://127.0.0.1:9/none \
    >"$FACEANON_WORK/stream.log" 2>&1 &
program=$!
port=''
for ((tries = 0; tries < 100 && ${#port} == 0; tries++)); do
    sleep 0.1
    port=$(sed -n 's|.*metrics at http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$FACEANON_WORK/stream.log")
done
"$root/debs/health" live "$port" || fail "faceanon does not answer: $(cat "$FACEANON_WORK/stream.log")"
! "$root/debs/health" playing "$port" || fail "faceanon says that it streams to a server that is not there"
wait "$program" || fail "faceanon did not end in good order: $(cat "$FACEANON_WORK/stream.log")"
inside test -s /usr/share/man/man1/faceanon.1.gz || fail "there is no manual page of faceanon"

say "the systemd unit"
touch "$root/etc/faceanon/door.env"
inside systemd-analyze verify --man=no faceanon@door.service
inside systemd-analyze security --offline=true --threshold=30 --no-pager faceanon@door.service | tail -n 1
rm "$root/etc/faceanon/door.env"

say "purging the packages"
quietly inside dpkg --purge faceanon gstreamer1.0-faceanon
# What GStreamer and systemd-analyze have written for root, who called them.
rm -rf "$root"/root/.cache "$root"/root/.local "$root"/run/systemd/systemd-units-load
files >"$FACEANON_WORK/after"
diff "$FACEANON_WORK/before" "$FACEANON_WORK/after" || fail "purging does not leave all as it was, see above"
say "the packages work where there is no Swift, and leave nothing behind"
