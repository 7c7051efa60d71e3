// SPDX-License-Identifier: BSD-3-Clause
#include "published_trial.hpp"

TEST_CASE("every kernel of FastestDet") { kernel_trial::check_published<examples::detection_networks>(); }
