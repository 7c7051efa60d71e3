// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline constexpr activation re = activation::relu;
inline constexpr activation hs = activation::hard_swish;

}  // namespace detail

/// What the units of a MobileNetV3 leave open.
struct mobilenet_v3_options {
    int last;    ///< channels of the last convolution
    int hidden;  ///< values of the classifier's first layer
    int classes = 1000;
    shape input = imagenet_picture;
};

/// MobileNetV3 (Howard et al., arXiv 1905.02244) of a constant array of units, the rows of a table of the
/// article, as in torchvision.
template <const auto& Units, mobilenet_v3_options Options>
using mobilenet_v3 =
    network<Options.input, norms{.epsilon = 1e-3, .momentum = 0.01},
            scope<"features", conv{.out = 16, .kernel = 3, .stride = 2, .activation = detail::hs},
                  each<Units>, conv{.out = Options.last, .activation = detail::hs}>,
            global_average_pool{},
            scope<"classifier", linear{.out = Options.hidden}, activate{detail::hs},
                  dropout{.probability = 0.2}, linear{.out = Options.classes}>>;

}  // namespace plait::inline PLAIT_TARGET
