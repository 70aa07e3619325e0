// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
#ifndef FACEANON_PICTURES_COMMON_H
#define FACEANON_PICTURES_COMMON_H

#include "CPictures.h"

/// Writes one line of text.
void pictures_say(pictures_message *message, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// The first byte of a row.
static inline uint8_t *pictures_row(const pictures_plane *plane, uint32_t y) {
    return plane->base + (size_t)y * plane->width * plane->step;
}

#endif
