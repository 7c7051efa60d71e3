// SPDX-License-Identifier: BSD-3-Clause
#include "golden.hpp"
#include "plait/models/resnet.hpp"
#include "plait/network/winograd.hpp"

using namespace plait;

TEST_CASE("torchvision's ResNet-18 at 224 x 224") {
    golden::check_by_recipes<resnet18<>>("torchvision_resnet18", {"layer1", "layer2", "layer3", "layer4"});
}

TEST_CASE("torchvision's ResNet-18 at 224 x 224, by Winograd") {
    golden::check_by_recipes<winograd<resnet18<>>>("torchvision_resnet18",
                                                   {"layer1", "layer2", "layer3", "layer4"});
}
