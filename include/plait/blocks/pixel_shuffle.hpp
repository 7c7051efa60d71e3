// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Channels to pixels: C x H x W to C / factor^2 x factor H x factor W. PyTorch's PixelShuffle.
struct pixel_shuffle {
    static constexpr bool layer = true;
    int factor = 2;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.pixel_shuffle(x, factor); }
};

/// Pixels to channels: what `pixel_shuffle` undoes. PyTorch's PixelUnshuffle.
struct pixel_unshuffle {
    static constexpr bool layer = true;
    int factor = 2;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.pixel_unshuffle(x, factor); }
};

}  // namespace plait::inline PLAIT_TARGET
