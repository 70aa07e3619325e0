# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
# shellcheck shell=bash disable=SC2034
#
# What the pipelines have in common: finding the element, checking its properties before anything is written, quoting
# for gst-launch-1.0, and encoding what the element gives out. To be sourced, not run (so much of it is unused here).

shopt -s extglob

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
    if [[ ! -w $memory ]]; then
        memory=${TMPDIR:-/tmp}
        say "warning: there is no /dev/shm: what may show faces lies in $memory until the end"
    fi
    work=$(mktemp -d "$memory/faceanon.XXXXXX")
    leftovers+=("$work")
}

need() {
    local tool
    for tool; do
        command -v "$tool" > /dev/null || die "there is no $tool: apt-get install gstreamer1.0-tools ffmpeg"
    done
}

# A word of a launch line whose value may hold spaces and quotes.
property() {
    local value=${2//\\/\\\\}
    printf '%s="%s"' "$1" "${value//\"/\\\"}"
}

# Reads the command line: what every pipeline understands, and what the pipeline's own_option does: it looks at its
# arguments and sets $took to how many it used, 0 for none. What is not an option is left in $arguments.
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
                word=$(xargs -n1 printf '%s\n' <<< "${2-}" 2> /dev/null) || misused "--element: open quote: ${2-}"
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
    [[ -e $built/libgstfaceanon.so ]] \
        || die "GStreamer has no element faceanon, and there is no $built/libgstfaceanon.so: run 'make build'"
    export GST_PLUGIN_PATH=$built${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}
    if knows_element; then return; fi
    gst-inspect-1.0 "$built/libgstfaceanon.so" >&2 || true
    die "$built/libgstfaceanon.so cannot be loaded"
}

# run_stream SUBCOMMAND ARGUMENT…: becomes faceanon, which reads all options but --help.
run_stream() {
    local word stream=$root/build/faceanon
    for word; do
        [[ $word != -- ]] || break
        if [[ $word == --help || $word == -h ]]; then usage; exit; fi
    done
    [[ -x $stream ]] || stream=$(command -v faceanon) \
        || die "there is neither $stream nor a faceanon on PATH: run 'make build'"
    need gst-inspect-1.0
    find_element
    exec "$stream" "$@"
}

# launch ARGUMENT…: gst-launch-1.0, ended after $seconds seconds, if any, as by Ctrl-C. Its errors stay in launch.log.
# gst-launch-1.0 1.22 may sit there for ever after an error at the very start: it handles the error before its main loop
# runs, and the loop then waits for another. So who has reported an error and still runs 5 s later is ended.
seconds=''
launch() {
    local log=$work/launch.log limit=() status=0 watcher errors tee
    [[ -z $seconds ]] || limit=(timeout --foreground --preserve-status --signal INT --kill-after 20 "$seconds")
    : > "$log"
    (
        while sleep 1; do
            if grep -q '^ERROR' "$log"; then sleep 4; kill "$(< "$work/launch.pid")"; exit; fi
        done
    ) > /dev/null 2>&1 3>&- &
    watcher=$!
    exec {errors}> >(trap '' INT; exec tee -- "$log" >&2 3>&-)
    tee=$!
    # shellcheck disable=SC2016
    GST_DEBUG="${GST_DEBUG:+$GST_DEBUG,}libav:1,videodecoder:2" \
        GST_DEBUG_FILE="$work/decoder.log" GST_DEBUG_NO_COLOR=1 \
        bash -c 'echo $$ > "$0"; exec "$@"' "$work/launch.pid" "${limit[@]}" gst-launch-1.0 "$@" 2>&"$errors" \
        || status=$?
    exec {errors}>&-
    wait "$tee" || true
    [[ -z ${GST_DEBUG-} ]] || cat "$work/decoder.log" >&2
    kill "$watcher" 2> /dev/null || true
    return "$status"
}

# One frame through the element: a missing model or a wrong property ends the script here, before any output exists.
# GLib answers a number out of range with a warning, keeps the old value and goes on; here that is an error.
check_element() {
    make_work_directory
    if ! seconds='' launch -q videotestsrc num-buffers=1 ! video/x-raw,format=I420,width=320,height=240 \
        ! "${element[@]}" ! fakesink > /dev/null 2>&1 || grep -q 'out of range' "$work/launch.log"; then
        grep -v '^$' "$work/launch.log" >&2 || true
        die "the element does not work as asked: ${element[*]}"
    fi
    [[ -z $report ]] || element+=("$(property report-location "$report")")
}

# fact STREAM ENTRY FILE: what ffprobe says. Where a file has programs it says things twice.
fact() {
    ffprobe -v error -select_streams "$1" -show_entries "$2" -of default=nw=1:nk=1 "file:$3" 2> /dev/null | sed -n 1p
}

# Every packet of a file, read without decoding.
packets() {
    ffprobe -v warning -show_entries packet=stream_index,pts_time,dts_time,duration_time,flags -of csv=p=0 "file:$1"
}

damaged=false
fault() { say "$*"; damaged=true; }

# inspect_file FILE: is it a video, and does it hold what it declares? A demuxer takes the end of a truncated file for
# the end of the video. Leaves the index of the video stream in $video, the file's first time in $start, a list of its
# packets in the work directory, and in $damaged whether anything is wrong with it.
inspect_file() {
    local format complaint frames duration
    format=$(ffprobe -v error -show_entries format=format_name -of default=nw=1:nk=1 "file:$1" 2> "$work/probe.log") \
        || die "$1 is not a video file, or too damaged to be one: $(tail -n 1 "$work/probe.log")"
    [[ $format != image2 && $format != *_pipe ]] || die "$1 is a picture; images-to-images masks pictures"
    # V: video that is not a picture attached to the file.
    video=$(fact V:0 stream=index "$1")
    [[ -n $video ]] || die "$1 has no video stream"
    start=$(fact V:0 format=start_time "$1")
    [[ $start =~ ^-?[0-9] ]] || start=0

    packets "$1" > "$work/packets" 2> "$work/packets.log" || true
    if complaint=$(grep -m 1 -iE 'partial file|prematurely|packet corrupt|truncat|invalid (data|track|nal)' \
        "$work/packets.log"); then
        fault "$1: damaged: ${complaint#*] }"
    fi
    # MP4 counts frames that its edit list leaves out; there the duration is what it declares.
    frames=$(fact V:0 stream=nb_frames "$1") duration=$(fact V:0 format=duration "$1")
    [[ $format != *mp4* && $frames =~ ^[0-9]+$ ]] || frames=0
    complaint=$(awk -F, -v video="$video" -v frames="$frames" -v duration="$duration" '
        $1 == video { count++ }
        $1 ~ /^[0-9]+$/ {
            end = ($2 == "N/A" ? $3 : $2) + ($4 == "N/A" ? 0 : $4)
            if (end > last) last = end
        }
        END {
            if (last < duration - 0.5) printf "it declares %.1f s and ends at %.1f s", duration, last
            else if (count < frames - 1) printf "it declares %d frames and holds %d", frames, count
        }' "$work/packets")
    [[ -z $complaint ]] || fault "$1: damaged: $complaint"
}

# After a run. Decoders conceal what they cannot decode, and say so in the log only.
check_decoder() {
    local errors
    if errors=$(grep -cE 'ERROR +libav|_gst_video_decoder_error.* error:' "$work/decoder.log"); then
        fault "$1: damaged: the decoder reported errors ($errors)"
    fi
}

# The checks that cost nothing, before anything is started.
need_source() {
    case $1 in
        camera | /dev/video*)
            local camera=${1/#camera//dev/video0}
            [[ -c $camera ]] || die "there is no camera $camera; a file, a URL or another camera may be the source" ;;
        test | *://*) ;;
        *) [[ -f $1 && -r $1 && -s $1 ]] || die "the source $1 is not a file that can be read" ;;
    esac
}

# Sets $source_elements, which give raw video, and $source_is_live.
find_source() {
    local raw=("caps=video/x-raw(ANY)" expose-all-streams=false)
    source_is_live=true
    case $1 in
        camera) source_elements=(v4l2src device=/dev/video0 ! decodebin "${raw[@]}") ;;
        /dev/video*) source_elements=(v4l2src "device=$1" ! decodebin "${raw[@]}") ;;
        test) source_elements=(videotestsrc is-live=true ! "video/x-raw,width=640,height=360,framerate=25/1") ;;
        rtsp*://*)
            # By TCP: of what a lost packet leaves, a decoder makes pictures in which no face is found. The caps leave
            # the stream's audio where it is.
            source_elements=(rtspsrc "$(property location "$1")" protocols=tcp latency=200
                ! "application/x-rtp,media=video"
                ! decodebin "${raw[@]}") ;;
        *://*) source_elements=(uridecodebin "$(property uri "$1")" "${raw[@]}") source_is_live=false ;;
        *)
            source_elements=(filesrc "$(property location "$(realpath -- "$1")")" ! decodebin "${raw[@]}")
            source_is_live=false ;;
    esac
}

need_new_video_file() {
    [[ ${1##*/} =~ ^.+\.(mp4|m4v|mkv)$ ]] || misused "the file to write ends in .mp4, .m4v or .mkv, unlike $1"
    local folder
    folder=$(dirname -- "$(realpath -m -- "$1")")
    [[ -d $folder && -w $folder ]] || die "the folder $folder does not exist or cannot be written to"
    [[ ! -e $1 ]] || "$force" || die "$1 exists; --force overwrites it"
}

# encode_to FILE: runs $pipeline, which ends in masked video, and writes FILE, $seconds seconds of it if that is set.
# What it gives out goes to ffmpeg as MPEG-TS, which has no place for the pictures (cover art) that GStreamer's own MP4
# and Matroska muxers would take over from the tags of the input. ffmpeg adds what $muxer_inputs and $muxer_options say,
# such as the input's audio; its input 0 is the video, $video_start seconds late. Leaves the exit statuses in
# $pipeline_status and $muxer_status.
pipeline=() muxer_inputs=() muxer_options=() video_start=0 pipeline_status=0 muxer_status=0
encode_to() {
    local statuses options=("${muxer_options[@]}") seconds=$seconds broken_pipe=false
    [[ $1 == *.mkv ]] || options+=(-movflags +faststart)
    if [[ -n $seconds ]]; then
        options+=(-t "$seconds")
        # For a source that gives nothing. A file gives or ends, however long the machine takes for it.
        if [[ -f ${source-} ]]; then seconds=''; else seconds=$((10#${seconds%.*} + 60)); fi
    fi
    set +e
    # Without vbv-buf-capacity=0, x264enc keeps to 2 Mbit/s, whatever quality is asked for.
    # -e: on an interrupt, finish the file. ffmpeg is not to see the interrupt (setsid), it ends when the pipeline does.
    launch -qe "${pipeline[@]}" ! videoconvert ! video/x-raw,format=I420 \
        ! x264enc pass=qual quantizer=20 vbv-buf-capacity=0 speed-preset=veryfast ! h264parse config-interval=-1 \
        ! mpegtsmux ! fdsink fd=3 3>&1 >&2 2> >(trap '' INT; sed -u '/GstFdSink/,/Broken pipe/d' >&2) \
        | setsid ffmpeg -nostdin -v error -y -thread_queue_size 512 -itsoffset "$video_start" \
            -analyzeduration 1000000 -f mpegts -i pipe:0 \
            "${muxer_inputs[@]}" -map 0:v:0 -c:v copy -map_metadata -1 -map_chapters -1 "${options[@]}" \
            "file:$1" 2> "$work/muxer.log"
    statuses=("${PIPESTATUS[@]}")
    set -e
    pipeline_status=${statuses[0]} muxer_status=${statuses[1]}
    # Where ffmpeg ends first, because it failed or had enough, the pipeline only dies of the pipe that broke.
    [[ $pipeline_status != 141 && $(grep -m 1 '^ERROR' "$work/launch.log") != *GstFdSink* ]] || broken_pipe=true
    if "$broken_pipe" && [[ $muxer_status == 0 ]]; then pipeline_status=0; fi
    if [[ $muxer_status != 0 && ($pipeline_status == 0 || $broken_pipe == true) ]]; then cat "$work/muxer.log" >&2; fi
}
