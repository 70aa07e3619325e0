# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""facenet-pytorch: MTCNN on PyTorch."""

import importlib.metadata

import numpy
import torch
from facenet_pytorch import MTCNN


class Peer:
    def __init__(self, threads, min_size):
        torch.set_num_threads(threads)
        self.detector = MTCNN(min_face_size=min_size, keep_all=True, device="cpu")
        self.versions = f"{importlib.metadata.version('facenet-pytorch')} on PyTorch {torch.__version__}"

    def prepare(self, data, width, height, _format):
        return numpy.frombuffer(bytearray(data), numpy.uint8).reshape(height, width, 3)

    def run(self, frame):
        return self.detector.detect(frame)[0]

    def boxes(self, found):
        return [] if found is None else [(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in found]
