// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// libtiff: files in memory, and tags, which it takes by functions of a varying number of arguments.
#ifndef FACEANON_PICTURES_LIBTIFF_H
#define FACEANON_PICTURES_LIBTIFF_H

#include <tiffio.h>

#include "pictures.h"

/// A file in memory, read or written. It stays where it is for as long as libtiff has it.
typedef struct {
    /// What is read; the caller's.
    const uint8_t *bytes;
    size_t count;
    size_t position;
    int is_written;
    pictures_bytes written;
    size_t room;
    /// The first error: the others follow from it.
    pictures_message message;
    int has_error;
} pictures_tiff;

static inline toff_t pictures_tiff_size(thandle_t handle) {
    pictures_tiff *file = handle;
    return file->is_written ? file->written.count : file->count;
}

static inline tmsize_t pictures_tiff_read(thandle_t handle, void *into, tmsize_t wanted) {
    pictures_tiff *file = handle;
    const uint8_t *bytes = file->is_written ? file->written.bytes : file->bytes;
    size_t count = pictures_tiff_size(handle);
    if (wanted <= 0 || file->position >= count) return 0;
    size_t taken = (size_t)wanted < count - file->position ? (size_t)wanted : count - file->position;
    memcpy(into, bytes + file->position, taken);
    file->position += taken;
    return (tmsize_t)taken;
}

static inline tmsize_t pictures_tiff_write(thandle_t handle, void *from, tmsize_t count) {
    pictures_tiff *file = handle;
    size_t end;
    if (!file->is_written || count < 0 || __builtin_add_overflow(file->position, (size_t)count, &end)) return 0;
    if (end > file->room) {
        size_t room = file->room < 65536 ? 65536 : file->room;
        while (room < end) room = room > SIZE_MAX / 2 ? end : room * 2;
        uint8_t *grown = realloc(file->written.bytes, room);
        if (grown == NULL) return 0;
        memset(grown + file->room, 0, room - file->room);
        file->written.bytes = grown;
        file->room = room;
    }
    memcpy(file->written.bytes + file->position, from, (size_t)count);
    file->position = end;
    if (end > file->written.count) file->written.count = end;
    return count;
}

static inline toff_t pictures_tiff_seek(thandle_t handle, toff_t offset, int whence) {
    pictures_tiff *file = handle;
    toff_t start = whence == SEEK_CUR ? file->position : whence == SEEK_END ? pictures_tiff_size(handle) : 0;
    file->position = (size_t)(start + offset);
    return file->position;
}

static inline int pictures_tiff_close(thandle_t handle) { return (void)handle, 0; }

static inline int pictures_tiff_failed(TIFF *tiff, void *user, const char *module, const char *format,
                                       va_list arguments) {
    (void)tiff;
    (void)module;
    pictures_tiff *file = user;
    if (!file->has_error) vsnprintf(file->message.text, sizeof file->message.text, format, arguments);
    file->has_error = 1;
    return 1;
}

// Warnings are about tags that are not known, which are not carried over; but two decoders warn where they have mended
// what was damaged.
static inline int pictures_tiff_warned(TIFF *tiff, void *user, const char *module, const char *format,
                                       va_list arguments) {
    int is_damage = module != NULL && (strcmp(module, "JPEGLib") == 0 || strcmp(module, "PackBitsDecode") == 0);
    return is_damage ? pictures_tiff_failed(tiff, user, module, format, arguments) : 1;
}

/// NULL where it is no TIFF. The caller closes it by TIFFClose before the file goes.
static inline TIFF *pictures_tiff_open(pictures_tiff *file) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options == NULL) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, pictures_tiff_failed, file);
    TIFFOpenOptionsSetWarningHandlerExtR(options, pictures_tiff_warned, file);
    // No name: it would stand in the texts. No mapping: the bytes are in memory.
    TIFF *tiff = TIFFClientOpenExt("TIFF", file->is_written ? "w" : "rm", file, pictures_tiff_read,
                                   pictures_tiff_write, pictures_tiff_seek, pictures_tiff_close, pictures_tiff_size,
                                   NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

// MARK: - Tags: 0 where there is none, or where it is not taken. Each is for tags of the type in its name.

static inline int pictures_tiff_get_short(TIFF *tiff, uint32_t tag, uint16_t *value) {
    return TIFFGetFieldDefaulted(tiff, tag, value);
}
static inline int pictures_tiff_get_long(TIFF *tiff, uint32_t tag, uint32_t *value) {
    return TIFFGetFieldDefaulted(tiff, tag, value);
}
static inline int pictures_tiff_get_float(TIFF *tiff, uint32_t tag, float *value) {
    return TIFFGetFieldDefaulted(tiff, tag, value);
}
/// Tags whose count is a uint16_t: EXTRASAMPLES, whose values are shorts, and SUBIFD.
static inline int pictures_tiff_get_values(TIFF *tiff, uint32_t tag, uint16_t *count, const void **values) {
    return TIFFGetFieldDefaulted(tiff, tag, count, values);
}
static inline int pictures_tiff_get_profile(TIFF *tiff, uint32_t *count, const void **bytes) {
    return TIFFGetField(tiff, TIFFTAG_ICCPROFILE, count, bytes);
}
/// The palette: 1 << bits entries of each colour.
static inline int pictures_tiff_get_colours(TIFF *tiff, const uint16_t **red, const uint16_t **green,
                                            const uint16_t **blue) {
    return TIFFGetField(tiff, TIFFTAG_COLORMAP, red, green, blue);
}
static inline int pictures_tiff_is_dng(TIFF *tiff) {
    void *value = NULL, *room = NULL;
    return TIFFGetField(tiff, TIFFTAG_DNGVERSION, &value, &room);
}

static inline int pictures_tiff_set(TIFF *tiff, uint32_t tag, uint32_t value) {
    return TIFFSetField(tiff, tag, value);
}
static inline int pictures_tiff_set_float(TIFF *tiff, uint32_t tag, double value) {
    return TIFFSetField(tiff, tag, value);
}
static inline int pictures_tiff_set_extra(TIFF *tiff, uint16_t kind) {
    return TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
}
static inline int pictures_tiff_set_profile(TIFF *tiff, uint32_t count, const void *bytes) {
    return TIFFSetField(tiff, TIFFTAG_ICCPROFILE, count, bytes);
}

#endif
