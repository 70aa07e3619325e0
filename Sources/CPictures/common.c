// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pictures_say(pictures_message *message, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
}

int pictures_make_plane(pictures_plane *plane, uint32_t width, uint32_t height, uint32_t step) {
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

int pictures_copy(pictures_bytes *into, const void *bytes, size_t count) {
    if (count == 0) return 1;
    uint8_t *copy = malloc(count);
    if (copy == NULL) return 0;
    memcpy(copy, bytes, count);
    free(into->bytes);
    into->bytes = copy;
    into->count = count;
    return 1;
}

void pictures_clear(pictures_picture *picture) {
    for (int i = 0; i < 4; i++) free(picture->planes[i].base);
    free(picture->profile.bytes);
    memset(picture, 0, sizeof *picture);
}

void pictures_free(pictures_bytes *bytes) {
    free(bytes->bytes);
    bytes->bytes = NULL;
    bytes->count = 0;
}
