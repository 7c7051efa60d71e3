// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Depthwise convolution, batch norm or bias, activation: every channel by itself. Padded by kernel / 2.
struct depthwise {
    int kernel = 3;
    int stride = 1;
    affine after = affine::batch_norm;
    plait::activation activation = plait::activation::relu;

    /// Whether its layers have names that were given, and no numbers in a scope of its own.
    constexpr bool names_its_layers() const { return false; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.depthwise(x, {.kernel = kernel, .stride = stride, .after = after, .act = activation});
    }
};

}  // namespace plait::inline PLAIT_TARGET
