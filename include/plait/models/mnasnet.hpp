// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

template <int Out, int Kernel, int Stride, int Expansion, int Units>
inline constexpr auto mnas_stack = [] {
    constexpr auto unit = [](int stride) {
        return inverted_residual{.out = Out,
                                 .stride = stride,
                                 .expansion = Expansion,
                                 .kernel = Kernel,
                                 .activation = activation::relu,
                                 .flat = true};
    };
    return sequential<unit(Stride), repeat<Units - 1, unit(1)>>;
}();

}  // namespace detail

/// MNASNet-A1's plain kin B1 (Tan et al., arXiv 1807.11626) with half of its widths, as torchvision's
/// mnasnet0_5.
template <int Classes = 1000, shape Input = imagenet_picture>
using mnasnet0_5 = network<
    Input, norms{.momentum = 0.0003},
    scope<"layers", flat<conv{.out = 16, .kernel = 3, .stride = 2}, depthwise{},
                         conv{.out = 8, .activation = activation::none}, detail::mnas_stack<16, 3, 2, 3, 3>,
                         detail::mnas_stack<24, 5, 2, 3, 3>, detail::mnas_stack<40, 5, 2, 6, 3>,
                         detail::mnas_stack<48, 3, 1, 6, 2>, detail::mnas_stack<96, 5, 2, 6, 4>,
                         detail::mnas_stack<160, 3, 1, 6, 1>, conv{.out = 1280}>>,
    global_average_pool{}, scope<"classifier", dropout{.probability = 0.2}, linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
