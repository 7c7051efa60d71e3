// SPDX-License-Identifier: BSD-3-Clause
#include "golden.hpp"
#include "plait/models/resnet.hpp"

using namespace plait;

TEST_CASE("torchvision's ResNet-18 at 224 x 224") {
    golden::check_by_recipes<resnet18<>>("torchvision_resnet18", {"layer1", "layer2", "layer3", "layer4"});
}
