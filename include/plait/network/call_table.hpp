// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plait/core/as_size.hpp"
#include "plait/core/fingerprint.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/network/plan.hpp"

// What the kernels of a program are told, and where their packed weights lie.

namespace plait::inline PLAIT_TARGET {

/// The kernel of each call, and the values that its weights take when they are packed.
template <graph_sizes Sizes>
struct chosen_kernels {
    kernel_shape shape[as_size(at_least_one(Sizes.ops))]{};
    long long packed_size[as_size(at_least_one(Sizes.ops))]{};
};

/// What each kernel is told.
template <graph_sizes Sizes>
struct call_table {
    kernel_call calls[as_size(at_least_one(Sizes.ops))]{};
    long long packed_size = 0;  ///< of all weights
};

/// For each call the first that has its weights packed as it reads them: itself, or an earlier one where
/// calls share weights.
template <graph_sizes Sizes>
struct first_packers {
    int of[as_size(at_least_one(Sizes.ops))]{};
};

/// Calls that share weights are few, and packed in few ways: each is held against one call of each way.
template <graph_sizes Sizes>
constexpr first_packers<Sizes> find_first_packers(const program<Sizes>& p,
                                                  const chosen_kernels<Sizes>& kernels) {
    first_packers<Sizes> first;
    int next[as_size(at_least_one(Sizes.ops))]{};  // call that packs the same weights in another way
    for (int i = 0; i < Sizes.ops; ++i) {
        int& found = first.of[i] = i;
        if (p.ops[i].weights_of < 0) continue;
        int j = p.ops[i].weights_of;
        for (; next[j] > 0 && !kernels.shape[j].packs_like(kernels.shape[i]);) j = next[j];
        if (kernels.shape[j].packs_like(kernels.shape[i]))
            found = j;
        else
            next[j] = i;
    }
    return first;
}

/// Packed weights lie one call's after another's, each on a cache line.
template <graph_sizes Sizes>
constexpr call_table<Sizes> make_call_table(const program<Sizes>& p, const plan<Sizes>& where,
                                            const chosen_kernels<Sizes>& kernels,
                                            const first_packers<Sizes>& first) {
    constexpr long long values_of_line = 16;
    call_table<Sizes> table;
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = p.ops[i];
        const bool packs = first.of[i] == i;
        table.calls[i] = {.in = where.offset + o.in.first,
                          .other = where.offset + o.other.first,
                          .out = where.offset + o.out.first,
                          .in_count = o.group_inputs(),
                          .out_count = o.group_outputs(),
                          .groups = o.groups,
                          .in_size = o.in.size,
                          .out_size = o.out.size,
                          .weights = packs ? table.packed_size : table.calls[first.of[i]].weights,
                          .scratch = where.scratch[i]};
        if (packs)
            table.packed_size +=
                (kernels.packed_size[i] + values_of_line - 1) / values_of_line * values_of_line;
    }
    return table;
}

/// Values between the pixels of every entry of the pool.
template <graph_sizes Sizes>
struct pool_steps {
    unsigned char of[static_cast<unsigned>(Sizes.pool)]{};
};

/// Those of the call that made the channel.
template <graph_sizes Sizes>
constexpr pool_steps<Sizes> find_pool_steps(const program<Sizes>& p, const plan<Sizes>& where) {
    unsigned char of_channel[static_cast<unsigned>(Sizes.channels)]{};
    const auto made = [&](feature_map map, int step) {
        for (int i = map.first; i < map.first + map.count; ++i)
            of_channel[p.pool[i]] = static_cast<unsigned char>(step);
    };
    made(p.input, where.input_step);
    for (int i = 0; i < Sizes.ops; ++i) made(p.ops[i].out, where.out_step(i));
    pool_steps<Sizes> steps;
    for (int i = 0; i < Sizes.pool; ++i) steps.of[i] = of_channel[p.pool[i]];
    return steps;
}

/// A number that tells how weights are packed: of weights that are packed otherwise it is another.
template <graph_sizes Sizes>
constexpr std::uint64_t packing_of(const program<Sizes>& p, const chosen_kernels<Sizes>& kernels,
                                   const call_table<Sizes>& table, long long parameters, long long macs) {
    fingerprint made;
    made.add(parameters);
    made.add(macs);
    made.add(table.packed_size);
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = p.ops[i];
        if (!o.is_packed()) continue;
        made.add(table.calls[i].weights);
        made.add(o.in.count);
        made.add(o.out.count);
        made.add(o.groups);
        for (const int fact : kernels.shape[i].packing()) made.add(fact);
    }
    return made.value();
}

}  // namespace plait::inline PLAIT_TARGET
