// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Where a unit shuffles. Weights fit only the convention that they were trained with.
enum class mixing : unsigned char {
    none,
    after,        ///< shuffle(., 2) of the output: torchvision
    before,       ///< shuffle(., 2) of the input: the CIFAR code of AugShuffleNet-Plus
    before_pairs  ///< even channels pass, odd ones are transformed: the block's first authors
};

/// ShuffleNetV2 unit of stride 1 (arXiv 1807.11164, figure 3c).
struct shuffle_unit {
    mixing mix = mixing::after;

    constexpr fault check(shape s) const {
        return s.channels % 2 ? fault::channels_must_be_even : fault::none;
    }

    constexpr feature_map lower(graph& g, feature_map in) const {
        using enum activation;
        const int half = in.count / 2;
        feature_map x = in;
        if (mix == mixing::before) x = g.shuffle(in, 2);
        if (mix == mixing::before_pairs) x = g.shuffle(in, half);

        feature_map y = x.slice(half, in.count);
        y = g.conv(y, {.out = half, .act = relu, .role = layer_role::expand});
        y = g.depthwise(y, {.act = none, .role = layer_role::depthwise});
        y = g.conv(y, {.out = half, .act = relu, .role = layer_role::project});

        const feature_map out = g.concat(x.slice(0, half), y);
        return mix == mixing::after ? g.shuffle(out, 2) : out;
    }
};

}  // namespace plait::inline PLAIT_TARGET
