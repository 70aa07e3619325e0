// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

#include "COpenCV.h"

#include <cstdio>
#include <exception>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

#include "NetworkLayer.hpp"

struct faceanon_network {
    cv::dnn::Net net;
    /// Refers to the memory of the last layer, so that an answer need not be copied.
    cv::Mat output;
};

namespace {

void say(faceanon_message *message, const char *text) noexcept {
    if (message == nullptr) return;
    std::snprintf(message->text, sizeof message->text, "%s", text);
    // OpenCV's texts end in line ends and have some within.
    for (char *c = message->text; *c != '\0'; ++c)
        if (*c == '\n' || *c == '\r') *c = ' ';
}

/// Runs `work`; what it throws becomes a status and a line of text.
template <typename Work>
faceanon_status guarded(faceanon_message *message, Work work) noexcept {
    try {
        return work();
    } catch (const std::bad_alloc &) {
        say(message, "out of memory");
        return FACEANON_NO_MEMORY;
    } catch (const cv::Exception &exception) {
        say(message, exception.what());
        return exception.code == cv::Error::StsNoMem ? FACEANON_NO_MEMORY : FACEANON_OPENCV_ERROR;
    } catch (const std::exception &exception) {
        say(message, exception.what());
        return FACEANON_OPENCV_ERROR;
    } catch (...) {
        say(message, "an exception without a text");
        return FACEANON_OPENCV_ERROR;
    }
}

}  // namespace

extern "C" faceanon_status faceanon_network_create(const void *onnx, size_t count, faceanon_network **network,
                                                   faceanon_message *message) {
    *network = nullptr;
    return guarded(message, [&] {
        auto *made = new faceanon_network;
        try {
            auto read = cv::dnn::readNetFromONNX(static_cast<const char *>(onnx), count);
            made->net = faceanon::onCallingThread(read);
            made->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
            made->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        } catch (...) {
            delete made;
            throw;
        }
        *network = made;
        return FACEANON_OK;
    });
}

extern "C" void faceanon_network_destroy(faceanon_network *network) {
    guarded(nullptr, [&] {
        delete network;
        return FACEANON_OK;
    });
}

extern "C" faceanon_status faceanon_network_run(faceanon_network *network, float *input, const int input_shape[4],
                                                const float **output, int output_shape[4],
                                                faceanon_message *message) {
    return guarded(message, [&] {
        network->net.setInput(cv::Mat(4, input_shape, CV_32F, input));
        network->output = network->net.forward();
        const cv::Mat &answer = network->output;
        if (answer.depth() != CV_32F || !answer.isContinuous() || answer.dims < 1 || answer.dims > 4) {
            say(message, "the network's answer is not a continuous array of floats");
            return FACEANON_WRONG_SHAPE;
        }
        for (int i = 0; i < 4; ++i) output_shape[i] = i < answer.dims ? answer.size[i] : 1;
        *output = answer.ptr<float>();
        return FACEANON_OK;
    });
}
