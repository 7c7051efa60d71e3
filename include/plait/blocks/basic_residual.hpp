// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// ResNet's basic block (arXiv 1512.03385, figure 5, left): two 3x3 convolutions to `out` channels, to which
/// the input is added; where that has another shape, its projection by a 1x1 convolution (option B).
struct basic_residual {
    int out;
    int stride = 1;

    constexpr fault check(shape s) const {
        if (out < 1) return fault::output_channels_must_be_positive;
        return stride > 0 && s.plane().divisible_by(stride) ? fault::none
                                                            : fault::stride_must_divide_the_size;
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        using enum activation;
        feature_map y = x;
        y = g.conv(y, {.out = out, .kernel = 3, .stride = stride, .act = relu, .role = layer_role::expand});
        y = g.conv(y, {.out = out, .kernel = 3, .act = none, .role = layer_role::project});

        const bool keeps_the_shape = y.dimensions() == x.dimensions();
        const feature_map shortcut =
            keeps_the_shape ? x : g.conv(x, {.out = out, .stride = stride, .role = layer_role::shortcut});
        return g.add(shortcut, y, relu);
    }
};

}  // namespace plait::inline PLAIT_TARGET
