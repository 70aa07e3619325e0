// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// libwebp, which Swift can call as it is.
#ifndef FACEANON_PICTURES_LIBWEBP_H
#define FACEANON_PICTURES_LIBWEBP_H

#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#endif
