// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// ResNet's basic block (arXiv 1512.03385, figure 5, left): two 3x3 convolutions to `out` channels, to which
/// the input is added; where that has another shape, its projection by a 1x1 convolution (option B).
struct basic_residual {
    int out;
    int stride = 1;

    /// What tables call it.
    constexpr const char* word(shape) const { return "residual unit"; }
    constexpr refusal check(shape) const {
        if (out < 1) return refusals::output_channels_must_be_positive;
        return {};
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        feature_map y = x;
        y = g.conv(y, {.out = out,
                       .kernel = 3,
                       .stride = stride,
                       .act = activation::relu,
                       .name = "conv1",
                       .norm_name = "bn1"});
        y = g.conv(y,
                   {.out = out, .kernel = 3, .act = activation::none, .name = "conv2", .norm_name = "bn2"});
        const feature_map shortcut = stride == 1 && x.count == out ? x : g.in("downsample")([&] {
            return g.conv(x, {.out = out, .stride = stride});
        });
        return g.add(shortcut, y, activation::relu);
    }
};

}  // namespace plait::inline PLAIT_TARGET
