// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

template <int Out, int Stride = 1>
inline constexpr auto separable = sequential<flat<depthwise{.stride = Stride}, conv{.out = Out}>>;

}  // namespace detail

/// MobileNetV1 (Howard et al., arXiv 1704.04861, table 1) with width multiplier 1; the names are those of the
/// PyTorch code that most weights come from, one `nn.Sequential` called "model".
template <int Classes = 1000, shape Input = imagenet_picture>
using mobilenet_v1 =
    network<Input,
            scope<"model", conv{.out = 32, .kernel = 3, .stride = 2}, detail::separable<64>,
                  detail::separable<128, 2>, detail::separable<128>, detail::separable<256, 2>,
                  detail::separable<256>, detail::separable<512, 2>, repeat<5, detail::separable<512>>,
                  detail::separable<1024, 2>, detail::separable<1024>, global_average_pool{}>,
            named<"fc", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
