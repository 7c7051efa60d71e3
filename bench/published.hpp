// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <tuple>
#include <utility>

#include "plait/models/augshufflenet.hpp"
#include "plait/models/shufflenet_v2.hpp"
#include "plait/network/model.hpp"

// Every kernel shape that published networks use: one list, which tests hold against the scalar reference and
// benchmarks time.

namespace published {

using namespace plait;

using networks =
    std::tuple<augshufflenet_x0_5<10>, augshufflenet_x1_0<10>, augshufflenet_x1_5<10>,
               shufflenet_v2_cifar_x0_5<10>, shufflenet_v2_cifar_x1_0<10>, shufflenet_v2_cifar_x1_5<10>,
               shufflenet_v2_x0_5<>, shufflenet_v2_x1_0<>, shufflenet_v2_x1_5<>, shufflenet_v2_x2_0<>>;

template <int Network>
using network_at = std::tuple_element_t<Network, networks>;
inline constexpr int network_count = std::tuple_size_v<networks>;

/// A call of one of the networks.
struct call {
    op what{};
    op_layout layout{};
    int network = 0;
    int number = 0;

    constexpr bool same_work(const call& other) const {
        return what.kind == other.what.kind && what.act == other.what.act &&
               what.kernel == other.what.kernel && what.stride == other.what.stride &&
               what.in.size == other.what.in.size && what.in.count == other.what.in.count &&
               what.out.count == other.what.out.count && layout == other.layout;
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

template <int Network>
constexpr void add_calls(call_list& list) {
    using net = network_at<Network>;
    for (int i = 0; i < net::sizes.ops; ++i)
        list.add({net::calls.ops[i], planned<net>::where.layout[i], Network, i});
}

/// Each different piece of work once.
inline constexpr call_list calls = [] {
    call_list list;
    [&]<int... Network>(std::integer_sequence<int, Network...>) { (add_calls<Network>(list), ...); }
    (std::make_integer_sequence<int, network_count>{});
    return list;
}();

}  // namespace published
