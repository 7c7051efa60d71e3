// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/shuffle_unit.hpp"

namespace plait::inline PLAIT_TARGET {

/// Down unit of stride 2 (arXiv 1807.11164, figure 3d): halves height and width, makes `out` channels.
struct shuffle_down {
    int out;
    mixing mix = mixing::after;
    layer_names names = layer_names::branches;

    /// What tables call it.
    constexpr const char* word(shape) const { return "down unit"; }
    constexpr refusal check(shape) const {
        if (out < 2) return refusals::output_channels_must_be_positive;
        if (out % 2) return refusals::output_channels_must_be_even;
        return {};
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        const int half = out / 2;
        const feature_map left = g.in(detail::branch_name(names, 1))([&] {
            const auto window = detail::convolution_names::of(names, 1);
            const auto project = detail::convolution_names::of(names, 2);
            const feature_map y = g.depthwise(
                x,
                {.stride = 2, .act = activation::none, .name = window.convolution, .norm_name = window.norm});
            return g.conv(y, {.out = half,
                              .act = activation::relu,
                              .name = project.convolution,
                              .norm_name = project.norm});
        });
        const feature_map right = detail::transform_branch(g, x, half, 2, names, 3);
        const feature_map y = g.concat(left, right);
        return mix == mixing::after ? g.shuffle(y, 2) : y;
    }
};

}  // namespace plait::inline PLAIT_TARGET
