// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Channel shuffle by itself: renames channels, moves nothing.
struct channel_shuffle {
    int groups = 2;

    constexpr fault check(shape s) const {
        return groups < 1 || s.channels % groups ? fault::groups_must_divide_the_channels : fault::none;
    }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.shuffle(x, groups); }
};

}  // namespace plait::inline PLAIT_TARGET
