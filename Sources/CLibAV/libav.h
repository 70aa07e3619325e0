// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// FFmpeg's libraries, for the program's files: demultiplexing, decoding, encoding, multiplexing. Macros and unions that
// Swift cannot read are functions here.
#ifndef FACEANON_LIBAV_H
#define FACEANON_LIBAV_H

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/avutil.h>
#include <libavutil/cpu.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/murmur3.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <string.h>

static inline int64_t libav_no_time(void) { return AV_NOPTS_VALUE; }

// MARK: - Errors

static inline int libav_error(int number) { return AVERROR(number); }
static inline int libav_error_eof(void) { return AVERROR_EOF; }
static inline int libav_error_again(void) { return AVERROR(EAGAIN); }
static inline int libav_error_invalid_data(void) { return AVERROR_INVALIDDATA; }
static inline int libav_error_exit(void) { return AVERROR_EXIT; }
static inline int libav_error_unknown_demuxer(void) { return AVERROR_DEMUXER_NOT_FOUND; }

// MARK: - Arrays that Swift sees as tuples

static inline uint8_t *libav_plane(const AVFrame *frame, int plane) { return frame->data[plane]; }
static inline int libav_stride(const AVFrame *frame, int plane) { return frame->linesize[plane]; }
static inline uint8_t **libav_planes(AVFrame *frame) { return frame->data; }
static inline void libav_set_plane(AVFrame *frame, int plane, uint8_t *data, int stride) {
    frame->data[plane] = data;
    frame->linesize[plane] = stride;
}
static inline AVStream *libav_stream(const AVFormatContext *context, unsigned index) {
    return index < context->nb_streams ? context->streams[index] : NULL;
}
static inline AVChapter *libav_chapter(const AVFormatContext *context, unsigned index) {
    return index < context->nb_chapters ? context->chapters[index] : NULL;
}

/// Makes a frame one around memory of somebody else, who is told by `release` when nobody looks at it any more.
static inline int libav_own(AVFrame *frame, uint8_t *data, size_t size, void *owner,
                            void (*release)(void *owner, uint8_t *data)) {
    frame->buf[0] = av_buffer_create(data, size, release, owner, AV_BUFFER_FLAG_READONLY);
    frame->extended_data = frame->data;
    return frame->buf[0] != NULL ? 0 : AVERROR(ENOMEM);
}

// MARK: - Sound

/// The layout of a decoded sound, or the usual one for so many channels where it does not say.
static inline void libav_usual_layout(AVChannelLayout *layout) {
    const int count = layout->nb_channels;
    if (layout->order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(layout, count);
}
static inline int libav_is_planar(int format) { return av_sample_fmt_is_planar((enum AVSampleFormat)format); }
static inline int libav_fifo_write(AVAudioFifo *fifo, AVFrame *frame) {
    return av_audio_fifo_write(fifo, (void **)frame->extended_data, frame->nb_samples);
}
static inline int libav_fifo_read(AVAudioFifo *fifo, AVFrame *frame, int count) {
    return av_audio_fifo_read(fifo, (void **)frame->extended_data, count);
}
static inline uint8_t **libav_channels(AVFrame *frame) { return frame->extended_data; }

// MARK: - Pixel formats

static inline int libav_has_flag(enum AVPixelFormat format, uint64_t flag) {
    const AVPixFmtDescriptor *facts = av_pix_fmt_desc_get(format);
    return facts != NULL && (facts->flags & flag) != 0;
}
static inline int libav_depth(enum AVPixelFormat format) {
    const AVPixFmtDescriptor *facts = av_pix_fmt_desc_get(format);
    int depth = 0;
    for (int i = 0; facts != NULL && i < facts->nb_components; i++)
        if (facts->comp[i].depth > depth) depth = facts->comp[i].depth;
    return depth;
}
static inline int libav_component_count(enum AVPixelFormat format) {
    const AVPixFmtDescriptor *facts = av_pix_fmt_desc_get(format);
    return facts != NULL ? facts->nb_components : 0;
}
static inline int libav_chroma_shift_x(enum AVPixelFormat format) {
    const AVPixFmtDescriptor *facts = av_pix_fmt_desc_get(format);
    return facts != NULL ? facts->log2_chroma_w : 0;
}
static inline int libav_chroma_shift_y(enum AVPixelFormat format) {
    const AVPixFmtDescriptor *facts = av_pix_fmt_desc_get(format);
    return facts != NULL ? facts->log2_chroma_h : 0;
}
static inline int libav_is_rgb(enum AVPixelFormat format) { return libav_has_flag(format, AV_PIX_FMT_FLAG_RGB); }
static inline int libav_has_alpha(enum AVPixelFormat format) { return libav_has_flag(format, AV_PIX_FMT_FLAG_ALPHA); }
static inline int libav_has_palette(enum AVPixelFormat format) { return libav_has_flag(format, AV_PIX_FMT_FLAG_PAL); }

/// How many rows a plane has, and how many bytes of a row belong to the picture.
static inline int libav_plane_rows(enum AVPixelFormat format, int plane, int height) {
    return plane == 1 || plane == 2 ? AV_CEIL_RSHIFT(height, libav_chroma_shift_y(format)) : height;
}
static inline int libav_plane_columns(enum AVPixelFormat format, int plane, int width) {
    return plane == 1 || plane == 2 ? AV_CEIL_RSHIFT(width, libav_chroma_shift_x(format)) : width;
}
/// Bytes from one pixel of a plane to the next.
static inline int libav_pixel_step(enum AVPixelFormat format, int plane) {
    int steps[4] = {0};
    const AVPixFmtDescriptor *facts = av_pix_fmt_desc_get(format);
    if (facts == NULL || plane < 0 || plane > 3) return 0;
    av_image_fill_max_pixsteps(steps, NULL, facts);
    return steps[plane];
}

// MARK: - The log

/// Where the lines of FFmpeg's log go. `is_picture` tells whether a decoder of video said it.
/// Who writes a line of the log.
enum { LIBAV_OTHER = 0, LIBAV_PICTURE_DECODER = 1, LIBAV_DEMUXER = 2 };
typedef void (*libav_log_sink)(int level, int who, const char *line);
/// The one sink: a variable of the header itself would not be there in every object file.
static inline libav_log_sink *libav_sink(void) {
    static libav_log_sink sink;
    return &sink;
}

static inline void libav_log_line(void *object, int level, const char *format, va_list arguments) {
    char line[1024];
    const libav_log_sink sink = *libav_sink();
    if (sink == NULL || level > AV_LOG_WARNING) return;
    const AVClass *class = object != NULL ? *(const AVClass **)object : NULL;
    const int is_codec = class != NULL && class->class_name != NULL && strcmp(class->class_name, "AVCodecContext") == 0;
    const AVCodecContext *codec = is_codec ? (const AVCodecContext *)object : NULL;
    const int is_file = class != NULL && class->class_name != NULL && strcmp(class->class_name, "AVFormatContext") == 0;
    int who = LIBAV_OTHER;
    if (codec != NULL && codec->codec_type == AVMEDIA_TYPE_VIDEO && av_codec_is_decoder(codec->codec))
        who = LIBAV_PICTURE_DECODER;
    if (is_file && ((const AVFormatContext *)object)->iformat != NULL) who = LIBAV_DEMUXER;
    vsnprintf(line, sizeof line, format, arguments);
    sink(level, who, line);
}
static inline void libav_capture_log(libav_log_sink sink) {
    *libav_sink() = sink;
    av_log_set_callback(libav_log_line);
}

// MARK: - Formats of files

static inline uint32_t libav_tag(char a, char b, char c, char d) { return MKTAG(a, b, c, d); }

/// How many packets the index of a file lists for a stream.
static inline int libav_index_count(const AVStream *stream) { return avformat_index_get_entries_count(stream); }

/// Adds a copy of a chapter.
static inline int libav_add_chapter(AVFormatContext *context, const AVChapter *from) {
    AVChapter *chapter = (AVChapter *)av_mallocz(sizeof *chapter);
    if (chapter == NULL) return AVERROR(ENOMEM);
    chapter->id = from->id;
    chapter->time_base = from->time_base;
    chapter->start = from->start;
    chapter->end = from->end;
    av_dict_copy(&chapter->metadata, from->metadata, 0);
    AVChapter **all = (AVChapter **)av_realloc_array(context->chapters, context->nb_chapters + 1, sizeof *all);
    if (all == NULL) {
        av_dict_free(&chapter->metadata);
        av_free(chapter);
        return AVERROR(ENOMEM);
    }
    context->chapters = all;
    all[context->nb_chapters++] = chapter;
    return 0;
}

static inline int libav_takes_codec(const AVOutputFormat *format, enum AVCodecID codec) {
    return avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) == 1;
}

#endif
