// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// DenseNet's layer with a bottleneck (Huang et al., arXiv 1608.06993, section 3): norm, ReLU, 1 x 1
/// convolution to `bottleneck` times the growth, norm, ReLU, 3 x 3 convolution; the `growth` channels that it
/// makes stand behind its input, which does not move.
struct dense_unit {
    static constexpr sentence growth_must_be_positive{"the growth of a dense unit must be positive"};
    static constexpr sentence bottleneck_must_be_positive{"the bottleneck of a dense unit must be positive"};

    int growth;
    int bottleneck = 4;

    /// What tables call it.
    constexpr const char* word(shape) const { return "dense unit"; }
    constexpr refusal check(shape) const {
        if (growth < 1) return growth_must_be_positive;
        if (bottleneck < 1) return bottleneck_must_be_positive;
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        constexpr activation relu = activation::relu;
        feature_map y = g.activate(g.batch_norm(x, affine::batch_norm, "norm1"), relu);
        y = g.conv(y, {.out = bottleneck * growth, .act = relu, .name = "conv1", .norm_name = "norm2"});
        y = g.conv(y, {.out = growth, .kernel = 3, .after = affine::none, .name = "conv2"});
        return g.concat(x, y);
    }
};

}  // namespace plait::inline PLAIT_TARGET
