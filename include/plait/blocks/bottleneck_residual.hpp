// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// ResNet's bottleneck (He et al., arXiv 1512.03385, figure 5): relu(x + conv 1x1(conv 3x3(conv 1x1(x))))
/// with the stride in the 3 x 3 convolution, as torchvision has it. Where size or width changes, a 1 x 1
/// convolution fits x to the sum.
struct bottleneck_residual {
    static constexpr sentence width_must_be_positive{"the width of the bottleneck must be positive"};

    int out;
    int width;  ///< channels of the 3 x 3 convolution
    int stride = 1;
    int groups = 1;  ///< of the 3 x 3 convolution

    /// What tables call it.
    constexpr const char* word(shape) const { return "bottleneck unit"; }
    constexpr refusal check(shape) const {
        if (out < 1) return refusals::output_channels_must_be_positive;
        if (width < 1) return width_must_be_positive;
        return {};
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        constexpr activation relu = activation::relu;
        feature_map y = g.conv(x, {.out = width, .act = relu, .name = "conv1", .norm_name = "bn1"});
        y = g.conv(y, {.out = width,
                       .kernel = 3,
                       .stride = stride,
                       .groups = groups,
                       .act = relu,
                       .name = "conv2",
                       .norm_name = "bn2"});
        y = g.conv(y, {.out = out, .name = "conv3", .norm_name = "bn3"});
        const feature_map shortcut = stride == 1 && x.count == out ? x : g.in("downsample")([&] {
            return g.conv(x, {.out = out, .stride = stride});
        });
        return g.add(shortcut, y, relu);
    }
};

}  // namespace plait::inline PLAIT_TARGET
