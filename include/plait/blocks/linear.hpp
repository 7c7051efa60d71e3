// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Fully connected layer, such as the classifier, whose outputs are the logits. Its inputs are all values of
/// a map, channel by channel and row by row, as PyTorch flattens them.
struct linear {
    static constexpr bool layer = true;
    int out;
    bool bias = true;

    constexpr refusal check(shape) const {
        if (out < 1) return refusals::output_channels_must_be_positive;
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.linear(x, {.out = out, .bias = bias});
    }
};

}  // namespace plait::inline PLAIT_TARGET
