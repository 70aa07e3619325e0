#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Installs the Debian packages that building, running or testing faceanon takes. What is there already is left alone,
# so that running it again costs nothing and needs neither a network nor root.
set -euo pipefail

usage() {
    cat <<'END'
usage: setup.sh WHAT...

Installs the Debian 12 packages that are missing for WHAT, any of:
  build    compiling the plugin and converting its models; also checks that Swift is there
  run      launch lines: GStreamer's tools, codecs and file formats, and the libraries of an installed plugin
  test     run, and what the tests take besides
  demo     run, and what the demo takes besides
  docs     demo, and what the pictures of docs/ take besides
  install  run, and what installing takes besides
  evaluate run, and what measuring how well faces are masked takes besides
  bench    evaluate, and what comparing and drawing take besides
  check    test, and what the checkers of memory and threads take besides
  deb      build, and what building the Debian packages takes besides
  test-deb     checking those packages, in a fresh Debian too
  lint-deploy  checking the files for containers

As root, or with sudo. Swift is not a Debian package and is only checked for.
END
}

# OpenCV by module: libopencv-dev would pull in the whole of it, 280 packages more than these three.
build=(
    libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstrtspserver-1.0-dev
    libopencv-core-dev libopencv-imgproc-dev libopencv-dnn-dev
    libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev
    libpng-dev libjpeg62-turbo-dev libtiff-dev libwebp-dev libgif-dev
    pkg-config make g++ libstdc++-12-dev binutils git ca-certificates
    python3 python3-pip python3-onnx python3-numpy
)
run=(
    gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
    gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav gstreamer1.0-x
    gstreamer1.0-rtsp libgstrtspserver-1.0-0 glib-networking
    libopencv-core406 libopencv-imgproc406 libopencv-dnn406
)
evaluate=("${run[@]}" python3-gi gir1.2-gstreamer-1.0 python3-numpy python3-pil)
# What users would take instead of faceanon and Debian has is among it; the rest comes from PyPI, when it is asked for.
bench=("${evaluate[@]}" g++ ffmpeg python3-matplotlib python3-venv gstreamer1.0-opencv opencv-data)
test=(
    "${evaluate[@]}" meson ninja-build shellcheck ffmpeg systemd groff-base python3-venv valgrind openssl curl
    nginx libnginx-mod-rtmp gcc libgstreamer-plugins-base1.0-dev libgstrtspserver-1.0-dev
    python3-gst-1.0 gir1.2-gst-plugins-base-1.0 gir1.2-gst-rtsp-server-1.0
)
demo=("${run[@]}" ffmpeg python3-pil)
docs=("${demo[@]}" chromium)
install=("${run[@]}" meson ninja-build pkg-config binutils libgstreamer1.0-dev)
check=("${build[@]}" "${test[@]}" valgrind libglib2.0-dev)
# With the tools, since dh_gstscancodecs and meson's tests load the plugin.
deb=("${build[@]}" gstreamer1.0-tools debhelper dpkg-dev fakeroot meson ninja-build)
test_deb=(lintian debootstrap dpkg-dev systemd util-linux)
lint_deploy=(python3 python3-venv)

say() {
    echo "setup.sh: $*" >&2
}

fail() {
    say "error: $*"
    exit 1
}

# What is put before a command that only root may run.
as_root=()
# Where Debian asks whether a service may start. The tests of this script have a file of their own.
policy=${FACEANON_TEST_POLICY:-/usr/sbin/policy-rc.d}
policy_mark="# Made by faceanon's setup.sh, for as long as it installs."
policy_is_ours=false

# What brings a service (nginx) is not to start it: the tests run their own, on the loopback address. Who has a policy of
# their own keeps it; what a run has left that was killed is ours.
forbid_services() {
    [[ ! -e $policy && ! -L $policy ]] || grep --quiet --fixed-strings "$policy_mark" "$policy" || return 0
    # Said before the file is there, since a signal may come at any time. Left behind, it would keep every later package
    # from starting its service.
    policy_is_ours=true
    printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | "${as_root[@]}" install --mode=755 /dev/stdin "$policy"
}

# Also when this ends early, however it ends.
allow_services() {
    "$policy_is_ours" || return 0
    policy_is_ours=false
    "${as_root[@]}" rm --force "$policy"
}

trap allow_services EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

install_packages() {
    local missing
    mapfile -t missing < <(comm -13 <(installed | sort --unique) <(printf '%s\n' "$@" | sort --unique))
    if ((${#missing[@]} == 0)); then return; fi

    local apt=(apt-get --option DPkg::Lock::Timeout=120 install --yes --no-install-recommends "${missing[@]}")
    as_root=(env DEBIAN_FRONTEND=noninteractive)
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "packages are missing, and this is neither root nor has sudo. As root, run:
    apt-get update && ${apt[*]}"
        as_root=(sudo "${as_root[@]}")
    fi

    local log
    log=$(mktemp --tmpdir faceanon-apt.XXXXXX)
    say "updating the package lists"
    run_logged "$log" "${as_root[@]}" apt-get update
    say "installing, with what they need: ${missing[*]}"
    forbid_services
    run_logged "$log" "${as_root[@]}" "${apt[@]}"
    allow_services
    rm --force "$log"
}

installed() {
    dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' | sed --quiet 's/^installed //p'
}

# Keeps apt's many lines out of the way, unless they are wanted.
run_logged() {
    local log=$1
    shift
    if ! "$@" >>"$log" 2>&1 </dev/null; then
        tail --lines=30 "$log" >&2
        fail "this failed: $*
    The whole of what it said is in $log. Check the network and the package sources, then run this again."
    fi
}

# The version that Package.swift asks for is the one home of that number.
check_swift() {
    local needed found
    needed=$(sed --quiet 's|^// swift-tools-version: *||p' "$(dirname "$0")/../Package.swift")
    local how="install Swift $needed or later for Debian 12 (\"Install Swift\" on swift.org) and put it on PATH"
    command -v swift >/dev/null || fail "there is no swift on PATH: $how"
    found=$(swift --version 2>/dev/null | sed --quiet 's/.*Swift version \([0-9.]*\).*/\1/p' | head --lines=1)
    [[ -n $found ]] || fail "$(command -v swift) does not tell its version: $how"
    if [[ $(printf '%s\n' "$needed" "$found" | sort --version-sort | head --lines=1) != "$needed" ]]; then
        fail "Swift $found is too old: $how"
    fi
}

main() {
    if (($# == 0)); then
        usage >&2
        exit 2
    fi
    local packages=() wants_swift=false what
    for what in "$@"; do
        case $what in
            build)
                packages+=("${build[@]}")
                wants_swift=true
                ;;
            run) packages+=("${run[@]}") ;;
            test) packages+=("${test[@]}") ;;
            demo) packages+=("${demo[@]}") ;;
            docs) packages+=("${docs[@]}") ;;
            evaluate) packages+=("${evaluate[@]}") ;;
            bench) packages+=("${bench[@]}") ;;
            install) packages+=("${install[@]}") ;;
            check)
                packages+=("${check[@]}")
                wants_swift=true
                ;;
            deb)
                packages+=("${deb[@]}")
                wants_swift=true
                ;;
            test-deb) packages+=("${test_deb[@]}") ;;
            lint-deploy) packages+=("${lint_deploy[@]}") ;;
            -h | --help)
                usage
                exit
                ;;
            *) fail "no such thing to set up: $what (see setup.sh --help)" ;;
        esac
    done
    command -v apt-get >/dev/null || fail "this is for Debian 12: there is no apt-get here"
    # Before minutes of downloads, not after.
    if $wants_swift; then check_swift; fi
    install_packages "${packages[@]}"
    say "ready: $*"
}

main "$@"
