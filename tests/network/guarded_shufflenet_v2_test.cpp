// SPDX-License-Identifier: BSD-3-Clause
#include "guarded.hpp"
#include "plait/models/shufflenet_v2.hpp"

using namespace plait;

TEST_CASE("ShuffleNetV2 for CIFAR touches nothing but its workspace, picture and output") {
    guarded::check<shufflenet_v2_cifar_x0_5<10>>();
    guarded::check<shufflenet_v2_cifar_x1_0<10>>();
    guarded::check<shufflenet_v2_cifar_x1_5<100>>();
}

TEST_CASE("ShuffleNetV2 for ImageNet touches nothing but its workspace, picture and output") {
    guarded::check<shufflenet_v2_x0_5<>>();
}
