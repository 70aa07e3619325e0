// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// The border to the libraries of pictures: libpng, libjpeg, libtiff, libwebp, giflib. They report errors by longjmp,
// through callbacks and variadic functions, none of which Swift may meet: here each becomes a status and one line of
// text. What a decoder would mend silently (data that ends early, a wrong checksum) is an error.

#ifndef FACEANON_PICTURES_H
#define FACEANON_PICTURES_H

#include <stddef.h>
#include <stdint.h>

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

/// Reads a picture. `header_only` stops before the pixels: no plane has memory then. The caller checks `width` and
/// `height` of the header before it asks for the pixels. Everything that a call has put into `picture`,
/// also a failing one, is released by `pictures_clear`.
pictures_status pictures_read_png(const uint8_t *bytes, size_t count, int header_only, pictures_picture *picture,
                                  pictures_message *message);
pictures_status pictures_read_jpeg(const uint8_t *bytes, size_t count, int header_only, pictures_picture *picture,
                                   pictures_message *message);
pictures_status pictures_read_tiff(const uint8_t *bytes, size_t count, int header_only, pictures_picture *picture,
                                   pictures_message *message);
pictures_status pictures_read_webp(const uint8_t *bytes, size_t count, int header_only, pictures_picture *picture,
                                   pictures_message *message);

/// Writes a picture, with its profile and its colour information and nothing else.
pictures_status pictures_write_png(const pictures_picture *picture, pictures_bytes *written,
                                   pictures_message *message);
pictures_status pictures_write_jpeg(const pictures_picture *picture, pictures_bytes *written,
                                    pictures_message *message);
pictures_status pictures_write_tiff(const pictures_picture *picture, pictures_bytes *written,
                                    pictures_message *message);
pictures_status pictures_write_webp(const pictures_picture *picture, pictures_bytes *written,
                                    pictures_message *message);

/// A plane; the caller keeps `index` in 0..<4.
static inline pictures_plane *pictures_plane_at(pictures_picture *picture, int index) {
    return &picture->planes[index];
}
static inline uint16_t *pictures_quantisation_at(pictures_picture *picture, int index) {
    return picture->quantisation[index];
}

/// Gives a plane cleared memory; 0 where there is none, or the numbers are too large.
int pictures_make_plane(pictures_plane *plane, uint32_t width, uint32_t height, uint32_t step);

/// Takes a copy of bytes in place of what `into` had; 0 where there is no memory.
int pictures_copy(pictures_bytes *into, const void *bytes, size_t count);

// MARK: - GIF, frame by frame

typedef struct pictures_gif pictures_gif;

typedef struct {
    uint32_t width;
    uint32_t height;
    /// What follows is known after the last frame only. How often it is shown again: -1 not at all, 0 for ever.
    int loops;
    int has_comments;
    int has_texts;
    /// Data of programs, XMP among them.
    int has_data;
    size_t trailing;
} pictures_gif_facts;

typedef struct {
    uint32_t left, top, width, height;
    /// 1/100 s.
    int delay;
    /// What becomes of it before the next frame: 0 and 1 it stays, 2 it is cleared, 3 what was there before comes back.
    int disposal;
    /// The palette's entry that is not painted, or -1.
    int transparent;
    int palette_count;
    uint8_t palette[768];
    /// Entries of the palette, or of none.
    pictures_plane indices;
} pictures_gif_frame;

/// The bytes have to stay until `pictures_gif_close`.
pictures_status pictures_gif_open(const uint8_t *bytes, size_t count, pictures_gif **gif, pictures_message *message);
pictures_gif_facts pictures_gif_facts_of(const pictures_gif *gif);
/// The next frame, which `pictures_gif_clear` releases in any case, or the end.
pictures_status pictures_gif_next(pictures_gif *gif, int header_only, pictures_gif_frame *frame, int *is_end,
                                  pictures_message *message);
void pictures_gif_clear(pictures_gif_frame *frame);
void pictures_gif_close(pictures_gif *gif);

typedef struct pictures_gif_writer pictures_gif_writer;

/// Whatever has been put into `writer`, also by a failing call, is released by `pictures_gif_finish`.
pictures_status pictures_gif_create(uint32_t width, uint32_t height, int loops, pictures_gif_writer **writer,
                                    pictures_message *message);
/// A frame of the whole size.
pictures_status pictures_gif_add(pictures_gif_writer *writer, const uint8_t *indices, const uint8_t *palette,
                                 int palette_count, int transparent, int delay, int disposal,
                                 pictures_message *message);
/// `written` may be null: then nothing is kept.
pictures_status pictures_gif_finish(pictures_gif_writer *writer, pictures_bytes *written, pictures_message *message);

// MARK: - Memory

void pictures_clear(pictures_picture *picture);
void pictures_free(pictures_bytes *bytes);

#endif
