// SPDX-License-Identifier: BSD-3-Clause
// Families with residuals.
#include "golden_families.hpp"
#include "plait/models/mnasnet.hpp"
#include "plait/models/regnet.hpp"
#include "plait/models/resnet.hpp"

using namespace plait;

constexpr shape odd{3, 97, 75};

// As PyTorch's modules have them, the multiply-adds of convolutions and linear layers at 224 x 224.
static_assert(golden::costs<resnet50<>, 25'557'032, 4'089'184'256>);
static_assert(golden::costs<mnasnet0_5<>, 2'218'512, 104'455'968>);
static_assert(golden::costs<regnet_x_400mf<>, 5'495'976, 413'812'608>);

TEST_CASE("ResNet-50") { golden::check_family<resnet50<>, resnet50<1000, odd>>("torchvision_resnet50"); }

TEST_CASE("MNASNet 0.5") {
    golden::check_family<mnasnet0_5<>, mnasnet0_5<1000, odd>>("torchvision_mnasnet0_5");
}

TEST_CASE("RegNetX-400MF") {
    golden::check_family<regnet_x_400mf<>, regnet_x_400mf<1000, odd>>("torchvision_regnet_x_400mf");
}
