// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Largest value under a window. Padded by kernel / 2; the padding never wins.
struct max_pool {
    static constexpr bool layer = true;
    int kernel = 3;
    int stride = 2;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.max_pool(x, {.kernel = kernel, .stride = stride});
    }
};

/// Mean under a window, padded by kernel / 2. Padding counts as zeros, or not at all (PyTorch's
/// `count_include_pad`).
struct average_pool {
    static constexpr bool layer = true;
    int kernel = 3;
    int stride = 2;
    bool count_include_pad = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.average_pool(x,
                              {.kernel = kernel, .stride = stride, .count_include_pad = count_include_pad});
    }
};

/// Mean of each channel: C x H x W to C x 1 x 1.
struct global_average_pool {
    static constexpr bool layer = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.global_average_pool(x); }
};

}  // namespace plait::inline PLAIT_TARGET
