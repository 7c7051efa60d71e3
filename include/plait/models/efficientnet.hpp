// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A row of table 1: `Times` of the operator, the first with the stride and from the row before's channels.
template <int Expansion, int Kernel, int Stride, int In, int Out, int Times>
inline constexpr auto efficientnet_stage = [] {
    constexpr auto unit = [](int channels, int stride) {
        return mobile_bottleneck{.out = Out,
                                 .expanded = Expansion * channels,
                                 .kernel = Kernel,
                                 .stride = stride,
                                 .squeezed = channels / 4,
                                 .activation = activation::silu,
                                 .squeeze_activation = activation::silu,
                                 .gate = activation::sigmoid};
    };
    return sequential<unit(In, Stride), repeat<Times - 1, unit(Out, 1)>>;
}();

constexpr conv efficientnet_conv(int out, int kernel, int stride) {
    return {.out = out, .kernel = kernel, .stride = stride, .activation = activation::silu};
}

}  // namespace detail

/// EfficientNet-B0 (Tan and Le, arXiv 1905.11946, table 1), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using efficientnet_b0 = network<
    Input,
    scope<"features", detail::efficientnet_conv(32, 3, 2), detail::efficientnet_stage<1, 3, 1, 32, 16, 1>,
          detail::efficientnet_stage<6, 3, 2, 16, 24, 2>, detail::efficientnet_stage<6, 5, 2, 24, 40, 2>,
          detail::efficientnet_stage<6, 3, 2, 40, 80, 3>, detail::efficientnet_stage<6, 5, 1, 80, 112, 3>,
          detail::efficientnet_stage<6, 5, 2, 112, 192, 4>, detail::efficientnet_stage<6, 3, 1, 192, 320, 1>,
          detail::efficientnet_conv(1280, 1, 1)>,
    global_average_pool{}, scope<"classifier", dropout{.probability = 0.2}, linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
