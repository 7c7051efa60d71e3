// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "plait/models/densenet.hpp"
#include "plait/models/efficientnet.hpp"
#include "plait/models/mnasnet.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/mobilenet_v3_large.hpp"
#include "plait/models/mobilenet_v3_small.hpp"
#include "plait/models/regnet.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/vgg.hpp"
#include "plait/train/initialisation.hpp"

namespace plait::inline PLAIT_TARGET {

/// How torchvision begins with a network of `models/`, for `training{.initialisation = ...}`; PyTorch's
/// default for all others, ShuffleNetV2 among them.
template <class Network>
constexpr initialisation torchvision_initialisation() {
    constexpr int classes = Network::output.channels;
    constexpr shape input = Network::input;
    using fan = initialisation::fan;
    const auto is = []<class... Named>(std::type_identity<Named>...) {
        return (std::is_same_v<Network, Named> || ...);
    };
    if (is(std::type_identity<resnet18<classes, input>>{}, std::type_identity<resnet50<classes, input>>{}))
        return initialisation::kaiming_fan_out();
    if (is(std::type_identity<mobilenet_v2<classes, input>>{},
           std::type_identity<mobilenet_v3_small<classes, input>>{},
           std::type_identity<mobilenet_v3_large<classes, input>>{},
           std::type_identity<regnet_x_400mf<classes, input>>{},
           std::type_identity<vgg11_bn<classes, input>>{}))
        return initialisation::kaiming_fan_out(0.01);
    if (is(std::type_identity<efficientnet_b0<classes, input>>{})) {
        initialisation made = initialisation::kaiming_fan_out();
        made.linear_layers = {.weights = {.per = fan::out}, .zero_biases = true};
        return made;
    }
    if (is(std::type_identity<mnasnet0_5<classes, input>>{})) {
        initialisation made = initialisation::kaiming_fan_out();
        made.linear_layers = {.weights = {.per = fan::out, .variance = 1.0}, .zero_biases = true};
        return made;
    }
    if (is(std::type_identity<densenet121<classes, input>>{}))
        return {.convolutions = {.weights = {.is_normal = true, .variance = 2.0}},
                .linear_layers = {.zero_biases = true}};
    return {};
}

}  // namespace plait::inline PLAIT_TARGET
