// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/winograd.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// How far a network may go by Winograd's algorithm.
struct winograd_policy {
    /// Outputs of a tile's side at most: 4, or 2, whose errors are those of a direct convolution.
    int most_outputs = 4;

    friend constexpr bool operator==(winograd_policy, winograd_policy) = default;
};

namespace detail {

/// Multiply-adds of a convolution, direct for no outputs of a tile's side, with transforms counted as some of
/// every channel. No less than what its weights take, which in large networks come from memory. Channels are
/// whole vectors of the largest kind, so that the choice is the same on every machine.
constexpr double winograd_cost(const op& o, int outputs) {
    constexpr int lanes = 16;
    constexpr double of_transform = 12;
    constexpr double of_weight_in_memory = 10;
    const double in = rounded_up(o.group_inputs(), lanes);
    const double made = rounded_up(o.group_outputs(), lanes);
    double multiplied = 0;
    int taps = o.window.taps();
    if (outputs == 0) {
        multiplied = 1.0 * o.window.rows.taps_inside(o.in.size.height, o.out.size.height) *
                     o.window.columns.taps_inside(o.in.size.width, o.out.size.width) * o.group_inputs() *
                     o.group_outputs();
    } else {
        const winograd_cut cut = winograd_cut::of(outputs, 1, 1, o.out.size, 1);
        taps = cut.taps();
        multiplied = 1.0 * taps * cut.tiles.pixels() * (o.group_inputs() * made + of_transform * (in + made));
    }
    const double read = of_weight_in_memory * taps * o.group_inputs() * o.group_outputs();
    return multiplied > read ? multiplied : read;
}

constexpr bool is_3_of_stride_1(const window_axis& axis) {
    return axis.kernel == 3 && axis.stride == 1 && axis.dilation == 1;
}

/// Outputs of the side of the tiles by which a call costs least; 0 for a direct convolution, or another call.
constexpr int cheapest_winograd(const op& o, winograd_policy policy) {
    if (o.kind != op_kind::dense || !is_3_of_stride_1(o.window.rows) || !is_3_of_stride_1(o.window.columns))
        return 0;
    int cheapest = 0;
    double least = winograd_cost(o, 0);
    for (int outputs = 2; outputs <= policy.most_outputs; outputs += 2) {
        const double cost = winograd_cost(o, outputs);
        if (cost >= least) continue;
        least = cost;
        cheapest = outputs;
    }
    return cheapest;
}

template <class Network, winograd_policy Policy>
constexpr auto calls_by_winograd() {
    auto calls = Network::calls;
    for (int i = 0; i < Network::sizes.ops; ++i)
        calls.ops[i].winograd = cheapest_winograd(calls.ops[i], Policy);
    return calls;
}

template <class Network>
concept is_by_winograd = requires {
    Network::winograd_policy;
};

/// Before the network is a base.
template <class Network, winograd_policy Policy>
struct require_policy {
    static_assert(
        requires { Network::calls; }, "winograd<...> takes a network, of plait::network<...>");
    static_assert(!is_by_winograd<Network>,
                  "the network is of winograd<...> already, where one without a policy was expected");
    static_assert(Policy.most_outputs == 2 || Policy.most_outputs == 4,
                  "Winograd's tiles have sides of 2 or 4 outputs: `most_outputs` must be one of these");
};

}  // namespace detail

/// A network whose dense 3 x 3 convolutions of stride 1 are by Winograd's algorithm (Lavin and Gray,
/// arXiv 1509.09308), F(4x4, 3x3) or F(2x2, 3x3), where that is cheaper than a direct one: all else is as of
/// the network. Values differ by some 1e-6 of a map's largest, F(4x4)'s by a few of these; a value that is
/// not a number spoils its tiles.
template <class Network, winograd_policy Policy = winograd_policy{}>
struct winograd : private detail::require_policy<Network, Policy>, Network {
    /// What was asked for.
    static constexpr plait::winograd_policy winograd_policy = Policy;
    /// As kernels run it; `op::winograd` says which convolutions are by which tiles.
    static constexpr auto calls = detail::calls_by_winograd<Network, Policy>();
    /// As of a network.
    static constexpr long long workspace_bytes = sizeof(float) * planned<winograd>::where.size;
    struct workspace : workspace_of<planned<winograd>::where.size> {};
};

namespace detail {

template <class Network, winograd_policy Policy>
struct judged<winograd<Network, Policy>> : judged<Network> {};

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
