// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Pixels around a map, zeros or its own reflected by its border: PyTorch's ZeroPad2d and ReflectionPad2d.
struct pad {
    static constexpr bool layer = true;
    plait::sides sides{};
    padding_mode mode = padding_mode::zeros;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.pad(x, sides, mode); }
};

/// Channels of zeros before and after those of the map, as in residual blocks without a projection.
struct pad_channels {
    int before = 0;
    int after = 0;

    /// Whether it opens no scope: it takes no more than a number.
    constexpr bool names_its_layers() const { return true; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.pad_channels(x, before, after); }
};

/// Rows and columns of a map, every one of their step.
struct slice_pixels {
    pixel_range rows{};
    pixel_range columns{};

    /// Whether it opens no scope: it takes no more than a number.
    constexpr bool names_its_layers() const { return true; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.slice_pixels(x, rows, columns); }
};

}  // namespace plait::inline PLAIT_TARGET
