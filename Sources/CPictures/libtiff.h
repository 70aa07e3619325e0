// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
#ifndef FACEANON_PICTURES_TIFF_H
#define FACEANON_PICTURES_TIFF_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "pictures.h"

// A file in memory, read or written.
typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    // Writing.
    pictures_bytes *written;
    size_t room;
    pictures_message *message;
    int has_error;
} pictures_tiff_file;

static inline toff_t pictures_tiff_size_of(thandle_t handle) {
    pictures_tiff_file *file = handle;
    return file->written ? file->written->count : file->count;
}

static inline tmsize_t pictures_tiff_read_bytes(thandle_t handle, void *into, tmsize_t wanted) {
    pictures_tiff_file *file = handle;
    const uint8_t *bytes = file->written ? file->written->bytes : file->bytes;
    size_t count = pictures_tiff_size_of(handle);
    if (wanted <= 0 || file->position >= count) return 0;
    size_t taken = (size_t)wanted < count - file->position ? (size_t)wanted : count - file->position;
    memcpy(into, bytes + file->position, taken);
    file->position += taken;
    return (tmsize_t)taken;
}

static inline tmsize_t pictures_tiff_write_bytes(thandle_t handle, void *from, tmsize_t count) {
    pictures_tiff_file *file = handle;
    size_t end;
    if (file->written == NULL || count < 0 || __builtin_add_overflow(file->position, (size_t)count, &end)) return 0;
    if (end > file->room) {
        size_t room = file->room < 65536 ? 65536 : file->room;
        while (room < end) room = room > SIZE_MAX / 2 ? end : room * 2;
        uint8_t *grown = realloc(file->written->bytes, room);
        if (grown == NULL) return 0;
        memset(grown + file->room, 0, room - file->room);
        file->written->bytes = grown;
        file->room = room;
    }
    memcpy(file->written->bytes + file->position, from, (size_t)count);
    file->position = end;
    if (end > file->written->count) file->written->count = end;
    return count;
}

static inline toff_t pictures_tiff_seek(thandle_t handle, toff_t offset, int whence) {
    pictures_tiff_file *file = handle;
    toff_t start = whence == SEEK_CUR ? file->position : whence == SEEK_END ? pictures_tiff_size_of(handle) : 0;
    file->position = (size_t)(start + offset);
    return file->position;
}

static inline int pictures_tiff_close_nothing(thandle_t handle) { return (void)handle, 0; }

// The first error counts: the others follow from it.
static inline int pictures_tiff_failed(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    (void)module;
    pictures_tiff_file *file = user;
    if (!file->has_error) vsnprintf(file->message->text, sizeof file->message->text, format, arguments);
    file->has_error = 1;
    return 1;
}

// Warnings are about tags that are not known, which are not carried over; but two decoders warn where they have mended
// what was damaged.
static inline int pictures_tiff_warned(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
    int is_damage = module != NULL && (strcmp(module, "JPEGLib") == 0 || strcmp(module, "PackBitsDecode") == 0);
    return is_damage ? pictures_tiff_failed(tiff, user, module, format, arguments) : 1;
}

static inline TIFF *pictures_tiff_open_file(pictures_tiff_file *file, const char *mode) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options == NULL) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, pictures_tiff_failed, file);
    TIFFOpenOptionsSetWarningHandlerExtR(options, pictures_tiff_warned, file);
    // No name: it would stand in the texts. No mapping: the bytes are in memory.
    TIFF *tiff = TIFFClientOpenExt("TIFF", mode, file, pictures_tiff_read_bytes, pictures_tiff_write_bytes, pictures_tiff_seek, pictures_tiff_close_nothing, pictures_tiff_size_of, NULL,
                                   NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

#define pictures_tiff_refuse(message, ...) (pictures_say(message, __VA_ARGS__), PICTURES_UNSUPPORTED)

typedef struct {
    uint16_t bits, samples, photometric, planar, compression, sample_format, extra_count;
    uint16_t *extra;
    int is_tiled;
} pictures_tiff_layout;

static inline pictures_status pictures_tiff_check_samples(TIFF *tiff, pictures_tiff_layout *layout, pictures_message *message) {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout->sample_format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &layout->extra_count, &layout->extra);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout->compression);
    layout->is_tiled = TIFFIsTiled(tiff);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric)) layout->photometric = PHOTOMETRIC_MINISBLACK;
    void *raw = NULL;
    uint16_t raw_count = 0;
    if (layout->photometric == PHOTOMETRIC_CFA || layout->photometric == 34892 ||
        TIFFGetField(tiff, TIFFTAG_DNGVERSION, &raw, &raw_count)) {
        return pictures_tiff_refuse(message, "the raw picture of a camera: develop it to JPEG, PNG or TIFF first");
    }
    if (!TIFFIsCODECConfigured(layout->compression) || layout->compression == COMPRESSION_OJPEG) {
        return pictures_tiff_refuse(message, "a TIFF compressed in a way (number %d) that is not read here", layout->compression);
    }
    if (layout->sample_format != SAMPLEFORMAT_UINT && layout->sample_format != SAMPLEFORMAT_VOID) {
        return pictures_tiff_refuse(message, "a TIFF of %s numbers: only whole numbers of 8 or 16 bits are masked",
                      layout->sample_format == SAMPLEFORMAT_IEEEFP ? "floating-point" : "signed or complex");
    }
    if (layout->bits != 8 && layout->bits != 16) {
        return pictures_tiff_refuse(message, "a TIFF with samples of %d bits: only 8 and 16 are masked", layout->bits);
    }
    return PICTURES_OK;
}

static inline pictures_status pictures_tiff_check_colours(pictures_tiff_layout *layout, pictures_picture *picture, pictures_message *message) {
    int colours = 1;
    picture->model = PICTURES_GREY;
    switch (layout->photometric) {
        case PHOTOMETRIC_MINISWHITE: picture->notes |= PICTURES_WAS_WHITE_IS_ZERO; break;
        case PHOTOMETRIC_MINISBLACK: break;
        case PHOTOMETRIC_PALETTE:
            if (layout->bits != 8) return pictures_tiff_refuse(message, "a TIFF with a palette of more than 8 bits");
            picture->notes |= PICTURES_WAS_PALETTE;
            picture->model = PICTURES_RGB;
            break;
        case PHOTOMETRIC_YCBCR:
            if (layout->compression != COMPRESSION_JPEG) {
                return pictures_tiff_refuse(message, "a TIFF in YCbCr: only RGB, grey and palettes are masked");
            }
            // fall through
        case PHOTOMETRIC_RGB:
            colours = 3;
            picture->model = PICTURES_RGB;
            break;
        case PHOTOMETRIC_SEPARATED: return pictures_tiff_refuse(message, "a TIFF in CMYK: only RGB, grey and palettes are masked");
        case PHOTOMETRIC_CIELAB:
        case PHOTOMETRIC_ICCLAB:
        case PHOTOMETRIC_ITULAB: return pictures_tiff_refuse(message, "a TIFF in Lab: only RGB, grey and palettes are masked");
        default: return pictures_tiff_refuse(message, "a TIFF with colours of an unknown sort (number %d)", layout->photometric);
    }
    int further = layout->samples - colours;
    if (further < 0) return PICTURES_DAMAGED;
    if (further > 1 || (further == 1 && picture->notes & PICTURES_WAS_PALETTE)) {
        return pictures_tiff_refuse(message, "a TIFF with %d further samples a pixel: only alpha is masked with it", further);
    }
    picture->has_alpha = further == 1;
    picture->is_premultiplied = further == 1 && layout->extra_count > 0 && layout->extra[0] == EXTRASAMPLE_ASSOCALPHA;
    return PICTURES_OK;
}

// Other pictures of the file: previews are left out, pages are refused.
static inline pictures_status pictures_tiff_check_pages(TIFF *tiff, pictures_picture *picture, pictures_message *message) {
    uint32_t kind = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &kind);
    uint16_t count = 0;
    void *offsets = NULL;
    int has_children = TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &offsets) && count > 0;
    if (kind & FILETYPE_REDUCEDIMAGE) {
        return pictures_tiff_refuse(message, "a TIFF that begins with a preview, as the raw pictures of cameras do: "
                               "develop it to JPEG, PNG or TIFF first");
    }
    int pages = 1, previews = has_children;
    while (TIFFReadDirectory(tiff)) {
        uint32_t other = 0;
        TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &other);
        int is_preview = (other & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0;
        *(is_preview ? &previews : &pages) += 1;
    }
    if (previews > 0) picture->notes |= PICTURES_HAD_PREVIEWS;
    if (pages > 1) {
        return pictures_tiff_refuse(message, "a TIFF of %d pages: write each page to a file of its own (tiffsplit does)", pages);
    }
    return TIFFSetDirectory(tiff, 0) ? PICTURES_OK : PICTURES_DAMAGED;
}

static inline pictures_status pictures_tiff_read_header(TIFF *tiff, pictures_tiff_layout *layout, pictures_picture *picture,
                                   pictures_message *message) {
    pictures_status status = pictures_tiff_check_pages(tiff, picture, message);
    if (status != PICTURES_OK) return status;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &picture->width) ||
        !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &picture->height)) {
        pictures_say(message, "it does not say how large the picture is");
        return PICTURES_DAMAGED;
    }
    status = pictures_tiff_check_samples(tiff, layout, message);
    if (status == PICTURES_OK) status = pictures_tiff_check_colours(layout, picture, message);
    if (status != PICTURES_OK) return status;
    picture->depth = layout->bits;
    picture->horizontal_sampling = picture->vertical_sampling = 1;
    picture->compression = layout->compression;
    picture->is_lossless = layout->compression != COMPRESSION_JPEG;
    uint16_t orientation = ORIENTATION_TOPLEFT, unit = RESUNIT_INCH;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
    picture->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
    float x = 0, y = 0;
    if (TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &x) && TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &y) && x > 0 && y > 0) {
        TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
        picture->density_x = x;
        picture->density_y = y;
        picture->density_unit = unit == RESUNIT_INCH ? 1 : unit == RESUNIT_CENTIMETER ? 2 : 0;
    }
    uint32_t count = 0;
    void *profile = NULL;
    if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &count, &profile) && !pictures_copy(&picture->profile, profile, count)) {
        return PICTURES_NO_MEMORY;
    }
    return PICTURES_OK;
}

// Puts a block (a strip or a tile) of the file into the plane; `step` and `offset` are those of its samples.
static inline void pictures_tiff_place(const pictures_plane *plane, const uint8_t *block, uint32_t left, uint32_t top, uint32_t width,
                  uint32_t height, uint32_t block_width, uint32_t step, uint32_t offset) {
    for (uint32_t y = 0; y < height; y++) {
        const uint8_t *from = block + (size_t)y * block_width * step;
        uint8_t *into = pictures_row(plane, top + y) + (size_t)left * plane->step + offset;
        for (uint32_t x = 0; x < width; x++) memcpy(into + (size_t)x * plane->step, from + (size_t)x * step, step);
    }
}

static inline int pictures_tiff_read_blocks(TIFF *tiff, const pictures_tiff_layout *layout, const pictures_plane *plane, uint32_t sample_bytes) {
    uint32_t width = plane->width, height = plane->height, block_width = width, block_height = height;
    if (layout->is_tiled) {
        if (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &block_width)) return 0;
        if (!TIFFGetField(tiff, TIFFTAG_TILELENGTH, &block_height)) return 0;
    } else {
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &block_height);
        if (block_height > height) block_height = height;
    }
    if (block_width == 0 || block_height == 0) return 0;
    int is_separate = layout->planar == PLANARCONFIG_SEPARATE && layout->samples > 1;
    uint32_t step = is_separate ? sample_bytes : plane->step;
    size_t row, size;
    tmsize_t own = layout->is_tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    if (__builtin_mul_overflow((size_t)block_width, (size_t)step, &row) ||
        __builtin_mul_overflow(row, (size_t)block_height, &size) || own <= 0 || (size_t)own != size) {
        return 0;
    }
    uint8_t *block = calloc(size, 1);
    if (block == NULL) return 0;
    int is_whole = 1;
    for (uint16_t sample = 0; is_whole && sample < (is_separate ? layout->samples : 1); sample++) {
        for (uint32_t top = 0; is_whole && top < height; top += block_height) {
            for (uint32_t left = 0; is_whole && left < width; left += block_width) {
                uint32_t rows = block_height < height - top ? block_height : height - top;
                uint32_t columns = block_width < width - left ? block_width : width - left;
                size_t wanted = layout->is_tiled ? size : row * rows;
                tmsize_t got = layout->is_tiled
                                   ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, left, top, 0, sample), block, own)
                                   : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, top, sample), block,
                                                          (tmsize_t)wanted);
                is_whole = got >= 0 && (size_t)got >= wanted;
                if (is_whole) pictures_tiff_place(plane, block, left, top, columns, rows, block_width, step, sample * sample_bytes);
                if (block_width > width - left) break;
            }
            if (block_height > height - top) break;
        }
    }
    free(block);
    return is_whole;
}

// Indices become colours, and black becomes 0.
static inline int pictures_tiff_resolve(TIFF *tiff, pictures_picture *picture, pictures_plane *indices) {
    if (picture->notes & PICTURES_WAS_WHITE_IS_ZERO) {
        pictures_plane *plane = &picture->planes[0];
        size_t bytes = (size_t)plane->width * plane->height * plane->step;
        size_t colour = (size_t)picture->depth / 8;
        for (size_t i = 0; i < bytes; i++) {
            if (i % plane->step < colour) plane->base[i] = (uint8_t)~plane->base[i];
        }
    }
    if (!(picture->notes & PICTURES_WAS_PALETTE)) return 1;
    uint16_t *red, *green, *blue;
    if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) return 0;
    // Some writers fill 8 of the 16 bits.
    int shift = 0;
    for (int i = 0; i < 256; i++) {
        if (red[i] > 255 || green[i] > 255 || blue[i] > 255) shift = 8;
    }
    size_t count = (size_t)indices->width * indices->height;
    for (size_t i = 0; i < count; i++) {
        uint8_t index = indices->base[i], *into = picture->planes[0].base + 3 * i;
        into[0] = (uint8_t)(red[index] >> shift);
        into[1] = (uint8_t)(green[index] >> shift);
        into[2] = (uint8_t)(blue[index] >> shift);
    }
    return 1;
}

static inline pictures_status pictures_tiff_read_pixels(TIFF *tiff, const pictures_tiff_layout *layout, pictures_picture *picture) {
    uint32_t sample = (uint32_t)picture->depth / 8;
    int is_palette = (picture->notes & PICTURES_WAS_PALETTE) != 0;
    pictures_plane indices = {0}, *plane = &picture->planes[0];
    if (is_palette && !pictures_make_plane(&indices, picture->width, picture->height, 1)) return PICTURES_NO_MEMORY;
    uint32_t step = is_palette ? 3 : sample * layout->samples;
    pictures_status status = PICTURES_NO_MEMORY;
    if (pictures_make_plane(plane, picture->width, picture->height, step)) {
        picture->plane_count = 1;
        if (layout->photometric == PHOTOMETRIC_YCBCR) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        int is_whole = pictures_tiff_read_blocks(tiff, layout, is_palette ? &indices : plane, sample);
        status = is_whole && pictures_tiff_resolve(tiff, picture, &indices) ? PICTURES_OK : PICTURES_DAMAGED;
    }
    free(indices.base);
    return status;
}

static inline pictures_status pictures_read_tiff(const uint8_t *bytes, size_t count, int header_only, pictures_picture *picture,
                                   pictures_message *message) {
    message->text[0] = 0;
    pictures_tiff_file file = {.bytes = bytes, .count = count, .message = message};
    TIFF *tiff = pictures_tiff_open_file(&file, "rm");
    pictures_status status = PICTURES_DAMAGED;
    if (tiff != NULL) {
        pictures_tiff_layout layout = {0};
        status = pictures_tiff_read_header(tiff, &layout, picture, message);
        if (status == PICTURES_OK && !header_only) status = pictures_tiff_read_pixels(tiff, &layout, picture);
        // An error that a call has not answered with a failure is one all the same.
        if (status == PICTURES_OK && file.has_error) status = PICTURES_DAMAGED;
        TIFFClose(tiff);
    }
    if (status == PICTURES_DAMAGED && message->text[0] == 0) pictures_say(message, "its data end early, or do not fit");
    return status;
}

static inline int pictures_tiff_write_all(TIFF *tiff, const pictures_picture *picture) {
    const pictures_plane *plane = &picture->planes[0];
    uint16_t samples = (uint16_t)((picture->model == PICTURES_GREY ? 1 : 3) + (picture->has_alpha ? 1 : 0));
    uint16_t compression = COMPRESSION_ADOBE_DEFLATE;
    if (picture->compression == COMPRESSION_NONE || picture->compression == COMPRESSION_LZW) {
        compression = (uint16_t)picture->compression;
    }
    int is_set = TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, picture->width) &&
                 TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, picture->height) &&
                 TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, picture->depth) &&
                 TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples) &&
                 TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
                 TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT) &&
                 TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression) &&
                 TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
                              picture->model == PICTURES_GREY ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
    if (is_set && compression != COMPRESSION_NONE) is_set = TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
    if (is_set && picture->has_alpha) {
        uint16_t extra = picture->is_premultiplied ? EXTRASAMPLE_ASSOCALPHA : EXTRASAMPLE_UNASSALPHA;
        is_set = TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
    }
    if (is_set && picture->profile.count > 0) {
        is_set = TIFFSetField(tiff, TIFFTAG_ICCPROFILE, (uint32_t)picture->profile.count, picture->profile.bytes);
    }
    if (is_set && picture->density_x > 0 && picture->density_y > 0) {
        static const uint16_t units[3] = {RESUNIT_NONE, RESUNIT_INCH, RESUNIT_CENTIMETER};
        uint16_t unit = picture->density_unit < 3 ? units[picture->density_unit] : RESUNIT_NONE;
        is_set = TIFFSetField(tiff, TIFFTAG_XRESOLUTION, picture->density_x) &&
                 TIFFSetField(tiff, TIFFTAG_YRESOLUTION, picture->density_y) &&
                 TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, unit);
    }
    if (!is_set || !TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0))) return 0;
    // The predictor works in the row that it is given: a copy.
    size_t row = (size_t)plane->width * plane->step;
    uint8_t *copy = malloc(row);
    int is_whole = copy != NULL;
    for (uint32_t y = 0; is_whole && y < picture->height; y++) {
        memcpy(copy, pictures_row(plane, y), row);
        is_whole = TIFFWriteScanline(tiff, copy, y, 0) == 1;
    }
    free(copy);
    return is_whole && TIFFWriteDirectory(tiff);
}

static inline pictures_status pictures_write_tiff(const pictures_picture *picture, pictures_bytes *written,
                                    pictures_message *message) {
    message->text[0] = 0;
    pictures_tiff_file file = {.written = written, .message = message};
    TIFF *tiff = pictures_tiff_open_file(&file, "w");
    int is_whole = tiff != NULL && pictures_tiff_write_all(tiff, picture);
    if (tiff != NULL) TIFFClose(tiff);
    if (is_whole && !file.has_error) return PICTURES_OK;
    if (message->text[0] == 0) pictures_say(message, "out of memory");
    return PICTURES_FAILED;
}

#endif
