// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline constexpr max_pool vgg_pool{.kernel = 2, .stride = 2, .padding = 0};
constexpr conv vgg_conv(int out) { return {.out = out, .kernel = 3, .after = affine::bias_and_batch_norm}; }

}  // namespace detail

/// VGG-11 with batch norm (Simonyan and Zisserman, arXiv 1409.1556, table 1, A): the features as in
/// torchvision, then in place of its 124 million weights of three layers the mean of each channel and one
/// layer.
template <int Classes = 1000, shape Input = imagenet_picture>
using vgg11_bn = network<
    Input,
    scope<"features", flat<detail::vgg_conv(64), detail::vgg_pool, detail::vgg_conv(128), detail::vgg_pool,
                           detail::vgg_conv(256), detail::vgg_conv(256), detail::vgg_pool,
                           detail::vgg_conv(512), detail::vgg_conv(512), detail::vgg_pool,
                           detail::vgg_conv(512), detail::vgg_conv(512), detail::vgg_pool>>,
    global_average_pool{}, named<"classifier", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
