// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/naming.hpp"
#include "plait/models/pictures.hpp"

// AugShuffleNet (Ye, arXiv 2203.06589) for pictures of CIFAR's size.

namespace plait::inline PLAIT_TARGET {

/// What the variants of AugShuffleNet leave open. `width` is the channels of stage 2; stages 3 and 4 double
/// it.
struct augshufflenet_options {
    int width = 48;
    int classes = 10;
    ratio split{3, 8};        ///< of stages 3 and 4
    ratio first_split{1, 2};  ///< of stage 2
    order variant = order::port;
    int shuffle_groups = aug_shuffle::as_published;
    activation expand_activation = activation::none;
    shape input = cifar_picture;

    /// The unit of stride 1 with a split ratio.
    constexpr aug_shuffle unit(ratio r) const {
        return {.split = r,
                .variant = variant,
                .shuffle_groups = shuffle_groups,
                .expand_activation = expand_activation};
    }
    /// The unit of stride 2 with so many output channels.
    constexpr shuffle_down down(int out) const {
        return {.out = out, .mix = variant == order::plus ? mixing::none : mixing::after};
    }
};

namespace detail {
template <order Variant>
struct augshufflenet_names;
template <>
struct augshufflenet_names<order::port> {
    using type = port_names;
};
template <>
struct augshufflenet_names<order::article> {
    using type = article_names;
};
template <>
struct augshufflenet_names<order::plus> {
    using type = augshufflenet_plus_names;
};
}  // namespace detail

/// AugShuffleNet with any options: 3 x H x W pictures, `classes` logits, under the variant's weight names.
template <augshufflenet_options Options>
using augshufflenet =
    named_network<typename detail::augshufflenet_names<Options.variant>::type, Options.input,  //
                  conv{.out = 24, .kernel = 3},                                                //
                  Options.down(Options.width), repeat<3, Options.unit(Options.first_split)>,   //
                  Options.down(2 * Options.width), repeat<7, Options.unit(Options.split)>,     //
                  Options.down(4 * Options.width), repeat<3, Options.unit(Options.split)>,     //
                  conv{.out = 1024}, global_average_pool{}, linear{.out = Options.classes}>;

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
