# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
# shellcheck shell=bash
#
# To be sourced. In a checkout, what 'make build' has built is found.
built=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")/build
if [[ -e $built/libgstfaceanon.so ]]; then
    export PATH=$built:$PATH GST_PLUGIN_PATH=$built${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}
fi

# wants COUNT ARGUMENT…: for --help, or with fewer arguments than COUNT, shows the comment at the head of the script.
wants() {
    local show_help=(sed -n '5,/^[^#]/s/^# \{0,1\}//p' "$0")
    if [[ " ${*:2} " == *' --help '* ]]; then "${show_help[@]}"; exit; fi
    if (($# <= $1)); then "${show_help[@]}" >&2; exit 2; fi
}
