// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Largest value under a window; padding never wins. Where it does not say, it is padded as a convolution is.
struct max_pool {
    static constexpr bool layer = true;
    per_axis kernel = 3;
    per_axis stride = 2;
    plait::padding padding = padding::centred;
    per_axis dilation = 1;
    bool ceil_mode = false;  ///< whether the last window may end past the padding

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.max_pool(x, {.kernel = kernel,
                              .stride = stride,
                              .padding = padding,
                              .dilation = dilation,
                              .ceil_mode = ceil_mode});
    }
};

/// Mean under a window. Padding counts as zeros, or not at all (PyTorch's `count_include_pad`). Where it does
/// not say, it is padded as a convolution is.
struct average_pool {
    static constexpr bool layer = true;
    per_axis kernel = 3;
    per_axis stride = 2;
    plait::padding padding = padding::centred;
    bool ceil_mode = false;  ///< whether the last window may end past the padding
    bool count_include_pad = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.average_pool(x, {.kernel = kernel,
                                  .stride = stride,
                                  .padding = padding,
                                  .ceil_mode = ceil_mode,
                                  .count_include_pad = count_include_pad});
    }
};

/// Mean of each channel: C x H x W to C x 1 x 1.
struct global_average_pool {
    static constexpr bool layer = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.global_average_pool(x); }
};

/// The largest value of each channel, not a number where one is none: C x H x W to C x 1 x 1.
struct global_max_pool {
    static constexpr bool layer = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.global_max_pool(x); }
};

}  // namespace plait::inline PLAIT_TARGET
