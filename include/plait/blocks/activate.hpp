// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// An activation by itself, of every value.
struct activate {
    static constexpr bool layer = true;
    plait::activation activation = plait::activation::relu;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.activate(x, activation); }
};

/// Softmax over the channels of each pixel, which then sum to 1.
struct softmax {
    static constexpr bool layer = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.softmax(x); }
};

}  // namespace plait::inline PLAIT_TARGET
