// SPDX-License-Identifier: BSD-3-Clause
#include "golden.hpp"
#include "plait/models/augshufflenet.hpp"

using namespace plait;

namespace {

const golden::modules port_stages{"stages.0", "stages.1", "stages.2"};
const golden::modules plus_stages{"layer1", "layer2", "layer3"};

/// AugShuffleNet 0.5x as the port's authors publish it: ImageNet stem, a head of 192 and no classifier.
constexpr aug_shuffle port_unit{.split = {3, 8}};
using port_64px = network<shape{3, 64, 64}, named<"conv1", conv{.out = 24, .kernel = 3, .stride = 2}>,
                          max_pool{}, scope<"stages.0", shuffle_down{.out = 48}, repeat<3, port_unit>>,
                          scope<"stages.1", shuffle_down{.out = 96}, repeat<7, port_unit>>,
                          scope<"stages.2", shuffle_down{.out = 192}, repeat<3, port_unit>>,  //
                          named<"conv5", conv{.out = 192}>, global_average_pool{}>;

}  // namespace

TEST_CASE("public code: the port at 64 x 64, to the pooled features") {
    golden::check<port_64px>("public_augshufflenet_port_x0_5_64px", {"stages.0", "stages.1", "stages.2"});
}

TEST_CASE("public code: AugShuffleNet-Plus 0.5x") {
    golden::check<augshufflenet_x0_5<10, order::plus>>("public_augshufflenet_plus_x0_5_cifar10", plus_stages);
}

TEST_CASE("every variant at 0.5x") {
    golden::check<augshufflenet_x0_5<10>>("augshufflenet_port_x0_5_cifar10", port_stages);
    golden::check<augshufflenet_x0_5<10, order::article>>("augshufflenet_article_x0_5_cifar10", port_stages);
    golden::check<augshufflenet_x0_5<10, order::plus>>("augshufflenet_plus_x0_5_cifar10", plus_stages);
}

TEST_CASE("every variant at 1.0x") {
    golden::check<augshufflenet_x1_0<10>>("augshufflenet_port_x1_0_cifar10", port_stages);
    golden::check<augshufflenet_x1_0<10, order::article>>("augshufflenet_article_x1_0_cifar10", port_stages);
    golden::check<augshufflenet_x1_0<10, order::plus>>("augshufflenet_plus_x1_0_cifar10", plus_stages);
}

TEST_CASE("other split ratios") {
    golden::check<augshufflenet_x0_5<10, order::port, ratio{1, 2}>>("augshufflenet_port_x0_5_ratio_1_2",
                                                                    port_stages);
    golden::check<augshufflenet_x0_5<10, order::port, ratio{1, 4}>>("augshufflenet_port_x0_5_ratio_1_4",
                                                                    port_stages);
    golden::check<augshufflenet_x0_5<10, order::port, ratio{1, 8}>>("augshufflenet_port_x0_5_ratio_1_8",
                                                                    port_stages);
}

TEST_CASE("a picture that is not square") {
    using wide = augshufflenet<augshufflenet_options{.width = 48, .classes = 10, .input = {3, 48, 80}}>;
    golden::check<wide>("augshufflenet_port_x0_5_48x80", {"stages.1", "stages.2"});
}

TEST_CASE("the optional ReLU after the first pointwise convolution") {
    using with_relu = augshufflenet<augshufflenet_options{
        .width = 48, .classes = 10, .variant = order::plus, .expand_activation = activation::relu}>;
    golden::check<with_relu>("augshufflenet_plus_x0_5_relu_cifar10", plus_stages);
}
