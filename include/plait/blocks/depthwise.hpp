// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Depthwise convolution, batch norm or bias, activation: every channel by itself. Where it
/// does not say, it is padded so that a stride of 1 keeps the size.
struct depthwise {
    per_axis kernel = 3;
    per_axis stride = 1;
    plait::padding padding = padding::centred;
    per_axis dilation = 1;
    affine after = affine::batch_norm;
    plait::activation activation = plait::activation::relu;

    /// Whether its layers have names that were given, and no numbers in a scope of its own.
    constexpr bool names_its_layers() const { return false; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.depthwise(x, {.kernel = kernel,
                               .stride = stride,
                               .padding = padding,
                               .dilation = dilation,
                               .after = after,
                               .act = activation});
    }
};

}  // namespace plait::inline PLAIT_TARGET
