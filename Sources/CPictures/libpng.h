// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
#ifndef FACEANON_PICTURES_PNG_H
#define FACEANON_PICTURES_PNG_H

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pictures.h"

// What a longjmp may find: all of it lives outside the function that jumps back.
typedef struct {
    png_structp png;
    png_infop info;
    pictures_message *message;
    // Reading.
    const uint8_t *bytes;
    size_t count, position;
    int ran_out;
    png_bytep *rows;
    // Writing.
    pictures_bytes *written;
    size_t room;
} pictures_png_work;

static inline void pictures_png_failed(png_structp png, png_const_charp text) {
    pictures_png_work *work = png_get_error_ptr(png);
    pictures_say(work->message, "%s", work->ran_out ? "the file ends early" : text);
    png_longjmp(png, 1);
}

// Warnings are about chunks beside the picture, which are not carried over.
static inline void pictures_png_warned(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static inline void pictures_png_take_bytes(png_structp png, png_bytep into, size_t count) {
    pictures_png_work *work = png_get_io_ptr(png);
    if (count > work->count - work->position) {
        work->ran_out = 1;
        png_error(png, "the file ends early");
    }
    memcpy(into, work->bytes + work->position, count);
    work->position += count;
}

static inline void pictures_png_give_bytes(png_structp png, png_bytep bytes, size_t count) {
    pictures_png_work *work = png_get_io_ptr(png);
    pictures_bytes *written = work->written;
    if (count > work->room - written->count) {
        size_t wanted = written->count + count, room = work->room < 65536 ? 65536 : work->room;
        if (wanted < count) png_error(png, "out of memory");
        while (room < wanted) room = room > SIZE_MAX / 2 ? wanted : room * 2;
        uint8_t *grown = realloc(written->bytes, room);
        if (grown == NULL) png_error(png, "out of memory");
        written->bytes = grown;
        work->room = room;
    }
    memcpy(written->bytes + written->count, bytes, count);
    written->count += count;
}

static inline void pictures_png_no_flush(png_structp png) { (void)png; }

static const char pictures_png_kept_chunks[] = "cICP\0mDCV\0cLLI\0mDCv\0cLLi";

static inline void pictures_png_read_colour(pictures_png_work *work, pictures_picture *picture) {
    pictures_colour *colour = &picture->colour;
    int intent = -1;
    colour->srgb_intent = png_get_sRGB(work->png, work->info, &intent) ? intent : -1;
    png_fixed_point gamma = 0;
    if (png_get_gAMA_fixed(work->png, work->info, &gamma)) colour->gamma = gamma;
    int32_t *c = colour->chromaticities;
    colour->has_chromaticities = png_get_cHRM_fixed(work->png, work->info, &c[0], &c[1], &c[2], &c[3], &c[4], &c[5],
                                                    &c[6], &c[7]) != 0;
    png_charp name = NULL;
    png_bytep profile = NULL;
    png_uint_32 count = 0;
    int compression = 0;
    if (png_get_iCCP(work->png, work->info, &name, &compression, &profile, &count) &&
        !pictures_copy(&picture->profile, profile, count)) {
        png_error(work->png, "out of memory");
    }
    png_unknown_chunkp chunks = NULL;
    int chunk_count = png_get_unknown_chunks(work->png, work->info, &chunks);
    for (int i = 0; i < chunk_count; i++) {
        const char *type = (const char *)chunks[i].name;
        if (strcmp(type, "cICP") == 0 && chunks[i].size == sizeof colour->code_points) {
            memcpy(colour->code_points, chunks[i].data, chunks[i].size);
            colour->code_points_count = sizeof colour->code_points;
        } else if (strcasecmp(type, "mDCV") == 0 && chunks[i].size == sizeof colour->mastering) {
            memcpy(colour->mastering, chunks[i].data, chunks[i].size);
            colour->mastering_count = sizeof colour->mastering;
        } else if (strcasecmp(type, "cLLI") == 0 && chunks[i].size == sizeof colour->light_level) {
            memcpy(colour->light_level, chunks[i].data, chunks[i].size);
            colour->light_level_count = sizeof colour->light_level;
        }
    }
}

// libpng has a list of sRGB profiles with faults that are everywhere: they are carried over as they are.
static inline void pictures_png_take_any_profile(png_structp png) {
    png_set_option(png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON);
}

static inline void pictures_png_read_header(pictures_png_work *work, pictures_picture *picture) {
    png_structp png = work->png;
    png_infop info = work->info;
    pictures_png_take_any_profile(png);
    // The caller bounds the size, before there is memory for pixels.
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, (png_const_bytep)pictures_png_kept_chunks, 5);
    png_read_info(png, info);

    png_uint_32 width, height;
    int bits, type, interlace;
    png_get_IHDR(png, info, &width, &height, &bits, &type, &interlace, NULL, NULL);
    picture->width = width;
    picture->height = height;
    picture->depth = bits == 16 ? 16 : 8;
    picture->model = type & PNG_COLOR_MASK_COLOR ? PICTURES_RGB : PICTURES_GREY;
    picture->has_alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
    picture->horizontal_sampling = picture->vertical_sampling = 1;
    picture->orientation = 1;
    picture->is_lossless = 1;
    if (type == PNG_COLOR_TYPE_PALETTE) picture->notes |= PICTURES_WAS_PALETTE;
    if (bits < 8 && type != PNG_COLOR_TYPE_PALETTE) picture->notes |= PICTURES_WAS_SHALLOW;
    png_uint_32 x, y;
    int unit;
    if (png_get_pHYs(png, info, &x, &y, &unit)) {
        picture->density_x = x;
        picture->density_y = y;
        picture->density_unit = unit == PNG_RESOLUTION_METER ? 3 : 0;
    }
    pictures_png_read_colour(work, picture);
}

static inline void pictures_png_read_pixels(pictures_png_work *work, pictures_picture *picture) {
    png_structp png = work->png;
    png_set_expand(png);  // palettes to RGB, few bits to 8, a transparent colour to alpha
    if (picture->depth == 16) png_set_swap(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, work->info);
    uint32_t samples = (picture->model == PICTURES_GREY ? 1 : 3) + (picture->has_alpha ? 1 : 0);
    uint32_t step = samples * (uint32_t)(picture->depth / 8);
    if (png_get_rowbytes(png, work->info) != (size_t)picture->width * step) png_error(png, "rows of another length");
    if (!pictures_make_plane(&picture->planes[0], picture->width, picture->height, step)) {
        png_error(png, "out of memory");
    }
    picture->plane_count = 1;
    work->rows = calloc(picture->height, sizeof(png_bytep));
    if (work->rows == NULL) png_error(png, "out of memory");
    for (uint32_t y = 0; y < picture->height; y++) work->rows[y] = pictures_row(&picture->planes[0], y);
    png_read_image(png, work->rows);
    // Up to IEND: what follows the pixels is part of what may be damaged. What it says is not taken.
    png_read_end(png, NULL);
    picture->trailing = work->count - work->position;
}

// The function that a longjmp comes back to changes nothing of its own.
static inline int pictures_png_guarded_read(pictures_png_work *work, int header_only, pictures_picture *picture) {
    if (setjmp(png_jmpbuf(work->png)) != 0) return 0;
    png_set_read_fn(work->png, work, pictures_png_take_bytes);
    pictures_png_read_header(work, picture);
    if (!header_only) pictures_png_read_pixels(work, picture);
    return 1;
}

static inline pictures_status pictures_read_png(const uint8_t *bytes, size_t count, int header_only,
                                                pictures_picture *picture, pictures_message *message) {
    pictures_png_work work = {.message = message, .bytes = bytes, .count = count};
    work.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &work, pictures_png_failed, pictures_png_warned);
    work.info = work.png == NULL ? NULL : png_create_info_struct(work.png);
    pictures_status status = PICTURES_OK;
    if (work.info == NULL) {
        pictures_say(message, "out of memory");
        status = PICTURES_NO_MEMORY;
    } else if (!pictures_png_guarded_read(&work, header_only, picture)) {
        status = strstr(message->text, "memory") != NULL ? PICTURES_NO_MEMORY : PICTURES_DAMAGED;
    }
    png_destroy_read_struct(&work.png, &work.info, NULL);
    free(work.rows);
    return status;
}

static inline void pictures_png_write_colour(pictures_png_work *work, const pictures_picture *picture) {
    png_structp png = work->png;
    png_infop info = work->info;
    const pictures_colour *colour = &picture->colour;
    if (picture->profile.count > 0) {
        // A name of ours: the source's is free text.
        png_set_iCCP(png, info, "ICC", PNG_COMPRESSION_TYPE_BASE, picture->profile.bytes,
                     (png_uint_32)picture->profile.count);
    }
    if (colour->srgb_intent >= 0) png_set_sRGB(png, info, colour->srgb_intent);
    if (colour->gamma > 0) png_set_gAMA_fixed(png, info, colour->gamma);
    const int32_t *c = colour->chromaticities;
    if (colour->has_chromaticities) {
        png_set_cHRM_fixed(png, info, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]);
    }
    png_unknown_chunk chunks[3];
    int count = 0;
    memset(chunks, 0, sizeof chunks);
    if (colour->code_points_count > 0) {
        memcpy(chunks[count].name, "cICP", 5);
        chunks[count].data = (png_bytep)colour->code_points;
        chunks[count++].size = colour->code_points_count;
    }
    if (colour->mastering_count > 0) {
        memcpy(chunks[count].name, "mDCV", 5);
        chunks[count].data = (png_bytep)colour->mastering;
        chunks[count++].size = colour->mastering_count;
    }
    if (colour->light_level_count > 0) {
        memcpy(chunks[count].name, "cLLI", 5);
        chunks[count].data = (png_bytep)colour->light_level;
        chunks[count++].size = colour->light_level_count;
    }
    for (int i = 0; i < count; i++) chunks[i].location = PNG_HAVE_IHDR;
    if (count > 0) {
        png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, (png_const_bytep)pictures_png_kept_chunks, 5);
        png_set_unknown_chunks(png, info, chunks, count);
    }
}

static inline void pictures_png_write_all(pictures_png_work *work, const pictures_picture *picture) {
    png_structp png = work->png;
    pictures_png_take_any_profile(png);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    int type = picture->model == PICTURES_GREY ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
    if (picture->has_alpha) type |= PNG_COLOR_MASK_ALPHA;
    png_set_IHDR(png, work->info, picture->width, picture->height, picture->depth, type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (picture->density_x > 0 && picture->density_y > 0 && picture->density_unit != 1 && picture->density_unit != 2) {
        png_set_pHYs(png, work->info, (png_uint_32)picture->density_x, (png_uint_32)picture->density_y,
                     picture->density_unit == 3 ? PNG_RESOLUTION_METER : PNG_RESOLUTION_UNKNOWN);
    }
    pictures_png_write_colour(work, picture);
    png_write_info(png, work->info);
    if (picture->depth == 16) png_set_swap(png);
    for (uint32_t y = 0; y < picture->height; y++) png_write_row(png, pictures_row(&picture->planes[0], y));
    png_write_end(png, NULL);
}

static inline int pictures_png_guarded_write(pictures_png_work *work, const pictures_picture *picture) {
    if (setjmp(png_jmpbuf(work->png)) != 0) return 0;
    png_set_write_fn(work->png, work, pictures_png_give_bytes, pictures_png_no_flush);
    pictures_png_write_all(work, picture);
    return 1;
}

static inline pictures_status pictures_write_png(const pictures_picture *picture, pictures_bytes *written,
                                                 pictures_message *message) {
    pictures_png_work work = {.message = message, .written = written};
    work.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &work, pictures_png_failed, pictures_png_warned);
    work.info = work.png == NULL ? NULL : png_create_info_struct(work.png);
    pictures_status status = PICTURES_OK;
    if (work.info == NULL) {
        pictures_say(message, "out of memory");
        status = PICTURES_NO_MEMORY;
    } else if (!pictures_png_guarded_write(&work, picture)) {
        status = PICTURES_FAILED;
    }
    png_destroy_write_struct(&work.png, &work.info);
    return status;
}

#endif
