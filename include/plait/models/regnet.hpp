// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Units of one width whose 3 x 3 convolutions have groups of 16 channels, the first with a stride of 2.
template <name First, int Out, int Units>
inline constexpr auto regnet_stage = [] {
    constexpr auto unit = [](int stride) {
        return bottleneck_residual{.out = Out,
                                   .width = Out,
                                   .stride = stride,
                                   .groups = Out / 16,
                                   .names = bottleneck_names::letters};
    };
    return numbered<First, unit(2), repeat<Units - 1, unit(1)>>;
}();

}  // namespace detail

/// RegNetX-400MF (Radosavovic et al., arXiv 2003.13678, table 8), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using regnet_x_400mf = network<Input, scope<"stem", flat<conv{.out = 32, .kernel = 3, .stride = 2}>>,
                               scope<"trunk_output.block1", detail::regnet_stage<"block1-0", 32, 1>>,
                               scope<"trunk_output.block2", detail::regnet_stage<"block2-0", 64, 2>>,
                               scope<"trunk_output.block3", detail::regnet_stage<"block3-0", 160, 7>>,
                               scope<"trunk_output.block4", detail::regnet_stage<"block4-0", 400, 12>>,
                               global_average_pool{}, named<"fc", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
