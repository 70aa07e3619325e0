#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Installs the Debian packages that building, running or testing faceanon takes. What is there already is left alone,
# so that running it again costs nothing and needs neither a network nor root.
set -euo pipefail

usage() {
    cat <<'END'
usage: setup.sh [--yes] WHAT...

Installs the Debian 12 packages that are missing for WHAT: build, run, install, demo, test, check, evaluate, bench,
docs, deb, test-deb, lint-deploy. As root, or with sudo. On a terminal it says what it would install, and asks first,
unless there is --yes, or CI is set. Swift, which building takes, is not a Debian package: it is only checked for.
END
}

# Swift's own programs are linked with some of them. OpenCV by module: libopencv-dev would bring 280 packages more.
# shellcheck disable=SC2034 # main reads the lists by their names.
{
    swift="libncurses6 libtinfo6 libcurl4 libxml2 libsqlite3-0 zlib1g libstdc++6"
    build="$swift libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstrtspserver-1.0-dev libopencv-core-dev
        libopencv-imgproc-dev libopencv-dnn-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev
        libswresample-dev libpng-dev libjpeg62-turbo-dev libtiff-dev libwebp-dev libgif-dev build-essential
        libstdc++-12-dev pkg-config binutils git ca-certificates python3 python3-pip python3-onnx python3-numpy"
    run="gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
        gstreamer1.0-plugins-ugly gstreamer1.0-libav gstreamer1.0-x gstreamer1.0-rtsp libgstrtspserver-1.0-0
        glib-networking libopencv-core406 libopencv-imgproc406 libopencv-dnn406
        libavformat59 libavcodec59 libavutil57 libswscale6 libswresample4
        libpng16-16 libjpeg62-turbo libtiff6 libwebp7 libwebpmux3 libgif7"
    evaluate="$run python3-gi gir1.2-gstreamer-1.0 python3-numpy python3-pil"
    demo="$run ffmpeg"
    install="$run meson ninja-build pkg-config binutils libgstreamer1.0-dev python3"
    test="$evaluate meson ninja-build shellcheck ffmpeg systemd groff-base python3-venv valgrind openssl curl nginx
        libnginx-mod-rtmp gcc libgstreamer-plugins-base1.0-dev libgstrtspserver-1.0-dev python3-gst-1.0 bsdutils
        gir1.2-gst-plugins-base-1.0 gir1.2-gst-rtsp-server-1.0"
    # With the tools, since dh_gstscancodecs and meson's tests load the plugin.
    deb="$build gstreamer1.0-tools debhelper dpkg-dev fakeroot meson ninja-build"
    # With what Debian has of that which users would take instead of faceanon. The rest comes from PyPI.
    bench="$evaluate g++ ffmpeg python3-matplotlib python3-venv gstreamer1.0-opencv opencv-data"
    docs="$demo python3-pil chromium"
    check="$build $test libglib2.0-dev"
    test_deb="lintian debootstrap dpkg-dev systemd util-linux"
    lint_deploy="python3 python3-venv"
}

say() { echo "setup.sh: $*" >&2; }
fail() {
    say "error: $*"
    exit 1
}

as_root=() # what is put before a command that only root may run
asks=true
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
    local missing answer log apt
    mapfile -t missing < <(comm -13 <(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' \
        | sed --quiet 's/^installed //p' | sort --unique) <(printf '%s\n' "$@" | sort --unique))
    if ((${#missing[@]} == 0)); then return; fi
    apt=(apt-get --option DPkg::Lock::Timeout=120 install --yes --no-install-recommends "${missing[@]}")
    as_root=(env DEBIAN_FRONTEND=noninteractive)
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "packages are missing, and this is neither root nor has sudo. As root, run:
    apt-get update && ${apt[*]}"
        as_root=(sudo "${as_root[@]}")
    fi
    if "$asks" && [[ -t 0 && -t 2 ]]; then
        say "these Debian packages are missing, and will be installed with what they need${as_root[2]+ by sudo}:"
        fold --spaces --width=100 <<<"${missing[*]}" | sed 's/^/    /' >&2
        read -r -p "Install them? [Y/n] " answer || answer=no
        [[ ${answer,,} =~ ^(y|yes|)$ ]] || fail "nothing was installed"
    fi

    log=$(mktemp --tmpdir faceanon-apt.XXXXXX)
    say "updating the package lists"
    run_logged "$log" "${as_root[@]}" apt-get update
    say "installing, with what they need: ${missing[*]}"
    forbid_services
    run_logged "$log" "${as_root[@]}" "${apt[@]}"
    allow_services
    rm --force "$log"
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

main() {
    local packages=() wants_swift=false what list
    [[ -z ${CI-} ]] || asks=false
    (($# > 0)) || { usage >&2; exit 2; }
    for what; do
        case $what in
            --yes) asks=false; continue ;;
            -h | --help) usage; exit ;;
            build | check | deb) wants_swift=true ;;
            run | install | demo | test | evaluate | bench | docs | test-deb | lint-deploy) ;;
            *) fail "no such thing to set up: $what (see setup.sh --help)" ;;
        esac
        list=${what/-/_}
        read -r -d '' -a list <<<"${!list}" || true
        packages+=("${list[@]}")
    done
    command -v apt-get >/dev/null || fail "this is for Debian 12: there is no apt-get here"
    local check_swift status=0
    check_swift=$(dirname "$0")/check-swift.sh
    # Before minutes of downloads, not after. What it lacks (3) is among these packages.
    if "$wants_swift"; then "$check_swift" || status=$?; fi
    [[ $status == 0 || $status == 3 ]] || exit "$status"
    install_packages "${packages[@]}"
    [[ $status == 0 ]] || "$check_swift" || exit
    say "ready: $*"
}

main "$@"
