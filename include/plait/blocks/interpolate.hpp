// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// The map at another size: exactly `to`, or by a factor of both axes, rounded down. Without a word more it
/// is PyTorch's "nearest"; `nearest_round` with `half_pixel` is its "nearest-exact", `bilinear` with
/// `half_pixel` or `aligned` its "bilinear" without and with `align_corners`.
struct interpolate {
    static constexpr bool layer = true;
    extent to{0, 0};
    real factor{};
    interpolation by = interpolation::nearest_floor;
    coordinates at = coordinates::asymmetric;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.interpolate(x, {to, factor, by, at});
    }
};

}  // namespace plait::inline PLAIT_TARGET
