// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// MobileNetV2's inverted residual (arXiv 1801.04381, section 3.3): a pointwise convolution to `expansion`
/// times the channels, a depthwise one, a linear one to `out`; then its input is added if that has the shape.
struct inverted_residual {
    int out;
    int stride = 1;
    int expansion = 6;  ///< 1 for no first convolution
    int kernel = 3;
    plait::activation activation = plait::activation::relu6;

    constexpr fault check(shape s) const {
        if (out < 1) return fault::output_channels_must_be_positive;
        if (expansion < 1) return fault::expansion_must_be_positive;
        return stride > 0 && s.plane().divisible_by(stride) ? fault::none
                                                            : fault::stride_must_divide_the_size;
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        feature_map y = x;
        if (expansion > 1)
            y = g.conv(y, {.out = expansion * x.count, .act = activation, .role = layer_role::expand});
        y = g.depthwise(
            y, {.kernel = kernel, .stride = stride, .act = activation, .role = layer_role::depthwise});
        y = g.conv(y, {.out = out, .role = layer_role::project});
        return y.dimensions() == x.dimensions() ? g.add(x, y, plait::activation::none) : y;
    }
};

}  // namespace plait::inline PLAIT_TARGET
