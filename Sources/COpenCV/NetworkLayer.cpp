// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

#include "NetworkLayer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <opencv2/dnn/all_layers.hpp>
#include <opencv2/dnn/layer.details.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace faceanon {
namespace {

/// Not OpenCV's macros: those write the name of this file into the library.
void require(bool condition, const std::string &otherwise) {
    if (!condition) throw std::invalid_argument(otherwise);
}

// The steps of a network

/// Output channels are computed in groups of so many.
constexpr int group = 16;
constexpr int vectorsPerGroup = 2;
/// What a vector's load may read behind the last value.
constexpr size_t slack = group;

/// Channels last: value c of pixel (x, y) lies beside value c + 1.
struct Shape {
    int batch, height, width, channels;

    size_t pixels() const { return static_cast<size_t>(height) * width; }
    size_t count() const { return batch * pixels() * channels; }
};

/// A convolution without padding, every pixel, and a PReLU; a dense layer is one whose kernel is the whole map.
struct Convolution {
    int kernel, inputs, outputs;
    /// By group of outputs, row and column of the kernel and input: a group's weights.
    std::vector<float> weights;
    std::vector<float> bias;
    /// Of what is below 0. 1 where there is no PReLU.
    std::vector<float> slopes;

    /// Values of one row of a window.
    int run() const { return kernel * inputs; }
    size_t taps() const { return static_cast<size_t>(kernel) * run(); }
};

struct Step {
    /// The side of a pooling window; 0 for a convolution.
    int pooling = 0;
    Convolution convolution;

    Shape output(const Shape &in) const {
        if (pooling > 0)
            return {in.batch, (in.height - pooling + 1) / 2 + 1, (in.width - pooling + 1) / 2 + 1, in.channels};
        return {in.batch, in.height - convolution.kernel + 1, in.width - convolution.kernel + 1, convolution.outputs};
    }
};

// The arithmetic, for the processors at hand. The thread sanitizer has nothing to see in it: a network is one thread's.

#pragma clang diagnostic push
// All that takes or gives a vector is inlined: there is no call that another compiler might see differently.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((no_sanitize("thread"))), apply_to = function)

#if defined(__x86_64__)
#define FACEANON_KERNELS plain
#define FACEANON_PIXELS 3
#include "Kernels.inc"
#undef FACEANON_KERNELS
#undef FACEANON_PIXELS
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define FACEANON_KERNELS avx2
#define FACEANON_PIXELS 6
#include "Kernels.inc"
#undef FACEANON_KERNELS
#undef FACEANON_PIXELS
#pragma clang attribute pop
#else
#define FACEANON_KERNELS plain
#define FACEANON_PIXELS 6
#include "Kernels.inc"
#undef FACEANON_KERNELS
#undef FACEANON_PIXELS
#endif

#pragma clang attribute pop
#pragma clang diagnostic pop

struct Kernels {
    decltype(&plain::convolve) convolve;
    decltype(&plain::pool) pool;
};

Kernels bestKernels() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {avx2::convolve, avx2::pool};
#endif
    return {plain::convolve, plain::pool};
}

// The layer

class NetworkLayer final : public cv::dnn::Layer {
public:
    std::vector<Step> steps;

    explicit NetworkLayer(const cv::dnn::LayerParams &params) : Layer(params) {}

    static cv::Ptr<Layer> create(cv::dnn::LayerParams &params) { return cv::Ptr<Layer>(new NetworkLayer(params)); }

    using Shapes = std::vector<cv::dnn::MatShape>;

    bool getMemoryShapes(const Shapes &inputs, const int, Shapes &outputs, Shapes &) const override {
        require(inputs.size() == 1 && inputs[0].size() == 4, "the input has not four dimensions");
        Shape shape{inputs[0][0], inputs[0][2], inputs[0][3], inputs[0][1]};
        for (const Step &step : steps) {
            require(step.pooling > 0 || shape.channels == step.convolution.inputs, "the input has another depth");
            shape = step.output(shape);
            require(shape.height > 0 && shape.width > 0, "the input is too small");
        }
        outputs.assign(1, {shape.batch, shape.channels, shape.height, shape.width});
        return false;
    }

    void forward(cv::InputArrayOfArrays inputs, cv::OutputArrayOfArrays outputs, cv::OutputArrayOfArrays) override {
        const cv::Mat input = inputs.getMat(0);
        cv::Mat output = outputs.getMat(0);
        Shape shape{input.size[0], input.size[2], input.size[3], input.size[1]};
        reserve(shape);
        float *from = memory[0].data(), *to = memory[1].data();
        transpose(input.ptr<float>(), shape.batch, shape.channels, shape.pixels(), from);
        for (const Step &step : steps) {
            const Shape next = step.output(shape);
            if (step.pooling > 0)
                kernels.pool(step.pooling, from, shape, to, next);
            else
                kernels.convolve(step.convolution, from, shape, to, next);
            std::swap(from, to);
            shape = next;
        }
        transpose(from, shape.batch, shape.pixels(), shape.channels, output.ptr<float>());
    }

private:
    const Kernels kernels = bestKernels();
    /// A step reads one and writes the other. Kept, so that only the first run of a shape allocates.
    std::vector<float> memory[2];

    void reserve(Shape shape) {
        size_t largest = shape.count();
        for (const Step &step : steps) {
            shape = step.output(shape);
            largest = std::max(largest, shape.count());
        }
        for (auto &half : memory)
            if (half.size() < largest + slack) half.resize(largest + slack);
    }

    /// Turns the last two of three dimensions round.
    static void transpose(const float *from, int batch, size_t rows, size_t columns, float *to) {
        for (int n = 0; n < batch; ++n, from += rows * columns, to += rows * columns) {
            if (rows == 1 || columns == 1) {
                std::memcpy(to, from, rows * columns * sizeof(float));
                continue;
            }
            for (size_t j = 0; j < columns; ++j)
                for (size_t i = 0; i < rows; ++i) to[j * rows + i] = from[i * columns + j];
        }
    }
};

// From OpenCV's layers to steps

size_t padded(int outputs) { return (static_cast<size_t>(outputs) + group - 1) / group * group; }

/// `weights` are outputs x inputs x kernel x kernel values, in that order.
Convolution packed(const float *weights, const float *bias, int outputs, int inputs, int kernel) {
    Convolution step{kernel, inputs, outputs, {}, {}, {}};
    step.weights.assign(padded(outputs) * step.taps() + slack, 0);
    step.bias.assign(padded(outputs) + slack, 0);
    step.slopes.assign(padded(outputs) + slack, 1);
    for (int o = 0; o < outputs; ++o) {
        step.bias[o] = bias[o];
        float *to = step.weights.data() + o / group * group * step.taps() + o % group;
        for (int y = 0; y < kernel; ++y)
            for (int x = 0; x < kernel; ++x)
                for (int c = 0; c < inputs; ++c, to += group)
                    *to = weights[((static_cast<size_t>(o) * inputs + c) * kernel + y) * kernel + x];
    }
    return step;
}

class Reader {
public:
    std::vector<Step> steps;

    void add(const cv::Ptr<cv::dnn::Layer> &layer) {
        if (layer->type == "Convolution")
            convolution(layer);
        else if (layer->type == "Pooling")
            pooling(layer);
        else if (layer->type == "PReLU")
            slopes(layer);
        else if (layer->type == "InnerProduct")
            dense(layer);
        else if (layer->type != "Flatten" && layer->type != "Identity")
            require(false, "it has a layer of the kind " + layer->type);
    }

private:
    int channels = 3;

    static const float *values(const cv::Ptr<cv::dnn::Layer> &layer, size_t index, size_t count) {
        require(index < layer->blobs.size(), "a layer lacks weights");
        const cv::Mat &blob = layer->blobs[index];
        require(blob.type() == CV_32F && blob.isContinuous() && blob.total() == count, "a layer has other weights");
        return blob.ptr<float>();
    }

    void convolution(const cv::Ptr<cv::dnn::Layer> &layer) {
        const auto base = layer.dynamicCast<cv::dnn::BaseConvolutionLayer>();
        require(!base.empty() && !layer->blobs.empty() && layer->blobs[0].dims == 4, "a convolution lacks weights");
        const auto &shape = layer->blobs[0].size;
        const auto are = [](const std::vector<size_t> &sides, size_t value) {
            return std::all_of(sides.begin(), sides.end(), [value](size_t side) { return side == value; });
        };
        require(shape[1] == channels && shape[2] == shape[3] && are(base->strides, 1) && are(base->dilations, 1) &&
                    are(base->pads_begin, 0) && are(base->pads_end, 0),
                "a convolution has steps, gaps, padding or groups");
        add(layer, shape[0], shape[2]);
    }

    void dense(const cv::Ptr<cv::dnn::Layer> &layer) {
        require(!layer->blobs.empty() && layer->blobs[0].dims == 2 && layer->blobs[0].size[1] % channels == 0,
                "a dense layer has other weights");
        // The map that is flattened is a square of so many pixels.
        const int pixels = layer->blobs[0].size[1] / channels;
        int side = 1;
        while (side * side < pixels) ++side;
        require(side * side == pixels, "a dense layer's map is no square");
        add(layer, layer->blobs[0].size[0], side);
    }

    void add(const cv::Ptr<cv::dnn::Layer> &layer, int outputs, int kernel) {
        const size_t count = static_cast<size_t>(outputs) * channels * kernel * kernel;
        Step step;
        step.convolution = packed(values(layer, 0, count), values(layer, 1, outputs), outputs, channels, kernel);
        steps.push_back(std::move(step));
        channels = outputs;
    }

    void pooling(const cv::Ptr<cv::dnn::Layer> &layer) {
        const auto pool = layer.dynamicCast<cv::dnn::PoolingLayer>();
        require(!pool.empty() && pool->ceilMode && !pool->globalPooling && pool->kernel_size.size() == 2 &&
                    pool->strides == std::vector<size_t>(2, 2) && pool->kernel_size[0] == pool->kernel_size[1] &&
                    pool->pads_begin == std::vector<size_t>(2, 0) && pool->pads_end == std::vector<size_t>(2, 0),
                "a pooling layer has other steps or padding");
        Step step;
        step.pooling = static_cast<int>(pool->kernel_size[0]);
        require(step.pooling == 2 || step.pooling == 3, "a pooling layer has other windows");
        steps.push_back(std::move(step));
    }

    void slopes(const cv::Ptr<cv::dnn::Layer> &layer) {
        require(!steps.empty() && steps.back().pooling == 0, "slopes follow no convolution");
        const float *from = values(layer, 0, channels);
        std::copy(from, from + channels, steps.back().convolution.slopes.begin());
    }
};

/// The kind under which OpenCV knows the layer. Its table is one a process, so that the name has an address in it: two
/// copies of this library would get each other's layers by one name.
const std::string &layerType() {
    static const std::string type = [] {
        static const char here = 0;
        const std::string name = "FaceAnonNetwork@" + std::to_string(reinterpret_cast<uintptr_t>(&here));
        cv::dnn::LayerFactory::registerLayer(name, NetworkLayer::create);
        return name;
    }();
    return type;
}

}  // namespace

cv::dnn::Net onCallingThread(cv::dnn::Net &plain) {
    Reader reader;
    for (const auto &name : plain.getLayerNames()) reader.add(plain.getLayer(plain.getLayerId(name)));
    require(!reader.steps.empty(), "it has no layers");
    cv::dnn::Net net;
    cv::dnn::LayerParams params;
    const int index = net.addLayerToPrev("network", layerType(), params);
    const auto layer = net.getLayer(index).dynamicCast<NetworkLayer>();
    require(!layer.empty(), "OpenCV made another layer");
    layer->steps = std::move(reader.steps);
    return net;
}

}  // namespace faceanon
