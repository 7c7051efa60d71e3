// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Under the names of torchvision's BasicConv2d.
constexpr conv basic_conv(int out, int kernel = 1, int stride = 1) {
    return {.out = out, .kernel = kernel, .stride = stride, .name = "conv", .norm_name = "bn"};
}
constexpr max_pool googlenet_pool(int kernel, int stride) {
    return {.kernel = kernel, .stride = stride, .padding = stride == 1 ? kernel / 2 : 0, .ceil_mode = true};
}

/// Four branches (figure 2b); where the paper has 5 x 5, torchvision has 3 x 3.
template <int Out1, int Reduced2, int Out2, int Reduced3, int Out3, int Out4>
inline constexpr auto inception =
    parallel<scope<"branch1", basic_conv(Out1)>,
             scope<"branch2", sequential<basic_conv(Reduced2)>, sequential<basic_conv(Out2, 3)>>,
             scope<"branch3", sequential<basic_conv(Reduced3)>, sequential<basic_conv(Out3, 3)>>,
             scope<"branch4", googlenet_pool(3, 1), sequential<basic_conv(Out4)>>>;

}  // namespace detail

/// GoogLeNet (Szegedy et al., arXiv 1409.4842, table 1) with batch norm and without the classifiers of
/// training, as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using googlenet = network<
    Input, norms{.epsilon = 1e-3}, scope<"conv1", detail::basic_conv(64, 7, 2)>, detail::googlenet_pool(3, 2),
    scope<"conv2", detail::basic_conv(64)>, scope<"conv3", detail::basic_conv(192, 3)>,
    detail::googlenet_pool(3, 2), scope<"inception3a", detail::inception<64, 96, 128, 16, 32, 32>>,
    scope<"inception3b", detail::inception<128, 128, 192, 32, 96, 64>>, detail::googlenet_pool(3, 2),
    scope<"inception4a", detail::inception<192, 96, 208, 16, 48, 64>>,
    scope<"inception4b", detail::inception<160, 112, 224, 24, 64, 64>>,
    scope<"inception4c", detail::inception<128, 128, 256, 24, 64, 64>>,
    scope<"inception4d", detail::inception<112, 144, 288, 32, 64, 64>>,
    scope<"inception4e", detail::inception<256, 160, 320, 32, 128, 128>>, detail::googlenet_pool(2, 2),
    scope<"inception5a", detail::inception<256, 160, 320, 32, 128, 128>>,
    scope<"inception5b", detail::inception<384, 192, 384, 48, 128, 128>>, global_average_pool{},
    dropout{.probability = 0.2}, named<"fc", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
