// SPDX-License-Identifier: BSD-3-Clause
#include "published_trial.hpp"

TEST_CASE("every kernel of MobileNetV2") { kernel_trial::check_published<examples::mobilenet_networks>(); }
