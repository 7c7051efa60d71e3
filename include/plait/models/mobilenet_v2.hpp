// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline constexpr conv mobilenet_v2_stem{.out = 32, .kernel = 3, .stride = 2, .activation = activation::relu6};
inline constexpr conv mobilenet_v2_head{.out = 1280, .activation = activation::relu6};

}  // namespace detail

/// MobileNetV2 (Sandler et al., arXiv 1801.04381, table 2) with width multiplier 1, as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using mobilenet_v2 =
    network<Input,
            scope<"features", detail::mobilenet_v2_stem, inverted_residual{.out = 16, .expansion = 1},
                  inverted_residual{.out = 24, .stride = 2}, inverted_residual{.out = 24},               //
                  inverted_residual{.out = 32, .stride = 2}, repeat<2, inverted_residual{.out = 32}>,    //
                  inverted_residual{.out = 64, .stride = 2}, repeat<3, inverted_residual{.out = 64}>,    //
                  repeat<3, inverted_residual{.out = 96}>,                                               //
                  inverted_residual{.out = 160, .stride = 2}, repeat<2, inverted_residual{.out = 160}>,  //
                  inverted_residual{.out = 320}, detail::mobilenet_v2_head>,
            global_average_pool{}, scope<"classifier", dropout{.probability = 0.2}, linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
