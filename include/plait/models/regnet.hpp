// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// RegNet's residual bottleneck of one width (Radosavovic et al., arXiv 2003.13678, figure 4b and c).
struct regnet_unit {
    int out;
    int group_width;
    int stride = 1;

    constexpr const char* word(shape) const { return "residual unit"; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        constexpr activation relu = activation::relu;
        const feature_map shortcut = stride == 1 && x.count == out ? x : g.in("proj")([&] {
            return g.conv(x, {.out = out, .stride = stride});
        });
        const feature_map made = g.in("f")([&] {
            const feature_map a = g.in("a")([&] { return g.conv(x, {.out = out, .act = relu}); });
            const feature_map b = g.in("b")([&] {
                return g.conv(
                    a, {.out = out, .kernel = 3, .stride = stride, .groups = out / group_width, .act = relu});
            });
            return g.in("c")([&] { return g.conv(b, {.out = out}); });
        });
        return g.add(shortcut, made, relu);
    }
};

/// Units called "block4-0", "block4-1" and so on, in "block4".
template <char Number, int Out, int Depth>
struct regnet_stage {
    static constexpr bool composite = true;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const char stage[]{'b', 'l', 'o', 'c', 'k', Number};
        return g.in({stage, 6})([&] {
            for (int i = 0; i < Depth; ++i) {
                const char tens = static_cast<char>('0' + i / 10);
                const char unit[]{'b',
                                  'l',
                                  'o',
                                  'c',
                                  'k',
                                  Number,
                                  '-',
                                  i < 10 ? static_cast<char>('0' + i) : tens,
                                  static_cast<char>('0' + i % 10)};
                x = g.apply_named({unit, i < 10 ? 8U : 9U}, regnet_unit{Out, 16, i == 0 ? 2 : 1}, x);
            }
            return x;
        });
    }
};

}  // namespace detail

/// RegNetX-400MF (table 8 of the same), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using regnet_x_400mf =
    network<Input, scope<"stem", flat<conv{.out = 32, .kernel = 3, .stride = 2}>>,
            scope<"trunk_output", detail::regnet_stage<'1', 32, 1>{}, detail::regnet_stage<'2', 64, 2>{},
                  detail::regnet_stage<'3', 160, 7>{}, detail::regnet_stage<'4', 400, 12>{}>,
            global_average_pool{}, named<"fc", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
