// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>

#include "plait/core/as_size.hpp"
#include "plait/core/in_order.hpp"
#include "plait/kernels/kernel.hpp"
#include "plait/network/call_table.hpp"
#include "plait/network/network.hpp"
#include "plait/tensor/map_view.hpp"
#include "plait/tensor/map_writer.hpp"

namespace plait::inline PLAIT_TARGET {

template <class Network, layout_policy Policy, int Lanes>
class batch_executor;

/// Runs a network's calls, one kernel after another, over packed weights and a workspace.
template <class Network, layout_policy Policy = layout_policy{}>
class executor {
    friend batch_executor<Network, Policy, native_lanes>;
    static_assert(
        !requires { Network::kept_in; },
        "the network is not in fp32, and what was asked for is compiled for networks in fp32 alone");

    static constexpr const auto& calls = Network::calls;
    static constexpr const auto& where = planned<Network, Policy>::where;
    static constexpr int ops = Network::sizes.ops;
    using every_op = std::make_integer_sequence<int, ops>;

public:
    template <int Op>
    static constexpr kernel_shape shape_of = select(calls.ops[Op], where.layout[Op], native_lanes);

private:
    template <int Op>
    using kernel_of = kernel<shape_of<Op>>;

    template <int... Op>
    static constexpr chosen_kernels<Network::sizes> choose_kernels(std::integer_sequence<int, Op...>) {
        return {{shape_of<Op>...}, {kernel_of<Op>::packed_size(calls.ops[Op])...}};
    }

    static constexpr auto kernels = choose_kernels(every_op{});
    static constexpr auto first_packed = find_first_packers(calls, kernels);
    static constexpr auto table = make_call_table(calls, where, kernels, first_packed);

    static constexpr auto step_values = find_pool_steps(calls, where);

public:
    /// Values of packed weights, aligned to a cache line.
    static constexpr long long packed_size = table.packed_size;
    static constexpr int workspace_size = where.size;
    /// Of every entry of the pool, where it begins in a workspace, and values between its pixels.
    static constexpr const int* offsets = where.offset;
    static constexpr const unsigned char* steps = step_values.of;
    static constexpr int input_step = where.input_step;
    /// Of weights that are packed otherwise it is another number.
    static constexpr std::uint64_t packing =
        packing_of(calls, kernels, table, Network::parameters, Network::macs);

    /// Packs the weights of call `op`, batch norm folded in: [output][input][kernel row][kernel column].
    static void pack(int op, const float* weights, const float* bias, float* packed) {
        using packer = void (*)(const plait::op&, const float*, const float*, float*);
        [&]<int... Op>(std::integer_sequence<int, Op...>) {
            constexpr packer packers[as_size(at_least_one(ops))]{&kernel_of<Op>::pack...};
            packers[op](calls.ops[op], weights, bias, packed + table.calls[op].weights);
        }
        (every_op{});
    }

    /// Where the picture goes.
    static map_writer<Network::input> input(float* workspace) {
        return {workspace, where.offset + calls.input.first, where.input_step};
    }

    /// Any map whose channels are intact.
    static map_view map(feature_map map, const float* workspace) {
        return {workspace, where.offset + map.first, steps + map.first, map.dimensions()};
    }

    /// One call by itself.
    template <int Op>
    [[gnu::always_inline]] static inline void run(const float* packed, float* workspace) {
        kernel_of<Op>::run(table.calls[Op], packed, workspace);
    }

    /// Every call, one after another; the input must be in its place.
    static void forward(const float* packed, float* workspace) {
        [&]<int... Op>(std::integer_sequence<int, Op...>) { in_order{(run<Op>(packed, workspace), 0)...}; }
        (every_op{});
    }

    /// `look(i)` is called after call i, while what it made is intact.
    template <class Look>
    static void observe(const float* packed, float* workspace, Look look) {
        [&]<int... Op>(std::integer_sequence<int, Op...>) {
            in_order{(run<Op>(packed, workspace), look(Op), 0)...};
        }
        (every_op{});
    }
};

}  // namespace plait::inline PLAIT_TARGET
