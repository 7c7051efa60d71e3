// SPDX-License-Identifier: BSD-3-Clause
#include "published_trial.hpp"

TEST_CASE("every kernel of ShuffleNetV2 for CIFAR") {
    kernel_trial::check_published<examples::shufflenet_v2_cifar_networks>();
}
