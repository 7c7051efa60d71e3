// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// GoogLeNet's inception (Szegedy et al., arXiv 1409.4842, figure 2b), every convolution with a norm and
/// ReLU: side by side a 1 x 1 convolution, two 3 x 3 convolutions behind 1 x 1 ones that reduce the channels,
/// and a 1 x 1 convolution behind a 3 x 3 max pool. The paper has 5 x 5 in the third branch; torchvision,
/// whose names these are, has 3 x 3.
struct inception {
    static constexpr sentence branches_must_have_channels{
        "every branch of an inception must have channels, and so must what it is reduced to"};

    int out[4];      ///< channels of the branches
    int reduced[2];  ///< channels that the second and the third are reduced to
    per_axis third_kernel = 3;

    /// What tables call it.
    constexpr const char* word(shape) const { return "inception"; }
    constexpr refusal check(shape) const {
        for (const int channels : {out[0], out[1], out[2], out[3], reduced[0], reduced[1]}) {
            if (channels < 1) return branches_must_have_channels;
        }
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const auto layer = [&g](feature_map from, int channels, per_axis kernel = 1) {
            return g.conv(from, {.out = channels,
                                 .kernel = kernel,
                                 .act = activation::relu,
                                 .name = "conv",
                                 .norm_name = "bn"});
        };
        const auto next = [&](feature_map from, int channels, per_axis kernel = 1) {
            return g.in_next()([&] { return layer(from, channels, kernel); });
        };
        const feature_map first = g.in("branch1")([&] { return layer(x, out[0]); });
        const feature_map second = g.in("branch2")([&] { return next(next(x, reduced[0]), out[1], 3); });
        const feature_map third =
            g.in("branch3")([&] { return next(next(x, reduced[1]), out[2], third_kernel); });
        const feature_map fourth =
            g.in("branch4")([&] { return next(g.max_pool(x, {.kernel = 3, .stride = 1}), out[3]); });
        return g.concat(first, second, third, fourth);
    }
};

}  // namespace plait::inline PLAIT_TARGET
