// SPDX-License-Identifier: BSD-3-Clause
#include "golden.hpp"
#include "plait/models/mobilenet_v2.hpp"

using namespace plait;

TEST_CASE("torchvision's MobileNetV2 at 224 x 224") {
    golden::check_by_recipes<mobilenet_v2<>>("torchvision_mobilenet_v2",
                                             {"features.3", "features.6", "features.13", "features.17"});
}
