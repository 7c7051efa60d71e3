// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "../examples/any_network/networks.hpp"
#include "plait/network/network.hpp"

// Every piece of work that kernels have in published networks: one list, which tests hold against the plain
// reference and benchmarks time.

namespace published {

using namespace plait;

/// What is timed: other orders of AugShuffleNet's channels have the same kernels over other channels.
using timed_networks =
    examples::joined_networks<examples::augshufflenet_networks, examples::shufflenet_v2_cifar_networks,
                              examples::torchvision_networks, examples::mobilenet_networks,
                              examples::resnet_networks, examples::detection_networks>;

/// A call of one of several networks.
struct call {
    op what{};
    op_layout layout{};
    int network = 0;
    int number = 0;

    constexpr bool same_work(const call& other) const {
        return what.kind == other.what.kind && what.act == other.what.act &&
               what.window == other.what.window && what.factor == other.what.factor &&
               what.groups == other.what.groups && what.winograd == other.what.winograd &&
               what.one_slope == other.what.one_slope && what.binary == other.what.binary &&
               what.sampling == other.what.sampling &&
               what.count_include_pad == other.what.count_include_pad && what.in.size == other.what.in.size &&
               what.in.count == other.what.in.count && what.out.count == other.what.out.count &&
               layout == other.layout;
    }
};

struct call_list {
    call calls[600]{};
    int count = 0;

    constexpr void add(const call& c) {
        for (int i = 0; i < count; ++i) {
            if (calls[i].same_work(c)) return;
        }
        calls[count++] = c;
    }
};

/// The work of a list of networks.
template <class List>
struct work_of;

template <class... Named>
struct work_of<examples::network_list<Named...>> {
    template <int Network>
    using network_at =
        typename std::tuple_element_t<Network, std::tuple<std::type_identity<Named>...>>::type::network;

    /// Each different piece once.
    static constexpr call_list list = [] {
        call_list made;
        int network = 0;
        const auto add_calls = [&](const auto& calls, const auto& layout, int count) {
            for (int i = 0; i < count; ++i) made.add({calls.ops[i], layout[i], network, i});
            ++network;
        };
        (add_calls(Named::network::calls, planned<typename Named::network>::where.layout,
                   Named::network::sizes.ops),
         ...);
        return made;
    }();
    static constexpr auto indices = std::make_integer_sequence<int, list.count>{};
};

}  // namespace published
