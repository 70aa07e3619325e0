// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// The border to the libraries of pictures. libpng and libjpeg report errors by longjmp, which Swift must not meet, and
// libtiff through functions of a varying number of arguments: here each becomes a status and one line of text. What a
// decoder would mend silently (data that ends early, a wrong checksum) is an error.

#ifndef FACEANON_PICTURES_H
#define FACEANON_PICTURES_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum {
    PICTURES_OK = 0,
    /// The data are damaged: the text says how.
    PICTURES_DAMAGED = 1,
    /// The data are well, but of a sort that is not masked here: the text says which.
    PICTURES_UNSUPPORTED = 2,
    /// Memory ran out.
    PICTURES_NO_MEMORY = 3,
    /// The picture could not be written.
    PICTURES_FAILED = 4,
} pictures_status;

/// Where a failing call writes its text, always terminated.
typedef struct {
    char text[256];
} pictures_message;

/// Bytes that a call has made: give them to `pictures_free`.
typedef struct {
    uint8_t *bytes;
    size_t count;
} pictures_bytes;

typedef enum {
    PICTURES_GREY = 0,
    /// R, G, B side by side in one plane.
    PICTURES_RGB = 1,
    /// Three planes: R, G, B.
    PICTURES_RGB_PLANES = 2,
    /// Three planes: Y, Cb, Cr.
    PICTURES_YUV_PLANES = 3,
} pictures_model;

/// Colours that are not kept as a JPEG stores them: the pixels as libjpeg gives them, side by side in the first plane.
typedef enum {
    PICTURES_KEPT = 0,
    PICTURES_FROM_YUV = 1,
    PICTURES_FROM_RGB = 2,
    PICTURES_FROM_CMYK = 3,
    /// Adobe's: 255 - ink.
    PICTURES_FROM_INVERTED_CMYK = 4,
} pictures_conversion;

/// Rows of `width` pixels without gaps; words of two bytes are in the machine's order.
typedef struct {
    uint8_t *base;
    uint32_t width;
    uint32_t height;
    /// Bytes of a pixel.
    uint32_t step;
} pictures_plane;

/// A picture's own colour information (PNG).
typedef struct {
    /// sRGB's rendering intent, or -1.
    int srgb_intent;
    /// gAMA, in 1/100000, or 0.
    int32_t gamma;
    int has_chromaticities;
    /// cHRM: white, red, green, blue, x and y of each, in 1/100000.
    int32_t chromaticities[8];
    /// cICP, mDCV, cLLI as their chunks hold them; counts of 0 where there are none.
    uint8_t code_points[4];
    uint32_t code_points_count;
    uint8_t mastering[24];
    uint32_t mastering_count;
    uint8_t light_level[8];
    uint32_t light_level_count;
} pictures_colour;

/// What there is to say of the source, for people.
enum {
    PICTURES_WAS_PALETTE = 1 << 0,
    PICTURES_WAS_CMYK = 1 << 1,
    /// Fewer than 8 bits a sample in the source.
    PICTURES_WAS_SHALLOW = 1 << 2,
    /// Chroma sampled in a way that is not kept.
    PICTURES_WAS_ODD_SAMPLING = 1 << 3,
    /// Smaller pictures of the same (previews) are in the file.
    PICTURES_HAD_PREVIEWS = 1 << 4,
    PICTURES_WAS_WHITE_IS_ZERO = 1 << 5,
};

typedef struct {
    uint32_t width;
    uint32_t height;
    pictures_model model;
    /// 8 or 16 bits a sample.
    int depth;
    /// Whether the pixels end in alpha (GREY, RGB), or a fourth plane holds it (YUV_PLANES).
    int has_alpha;
    /// Alpha is already multiplied into the colours (TIFF).
    int is_premultiplied;
    /// How many pixels share a chroma sample: 1, 2 or 4.
    int horizontal_sampling;
    int vertical_sampling;
    int plane_count;
    pictures_plane planes[4];
    pictures_bytes profile;
    pictures_colour colour;
    /// Where the first row and column lie, as EXIF and TIFF number it: 1 is upright. JPEG and WebP: always 1, see EXIF.
    int orientation;
    /// Pixels a unit (0: unknown), and the unit: 0 none, 1 inch, 2 cm, 3 m.
    double density_x, density_y;
    int density_unit;
    /// JPEG: the quantisation tables of the components, in natural order.
    uint16_t quantisation[4][64];
    int is_progressive;
    /// JPEG: what is to be made Y, Cb, Cr.
    pictures_conversion conversion;
    /// JPEG: quality 1 to 100 instead of the tables, where it is not 0. WebP (lossy): the quality.
    int quality;
    /// WebP: without loss. TIFF: the compression's number.
    int is_lossless;
    int compression;
    /// Bytes of the file that follow the picture's end.
    size_t trailing;
    /// The bits above.
    unsigned notes;
} pictures_picture;

// `pictures_read_…` and `pictures_write_…`: `header_only` stops before the pixels: no plane has memory then. The caller
// checks `width` and `height` of the header before it asks for the pixels. Everything that a call has put into
// `picture`, also a failing one, is released by `pictures_clear`. A picture is written with its profile and its colour
// information and nothing else.

/// A plane; the caller keeps `index` in 0..<4.
static inline pictures_plane *pictures_plane_at(pictures_picture *picture, int index) {
    return &picture->planes[index];
}
static inline uint16_t *pictures_quantisation_at(pictures_picture *picture, int index) {
    return picture->quantisation[index];
}

/// The first byte of a row.
static inline uint8_t *pictures_row(const pictures_plane *plane, uint32_t y) {
    return plane->base + (size_t)y * plane->width * plane->step;
}

/// Writes one line of text.
__attribute__((format(printf, 2, 3))) static inline void pictures_say(pictures_message *message, const char *format,
                                                                      ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
}

/// Gives a plane cleared memory; 0 where there is none, or the numbers are too large.
static inline int pictures_make_plane(pictures_plane *plane, uint32_t width, uint32_t height, uint32_t step) {
    size_t row, all;
    if (__builtin_mul_overflow((size_t)width, (size_t)step, &row)) return 0;
    if (__builtin_mul_overflow(row, (size_t)height, &all) || all == 0) return 0;
    // Cleared: what a decoder leaves out is never what the memory held before.
    free(plane->base);
    plane->base = calloc(all, 1);
    plane->width = width;
    plane->height = height;
    plane->step = step;
    return plane->base != NULL;
}

/// Takes a copy of bytes in place of what `into` had; 0 where there is no memory.
static inline int pictures_copy(pictures_bytes *into, const void *bytes, size_t count) {
    if (count == 0) return 1;
    uint8_t *copy = malloc(count);
    if (copy == NULL) return 0;
    memcpy(copy, bytes, count);
    free(into->bytes);
    into->bytes = copy;
    into->count = count;
    return 1;
}

static inline void pictures_clear(pictures_picture *picture) {
    for (int i = 0; i < 4; i++) free(picture->planes[i].base);
    free(picture->profile.bytes);
    memset(picture, 0, sizeof *picture);
}

static inline void pictures_free(pictures_bytes *bytes) {
    free(bytes->bytes);
    bytes->bytes = NULL;
    bytes->count = 0;
}

#endif
