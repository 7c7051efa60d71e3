// SPDX-License-Identifier: BSD-3-Clause
// Families without residuals, and ShuffleNetV1.
#include "golden_families.hpp"
#include "plait/models/googlenet.hpp"
#include "plait/models/mobilenet_v1.hpp"
#include "plait/models/shufflenet_v1.hpp"
#include "plait/models/squeezenet.hpp"
#include "plait/models/vgg.hpp"

using namespace plait;

constexpr shape odd{3, 97, 75};

// As PyTorch's modules have them, the multiply-adds of convolutions and linear layers at 224 x 224.
static_assert(golden::costs<squeezenet1_1<>, 1'235'496, 349'151'936>);
static_assert(golden::costs<vgg11_bn<>, 9'738'984, 7'485'968'384>);
static_assert(golden::costs<googlenet<>, 6'624'904, 1'498'376'192>);
static_assert(golden::costs<mobilenet_v1<>, 4'231'976, 568'740'352>);
static_assert(golden::costs<shufflenet_v1<>, 1'865'728, 137'460'672>);

TEST_CASE("SqueezeNet 1.1") {
    golden::check_family<squeezenet1_1<>, squeezenet1_1<1000, odd>>("torchvision_squeezenet1_1");
}

TEST_CASE("VGG-11") { golden::check_family<vgg11_bn<>, vgg11_bn<1000, odd>>("torchvision_vgg11_bn"); }

TEST_CASE("GoogLeNet") { golden::check_family<googlenet<>, googlenet<1000, odd>>("torchvision_googlenet"); }

TEST_CASE("MobileNetV1") { golden::check_family<mobilenet_v1<>, mobilenet_v1<1000, odd>>("mobilenet_v1"); }

TEST_CASE("ShuffleNetV1") {
    golden::check_family<shufflenet_v1<>, shufflenet_v1<1000, odd>>("shufflenet_v1");
}
