#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Installs what `make build` has built, by meson. Nothing is built here: under sudo Swift is often out of reach, and what
# root builds nobody else can build on.
set -euo pipefail

usage() {
    cat <<'END'
usage: install.sh [--uninstall] PREFIX

Installs build/libgstfaceanon.so, its models and build/faceanon below PREFIX, or below $DESTDIR/PREFIX;
--uninstall takes them away.
The models lie in share/faceanon/models, and a link beside the plugin leads there: it finds them wherever PREFIX is.
END
}

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

uninstall=false
if [[ ${1-} == --uninstall ]]; then
    uninstall=true
    shift
fi
if [[ $# -ne 1 || $1 == -* || -z $1 ]]; then
    usage
    [[ ${1-} == --help ]] && exit 0 || exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
built=$root/build
prefix=$(realpath --no-symlinks --canonicalize-missing -- "$1")
[[ -z ${DESTDIR-} ]] || DESTDIR=$(realpath --no-symlinks --canonicalize-missing -- "$DESTDIR")

# Below the prefix as Debian's GStreamer has it below /usr. In the user's own folder GStreamer looks elsewhere.
system=$(pkg-config --variable=pluginsdir gstreamer-1.0) || fail "there is no gstreamer-1.0.pc: run 'make build' first"
own=${XDG_DATA_HOME:-$HOME/.local/share}
plugins=${system#"$(pkg-config --variable=prefix gstreamer-1.0)"/}
[[ $own != "$prefix/share" ]] || plugins=share/gstreamer-1.0/plugins

options=(--prefix "$prefix" -Dpluginsdir="$plugins")
if ! "$uninstall"; then
    plugin=$built/libgstfaceanon.so
    [[ -f $plugin ]] || fail "there is no $plugin: run 'make build' first"
    [[ -z $(find "$root"/{Package.swift,Sources} -newer "$plugin" -print -quit) ]] \
        || echo "install.sh: note: the sources have changed since $plugin was built" >&2
    options+=(-Dplugin="$plugin" -Dmodels="$built/faceanon-models")
fi
program=$built/faceanon
[[ ! -f $program ]] || options+=(-Dprogram="$program")

work=$(mktemp --directory --tmpdir faceanon-install.XXXXXX)
trap 'rm -rf "$work"' EXIT
quietly() {
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        fail "this failed: $*"
    }
}
quietly meson setup "$work/build" "$root/meson-helper" "${options[@]}"

if "$uninstall"; then
    # All that meson would install, and then the folder that is ours alone.
    meson introspect --installed "$work/build" >"$work/installed"
    mapfile -t files < <(/usr/bin/python3 -c 'import json, sys; print(*json.load(sys.stdin).values(), sep="\n")' \
        <"$work/installed")
    models=${DESTDIR-}$prefix/share/faceanon
    rm -f -- "${files[@]/#/${DESTDIR-}}" "${DESTDIR-}$prefix/$plugins/faceanon-models" \
        "${DESTDIR-}$prefix/bin/faceanon"
    [[ ! -d $models ]] || rmdir --ignore-fail-on-non-empty "$models/models" "$models"
    echo "uninstalled ${DESTDIR-}$prefix/$plugins/libgstfaceanon.so and its models"
    exit
fi

# Not to be asked by meson for a password in the middle of it.
quietly env DESTDIR="${DESTDIR-}" meson install -C "$work/build" </dev/null
plugin=$prefix/$plugins/libgstfaceanon.so
echo "plugin: ${DESTDIR-}$plugin"
echo "models: ${DESTDIR-}$prefix/share/faceanon/models"
[[ ! -f $program ]] || echo "program: ${DESTDIR-}$prefix/bin/faceanon"
[[ -z ${DESTDIR-} ]] || exit 0
"$here/check-plugin.sh" masks "$plugin"
if [[ ${plugin%/*} == "$system" || $own == "$prefix/share" ]]; then
    echo "GStreamer finds it by itself."
else
    echo "GStreamer does not look there by itself. Put this line into ~/.profile:"
    echo "export GST_PLUGIN_PATH=\"${plugin%/*}\${GST_PLUGIN_PATH:+:\$GST_PLUGIN_PATH}\""
fi
