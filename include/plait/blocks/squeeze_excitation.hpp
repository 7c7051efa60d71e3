// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Squeeze-and-excitation (arXiv 1709.01507, figure 2): the means of the channels, a 1x1 convolution to
/// `squeezed` channels, one back, and a gate, by which each channel is multiplied. Names as torchvision's.
struct squeeze_excitation {
    int squeezed;
    plait::activation activation = plait::activation::relu;
    plait::activation gate = plait::activation::sigmoid;

    /// What tables call it.
    constexpr const char* word(shape) const { return "squeeze-and-excitation"; }
    constexpr refusal check(shape) const {
        if (squeezed < 1) return refusals::output_channels_must_be_positive;
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        feature_map y = g.global_average_pool(x);
        y = g.conv(y, {.out = squeezed, .after = affine::bias, .act = activation, .name = "fc1"});
        y = g.conv(y, {.out = x.count, .after = affine::bias, .act = gate, .name = "fc2"});
        return g.multiply(x, y);
    }
};

}  // namespace plait::inline PLAIT_TARGET
