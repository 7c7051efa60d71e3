// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

// AugShuffleNet (Ye, arXiv 2203.06589) for pictures of CIFAR's size.

namespace plait::inline PLAIT_TARGET {

/// What the variants of AugShuffleNet leave open. `width` is the channels of stage 2; stages 3 and 4 double
/// it.
struct augshufflenet_options {
    int width = 48;
    int head = 1024;  ///< channels of the last convolution
    int classes = 10;
    ratio split{3, 8};        ///< of stages 3 and 4
    ratio first_split{1, 2};  ///< of stage 2
    order variant = order::port;
    plait::communication communication = plait::communication::after_depthwise;
    int shuffle_groups = aug_shuffle::as_published;
    activation expand_activation = activation::none;
    shape input = cifar_picture;

    /// The unit of stride 1 with a split ratio.
    constexpr aug_shuffle unit(ratio r) const {
        return {.split = r,
                .communication = communication,
                .variant = variant,
                .shuffle_groups = shuffle_groups,
                .expand_activation = expand_activation};
    }
    /// The unit of stride 2 with so many output channels. Of the article no code is public, and its weights
    /// stand under the port's names but for the unit's branches.
    constexpr shuffle_down down(int out) const {
        return is_plus() ? shuffle_down{.out = out, .mix = mixing::none, .names = layer_names::numbered}
                         : shuffle_down{.out = out};
    }
    /// The first convolution.
    constexpr conv stem() const {
        return is_plus() ? conv{.out = 24, .kernel = 3, .name = "conv1", .norm_name = "bn1"}
                         : conv{.out = 24, .kernel = 3, .name = "conv1.0", .norm_name = "conv1.1"};
    }
    /// The last convolution.
    constexpr conv widen() const {
        return is_plus() ? conv{.out = head, .name = "conv5", .norm_name = "bn5"}
                         : conv{.out = head, .name = "conv5.0", .norm_name = "conv5.1"};
    }
    /// Whether it is the order of the author's code.
    constexpr bool is_plus() const { return variant == order::plus; }
};

namespace detail {

/// The scope of a stage, counted from 0: "stages.0" in the port, "layer1" in the author's code.
template <order Variant, int Stage>
inline constexpr name stage_name = Variant == order::plus ? (Stage == 0   ? name("layer1")
                                                             : Stage == 1 ? name("layer2")
                                                                          : name("layer3"))
                                                          : (Stage == 0   ? name("stages.0")
                                                             : Stage == 1 ? name("stages.1")
                                                                          : name("stages.2"));

}  // namespace detail

/// AugShuffleNet with any options: 3 x H x W pictures, `classes` logits, under the variant's weight names.
template <augshufflenet_options Options>
using augshufflenet =
    network<Options.input, Options.stem(),  //
            scope<detail::stage_name<Options.variant, 0>, Options.down(Options.width),
                  repeat<3, Options.unit(Options.first_split)>>,
            scope<detail::stage_name<Options.variant, 1>, Options.down(2 * Options.width),
                  repeat<7, Options.unit(Options.split)>>,
            scope<detail::stage_name<Options.variant, 2>, Options.down(4 * Options.width),
                  repeat<3, Options.unit(Options.split)>>,
            Options.widen(), global_average_pool{}, named<"linear", linear{.out = Options.classes}>>;

/// AugShuffleNet 0.5x for CIFAR: 3 x 32 x 32, red, green and blue in [0, 1].
template <int Classes, order Variant = order::port, ratio Split = ratio{3, 8}>
using augshufflenet_x0_5 =
    augshufflenet<augshufflenet_options{.width = 48, .classes = Classes, .split = Split, .variant = Variant}>;

/// AugShuffleNet 1.0x for CIFAR.
template <int Classes, order Variant = order::port, ratio Split = ratio{3, 8}>
using augshufflenet_x1_0 = augshufflenet<augshufflenet_options{
    .width = 120, .classes = Classes, .split = Split, .variant = Variant}>;

/// AugShuffleNet 1.5x for CIFAR.
template <int Classes, order Variant = order::port, ratio Split = ratio{3, 8}>
using augshufflenet_x1_5 = augshufflenet<augshufflenet_options{
    .width = 176, .classes = Classes, .split = Split, .variant = Variant}>;

}  // namespace plait::inline PLAIT_TARGET
