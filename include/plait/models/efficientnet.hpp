// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline constexpr activation silu = activation::silu;

/// A row of table 1: `Units` of the operator, the first with the stride and from the row before's channels.
template <int Expansion, int Kernel, int Stride, int In, int Out, int Units>
inline constexpr auto efficientnet_stage = [] {
    constexpr auto unit = [](int in, int stride) {
        return mobile_bottleneck{Out,    Expansion * in, Kernel, stride,
                                 in / 4, silu,           silu,   activation::sigmoid};
    };
    return sequential<unit(In, Stride), repeat<Units - 1, unit(Out, 1)>>;
}();

}  // namespace detail

/// EfficientNet-B0 (Tan and Le, arXiv 1905.11946, table 1), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using efficientnet_b0 = network<
    Input,
    scope<"features", conv{.out = 32, .kernel = 3, .stride = 2, .activation = detail::silu},
          detail::efficientnet_stage<1, 3, 1, 32, 16, 1>, detail::efficientnet_stage<6, 3, 2, 16, 24, 2>,
          detail::efficientnet_stage<6, 5, 2, 24, 40, 2>, detail::efficientnet_stage<6, 3, 2, 40, 80, 3>,
          detail::efficientnet_stage<6, 5, 1, 80, 112, 3>, detail::efficientnet_stage<6, 5, 2, 112, 192, 4>,
          detail::efficientnet_stage<6, 3, 1, 192, 320, 1>, conv{.out = 1280, .activation = detail::silu}>,
    global_average_pool{}, scope<"classifier", dropout{.probability = 0.2}, linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
