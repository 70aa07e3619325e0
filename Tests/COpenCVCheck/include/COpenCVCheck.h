// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// OpenCV as a host uses it, and as the oracle of our own arithmetic; for tests alone.

#ifndef FACEANON_OPENCV_CHECK_H
#define FACEANON_OPENCV_CHECK_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a host sets and reads for the whole process.
void check_set_opencv_threads(int count);
int check_opencv_threads(void);

/// A loop of the host's over `count` pieces of a millisecond each; returns on how many threads it ran.
int check_opencv_loop(int count);

/// Runs an ONNX model with OpenCV's own layers. Returns how many values there are, of which at most `room` are written to
/// `output`; 0 where OpenCV throws.
size_t check_opencv_network(const void *onnx, size_t count, float *input, const int shape[4], float *output, size_t room);

#ifdef __cplusplus
}
#endif

#endif
