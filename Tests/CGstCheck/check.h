// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
#ifndef FACEANON_CHECK_H
#define FACEANON_CHECK_H
#include <gst/check/gstharness.h>
#endif
