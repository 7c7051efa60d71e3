// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

// ShuffleNetV2 (Ma et al., arXiv 1807.11164): for CIFAR as in AugShuffleNet-Plus, for ImageNet as in
// torchvision.

namespace plait::inline PLAIT_TARGET {

/// What the widths and sizes of ShuffleNetV2 leave open.
struct shufflenet_v2_options {
    int width = 48;  ///< channels of stage 2; stages 3 and 4 double it
    int head = 1024;
    int classes = 1000;
    shape input = imagenet_picture;
};

namespace detail {

/// Of AugShuffleNet-Plus.
constexpr shuffle_down cifar_down(int out) {
    return {.out = out, .mix = mixing::none, .names = layer_names::numbered};
}
inline constexpr shuffle_unit cifar_unit{.mix = mixing::before, .names = layer_names::numbered};

}  // namespace detail

/// ShuffleNetV2 as in AugShuffleNet-Plus: no stride and no pool in the stem, units that shuffle their input.
template <shufflenet_v2_options Options>
using shufflenet_v2_cifar =
    network<Options.input, conv{.out = 24, .kernel = 3, .name = "conv1", .norm_name = "bn1"},
            scope<"layer1", detail::cifar_down(Options.width), repeat<3, detail::cifar_unit>>,
            scope<"layer2", detail::cifar_down(2 * Options.width), repeat<7, detail::cifar_unit>>,
            scope<"layer3", detail::cifar_down(4 * Options.width), repeat<3, detail::cifar_unit>>,
            conv{.out = Options.head, .name = "conv2", .norm_name = "bn2"}, global_average_pool{},
            named<"linear", linear{.out = Options.classes}>>;

/// ShuffleNetV2 as in torchvision: a stem of stride 2 and a max pool, units that shuffle their output.
template <shufflenet_v2_options Options>
using shufflenet_v2_imagenet =
    network<Options.input, named<"conv1", conv{.out = 24, .kernel = 3, .stride = 2}>,
            named<"maxpool", max_pool{}>,
            scope<"stage2", shuffle_down{.out = Options.width}, repeat<3, shuffle_unit{}>>,
            scope<"stage3", shuffle_down{.out = 2 * Options.width}, repeat<7, shuffle_unit{}>>,
            scope<"stage4", shuffle_down{.out = 4 * Options.width}, repeat<3, shuffle_unit{}>>,
            named<"conv5", conv{.out = Options.head}>, global_average_pool{},
            named<"fc", linear{.out = Options.classes}>>;

/// AugShuffleNet-Plus' ShuffleNetV2 0.5x: 3 x 32 x 32, red, green and blue in [0, 1].
template <int Classes>
using shufflenet_v2_cifar_x0_5 =
    shufflenet_v2_cifar<shufflenet_v2_options{.width = 48, .classes = Classes, .input = cifar_picture}>;
/// AugShuffleNet-Plus' ShuffleNetV2 1.0x.
template <int Classes>
using shufflenet_v2_cifar_x1_0 =
    shufflenet_v2_cifar<shufflenet_v2_options{.width = 116, .classes = Classes, .input = cifar_picture}>;
/// AugShuffleNet-Plus' ShuffleNetV2 1.5x.
template <int Classes>
using shufflenet_v2_cifar_x1_5 =
    shufflenet_v2_cifar<shufflenet_v2_options{.width = 176, .classes = Classes, .input = cifar_picture}>;

/// torchvision.models.shufflenet_v2_x0_5: 3 x 224 x 224, normalised by `imagenet_normalisation`.
template <int Classes = 1000>
using shufflenet_v2_x0_5 = shufflenet_v2_imagenet<shufflenet_v2_options{.width = 48, .classes = Classes}>;
/// torchvision.models.shufflenet_v2_x1_0.
template <int Classes = 1000>
using shufflenet_v2_x1_0 = shufflenet_v2_imagenet<shufflenet_v2_options{.width = 116, .classes = Classes}>;
/// torchvision.models.shufflenet_v2_x1_5.
template <int Classes = 1000>
using shufflenet_v2_x1_5 = shufflenet_v2_imagenet<shufflenet_v2_options{.width = 176, .classes = Classes}>;
/// torchvision.models.shufflenet_v2_x2_0.
template <int Classes = 1000>
using shufflenet_v2_x2_0 =
    shufflenet_v2_imagenet<shufflenet_v2_options{.width = 244, .head = 2048, .classes = Classes}>;

}  // namespace plait::inline PLAIT_TARGET
