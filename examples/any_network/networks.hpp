// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "../microcontroller/network.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/densenet.hpp"
#include "plait/models/efficientnet.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/googlenet.hpp"
#include "plait/models/mnasnet.hpp"
#include "plait/models/mobilenet_v1.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/mobilenet_v3_large.hpp"
#include "plait/models/mobilenet_v3_small.hpp"
#include "plait/models/regnet.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/shufflenet_v1.hpp"
#include "plait/models/shufflenet_v2.hpp"
#include "plait/models/squeezenet.hpp"
#include "plait/models/vgg.hpp"
#include "plait/network/winograd.hpp"

// Every published network by name, as types only: no kernel is compiled for including this.

namespace examples {

/// A string that can be a template argument.
template <std::size_t Size>
struct fixed_string {
    char characters[Size]{};

    explicit(false) constexpr fixed_string(const char (&text)[Size]) { std::copy_n(text, Size, characters); }
};

template <fixed_string Name, class Network>
struct named {
    static constexpr std::string_view name{Name.characters};
    using network = Network;
};

template <class... Named>
struct network_list {};

// clang-format off
using augshufflenet_networks = network_list<
    named<"augshufflenet_x0_5_cifar10", plait::augshufflenet_x0_5<10>>,
    named<"augshufflenet_x1_0_cifar10", plait::augshufflenet_x1_0<10>>,
    named<"augshufflenet_x1_5_cifar10", plait::augshufflenet_x1_5<10>>,
    named<"augshufflenet_x0_5_cifar100", plait::augshufflenet_x0_5<100>>,
    named<"augshufflenet_x1_0_cifar100", plait::augshufflenet_x1_0<100>>,
    named<"augshufflenet_x1_5_cifar100", plait::augshufflenet_x1_5<100>>>;

using augshufflenet_article_networks = network_list<
    named<"augshufflenet_article_x0_5_cifar10", plait::augshufflenet_x0_5<10, plait::order::article>>,
    named<"augshufflenet_article_x1_0_cifar10", plait::augshufflenet_x1_0<10, plait::order::article>>,
    named<"augshufflenet_article_x1_5_cifar10", plait::augshufflenet_x1_5<10, plait::order::article>>,
    named<"augshufflenet_article_x0_5_cifar100", plait::augshufflenet_x0_5<100, plait::order::article>>,
    named<"augshufflenet_article_x1_0_cifar100", plait::augshufflenet_x1_0<100, plait::order::article>>,
    named<"augshufflenet_article_x1_5_cifar100", plait::augshufflenet_x1_5<100, plait::order::article>>>;

using augshufflenet_plus_networks = network_list<
    named<"augshufflenet_plus_x0_5_cifar10", plait::augshufflenet_x0_5<10, plait::order::plus>>,
    named<"augshufflenet_plus_x1_0_cifar10", plait::augshufflenet_x1_0<10, plait::order::plus>>,
    named<"augshufflenet_plus_x1_5_cifar10", plait::augshufflenet_x1_5<10, plait::order::plus>>,
    named<"augshufflenet_plus_x0_5_cifar100", plait::augshufflenet_x0_5<100, plait::order::plus>>,
    named<"augshufflenet_plus_x1_0_cifar100", plait::augshufflenet_x1_0<100, plait::order::plus>>,
    named<"augshufflenet_plus_x1_5_cifar100", plait::augshufflenet_x1_5<100, plait::order::plus>>>;

using shufflenet_v2_cifar_networks = network_list<
    named<"shufflenetv2_cifar_x0_5_cifar10", plait::shufflenet_v2_cifar_x0_5<10>>,
    named<"shufflenetv2_cifar_x1_0_cifar10", plait::shufflenet_v2_cifar_x1_0<10>>,
    named<"shufflenetv2_cifar_x1_5_cifar10", plait::shufflenet_v2_cifar_x1_5<10>>,
    named<"shufflenetv2_cifar_x0_5_cifar100", plait::shufflenet_v2_cifar_x0_5<100>>,
    named<"shufflenetv2_cifar_x1_0_cifar100", plait::shufflenet_v2_cifar_x1_0<100>>,
    named<"shufflenetv2_cifar_x1_5_cifar100", plait::shufflenet_v2_cifar_x1_5<100>>>;

/// Published nowhere: what examples/microcontroller runs.
using microcontroller_networks = network_list<
    named<"augshufflenet_microcontroller_cifar10", microcontroller_network>>;

using torchvision_networks = network_list<
    named<"torchvision_shufflenet_v2_x0_5", plait::shufflenet_v2_x0_5<1000>>,
    named<"torchvision_shufflenet_v2_x1_0", plait::shufflenet_v2_x1_0<1000>>,
    named<"torchvision_shufflenet_v2_x1_5", plait::shufflenet_v2_x1_5<1000>>,
    named<"torchvision_shufflenet_v2_x2_0", plait::shufflenet_v2_x2_0<1000>>>;

using mobilenet_networks = network_list<
    named<"torchvision_mobilenet_v2", plait::mobilenet_v2<1000>>>;

using resnet_networks = network_list<
    named<"torchvision_resnet18", plait::resnet18<1000>>,
    named<"torchvision_resnet18_winograd", plait::winograd<plait::resnet18<1000>>>>;

using mobile_families = network_list<
    named<"mobilenet_v1", plait::mobilenet_v1<1000>>,
    named<"torchvision_mobilenet_v3_small", plait::mobilenet_v3_small<1000>>,
    named<"torchvision_mobilenet_v3_large", plait::mobilenet_v3_large<1000>>,
    named<"torchvision_mnasnet0_5", plait::mnasnet0_5<1000>>,
    named<"torchvision_efficientnet_b0", plait::efficientnet_b0<1000>>>;

using large_families = network_list<
    named<"torchvision_resnet50", plait::resnet50<1000>>,
    named<"torchvision_densenet121", plait::densenet121<1000>>,
    named<"torchvision_vgg11_bn", plait::vgg11_bn<1000>>>;

using other_families = network_list<
    named<"torchvision_googlenet", plait::googlenet<1000>>,
    named<"torchvision_squeezenet1_1", plait::squeezenet1_1<1000>>,
    named<"shufflenet_v1", plait::shufflenet_v1<1000>>,
    named<"torchvision_regnet_x_400mf", plait::regnet_x_400mf<1000>>>;

/// Also compiled in bf16 and int8: those whose pictures are CIFAR's.
using small_networks_in_precisions = network_list<
    named<"augshufflenet_x0_5_cifar10", plait::augshufflenet_x0_5<10>>,
    named<"augshufflenet_plus_x0_5_cifar100", plait::augshufflenet_x0_5<100, plait::order::plus>>,
    named<"augshufflenet_microcontroller_cifar10", microcontroller_network>>;

/// Their output is a map: they are no classifiers. In bf16 and int8, too.
using detection_networks = network_list<
    named<"fastestdet_coco", plait::fastestdet<80>>>;
// clang-format on

namespace detail {

template <class... A, class... B, class... Others>
auto joined(network_list<A...>, network_list<B...>, Others... others) {
    if constexpr (sizeof...(Others) == 0)
        return network_list<A..., B...>{};
    else
        return detail::joined(network_list<A..., B...>{}, others...);
}

template <class... Named>
std::vector<std::string_view> names_in(network_list<Named...>) {
    return {Named::name...};
}

/// Letters to insert, remove or replace to make one word of the other (Levenshtein's distance).
inline int edit_distance(std::string_view from, std::string_view to) {
    std::vector<int> row(to.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (const char letter : from) {
        int diagonal = row[0]++;
        for (std::size_t i = 1; i < row.size(); ++i) {
            const int replaced = diagonal + (to[i - 1] == letter ? 0 : 1);
            diagonal = row[i];
            row[i] = std::min({row[i] + 1, row[i - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace detail

template <class... Lists>
using joined_networks = decltype(detail::joined(Lists{}...));

using every_network =
    joined_networks<augshufflenet_networks, augshufflenet_article_networks, augshufflenet_plus_networks,
                    shufflenet_v2_cifar_networks, torchvision_networks, mobilenet_networks, resnet_networks,
                    mobile_families, large_families, other_families, detection_networks,
                    microcontroller_networks>;

inline std::vector<std::string_view> network_names() { return detail::names_in(every_network{}); }

/// A sentence for whoever asked for a network that is not there: the three nearest of at least as many names.
inline std::string unknown_network(std::string_view name,
                                   std::vector<std::string_view> nearest = network_names()) {
    std::ranges::stable_sort(nearest, {},
                             [name](std::string_view other) { return detail::edit_distance(name, other); });
    return "there is no network '" + std::string(name) + "'; the nearest names are " +
           std::string(nearest[0]) + ", " + std::string(nearest[1]) + " and " + std::string(nearest[2]);
}

}  // namespace examples
