// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Half of the channels at half of the size.
template <int Out>
inline constexpr auto densenet_transition =
    chain<named<"norm", batch_norm{}>, activate{},
          conv{.out = Out, .after = affine::none, .activation = activation::none, .name = "conv"},
          average_pool{.kernel = 2, .padding = 0}>;

template <int Units>
inline constexpr auto dense_block = numbered<"denselayer1", repeat<Units, dense_unit{.growth = 32}>>;

}  // namespace detail

/// DenseNet-121 (Huang et al., arXiv 1608.06993, table 1), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using densenet121 = network<
    Input,
    scope<
        "features", conv{.out = 64, .kernel = 7, .stride = 2, .name = "conv0", .norm_name = "norm0"},
        max_pool{}, scope<"denseblock1", detail::dense_block<6>>,
        scope<"transition1", detail::densenet_transition<128>>, scope<"denseblock2", detail::dense_block<12>>,
        scope<"transition2", detail::densenet_transition<256>>, scope<"denseblock3", detail::dense_block<24>>,
        scope<"transition3", detail::densenet_transition<512>>, scope<"denseblock4", detail::dense_block<16>>,
        named<"norm5", batch_norm{}>, activate{}>,
    global_average_pool{}, named<"classifier", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
