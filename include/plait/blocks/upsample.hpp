// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Nearest-neighbour enlargement by a whole factor.
struct upsample {
    static constexpr bool layer = true;
    int factor = 2;

    constexpr refusal check(shape) const {
        if (factor < 1) return refusals::factor_must_be_positive;
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.upsample(x, factor); }
};

}  // namespace plait::inline PLAIT_TARGET
