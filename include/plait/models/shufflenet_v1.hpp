// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// ShuffleNetV1 (Zhang et al., arXiv 1707.01083, table 1) of width 1 with 3 groups. Its stage 2 begins with a
/// unit whose first convolution is not grouped.
template <int Classes = 1000, shape Input = imagenet_picture>
using shufflenet_v1 =
    network<Input, conv{.out = 24, .kernel = 3, .stride = 2, .name = "conv1.0", .norm_name = "conv1.1"},
            max_pool{},
            scope<"stage2", grouped_shuffle_unit{.out = 240, .stride = 2, .first_is_grouped = false},
                  repeat<3, grouped_shuffle_unit{.out = 240}>>,
            scope<"stage3", grouped_shuffle_unit{.out = 480, .stride = 2},
                  repeat<7, grouped_shuffle_unit{.out = 480}>>,
            scope<"stage4", grouped_shuffle_unit{.out = 960, .stride = 2},
                  repeat<3, grouped_shuffle_unit{.out = 960}>>,
            global_average_pool{}, named<"fc", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
