// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>

#include "plait/core/fingerprint.hpp"
#include "plait/kernels/kernel.hpp"
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

    static constexpr const auto& calls = Network::calls;
    static constexpr const auto& where = planned<Network, Policy>::where;
    static constexpr int ops = Network::sizes.ops;
    using every_op = std::make_integer_sequence<int, ops>;

public:
    template <int Op>
    static constexpr kernel_shape shape_of = select(calls.ops[Op], where.layout[Op], native_lanes);

private:
    template <int Op>
    using kernel_of = kernel<shape_of<Op>, float>;

    struct call_list {
        kernel_call calls[at_least_one(ops)]{};
        long long packed_size = 0;
    };

    static constexpr long long aligned_to_line(long long n) { return (n + 15) / 16 * 16; }

    /// The first call that has call `i`'s weights packed as it reads them: where names share weights, an
    /// earlier one.
    static constexpr int packed_before(int i) {
        const auto shape_at = [](int call) {
            return select(calls.ops[call], where.layout[call], native_lanes);
        };
        const int first = calls.ops[i].weights_of;
        for (int j = first; 0 <= j && j < i; ++j) {
            const bool same = j == first || calls.ops[j].weights_of == first;
            if (same && shape_at(j).packs_like(shape_at(i))) return j;
        }
        return i;
    }

    static constexpr call_list make_call_list() {
        call_list list;
        auto add = [&](int i, long long packed_size) {
            const op& o = calls.ops[i];
            list.calls[i] = {.in = where.offset + o.in.first,
                             .out = where.offset + o.out.first,
                             .in_count = o.in.count,
                             .out_count = o.out.count,
                             .in_size = o.in.size,
                             .out_size = o.out.size,
                             .weights = list.packed_size,
                             .scratch = where.scratch[i]};
            const int same = packed_before(i);
            if (same < i)
                list.calls[i].weights = list.calls[same].weights;
            else
                list.packed_size += aligned_to_line(packed_size);
        };
        [&]<int... Op>(std::integer_sequence<int, Op...>) {
            (add(Op, kernel_of<Op>::packed_size(calls.ops[Op])), ...);
        }
        (every_op{});
        return list;
    }

    static constexpr call_list table = make_call_list();

    struct step_table {
        unsigned char of[static_cast<unsigned>(Network::sizes.pool)]{};
    };

    /// Values between the pixels of every entry of the pool: those of the call that made the channel.
    static constexpr step_table make_steps() {
        unsigned char of_channel[static_cast<unsigned>(Network::sizes.channels)]{};
        const auto made = [&](feature_map map, int apart) {
            for (int c = 0; c < map.count; ++c)
                of_channel[calls.channel(map, c)] = static_cast<unsigned char>(apart);
        };
        made(calls.input, where.input_step);
        for (int i = 0; i < ops; ++i) made(calls.ops[i].out, where.out_step(i));
        step_table step;
        for (int i = 0; i < Network::sizes.pool; ++i) step.of[i] = of_channel[calls.pool[i]];
        return step;
    }

    static constexpr std::uint64_t make_packing() {
        fingerprint made;
        for (const long long fact : {Network::parameters, Network::macs, packed_size}) made.add(fact);
        for (int i = 0; i < ops; ++i) {
            const op& o = calls.ops[i];
            if (!o.has_weights()) continue;
            for (const long long fact : {table.calls[i].weights, 1LL * o.in.count, 1LL * o.out.count})
                made.add(fact);
            for (const int fact : select(o, where.layout[i], native_lanes).packing()) made.add(fact);
        }
        return made.value();
    }

    static constexpr step_table step_values = make_steps();

public:
    /// Values of packed weights, aligned to a cache line.
    static constexpr long long packed_size = table.packed_size;
    static constexpr int workspace_size = where.size;
    /// Of every entry of the pool, where it begins in a workspace, and values between its pixels.
    static constexpr const int* offsets = where.offset;
    static constexpr const unsigned char* steps = step_values.of;
    static constexpr int input_step = where.input_step;
    /// Of weights that are packed otherwise it is another number.
    static constexpr std::uint64_t packing = make_packing();

    /// Packs the weights of call `op`, batch norm folded in: [output][input][kernel row][kernel column].
    static void pack(int op, const float* weights, const float* bias, float* packed) {
        [&]<int... Op>(std::integer_sequence<int, Op...>) {
            (void)((op == Op &&
                    (kernel_of<Op>::pack(calls.ops[Op], weights, bias, packed + table.calls[Op].weights),
                     true)) ||
                   ...);
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
        [&]<int... Op>(std::integer_sequence<int, Op...>) { (run<Op>(packed, workspace), ...); }
        (every_op{});
    }

    /// `look(i)` is called after call i, while what it made is intact.
    template <class Look>
    static void observe(const float* packed, float* workspace, Look look) {
        [&]<int... Op>(std::integer_sequence<int, Op...>) { ((run<Op>(packed, workspace), look(Op)), ...); }
        (every_op{});
    }
};

}  // namespace plait::inline PLAIT_TARGET
