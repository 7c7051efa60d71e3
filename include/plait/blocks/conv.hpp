// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Convolution, batch norm or bias, activation: `conv{.out = 24, .kernel = 3}`. Padded by kernel / 2.
struct conv {
    int out;
    int kernel = 1;
    int stride = 1;
    int groups = 1;
    affine after = affine::batch_norm;
    plait::activation activation = plait::activation::relu;

    constexpr fault check(shape) const {
        return out < 1 ? fault::output_channels_must_be_positive : fault::none;
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.conv(x, {.out = out,
                          .kernel = kernel,
                          .stride = stride,
                          .groups = groups,
                          .after = after,
                          .act = activation});
    }
};

}  // namespace plait::inline PLAIT_TARGET
