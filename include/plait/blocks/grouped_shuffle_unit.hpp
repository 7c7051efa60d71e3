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
    int out;
    int stride = 1;
    int groups = 3;
    /// Of the first convolution: the paper has it not grouped where stage 2 begins, whose input is narrow.
    bool first_is_grouped = true;

    constexpr fault check(shape s) const {
        if (out < 1) return fault::output_channels_must_be_positive;
        if (out % 4) return fault::bottleneck_must_be_whole;
        if (stride != 1 && stride != 2) return fault::stride_must_be_1_or_2;
        if (!s.plane().divisible_by(stride)) return fault::stride_must_divide_the_size;
        if (stride == 1 && s.channels != out) return fault::added_maps_must_have_one_shape;
        if (stride == 2 && s.channels >= out) return fault::output_must_be_wider_than_the_input;
        const auto divides = [this](int channels) { return channels % groups == 0; };
        const bool fits = groups > 0 && (!first_is_grouped || divides(s.channels)) && divides(bottleneck()) &&
                          divides(made_from(s.channels));
        return fits ? fault::none : fault::groups_must_divide_the_channels;
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        using enum activation;
        const bool adds = stride == 1;
        feature_map y = x;
        y = g.conv(y, {.out = bottleneck(),
                       .groups = first_is_grouped ? groups : 1,
                       .act = relu,
                       .role = layer_role::expand});
        y = g.shuffle(y, groups);
        y = g.depthwise(y, {.stride = stride, .act = none, .role = layer_role::depthwise});
        y = g.conv(y, {.out = made_from(x.count),
                       .groups = groups,
                       .act = adds ? none : relu,
                       .role = layer_role::project});
        return adds ? g.add(x, y, relu)
                    : g.concat(g.average_pool(x, {.kernel = 3, .stride = 2, .act = relu}), y);
    }

private:
    constexpr int bottleneck() const { return out / 4; }
    constexpr int made_from(int channels) const { return stride == 2 ? out - channels : out; }
};

}  // namespace plait::inline PLAIT_TARGET
