// SPDX-License-Identifier: BSD-3-Clause
#include "published_trial.hpp"

TEST_CASE("every kernel of ResNet-18") { kernel_trial::check_published<examples::resnet_networks>(); }
