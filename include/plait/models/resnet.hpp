// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/naming.hpp"
#include "plait/models/pictures.hpp"

namespace plait::inline PLAIT_TARGET {

/// ResNet-18 (He et al., arXiv 1512.03385, table 1), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using resnet18 = named_network<resnet_names, Input,                                                  //
                               conv{.out = 64, .kernel = 7, .stride = 2}, max_pool{},                //
                               repeat<2, basic_residual{.out = 64}>,                                 //
                               basic_residual{.out = 128, .stride = 2}, basic_residual{.out = 128},  //
                               basic_residual{.out = 256, .stride = 2}, basic_residual{.out = 256},  //
                               basic_residual{.out = 512, .stride = 2}, basic_residual{.out = 512},  //
                               global_average_pool{}, linear{.out = Classes}>;

}  // namespace plait::inline PLAIT_TARGET
