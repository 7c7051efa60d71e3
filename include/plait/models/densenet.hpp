// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Norm and ReLU before each convolution (figure 2); what is made is put behind what was there.
struct densenet_layer {
    int growth;

    constexpr const char* word(shape) const { return "dense layer"; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        constexpr activation relu = activation::relu;
        feature_map y = g.activate(g.batch_norm(x, affine::batch_norm, "norm1"), relu);
        y = g.conv(y, {.out = 4 * growth, .act = relu, .name = "conv1", .norm_name = "norm2"});
        return g.concat(x, g.conv(y, {.out = growth, .kernel = 3, .after = affine::none, .name = "conv2"}));
    }
};

/// Layers called "denselayer1", "denselayer2" and so on.
template <int Layers>
struct densenet_block {
    static constexpr bool composite = true;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        for (int i = 1; i <= Layers; ++i) {
            char name[]{'d', 'e', 'n', 's', 'e', 'l', 'a', 'y', 'e', 'r', '0', '0'};
            name[10] = static_cast<char>('0' + (i < 10 ? i : i / 10));
            name[11] = static_cast<char>('0' + i % 10);
            x = g.apply_named({name, i < 10 ? 11U : 12U}, densenet_layer{.growth = 32}, x);
        }
        return x;
    }
};

/// Half of the channels at half of the size.
struct densenet_transition {
    constexpr const char* word(shape) const { return "transition"; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g.activate(g.batch_norm(x, affine::batch_norm, "norm"), activation::relu);
        return g.average_pool(g.conv(y, {.out = x.count / 2, .after = affine::none, .name = "conv"}),
                              {.kernel = 2, .padding = 0});
    }
};

}  // namespace detail

/// DenseNet-121 (Huang et al., arXiv 1608.06993, table 1), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using densenet121 = network<
    Input,
    scope<"features", conv{.out = 64, .kernel = 7, .stride = 2, .name = "conv0", .norm_name = "norm0"},
          max_pool{}, named<"denseblock1", detail::densenet_block<6>{}>,
          named<"transition1", detail::densenet_transition{}>,
          named<"denseblock2", detail::densenet_block<12>{}>,
          named<"transition2", detail::densenet_transition{}>,
          named<"denseblock3", detail::densenet_block<24>{}>,
          named<"transition3", detail::densenet_transition{}>,
          named<"denseblock4", detail::densenet_block<16>{}>, named<"norm5", batch_norm{}>, activate{}>,
    global_average_pool{}, named<"classifier", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
