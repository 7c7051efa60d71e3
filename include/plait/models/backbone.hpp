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

/// ImageNet's stem and three stages, each twice as wide as the one before; `down(out)` makes a down unit.
template <class Down, class Unit>
constexpr pyramid lower_stages(graph& g, feature_map picture, int width, Down down, Unit first_unit,
                               Unit unit) {
    constexpr conv stem{.out = 24, .kernel = 3, .stride = 2};
    return g.in("backbone")([&] {
        const feature_map x = g(g.apply_named("first_conv", stem, picture), max_pool{});
        const auto stage = [&](std::string_view name, feature_map in, int out, int units, auto stage_unit) {
            return g.in(name)([&] { return lower_stage(g, in, down(out), units, stage_unit); });
        };
        const feature_map p1 = stage("stage2", x, width, 3, first_unit);
        const feature_map p2 = stage("stage3", p1, 2 * width, 7, unit);
        const feature_map p3 = stage("stage4", p2, 4 * width, 3, unit);
        return pyramid{p1, p2, p3};
    });
}

}  // namespace detail

/// ShuffleNetV2 (arXiv 1807.11164) with its authors' shuffle. `width` is the channels of stage 2.
struct shufflenet_v2_backbone {
    int width = 48;

    constexpr pyramid lower(graph& g, feature_map picture) const {
        constexpr layer_names names = layer_names::branch_main_and_proj;
        constexpr shuffle_unit unit{.mix = mixing::before_pairs, .names = names};
        const auto down = [](int out) { return shuffle_down{out, mixing::none, names}; };
        return detail::lower_stages(g, picture, width, down, unit, unit);
    }
};

/// AugShuffleNet (arXiv 2203.06589) in the port's order. `width` is the channels of stage 2.
struct augshufflenet_backbone {
    int width = 48;
    ratio first_split{1, 2};  ///< of stage 2
    ratio split{3, 8};        ///< of stages 3 and 4

    constexpr pyramid lower(graph& g, feature_map picture) const {
        const auto down = [](int out) { return shuffle_down{.out = out}; };
        return detail::lower_stages(g, picture, width, down, aug_shuffle{.split = first_split},
                                    aug_shuffle{.split = split});
    }
};

}  // namespace plait::inline PLAIT_TARGET
