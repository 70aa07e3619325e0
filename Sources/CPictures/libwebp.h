// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
#ifndef FACEANON_PICTURES_WEBP_H
#define FACEANON_PICTURES_WEBP_H

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "pictures.h"

static inline pictures_status pictures_webp_failed(VP8StatusCode code, pictures_message *message) {
    switch (code) {
        case VP8_STATUS_OUT_OF_MEMORY: pictures_say(message, "out of memory"); return PICTURES_NO_MEMORY;
        case VP8_STATUS_UNSUPPORTED_FEATURE:
            pictures_say(message, "a WebP of a sort that libwebp does not know");
            return PICTURES_UNSUPPORTED;
        case VP8_STATUS_NOT_ENOUGH_DATA: pictures_say(message, "its data end early"); return PICTURES_DAMAGED;
        default: pictures_say(message, "its data are not those of a WebP picture"); return PICTURES_DAMAGED;
    }
}

static inline pictures_status pictures_webp_read_profile(const uint8_t *bytes, size_t count, pictures_picture *picture,
                                    pictures_message *message) {
    WebPData data = {.bytes = bytes, .size = count}, profile = {0};
    WebPMux *mux = WebPMuxCreate(&data, 0);
    if (mux == NULL) {
        pictures_say(message, "its parts do not fit together, or end early");
        return PICTURES_DAMAGED;
    }
    int is_copied = 1;
    if (WebPMuxGetChunk(mux, "ICCP", &profile) == WEBP_MUX_OK) {
        is_copied = pictures_copy(&picture->profile, profile.bytes, profile.size);
    }
    WebPMuxDelete(mux);
    return is_copied ? PICTURES_OK : PICTURES_NO_MEMORY;
}

static inline int pictures_webp_make_planes(pictures_picture *picture) {
    uint32_t width = picture->width, height = picture->height;
    if (picture->model == PICTURES_RGB) {
        picture->plane_count = 1;
        return pictures_make_plane(&picture->planes[0], width, height, picture->has_alpha ? 4 : 3);
    }
    picture->plane_count = picture->has_alpha ? 4 : 3;
    return pictures_make_plane(&picture->planes[0], width, height, 1) &&
           pictures_make_plane(&picture->planes[1], (width + 1) / 2, (height + 1) / 2, 1) &&
           pictures_make_plane(&picture->planes[2], (width + 1) / 2, (height + 1) / 2, 1) &&
           (!picture->has_alpha || pictures_make_plane(&picture->planes[3], width, height, 1));
}

static inline size_t pictures_webp_size_of(const pictures_plane *plane) { return (size_t)plane->width * plane->height * plane->step; }

static inline pictures_status pictures_read_webp(const uint8_t *bytes, size_t count, int header_only, pictures_picture *picture,
                                   pictures_message *message) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return PICTURES_FAILED;
    VP8StatusCode code = WebPGetFeatures(bytes, count, &config.input);
    if (code != VP8_STATUS_OK) return pictures_webp_failed(code, message);
    if (config.input.has_animation) {
        pictures_say(message, "an animated WebP: turn it into GIF, APNG or a video first");
        return PICTURES_UNSUPPORTED;
    }
    picture->width = (uint32_t)config.input.width;
    picture->height = (uint32_t)config.input.height;
    picture->depth = 8;
    picture->orientation = 1;
    picture->has_alpha = config.input.has_alpha;
    // 1 is VP8, with loss; 2 is VP8L, without.
    picture->is_lossless = config.input.format != 1;
    picture->model = picture->is_lossless ? PICTURES_RGB : PICTURES_YUV_PLANES;
    picture->horizontal_sampling = picture->vertical_sampling = picture->is_lossless ? 1 : 2;
    // The RIFF header (4 bytes of name, 4 of the length that follows) tells where the picture ends.
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0) {
        size_t end = 8 + ((size_t)bytes[4] | (size_t)bytes[5] << 8 | (size_t)bytes[6] << 16 | (size_t)bytes[7] << 24);
        picture->trailing = end < count ? count - end : 0;
        count -= picture->trailing;
    }
    pictures_status status = pictures_webp_read_profile(bytes, count, picture, message);
    if (status != PICTURES_OK || header_only) return status;

    if (!pictures_webp_make_planes(picture)) return pictures_webp_failed(VP8_STATUS_OUT_OF_MEMORY, message);
    const pictures_plane *planes = picture->planes;
    config.output.is_external_memory = 1;
    if (picture->is_lossless) {
        config.output.colorspace = picture->has_alpha ? MODE_RGBA : MODE_RGB;
        WebPRGBABuffer *out = &config.output.u.RGBA;
        out->rgba = planes[0].base;
        out->stride = (int)(planes[0].width * planes[0].step);
        out->size = pictures_webp_size_of(&planes[0]);
    } else {
        config.output.colorspace = picture->has_alpha ? MODE_YUVA : MODE_YUV;
        WebPYUVABuffer *out = &config.output.u.YUVA;
        out->y = planes[0].base, out->u = planes[1].base, out->v = planes[2].base, out->a = planes[3].base;
        out->y_stride = (int)planes[0].width;
        out->u_stride = out->v_stride = (int)planes[1].width;
        out->a_stride = (int)planes[3].width;
        out->y_size = pictures_webp_size_of(&planes[0]);
        out->u_size = out->v_size = pictures_webp_size_of(&planes[1]);
        out->a_size = pictures_webp_size_of(&planes[3]);
    }
    // As the samples are: no smoothing of what is stored.
    config.options.no_fancy_upsampling = 1;
    code = WebPDecode(bytes, count, &config);
    WebPFreeDecBuffer(&config.output);
    return code == VP8_STATUS_OK ? PICTURES_OK : pictures_webp_failed(code, message);
}

static inline int pictures_webp_take_planes(const pictures_picture *picture, WebPPicture *into) {
    const pictures_plane *planes = picture->planes;
    into->width = (int)picture->width;
    into->height = (int)picture->height;
    into->use_argb = picture->is_lossless;
    if (picture->is_lossless) {
        int stride = (int)(planes[0].width * planes[0].step);
        return picture->has_alpha ? WebPPictureImportRGBA(into, planes[0].base, stride)
                                  : WebPPictureImportRGB(into, planes[0].base, stride);
    }
    into->colorspace = picture->has_alpha ? WEBP_YUV420A : WEBP_YUV420;
    if (!WebPPictureAlloc(into)) return 0;
    uint8_t *bases[4] = {into->y, into->u, into->v, into->a};
    int strides[4] = {into->y_stride, into->uv_stride, into->uv_stride, into->a_stride};
    for (int i = 0; i < picture->plane_count; i++) {
        for (uint32_t y = 0; y < planes[i].height; y++) {
            memcpy(bases[i] + (size_t)y * (size_t)strides[i], pictures_row(&planes[i], y), planes[i].width);
        }
    }
    return 1;
}

static inline int pictures_webp_add_profile(const pictures_picture *picture, const WebPMemoryWriter *from, pictures_bytes *written) {
    WebPData data = {.bytes = from->mem, .size = from->size}, whole = {0};
    WebPData profile = {.bytes = picture->profile.bytes, .size = picture->profile.count};
    if (picture->profile.count == 0) return pictures_copy(written, from->mem, from->size);
    WebPMux *mux = WebPMuxCreate(&data, 0);
    int is_whole = mux != NULL && WebPMuxSetChunk(mux, "ICCP", &profile, 0) == WEBP_MUX_OK &&
                   WebPMuxAssemble(mux, &whole) == WEBP_MUX_OK && pictures_copy(written, whole.bytes, whole.size);
    WebPMuxDelete(mux);
    WebPDataClear(&whole);
    return is_whole;
}

static inline pictures_status pictures_write_webp(const pictures_picture *picture, pictures_bytes *written,
                                    pictures_message *message) {
    WebPConfig config;
    WebPPicture into;
    if (!WebPConfigInit(&config) || !WebPPictureInit(&into)) return PICTURES_FAILED;
    WebPMemoryWriter writer;
    WebPMemoryWriterInit(&writer);
    config.lossless = picture->is_lossless;
    // Colours below alpha 0 are kept as they are: masked like all others, and equal to the source's elsewhere.
    config.exact = 1;
    config.quality = picture->is_lossless ? 75 : (float)picture->quality;
    config.alpha_quality = 100;
    into.writer = WebPMemoryWrite;
    into.custom_ptr = &writer;
    int is_whole = pictures_webp_take_planes(picture, &into) && WebPEncode(&config, &into);
    if (is_whole) is_whole = pictures_webp_add_profile(picture, &writer, written);
    if (!is_whole) pictures_say(message, "libwebp does not write it (its error %d)", (int)into.error_code);
    WebPPictureFree(&into);
    WebPMemoryWriterClear(&writer);
    return is_whole ? PICTURES_OK : PICTURES_FAILED;
}

#endif
