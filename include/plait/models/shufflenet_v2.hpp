// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/naming.hpp"
#include "plait/models/pictures.hpp"

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

/// ShuffleNetV2 as in AugShuffleNet-Plus: no stride and no pool in the stem, units that shuffle their input.
template <shufflenet_v2_options Options>
using shufflenet_v2_cifar =
    named_network<shufflenet_plus_names, Options.input,  //
                  conv{.out = 24, .kernel = 3},          //
                  shuffle_down{.out = Options.width, .mix = mixing::none},
                  repeat<3, shuffle_unit{.mix = mixing::before}>,
                  shuffle_down{.out = 2 * Options.width, .mix = mixing::none},
                  repeat<7, shuffle_unit{.mix = mixing::before}>,
                  shuffle_down{.out = 4 * Options.width, .mix = mixing::none},
                  repeat<3, shuffle_unit{.mix = mixing::before}>, conv{.out = Options.head},
                  global_average_pool{}, linear{.out = Options.classes}>;

/// ShuffleNetV2 as in torchvision: a stem of stride 2 and a max pool, units that shuffle their output.
template <shufflenet_v2_options Options>
using shufflenet_v2_imagenet =
    named_network<torchvision_names, Options.input,                                   //
                  conv{.out = 24, .kernel = 3, .stride = 2}, max_pool{},              //
                  shuffle_down{.out = Options.width}, repeat<3, shuffle_unit{}>,      //
                  shuffle_down{.out = 2 * Options.width}, repeat<7, shuffle_unit{}>,  //
                  shuffle_down{.out = 4 * Options.width}, repeat<3, shuffle_unit{}>,  //
                  conv{.out = Options.head}, global_average_pool{}, linear{.out = Options.classes}>;

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
