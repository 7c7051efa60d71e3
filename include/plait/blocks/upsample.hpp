// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Nearest-neighbour enlargement by a whole factor.
struct upsample {
    int factor = 2;

    constexpr fault check(shape) const { return factor < 1 ? fault::sizes_must_be_positive : fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.upsample(x, factor); }
};

}  // namespace plait::inline PLAIT_TARGET
