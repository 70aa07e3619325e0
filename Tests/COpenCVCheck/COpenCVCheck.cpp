// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

#include "COpenCVCheck.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <set>
#include <thread>

extern "C" void check_set_opencv_threads(int count) { cv::setNumThreads(count); }
extern "C" int check_opencv_threads(void) { return cv::getNumThreads(); }

extern "C" int check_opencv_loop(int count) {
    std::mutex lock;
    std::set<std::thread::id> threads;
    cv::parallel_for_(cv::Range(0, count), [&](const cv::Range &range) {
        for (int i = range.start; i < range.end; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        const std::lock_guard<std::mutex> guard(lock);
        threads.insert(std::this_thread::get_id());
    });
    return static_cast<int>(threads.size());
}

extern "C" size_t check_opencv_network(const void *onnx, size_t count, float *input, const int shape[4], float *output,
                                       size_t room) {
    try {
        auto net = cv::dnn::readNetFromONNX(static_cast<const char *>(onnx), count);
        net.setInput(cv::Mat(4, shape, CV_32F, input));
        const cv::Mat answer = net.forward();
        std::copy_n(answer.ptr<float>(), std::min(room, answer.total()), output);
        return answer.total();
    } catch (const cv::Exception &) {
        return 0;
    }
}
