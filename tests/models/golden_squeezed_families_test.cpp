// SPDX-License-Identifier: BSD-3-Clause
// Families with dense connections, and with squeeze-and-excitation.
#include "golden_families.hpp"
#include "plait/models/densenet.hpp"
#include "plait/models/efficientnet.hpp"
#include "plait/models/mobilenet_v3_large.hpp"
#include "plait/models/mobilenet_v3_small.hpp"

using namespace plait;

constexpr shape odd{3, 97, 75};

// As PyTorch's modules have them, the multiply-adds of convolutions and linear layers at 224 x 224.
static_assert(golden::costs<densenet121<>, 7'978'856, 2'834'161'664>);
static_assert(golden::costs<mobilenet_v3_small<>, 2'542'856, 56'510'400>);
static_assert(golden::costs<mobilenet_v3_large<>, 5'483'032, 216'589'760>);
static_assert(golden::costs<efficientnet_b0<>, 5'288'548, 385'814'752>);

TEST_CASE("DenseNet-121") {
    golden::check_family<densenet121<>, densenet121<1000, odd>>("torchvision_densenet121");
}

TEST_CASE("MobileNetV3 small") {
    golden::check_family<mobilenet_v3_small<>, mobilenet_v3_small<1000, odd>>(
        "torchvision_mobilenet_v3_small");
}

TEST_CASE("MobileNetV3 large") {
    golden::check_family<mobilenet_v3_large<>, mobilenet_v3_large<1000, odd>>(
        "torchvision_mobilenet_v3_large");
}

TEST_CASE("EfficientNet-B0") {
    golden::check_family<efficientnet_b0<>, efficientnet_b0<1000, odd>>("torchvision_efficientnet_b0");
}
