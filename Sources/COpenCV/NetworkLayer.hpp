// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

#ifndef FACEANON_NETWORK_LAYER_HPP
#define FACEANON_NETWORK_LAYER_HPP

#include <opencv2/dnn.hpp>

namespace faceanon {

/// The same network as one layer of ours, which computes on the calling thread alone. OpenCV's own layers hand their
/// loops to a pool of threads that the whole process shares, and there is no switch for that but the process's.
///
/// Throws where `plain` has layers that ours does not know.
cv::dnn::Net onCallingThread(cv::dnn::Net &plain);

}  // namespace faceanon

#endif
