// SPDX-License-Identifier: BSD-3-Clause
// Gradients of every call against finite differences in double precision.
#include <doctest/doctest.h>

#include "plait/blocks/blocks.hpp"
#include "plait/train/check_gradients.hpp"

using namespace plait;

namespace {

template <class Network>
void check() {
    const auto worst = check_gradients<Network>({.tolerance = 2e-5});
    REQUIRE_MESSAGE(worst, worst.error());
}

/// Operands of every kind, and calls that move pixels.
struct maps {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map mean = g.global_average_pool(x);
        const feature_map most = g.global_max_pool(x);
        feature_map y = g.divide(mean, g.add(x, 2.0));
        y = g.multiply(y, x.slice(0, 1), activation::relu);
        y = g.maximum(y, g.multiply(x, most));
        y = g.minimum(y, g.subtract(x, 0.25));
        y = g.multiply(g.subtract(1.5, y), g.input({x.count, 1, 1}));
        y = g.add(y, x);
        g.output(
            g.interpolate(y, {.to = {7, 5}, .by = interpolation::bilinear, .at = coordinates::half_pixel}));
        g.output(g.interpolate(y, {.factor = 1.75}));
        g.output(g.pad(y, {1, 2, 2, 1}, padding_mode::reflection));
        g.output(g.slice_pixels(y, {.from = 1, .step = 2}, {.step = 2}));
        g.output(g.pixel_unshuffle(g.pixel_shuffle(y, 2), 2));
        return g.softmax(g.pad_channels(y, 1, 2));
    }
};

/// Weights that two places share, and a channel that is read twice.
struct shared {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const conv layer{.out = x.count, .kernel = 3};
        const feature_map y = g.share("layer")(g.in("layer")(x, layer), layer);
        return g.conv(g.concat(y.slice(0, 3), y, x), {.out = 5, .after = affine::none, .name = "twice"});
    }
};

}  // namespace

TEST_CASE("units of AugShuffleNet") {
    check<network<shape{3, 8, 8}, conv{.out = 12, .kernel = 3}, shuffle_down{.out = 24},
                  aug_shuffle{.split = {1, 2}}, global_average_pool{}, linear{.out = 5}>>();
}

TEST_CASE("convolutions of every window and group, and linear layers of a map") {
    check<network<shape{4, 6, 7},
                  conv{.out = 8,
                       .kernel = extent{2, 3},
                       .stride = extent{2, 1},
                       .padding = extent{1, 0},
                       .after = affine::bias},
                  batch_norm{}, activate{activation::relu6},
                  conv{.out = 12, .kernel = 3, .dilation = 2, .groups = 4},
                  conv{.out = 24, .kernel = 3, .groups = 12, .activation = activation::silu}, prelu{},
                  linear{.out = 4}>>();
    check<network<shape{5, 9, 11}, depthwise{.kernel = 5, .stride = 2}, depthwise{.kernel = extent{3, 1}},
                  depthwise{.kernel = 3, .stride = 3, .padding = 0, .after = affine::bias},
                  conv{.out = 7, .stride = 2, .activation = activation::leaky_relu()}>>();
}

TEST_CASE("transposed convolutions") {
    check<network<shape{4, 5, 6}, conv_transpose{.out = 6},
                  conv_transpose{.out = 5,
                                 .kernel = 3,
                                 .padding = 1,
                                 .output_padding = 1,
                                 .after = affine::bias,
                                 .activation = activation::gelu},
                  conv_transpose{.out = 4,
                                 .kernel = 4,
                                 .padding = 1,
                                 .after = affine::none,
                                 .activation = activation::hard_swish}>>();
}

TEST_CASE("pools, and norms that stand alone") {
    check<network<shape{4, 9, 8}, conv{.out = 8, .kernel = 3}, max_pool{},
                  average_pool{.kernel = 3, .stride = 1, .count_include_pad = false}, max_pool{.kernel = 2},
                  activate{activation::tanh}, conv{.out = 6, .after = affine::bias},
                  prelu{.one_slope = true}>>();
    check<network<shape{4, 5, 5}, batch_norm{}, conv{.out = 8, .kernel = 3, .activation = activation::none},
                  batch_norm{.scales = false}, activate{activation::elu(0.7)}, batch_norm{},
                  activate{activation::gelu_tanh}, activate{activation::hard_sigmoid(0.2)},
                  activate{activation::sigmoid}>>();
}

TEST_CASE("maps that are combined, resized and moved") {
    check<network<shape{8, 8, 10}, squeeze_excitation{4}, combine_values{},
                  combine_values{binary_operation::subtract, true},
                  residual<activation::relu, conv{.out = 8, .kernel = 3}>, depthwise{.stride = 2}, maps{}>>();
    check<network<shape{4, 6, 6}, shared{}, also_output, global_average_pool{}>>();
}
