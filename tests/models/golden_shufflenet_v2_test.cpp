// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>

#include "golden.hpp"
#include "plait/models/shufflenet_v2.hpp"

using namespace plait;

TEST_CASE("public code: AugShuffleNet-Plus' ShuffleNetV2 0.5x for CIFAR") {
    const golden::modules stages{"layer1", "layer2", "layer3"};
    golden::check<shufflenet_v2_cifar_x0_5<10>>("public_shufflenetv2_cifar_x0_5_cifar10", stages);
    golden::check<shufflenet_v2_cifar_x0_5<10>>("shufflenetv2_cifar_x0_5_cifar10", stages);
}

TEST_CASE("torchvision's ShuffleNetV2 x0.5 at 224 x 224") {
    golden::check<shufflenet_v2_x0_5<>>("torchvision_shufflenet_v2_x0_5", {"stage3", "stage4"});
}

TEST_CASE("torchvision's ShuffleNetV2 x0.5, every listed activation") {
    const auto shared = std::filesystem::path(PLAIT_SOURCE_DIR) / "../shared/golden";
    const auto weights = shared / "torchvision_shufflenet_v2_x0_5.safetensors";
    if (!std::filesystem::exists(weights)) {
        MESSAGE("skipped: " << weights.string() << " is not there");
        return;
    }
    golden::check<shufflenet_v2_x0_5<>>(weights,
                                        shared / "torchvision_shufflenet_v2_x0_5.expected.safetensors",
                                        {"maxpool", "stage2", "stage3", "stage4"});
}
