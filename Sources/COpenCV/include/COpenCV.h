// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// The border to OpenCV. No C++ exception passes it: every call that can fail returns a status, and writes one line of
// text for people where it is given room for it.

#ifndef FACEANON_OPENCV_H
#define FACEANON_OPENCV_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    FACEANON_OK = 0,
    /// OpenCV threw: the text says what.
    FACEANON_OPENCV_ERROR = 1,
    /// Memory ran out.
    FACEANON_NO_MEMORY = 2,
    /// The network's answer has not the shape that was asked for.
    FACEANON_WRONG_SHAPE = 3,
} faceanon_status;

/// Where a failing call writes its text, always terminated.
typedef struct {
    char text[512];
} faceanon_message;

/// A network with the memory of its layers. Not for two threads at once. It computes on the calling thread alone, and neither
/// reads nor changes what OpenCV keeps for the process: how many threads OpenCV has is the host's.
typedef struct faceanon_network faceanon_network;

/// Reads an ONNX model from memory. The bytes are not needed after the call.
faceanon_status faceanon_network_create(const void *onnx, size_t count, faceanon_network **network,
                                        faceanon_message *message);

void faceanon_network_destroy(faceanon_network *network);

/// Runs a network over `batch` x `channels` x `height` x `width` floats. `output` then points at `output_count` floats
/// of the network's own, valid until its next run. `output_shape` gets up to 4 numbers, missing ones are 1.
faceanon_status faceanon_network_run(faceanon_network *network, float *input, const int input_shape[4],
                                     const float **output, int output_shape[4], faceanon_message *message);

#ifdef __cplusplus
}
#endif

#endif
