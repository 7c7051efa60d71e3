// SPDX-License-Identifier: BSD-3-Clause
// Families without residuals.
#include "golden_families.hpp"
#include "plait/models/googlenet.hpp"
#include "plait/models/mobilenet_v1.hpp"
#include "plait/models/squeezenet.hpp"
#include "plait/models/vgg.hpp"

using namespace plait;

constexpr shape odd{3, 97, 75};

TEST_CASE("SqueezeNet 1.1") {
    golden::check_family<squeezenet1_1<>, squeezenet1_1<1000, odd>>("torchvision_squeezenet1_1");
}

TEST_CASE("VGG-11") { golden::check_family<vgg11_bn<>, vgg11_bn<1000, odd>>("torchvision_vgg11_bn"); }

TEST_CASE("GoogLeNet") { golden::check_family<googlenet<>, googlenet<1000, odd>>("torchvision_googlenet"); }

TEST_CASE("MobileNetV1") { golden::check_family<mobilenet_v1<>, mobilenet_v1<1000, odd>>("mobilenet_v1"); }
