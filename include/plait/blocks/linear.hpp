// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Fully connected layer with bias, on C x 1 x 1: the classifier, whose outputs are the logits.
struct linear {
    int out;

    constexpr fault check(shape s) const {
        if (s.pixels() != 1) return fault::linear_needs_one_pixel;
        return out < 1 ? fault::output_channels_must_be_positive : fault::none;
    }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.linear(x, out); }
};

}  // namespace plait::inline PLAIT_TARGET
