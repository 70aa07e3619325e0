// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// giflib, which Swift can call as it is.
#ifndef FACEANON_PICTURES_GIFLIB_H
#define FACEANON_PICTURES_GIFLIB_H

#include <gif_lib.h>

#endif
