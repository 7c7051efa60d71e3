// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>
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

    /// The calls by themselves, so that a program that packs has no more of the graph inside.
    struct listed_ops {
        plait::op of[as_size(at_least_one(ops))]{};
    };
    static constexpr listed_ops list_ops() {
        listed_ops made;
        for (int i = 0; i < ops; ++i) made.of[i] = calls.ops[i];
        return made;
    }
    static constexpr listed_ops listed = list_ops();

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
            packers[op](listed.of[op], weights, bias, packed + table.calls[op].weights);
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

    /// Whether the first call can read a picture where the caller has it: alone, and plane by plane.
    static constexpr bool reads_picture = [] {
        if (ops == 0 || Network::input_count != 1) return false;
        const op& first = calls.ops[0];
        // Rows are read past their ends, by less than a row.
        if (first.window.columns.stride * native_lanes > Network::input.width) return false;
        if (first.kind != op_kind::dense || first.winograd > 0 || first.groups != 1) return false;
        if (where.layout[0].in_step != 1 || where.layout[0].out_step != 1) return false;
        const auto reads = [](feature_map map) {
            for (int c = map.first; c < map.first + map.count; ++c)
                if (calls.pool[c] < calls.input.count) return true;
            return false;
        };
        for (int c = 0; c < first.in.count; ++c)
            if (first.in.count != calls.input.count || calls.channel(first.in, c) != c) return false;
        for (int i = 1; i < ops; ++i)
            if (reads(calls.ops[i].in) || reads(calls.ops[i].other)) return false;
        for (const feature_map& map : calls.outputs)
            if (reads(map)) return false;
        return true;
    }();

    /// Every call, of a picture that lies elsewhere, contiguous CHW; the input's place is not written.
    template <int First = 0>
    requires reads_picture static void forward_from(const float* picture, const float* packed,
                                                    float* workspace) {
        constexpr int row = Network::input.width;
        kernel_call first = table.calls[First];
        first.picture = picture;
        std::memcpy(workspace + first.in[Network::input.channels - 1] + Network::input.pixels() - row,
                    picture + Network::input.elements() - row, sizeof(float) * as_size(row));
        kernel_of<First>::run(first, packed, workspace);
        [&]<int... Op>(std::integer_sequence<int, Op...>) {
            in_order{(run<Op + 1>(packed, workspace), 0)...};
        }
        (std::make_integer_sequence<int, ops - 1>{});
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
