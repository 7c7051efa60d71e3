// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/models/mobilenet_v3.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

// Channels out, expanded, kernel, stride, channels of squeeze-and-excitation, activation.
inline constexpr mobile_bottleneck mobilenet_v3_large_units[]{
    {16, 16, 3, 1, 0, re},     {24, 64, 3, 2, 0, re},     {24, 72, 3, 1, 0, re},
    {40, 72, 5, 2, 24, re},    {40, 120, 5, 1, 32, re},   {40, 120, 5, 1, 32, re},
    {80, 240, 3, 2, 0, hs},    {80, 200, 3, 1, 0, hs},    {80, 184, 3, 1, 0, hs},
    {80, 184, 3, 1, 0, hs},    {112, 480, 3, 1, 120, hs}, {112, 672, 3, 1, 168, hs},
    {160, 672, 5, 2, 168, hs}, {160, 960, 5, 1, 240, hs}, {160, 960, 5, 1, 240, hs}};

}  // namespace detail

/// MobileNetV3 large (Howard et al., arXiv 1905.02244, table 1), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using mobilenet_v3_large =
    mobilenet_v3<detail::mobilenet_v3_large_units,
                 mobilenet_v3_options{.last = 960, .hidden = 1280, .classes = Classes, .input = Input}>;

}  // namespace plait::inline PLAIT_TARGET
