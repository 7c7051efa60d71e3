// SPDX-License-Identifier: BSD-3-Clause
#include "published_trial.hpp"

TEST_CASE("every kernel of torchvision's ShuffleNetV2") {
    kernel_trial::check_published<examples::torchvision_networks>();
}
