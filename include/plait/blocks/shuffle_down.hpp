// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/shuffle_unit.hpp"

namespace plait::inline PLAIT_TARGET {

/// Down unit of stride 2 (arXiv 1807.11164, figure 3d): halves height and width, makes `out` channels.
struct shuffle_down {
    int out;
    mixing mix = mixing::after;

    constexpr fault check(shape s) const {
        if (out < 2) return fault::output_channels_must_be_positive;
        if (out % 2) return fault::output_channels_must_be_even;
        return s.plane().divisible_by(2) ? fault::none : fault::stride_must_divide_the_size;
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        using enum activation;
        const int half = out / 2;

        feature_map left = x;
        left = g.depthwise(left, {.stride = 2, .act = none, .role = layer_role::left_depthwise});
        left = g.conv(left, {.out = half, .act = relu, .role = layer_role::left_pointwise});

        feature_map right = x;
        right = g.conv(right, {.out = half, .act = relu, .role = layer_role::expand});
        right = g.depthwise(right, {.stride = 2, .act = none, .role = layer_role::depthwise});
        right = g.conv(right, {.out = half, .act = relu, .role = layer_role::project});

        const feature_map y = g.concat(left, right);
        return mix == mixing::after ? g.shuffle(y, 2) : y;
    }
};

}  // namespace plait::inline PLAIT_TARGET
