#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# Installs the built plugin with its models beside it, where it finds them by itself: install.sh PREFIX (DESTDIR=).
set -euo pipefail

if [ $# -ne 1 ] || [ "$1" = --help ]; then
    echo "Usage: $0 PREFIX"
    echo "Installs build/libgstfaceanon.so and its models below PREFIX, or below DESTDIR/PREFIX."
    [ "${1:-}" = --help ] && exit 0 || exit 2
fi
build=$(cd "$(dirname "$0")/.." && pwd)/build
[ -f "$build/libgstfaceanon.so" ] || { echo "$0: there is no built plugin: run 'make build' first" >&2; exit 1; }

# The directory of GStreamer's plugins, with its own prefix taken off: lib/x86_64-linux-gnu/gstreamer-1.0.
system=$(pkg-config --variable=pluginsdir gstreamer-1.0)
plugins=$1/${system#"$(pkg-config --variable=prefix gstreamer-1.0)"/}
target=${DESTDIR:-}$plugins
install -d "$target/faceanon-models"
install -m 755 "$build/libgstfaceanon.so" "$target/"
install -m 644 "$build"/faceanon-models/* "$target/faceanon-models/"
echo "installed $target/libgstfaceanon.so and its models beside it"
[ "$plugins" = "$system" ] || echo "GStreamer does not look there by itself: export GST_PLUGIN_PATH=$plugins"
