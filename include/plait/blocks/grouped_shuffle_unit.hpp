// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// ShuffleNetV1 unit (arXiv 1707.01083, figure 2): a grouped pointwise convolution to a quarter of `out`,
/// channel shuffle, a depthwise and another grouped pointwise convolution. With stride 1 (figure 2b) the
/// input is added; with stride 2 (figure 2c) the input, averaged over 3x3, is concatenated in front, and the
/// convolutions make what it leaves of `out`. The average counts padding as zeros, as PyTorch's does unless
/// told otherwise.
struct grouped_shuffle_unit {
    static constexpr sentence bottleneck_must_be_whole{"4 must divide the number of output channels"};
    static constexpr sentence stride_must_be_1_or_2{"the stride must be 1 or 2"};
    static constexpr sentence output_must_be_wider_than_the_input{
        "a unit of stride 2 must have more output channels than input channels"};

    int out;
    int stride = 1;
    int groups = 3;
    /// Of the first convolution: the paper has it not grouped where stage 2 begins, whose input is narrow.
    bool first_is_grouped = true;

    /// What tables call it.
    constexpr const char* word(shape) const { return stride == 1 ? "residual unit" : "down unit"; }
    constexpr refusal check(shape s) const {
        if (out < 1) return refusals::output_channels_must_be_positive;
        if (out % 4) return bottleneck_must_be_whole;
        if (stride != 1 && stride != 2) return stride_must_be_1_or_2;
        if (stride == 1 && s.channels != out) return refusals::added_maps_must_have_one_shape;
        if (stride == 2 && s.channels >= out) return output_must_be_wider_than_the_input;
        const auto divides = [this](int channels) { return channels % groups == 0; };
        const bool fits = groups > 0 && (!first_is_grouped || divides(s.channels)) && divides(bottleneck()) &&
                          divides(made_from(s.channels));
        if (!fits) return refusals::groups_must_divide_the_channels;
        return {};
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        const bool adds = stride == 1;
        const feature_map made = g.in("branch2")([&] {
            feature_map y = x;
            y = g.conv(
                y, {.out = bottleneck(), .groups = first_is_grouped ? groups : 1, .act = activation::relu});
            y = g.shuffle(y, groups);
            y = g.depthwise(y, {.stride = stride, .act = activation::none});
            return g.conv(y, {.out = made_from(x.count),
                              .groups = groups,
                              .act = adds ? activation::none : activation::relu});
        });
        return adds ? g.add(x, made, activation::relu)
                    : g.concat(g.average_pool(x, {.kernel = 3, .stride = 2, .act = activation::relu}), made);
    }

private:
    constexpr int bottleneck() const { return out / 4; }
    constexpr int made_from(int channels) const { return stride == 2 ? out - channels : out; }
};

}  // namespace plait::inline PLAIT_TARGET
