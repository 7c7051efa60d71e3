// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"

// What detectors stand on: a classifier's stages, whose outputs at three sizes are all used.

namespace plait::inline PLAIT_TARGET {

/// An eighth, a sixteenth and a thirty-second of the picture's height and width.
struct pyramid {
    feature_map eighth{};
    feature_map sixteenth{};
    feature_map thirty_second{};
};

namespace detail {

/// A down unit, then `units` equal ones.
template <class Down, class Unit>
constexpr feature_map lower_stage(graph& g, feature_map in, Down down, int units, Unit unit) {
    feature_map x = g(in, down);
    for (int i = 0; i < units; ++i) x = g(x, unit);
    return x;
}

/// ImageNet's stem.
constexpr feature_map lower_stem(graph& g, feature_map picture) {
    return g.in("backbone.first_conv")(picture, conv{.out = 24, .kernel = 3, .stride = 2}, max_pool{});
}

}  // namespace detail

/// ShuffleNetV2 (arXiv 1807.11164) with its authors' shuffle. `width` is the channels of stage 2.
struct shufflenet_v2_backbone {
    int width = 48;

    constexpr pyramid lower(graph& g, feature_map picture) const {
        constexpr shuffle_unit unit{.mix = mixing::before_pairs};
        const auto down = [](int out) { return shuffle_down{.out = out, .mix = mixing::none}; };
        const feature_map x = detail::lower_stem(g, picture);
        const feature_map p1 = detail::lower_stage(g.in("backbone.stage2"), x, down(width), 3, unit);
        const feature_map p2 = detail::lower_stage(g.in("backbone.stage3"), p1, down(2 * width), 7, unit);
        const feature_map p3 = detail::lower_stage(g.in("backbone.stage4"), p2, down(4 * width), 3, unit);
        return {p1, p2, p3};
    }
};

/// AugShuffleNet (arXiv 2203.06589) in the port's order. `width` is the channels of stage 2.
struct augshufflenet_backbone {
    int width = 48;
    ratio first_split{1, 2};  ///< of stage 2
    ratio split{3, 8};        ///< of stages 3 and 4

    constexpr pyramid lower(graph& g, feature_map picture) const {
        const aug_shuffle first_unit{.split = first_split};
        const aug_shuffle unit{.split = split};
        const auto down = [](int out) { return shuffle_down{.out = out}; };
        const feature_map x = detail::lower_stem(g, picture);
        const feature_map p1 = detail::lower_stage(g.in("backbone.stage2"), x, down(width), 3, first_unit);
        const feature_map p2 = detail::lower_stage(g.in("backbone.stage3"), p1, down(2 * width), 7, unit);
        const feature_map p3 = detail::lower_stage(g.in("backbone.stage4"), p2, down(4 * width), 3, unit);
        return {p1, p2, p3};
    }
};

}  // namespace plait::inline PLAIT_TARGET
