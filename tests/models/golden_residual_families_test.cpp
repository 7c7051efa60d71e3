// SPDX-License-Identifier: BSD-3-Clause
// Families with residuals.
#include "golden_families.hpp"
#include "plait/models/mnasnet.hpp"
#include "plait/models/regnet.hpp"
#include "plait/models/resnet.hpp"

using namespace plait;

constexpr shape odd{3, 97, 75};

TEST_CASE("ResNet-50") { golden::check_family<resnet50<>, resnet50<1000, odd>>("torchvision_resnet50"); }

TEST_CASE("MNASNet 0.5") {
    golden::check_family<mnasnet0_5<>, mnasnet0_5<1000, odd>>("torchvision_mnasnet0_5");
}

TEST_CASE("RegNetX-400MF") {
    golden::check_family<regnet_x_400mf<>, regnet_x_400mf<1000, odd>>("torchvision_regnet_x_400mf");
}
