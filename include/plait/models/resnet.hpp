// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// ResNet-18 (He et al., arXiv 1512.03385, table 1), as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using resnet18 =
    network<Input, conv{.out = 64, .kernel = 7, .stride = 2, .name = "conv1", .norm_name = "bn1"},
            named<"maxpool", max_pool{}>,  //
            scope<"layer1", repeat<2, basic_residual{.out = 64}>>,
            scope<"layer2", basic_residual{.out = 128, .stride = 2}, basic_residual{.out = 128}>,
            scope<"layer3", basic_residual{.out = 256, .stride = 2}, basic_residual{.out = 256}>,
            scope<"layer4", basic_residual{.out = 512, .stride = 2}, basic_residual{.out = 512}>,
            global_average_pool{}, named<"fc", linear{.out = Classes}>>;

/// ResNet-50 of the same table, as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using resnet50 =
    network<Input, conv{.out = 64, .kernel = 7, .stride = 2, .name = "conv1", .norm_name = "bn1"},
            named<"maxpool", max_pool{}>,  //
            scope<"layer1", repeat<3, bottleneck_residual{.out = 256, .width = 64}>>,
            scope<"layer2", bottleneck_residual{.out = 512, .width = 128, .stride = 2},
                  repeat<3, bottleneck_residual{.out = 512, .width = 128}>>,
            scope<"layer3", bottleneck_residual{.out = 1024, .width = 256, .stride = 2},
                  repeat<5, bottleneck_residual{.out = 1024, .width = 256}>>,
            scope<"layer4", bottleneck_residual{.out = 2048, .width = 512, .stride = 2},
                  repeat<2, bottleneck_residual{.out = 2048, .width = 512}>>,
            global_average_pool{}, named<"fc", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
