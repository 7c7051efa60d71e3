// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

constexpr conv mobilenet_v3_conv(int out, int kernel, int stride) {
    return {.out = out, .kernel = kernel, .stride = stride, .activation = activation::hard_swish};
}

/// A row of tables 1 and 2. What is squeezed has a quarter of the channels, as the nearest multiple of 8.
constexpr mobile_bottleneck bneck(int kernel, int expanded, int out, bool squeezes, activation act,
                                  int stride) {
    const int quarter = expanded / 4;
    const int near = (quarter + 4) / 8 * 8 > 8 ? (quarter + 4) / 8 * 8 : 8;
    return {.out = out,
            .expanded = expanded,
            .kernel = kernel,
            .stride = stride,
            .squeezed = !squeezes                 ? 0
                        : 10 * near < 9 * quarter ? near + 8
                                                  : near,
            .activation = act};
}
inline constexpr activation re = activation::relu;
inline constexpr activation hs = activation::hard_swish;

template <int Hidden, int Classes>
inline constexpr auto mobilenet_v3_classifier = scope<"classifier", linear{.out = Hidden}, activate{hs},
                                                      dropout{.probability = 0.2}, linear{.out = Classes}>;

}  // namespace detail

/// MobileNetV3 large (Howard et al., arXiv 1905.02244, table 1), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using mobilenet_v3_large = network<
    Input, norms{.epsilon = 1e-3, .momentum = 0.01},
    scope<"features", detail::mobilenet_v3_conv(16, 3, 2), detail::bneck(3, 16, 16, false, detail::re, 1),
          detail::bneck(3, 64, 24, false, detail::re, 2), detail::bneck(3, 72, 24, false, detail::re, 1),
          detail::bneck(5, 72, 40, true, detail::re, 2),
          repeat<2, detail::bneck(5, 120, 40, true, detail::re, 1)>,
          detail::bneck(3, 240, 80, false, detail::hs, 2), detail::bneck(3, 200, 80, false, detail::hs, 1),
          repeat<2, detail::bneck(3, 184, 80, false, detail::hs, 1)>,
          detail::bneck(3, 480, 112, true, detail::hs, 1), detail::bneck(3, 672, 112, true, detail::hs, 1),
          detail::bneck(5, 672, 160, true, detail::hs, 2),
          repeat<2, detail::bneck(5, 960, 160, true, detail::hs, 1)>, detail::mobilenet_v3_conv(960, 1, 1)>,
    global_average_pool{}, detail::mobilenet_v3_classifier<1280, Classes>>;

/// MobileNetV3 small (table 2), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using mobilenet_v3_small = network<
    Input, norms{.epsilon = 1e-3, .momentum = 0.01},
    scope<"features", detail::mobilenet_v3_conv(16, 3, 2), detail::bneck(3, 16, 16, true, detail::re, 2),
          detail::bneck(3, 72, 24, false, detail::re, 2), detail::bneck(3, 88, 24, false, detail::re, 1),
          detail::bneck(5, 96, 40, true, detail::hs, 2),
          repeat<2, detail::bneck(5, 240, 40, true, detail::hs, 1)>,
          detail::bneck(5, 120, 48, true, detail::hs, 1), detail::bneck(5, 144, 48, true, detail::hs, 1),
          detail::bneck(5, 288, 96, true, detail::hs, 2),
          repeat<2, detail::bneck(5, 576, 96, true, detail::hs, 1)>, detail::mobilenet_v3_conv(576, 1, 1)>,
    global_average_pool{}, detail::mobilenet_v3_classifier<1024, Classes>>;

}  // namespace plait::inline PLAIT_TARGET
