// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/layer_names.hpp"
#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Where a unit shuffles. Weights fit only the convention that they were trained with.
enum class mixing : unsigned char {
    none,
    after,        ///< shuffle(., 2) of the output: torchvision
    before,       ///< shuffle(., 2) of the input: the CIFAR code of AugShuffleNet-Plus
    before_pairs  ///< even channels pass, odd ones are transformed: the block's first authors
};

namespace detail {

/// Pointwise, depthwise, pointwise: the branch that both units of ShuffleNetV2 have. `first` is the number of
/// its first layer in the unit.
constexpr feature_map transform_branch(graph& g, feature_map x, int out, int stride, layer_names names,
                                       int first) {
    const auto numbered = [&](int layer) { return convolution_names::of(names, first + layer); };
    return g.in(branch_name(names, 2))([&] {
        const convolution_names expand = numbered(0);
        const convolution_names window = numbered(1);
        const convolution_names project = numbered(2);
        feature_map y = x;
        y = g.conv(
            y, {.out = out, .act = activation::relu, .name = expand.convolution, .norm_name = expand.norm});
        y = g.depthwise(y, {.stride = stride,
                            .act = activation::none,
                            .name = window.convolution,
                            .norm_name = window.norm});
        return g.conv(
            y, {.out = out, .act = activation::relu, .name = project.convolution, .norm_name = project.norm});
    });
}

}  // namespace detail

/// ShuffleNetV2 unit of stride 1 (arXiv 1807.11164, figure 3c).
struct shuffle_unit {
    mixing mix = mixing::after;
    layer_names names = layer_names::branches;

    /// What tables call it.
    constexpr const char* word(shape) const { return "ShuffleNetV2 unit"; }
    constexpr refusal check(shape s) const {
        if (s.channels % 2) return refusals::channels_must_be_even;
        return {};
    }

    constexpr feature_map lower(graph& g, feature_map in) const {
        const int half = in.count / 2;
        feature_map x = in;
        if (mix == mixing::before) x = g.shuffle(in, 2);
        if (mix == mixing::before_pairs) x = g.shuffle(in, half);
        const feature_map y = detail::transform_branch(g, x.slice(half, in.count), half, 1, names, 1);
        const feature_map out = g.concat(x.slice(0, half), y);
        return mix == mixing::after ? g.shuffle(out, 2) : out;
    }
};

}  // namespace plait::inline PLAIT_TARGET
