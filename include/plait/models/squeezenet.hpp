// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A narrow convolution, then two side by side.
template <int Squeeze, int Expand>
inline constexpr auto fire =
    sequential<conv{.out = Squeeze, .after = affine::bias, .name = "squeeze"},
               parallel<conv{.out = Expand, .after = affine::bias, .name = "expand1x1"},
                        conv{.out = Expand, .kernel = 3, .after = affine::bias, .name = "expand3x3"}>>;
inline constexpr conv squeezenet_stem{
    .out = 64, .kernel = 3, .stride = 2, .padding = 0, .after = affine::bias};
inline constexpr max_pool squeezenet_pool{.padding = 0, .ceil_mode = true};

}  // namespace detail

/// SqueezeNet 1.1 (Iandola et al., arXiv 1602.07360, and its authors' later release), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using squeezenet1_1 = network<
    Input,
    scope<"features",
          flat<detail::squeezenet_stem, detail::squeezenet_pool, detail::fire<16, 64>, detail::fire<16, 64>,
               detail::squeezenet_pool, detail::fire<32, 128>, detail::fire<32, 128>, detail::squeezenet_pool,
               detail::fire<48, 192>, detail::fire<48, 192>, detail::fire<64, 256>, detail::fire<64, 256>>>,
    scope<"classifier", flat<dropout{.probability = 0.5}, conv{.out = Classes, .after = affine::bias}>>,
    global_average_pool{}>;

}  // namespace plait::inline PLAIT_TARGET
