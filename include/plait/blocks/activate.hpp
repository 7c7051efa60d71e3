// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// An activation by itself, of every value.
struct activate {
    static constexpr bool layer = true;
    plait::activation activation = plait::activation::relu;

    constexpr refusal check(shape) const { return activation.check(); }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.activate(x, activation); }
};

/// x, below 0 x times a trained slope: one for each channel, or for all, which is PyTorch's default.
struct prelu {
    static constexpr bool layer = true;
    bool one_slope = false;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.prelu(x, {.one_slope = one_slope});
    }
};

/// Softmax over the channels of each pixel, which then sum to 1.
struct softmax {
    static constexpr bool layer = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.softmax(x); }
};

}  // namespace plait::inline PLAIT_TARGET
