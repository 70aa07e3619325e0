# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
# shellcheck shell=bash
#
# What the pipelines have in common: finding the element, checking its properties before anything is written, quoting
# for gst-launch-1.0, and encoding what the element gives out. To be sourced, not run.

program=${0##*/}
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
element=(faceanon)   # the element with its properties, as it stands in the launch line
quiet=false
force=false
report=''
took=0
work=''              # a folder of the script's own
leftovers=()         # what must not outlive the script, however it ends

say() { printf '%s: %s\n' "$program" "$*" >&2; }
tell() { "$quiet" || say "$*"; }
die() { say "$*"; exit 1; }
misused() { say "$*"; say "see $program --help"; exit 2; }

clean_up() { [[ ${#leftovers[@]} == 0 ]] || rm -rf -- "${leftovers[@]}"; }
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# In memory where the machine has such a place: what is in there may show faces.
make_work_directory() {
    local memory=/dev/shm
    [[ -w $memory ]] || memory=${TMPDIR:-/tmp}
    work=$(mktemp -d "$memory/faceanon.XXXXXX")
    leftovers+=("$work")
}

need() {
    local tool
    for tool; do
        command -v "$tool" > /dev/null || die "the program $tool is missing: apt-get install gstreamer1.0-tools ffmpeg"
    done
}

# A word of a launch line whose value may hold spaces and quotes.
property() {
    local value=${2//\\/\\\\}
    printf '%s="%s"' "$1" "${value//\"/\\\"}"
}

# Reads the command line: what every pipeline understands, and what the pipeline's own_option, usage and $arguments do.
# own_option looks at its arguments and sets $took to how many it used, 0 for none.
arguments=()
read_options() {
    local word
    while [[ $# -gt 0 ]]; do
        took=2
        case $1 in
            --mask)
                [[ ${2-} =~ ^(mosaic|blur|fill)$ ]] || misused "--mask is one of mosaic, blur, fill"
                element+=("mask=$2") ;;
            --element)
                word=$(xargs -n1 printf '%s\n' <<< "${2-}" 2> /dev/null) || misused "--element: an open quote in: ${2-}"
                [[ -n $word ]] || misused "--element wants properties: 'NAME=VALUE ...'"
                while IFS= read -r word; do element+=("$word"); done <<< "$word" ;;
            --report)
                [[ -n ${2-} ]] || misused "--report wants a file name"
                report=$(realpath -m -- "$2") ;;
            --force) force=true took=1 ;;
            --quiet) quiet=true took=1 ;;
            --help) usage; exit ;;
            --) shift; arguments+=("$@"); break ;;
            -?*) took=0; own_option "$@"; [[ $took -gt 0 ]] || misused "unknown option: $1" ;;
            *) arguments+=("$1"); took=1 ;;
        esac
        shift "$took" || misused "$1 wants a value"
    done
}

# Not by "gst-inspect-1.0 --exists", which knows only plugins whose version is at least GStreamer's own.
knows_element() { gst-inspect-1.0 faceanon > /dev/null 2>&1; }

find_element() {
    need gst-launch-1.0 gst-inspect-1.0
    if knows_element; then return; fi
    local built=$root/build
    [[ -e $built/libgstfaceanon.so ]] || die "GStreamer has no element faceanon, and there is no $built/libgstfaceanon.so: run 'make build'"
    export GST_PLUGIN_PATH=$built${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}
    if knows_element; then return; fi
    gst-inspect-1.0 "$built/libgstfaceanon.so" >&2 || true
    die "$built/libgstfaceanon.so cannot be loaded"
}

# One frame through the element: a missing model or a wrong property ends the script here, before any output exists.
# GLib answers a number out of range with a warning, keeps the old value and goes on; here that is an error.
check_element() {
    local answer status=0
    answer=$(gst-launch-1.0 -q videotestsrc num-buffers=1 ! video/x-raw,format=I420,width=320,height=240 \
        ! "${element[@]}" ! fakesink 2>&1) || status=$?
    if [[ $status != 0 || $answer == *'out of range'* ]]; then
        grep -v '^$' <<< "$answer" >&2
        die "the element does not work as asked: ${element[*]}"
    fi
    [[ -z $report ]] || element+=("$(property report-location "$report")")
}

# encode_to FILE: runs $pipeline, which ends in masked video, and writes FILE.
# What it gives out goes to ffmpeg as MPEG-TS, which has no place for the pictures (cover art) that GStreamer's own MP4
# and Matroska muxers would take over from the tags of the input. ffmpeg adds what $muxer_inputs and $muxer_options say,
# such as the input's audio; its input 0 is the video, $video_start seconds late. Ends early, and orderly, after
# $seconds seconds. Leaves the exit statuses in $pipeline_status and $muxer_status and ffmpeg's words in muxer.log.
pipeline=() launch_options=() muxer_inputs=() muxer_options=()
video_start=0 seconds='' pipeline_status=0 muxer_status=0
encode_to() {
    local limit=() status
    [[ -z $seconds ]] || limit=(timeout --foreground --preserve-status --signal INT --kill-after 20 "$seconds")
    set +e
    "${limit[@]}" gst-launch-1.0 -q "${launch_options[@]}" "${pipeline[@]}" ! videoconvert ! video/x-raw,format=I420 \
        ! x264enc pass=qual quantizer=20 speed-preset=veryfast ! h264parse config-interval=-1 \
        ! mpegtsmux ! fdsink fd=3 3>&1 >&2 \
        | setsid ffmpeg -nostdin -v error -y -thread_queue_size 512 -itsoffset "$video_start" -f mpegts -i pipe:0 \
            "${muxer_inputs[@]}" -map 0:v:0 -c:v copy -map_metadata -1 -map_chapters -1 "${muxer_options[@]}" \
            "file:$1" 2> "$work/muxer.log"
    status=("${PIPESTATUS[@]}")
    set -e
    pipeline_status=${status[0]} muxer_status=${status[1]}
    # Where ffmpeg gives up first, the pipeline only dies of the pipe that broke.
    if [[ $muxer_status != 0 && ($pipeline_status == 0 || $pipeline_status == 141) ]]; then cat "$work/muxer.log" >&2; fi
}
