// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// FFmpeg's libraries, for the program's files: demultiplexing, decoding, encoding, multiplexing. Macros that Swift cannot
// read are functions here.
#ifndef FACEANON_LIBAV_H
#define FACEANON_LIBAV_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>

static inline int64_t libav_no_time(void) { return AV_NOPTS_VALUE; }

#endif
