#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Checks a built or installed plugin as `meson test` does. It runs where nothing points to the plugin but GST_PLUGIN_PATH:
# no toolchain on PATH, no FACEANON_MODEL_DIR, no models in any data directory.
set -euo pipefail

usage() {
    cat <<'END'
usage: check-plugin.sh binary PLUGIN              its symbols and the libraries it needs
       check-plugin.sh masks PLUGIN [MODELS]      it loads and frames go through it; with the models beside it, or MODELS
       check-plugin.sh installs BUILD PLUGINSDIR  what `meson install` of BUILD gives works as it is
END
}

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp --directory --tmpdir faceanon-check.XXXXXX)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "check-plugin.sh: $*" >&2
    exit 1
}

check_binary() {
    local exported wanted dynamic
    exported=$(nm --dynamic --defined-only "$1" | awk '{ print $NF }' | sort)
    wanted=$(sed -n 's/^ *\(gst_[a-z_]*\);$/\1/p' "$here/gstfaceanon.map" | sort)
    [[ $exported == "$wanted" ]] || fail "$1 exports ${exported//$'\n'/, } instead of ${wanted//$'\n'/, }"
    dynamic=$(readelf --dynamic --wide "$1")
    if grep -E 'R(UN)?PATH|NEEDED.*(swift|Foundation)' <<<"$dynamic"; then
        fail "$1 depends on the machine it was built on, see above"
    fi
}

check_masks() {
    local plugin=$1 tool inspected
    if [[ -n ${2-} ]]; then
        mkdir "$work/plugins"
        ln -s "$(realpath "$plugin")" "$work/plugins/libgstfaceanon.so"
        ln -s "$(realpath "$2")" "$work/plugins/faceanon-models"
        plugin=$work/plugins/libgstfaceanon.so
    fi
    local alone=(env -i "PATH=/usr/bin:/bin" "HOME=$work" "XDG_DATA_DIRS=$work" "GST_REGISTRY=$work/registry.bin"
        "GST_PLUGIN_PATH=$(dirname "$plugin")" timeout --kill-after 5 240)
    for tool in gst-inspect-1.0 gst-launch-1.0; do
        command -v "$tool" >/dev/null || fail "there is no $tool: apt-get install gstreamer1.0-tools"
    done
    inspected=$("${alone[@]}" gst-inspect-1.0 faceanon) || fail "GStreamer does not find the element faceanon of $plugin"
    grep -qF "$plugin" <<<"$inspected" || fail "GStreamer takes another plugin than $plugin:
$(grep Filename <<<"$inspected")"
    "${alone[@]}" gst-launch-1.0 --quiet videotestsrc num-buffers=3 ! video/x-raw,width=320,height=240 ! faceanon \
        ! fakesink || fail "frames do not go through $plugin"
}

check_installs() {
    local log=$1/meson-logs/install-log.txt
    # `ninja uninstall` goes by the log of the last install, which is not to be this one.
    [[ ! -e $log ]] || cp "$log" "$work/log"
    DESTDIR=$work/root meson install -C "$1" --no-rebuild --quiet || fail "meson install failed"
    if [[ -e $work/log ]]; then cp "$work/log" "$log"; else rm -f "$log"; fi
    check_binary "$work/root$2/libgstfaceanon.so"
    check_masks "$work/root$2/libgstfaceanon.so"
}

case $#-${1-} in
    2-binary) check_binary "$2" ;;
    2-masks | 3-masks) check_masks "$2" "${3-}" ;;
    3-installs) check_installs "$2" "$3" ;;
    1--h | 1---help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
