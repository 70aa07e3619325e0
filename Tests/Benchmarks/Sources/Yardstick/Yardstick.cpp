// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

#include "Yardstick.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

namespace {

struct Box {
    float x1, y1, x2, y2, score;
    float offsets[4];

    float area() const { return (x2 - x1 + 1) * (y2 - y1 + 1); }

    /// Moves the sides by the offsets that a network gave, in units of the box.
    void regress(float extra) {
        const float width = x2 - x1 + extra, height = y2 - y1 + extra;
        x1 += offsets[0] * width;
        y1 += offsets[1] * height;
        x2 += offsets[2] * width;
        y2 += offsets[3] * height;
    }

    void square() {
        const float width = x2 - x1, height = y2 - y1, side = std::max(width, height);
        x1 += (width - side) / 2;
        y1 += (height - side) / 2;
        x2 = x1 + side;
        y2 = y1 + side;
    }

    void truncate() {
        x1 = std::trunc(x1);
        y1 = std::trunc(y1);
        x2 = std::trunc(x2);
        y2 = std::trunc(y2);
    }
};

void suppress(std::vector<Box> &boxes, float threshold, bool by_smaller = false) {
    std::stable_sort(boxes.begin(), boxes.end(), [](const Box &a, const Box &b) { return a.score > b.score; });
    std::vector<Box> kept;
    for (const Box &box : boxes) {
        const bool is_free = std::none_of(kept.begin(), kept.end(), [&](const Box &other) {
            const float width = std::min(box.x2, other.x2) - std::max(box.x1, other.x1) + 1;
            const float height = std::min(box.y2, other.y2) - std::max(box.y1, other.y1) + 1;
            const float common = std::max(0.0F, width) * std::max(0.0F, height);
            const float whole = by_smaller ? std::min(box.area(), other.area()) : box.area() + other.area() - common;
            return common > threshold * whole;
        });
        if (is_free) kept.push_back(box);
    }
    boxes.swap(kept);
}

/// The pixels of a box, black outside the frame, as the network wants them: columns before rows, (v - 127.5) / 128.
void write_crop(const cv::Mat &frame, const Box &box, int side, float *blob) {
    const cv::Rect whole(0, 0, frame.cols, frame.rows);
    const cv::Rect place(int(box.x1), int(box.y1), int(box.x2 - box.x1) + 1, int(box.y2 - box.y1) + 1);
    const cv::Rect inside = place & whole;
    cv::Mat pixels;
    if (inside == place) {
        pixels = frame(place);
    } else {
        pixels = cv::Mat::zeros(place.size(), CV_8UC3);
        if (!inside.empty()) frame(inside).copyTo(pixels(inside - place.tl()));
    }
    cv::Mat small, normalized;
    cv::resize(pixels, small, {side, side}, 0, 0, cv::INTER_AREA);
    small.convertTo(normalized, CV_32F, 1 / 128.0, -127.5 / 128.0);
    cv::transpose(normalized, cv::Mat(side, side, CV_32FC3, blob));
}

}  // namespace

struct yardstick {
    cv::dnn::Net proposal, refinement, output;
    int minimum_size;

    std::vector<Box> propose(const cv::Mat &frame) {
        std::vector<Box> all;
        const double shorter = std::min(frame.cols, frame.rows);
        for (double scale = 12.0 / minimum_size; shorter * scale >= 12; scale *= 0.709) {
            cv::Mat level, normalized;
            cv::resize(frame, level, {int(std::ceil(frame.cols * scale)), int(std::ceil(frame.rows * scale))}, 0, 0,
                       cv::INTER_AREA);
            level.convertTo(normalized, CV_32F, 1 / 128.0, -127.5 / 128.0);
            cv::Mat turned;
            cv::transpose(normalized, turned);
            const int shape[] = {1, turned.rows, turned.cols, 3};
            proposal.setInput(cv::Mat(4, shape, CV_32F, turned.data));
            std::vector<cv::Mat> answers;
            proposal.forward(answers, std::vector<cv::String>{"conv2d_4", "softmax"});
            std::vector<Box> boxes = cells(answers[0], answers[1], float(scale));
            suppress(boxes, 0.5F);
            all.insert(all.end(), boxes.begin(), boxes.end());
        }
        suppress(all, 0.7F);
        for (Box &box : all) {
            box.regress(0);
            box.square();
            box.truncate();
        }
        return all;
    }

    static std::vector<Box> cells(const cv::Mat &offsets, const cv::Mat &scores, float scale) {
        std::vector<Box> boxes;
        const int columns = scores.size[1], rows = scores.size[2];
        for (int x = 0; x < columns; ++x) {
            for (int y = 0; y < rows; ++y) {
                const float score = scores.ptr<float>()[(x * rows + y) * 2 + 1];
                if (score < 0.6F) continue;
                const float left = 2 * x + 1, top = 2 * y + 1;
                Box box{left / scale, top / scale, (left + 11) / scale, (top + 11) / scale, score, {}};
                box.truncate();
                std::copy_n(offsets.ptr<float>() + (x * rows + y) * 4, 4, box.offsets);
                boxes.push_back(box);
            }
        }
        return boxes;
    }

    /// Keeps the boxes that a network scores above 0.7, with its score and offsets.
    static void judge(cv::dnn::Net &net, std::vector<Box> &boxes, const cv::Mat &frame, int side,
                      const std::vector<cv::String> &names) {
        boxes.erase(std::remove_if(boxes.begin(), boxes.end(),
                                   [](const Box &box) { return box.x2 < box.x1 || box.y2 < box.y1; }),
                    boxes.end());
        if (boxes.empty()) return;
        const int shape[] = {int(boxes.size()), side, side, 3};
        cv::Mat crops(4, shape, CV_32F);
        for (size_t i = 0; i < boxes.size(); ++i) write_crop(frame, boxes[i], side, crops.ptr<float>(int(i)));
        net.setInput(crops);
        std::vector<cv::Mat> answers;
        net.forward(answers, names);
        std::vector<Box> kept;
        for (size_t i = 0; i < boxes.size(); ++i) {
            Box box = boxes[i];
            box.score = answers[1].ptr<float>(int(i))[1];
            std::copy_n(answers[0].ptr<float>(int(i)), 4, box.offsets);
            if (box.score > 0.7F) kept.push_back(box);
        }
        boxes.swap(kept);
    }

    std::vector<Box> detect(const cv::Mat &frame) {
        std::vector<Box> boxes = propose(frame);
        judge(refinement, boxes, frame, 24, {"dense_2", "softmax_1"});
        suppress(boxes, 0.7F);
        for (Box &box : boxes) {
            box.regress(1);
            box.square();
            box.truncate();
        }
        judge(output, boxes, frame, 48, {"dense_5", "softmax_2"});
        for (Box &box : boxes) box.regress(1);
        suppress(boxes, 0.7F, true);
        return boxes;
    }

    /// A mosaic of 7 cells per side over the box and a fifth of its sides around, in each of the frame's planes.
    static void mask(const Box &box, uint8_t *frame, int width, int height) {
        const float margin_x = (box.x2 - box.x1) / 5, margin_y = (box.y2 - box.y1) / 5;
        const int left = std::clamp(int(box.x1 - margin_x), 0, width) & ~1;
        const int top = std::clamp(int(box.y1 - margin_y), 0, height) & ~1;
        const int right = (std::clamp(int(std::ceil(box.x2 + margin_x)), 0, width) + 1) & ~1;
        const int bottom = (std::clamp(int(std::ceil(box.y2 + margin_y)), 0, height) + 1) & ~1;
        uint8_t *base = frame;
        for (int plane = 0; plane < 3; ++plane) {
            const int shift = plane == 0 ? 0 : 1;
            cv::Mat samples(height >> shift, width >> shift, CV_8U, base);
            base += samples.total();
            const cv::Rect region(left >> shift, top >> shift, (right - left) >> shift, (bottom - top) >> shift);
            const cv::Rect place = region & cv::Rect(0, 0, samples.cols, samples.rows);
            if (place.empty()) continue;
            cv::Mat face = samples(place), mosaic;
            cv::resize(face, mosaic, {7, 7}, 0, 0, cv::INTER_AREA);
            cv::resize(mosaic, face, face.size(), 0, 0, cv::INTER_NEAREST);
        }
    }
};

extern "C" yardstick *yardstick_create(const char *folder, int threads, int minimum_size) {
    try {
        cv::setNumThreads(threads);
        auto made = std::make_unique<yardstick>();
        made->minimum_size = minimum_size;
        const std::string path = folder;
        made->proposal = cv::dnn::readNetFromONNX(path + "/pnet.onnx");
        made->refinement = cv::dnn::readNetFromONNX(path + "/rnet.onnx");
        made->output = cv::dnn::readNetFromONNX(path + "/onet.onnx");
        return made.release();
    } catch (const std::exception &exception) {
        std::fprintf(stderr, "yardstick: %s\n", exception.what());
        return nullptr;
    }
}

extern "C" void yardstick_destroy(yardstick *self) { delete self; }

extern "C" int yardstick_run(yardstick *self, uint8_t *frame, int width, int height, float *boxes, int room) {
    try {
        cv::Mat rgb;
        cv::cvtColor(cv::Mat(height * 3 / 2, width, CV_8U, frame), rgb, cv::COLOR_YUV2RGB_I420);
        const std::vector<Box> faces = self->detect(rgb);
        for (const Box &face : faces) yardstick::mask(face, frame, width, height);
        for (int i = 0; i < std::min(int(faces.size()), room); ++i) std::copy_n(&faces[size_t(i)].x1, 5, boxes + 5 * i);
        return int(faces.size());
    } catch (const std::exception &exception) {
        std::fprintf(stderr, "yardstick: %s\n", exception.what());
        return -1;
    }
}
