// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// MobileNetV2's inverted residual (arXiv 1801.04381, section 3.3): a pointwise convolution to `expansion`
/// times the channels, a depthwise one, a linear one to `out`; then its input is added if that has the shape.
struct inverted_residual {
    static constexpr sentence expansion_must_be_positive{"the expansion must be positive"};

    int out;
    int stride = 1;
    int expansion = 6;  ///< 1 for no first convolution
    int kernel = 3;
    plait::activation activation = plait::activation::relu6;
    /// Whether its layers are numbers of one `nn.Sequential` called "layers", as in torchvision's MNASNet.
    bool flat = false;

    /// What tables call it.
    constexpr const char* word(shape s) const {
        return stride == 1 && s.channels == out ? "residual unit" : "bottleneck";
    }
    constexpr refusal check(shape) const {
        if (out < 1) return refusals::output_channels_must_be_positive;
        if (expansion < 1) return expansion_must_be_positive;
        return {};
    }

    /// Unless all are one, a convolution with its activation is an `nn.Sequential` of its own, as in
    /// torchvision's MobileNetV2; the last one has none.
    constexpr feature_map lower(graph& g, feature_map x) const {
        const auto unit = [&](auto body) { return flat ? body() : g.in_next()(body); };
        const feature_map made = g.in(flat ? "layers" : "conv")([&] {
            feature_map y = x;
            if (expansion > 1)
                y = unit([&] { return g.conv(y, {.out = expansion * x.count, .act = activation}); });
            y = unit([&] { return g.depthwise(y, {.kernel = kernel, .stride = stride, .act = activation}); });
            return g.conv(y, {.out = out});
        });
        return stride == 1 && x.count == out ? g.add(x, made, plait::activation::none) : made;
    }
};

}  // namespace plait::inline PLAIT_TARGET
