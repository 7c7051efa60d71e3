// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>
#include <vector>

#include "../plan_simulation.hpp"
#include "../reference.hpp"
#include "network.hpp"
#include "plait/network/executor.hpp"

namespace drawn {

/// Called after each call of a network with its number, its outputs and `context`.
using look = void (*)(void* context, int op, const plait::map_view& made);

/// A drawn network without its type, for tests that are compiled once for all.
struct subject {
    unsigned seed;
    plait::layout_policy policy;
    plait::shape input;
    placed_network placed;
    reference::calls calls;
    long long parameters;
    long long macs;
    long long packed_size;

    void (*pack)(int op, const float* weights, const float* bias, float* packed);
    void (*put_input)(const float* picture, float* workspace);
    void (*forward)(const float* packed, float* workspace);
    void (*observe)(const float* packed, float* workspace, look, void* context);
    void (*get_map)(plait::feature_map map, const float* workspace, float* to);
};

template <unsigned Seed>
subject subject_of() {
    using net = network<Seed>;
    constexpr plait::layout_policy policy = palette_of(unit_of(Seed)).policy;
    using runner = plait::executor<net, policy>;
    return {
        .seed = Seed,
        .policy = policy,
        .input = net::input,
        .placed = placed_network(net::calls, plait::planned<net, policy>::where, plait::native_lanes),
        .calls = reference::calls(net::calls),
        .parameters = net::parameters,
        .macs = net::macs,
        .packed_size = runner::packed_size,
        .pack = runner::pack,
        .put_input = [](const float* picture, float* workspace) { runner::input(workspace).copy(picture); },
        .forward = [](const float* packed, float* workspace) { runner::forward(packed, workspace); },
        .observe =
            [](const float* packed, float* workspace, look show, void* context) {
                runner::observe(packed, workspace, [&](int op) {
                    show(context, op, runner::map(net::calls.ops[op].out, workspace));
                });
            },
        .get_map = [](plait::feature_map map, const float* workspace,
                      float* to) { runner::map(map, workspace).copy_to(to); }};
}

/// All of the program, in the order in which its units are linked.
inline std::vector<subject>& subjects() {
    static std::vector<subject> all;
    return all;
}

template <unsigned Unit>
bool enlist() {
    [&]<unsigned... Index>(std::integer_sequence<unsigned, Index...>) {
        (subjects().push_back(subject_of<Unit * networks_in_a_unit + Index>()), ...);
    }
    (std::make_integer_sequence<unsigned, networks_in_a_unit>{});
    return true;
}

}  // namespace drawn
