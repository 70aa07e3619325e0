# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""ipazc's mtcnn: MTCNN on TensorFlow. With min_face_size=40 version 1.0.0 finds nothing: it has its own default."""

import importlib.metadata

import numpy
import tensorflow
from mtcnn import MTCNN


class Peer:
    def __init__(self, threads, _min_size):
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        self.detector = MTCNN(device="CPU:0")
        self.versions = f"{importlib.metadata.version('mtcnn')} on TensorFlow {tensorflow.__version__}, min-size 20"

    def prepare(self, data, width, height, _format):
        return numpy.frombuffer(data, numpy.uint8).reshape(height, width, 3)

    def run(self, frame):
        return self.detector.detect_faces(frame)

    def boxes(self, faces):
        return [face["box"] for face in faces]
