// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Channel shuffle by itself: renames channels, moves nothing.
struct channel_shuffle {
    static constexpr bool layer = true;
    int groups = 2;

    constexpr refusal check(shape s) const {
        if (groups < 1 || s.channels % groups) return refusals::groups_must_divide_the_channels;
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        g.skip_number();
        return g.shuffle(x, groups);
    }
};

}  // namespace plait::inline PLAIT_TARGET
