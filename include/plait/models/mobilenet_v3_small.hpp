// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/models/mobilenet_v3.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

// Channels out, expanded, kernel, stride, channels of squeeze-and-excitation, activation.
inline constexpr mobile_bottleneck mobilenet_v3_small_units[]{
    {16, 16, 3, 2, 8, re},   {24, 72, 3, 2, 0, re},    {24, 88, 3, 1, 0, re},   {40, 96, 5, 2, 24, hs},
    {40, 240, 5, 1, 64, hs}, {40, 240, 5, 1, 64, hs},  {48, 120, 5, 1, 32, hs}, {48, 144, 5, 1, 40, hs},
    {96, 288, 5, 2, 72, hs}, {96, 576, 5, 1, 144, hs}, {96, 576, 5, 1, 144, hs}};

}  // namespace detail

/// MobileNetV3 small (Howard et al., arXiv 1905.02244, table 2), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using mobilenet_v3_small =
    mobilenet_v3<detail::mobilenet_v3_small_units,
                 mobilenet_v3_options{.last = 576, .hidden = 1024, .classes = Classes, .input = Input}>;

}  // namespace plait::inline PLAIT_TARGET
