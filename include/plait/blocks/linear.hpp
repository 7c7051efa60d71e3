// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Fully connected layer, on C x 1 x 1: the classifier, whose outputs are the logits.
struct linear {
    static constexpr bool layer = true;
    int out;
    bool bias = true;

    constexpr refusal check(shape s) const {
        if (s.pixels() != 1) return refusals::linear_needs_one_pixel;
        if (out < 1) return refusals::output_channels_must_be_positive;
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.linear(x, {.out = out, .bias = bias});
    }
};

}  // namespace plait::inline PLAIT_TARGET
