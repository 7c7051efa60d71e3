// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "plait/core/fingerprint.hpp"
#include "plait/kernels/kernel.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// Values of one map in a workspace, for whoever looks at a forward pass.
class map_view {
public:
    constexpr map_view(const float* workspace, const int* channels, shape dimensions, int step)
        : workspace_(workspace), channels_(channels), dimensions_(dimensions), step_(step) {}

    /// Channels x height x width.
    constexpr shape dimensions() const { return dimensions_; }
    constexpr float operator()(int channel, int y, int x) const {
        return workspace_[channels_[channel] + (y * dimensions_.width + x) * step_];
    }

private:
    const float* workspace_;
    const int* channels_;
    shape dimensions_;
    int step_;
};

template <class Network, layout_policy Policy>
class batch_executor;

/// Runs a network's calls, one kernel after another, over packed weights and a workspace.
template <class Network, layout_policy Policy = layout_policy{}>
class executor {
    friend batch_executor<Network, Policy>;

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

public:
    /// Values of packed weights, aligned to a cache line.
    static constexpr long long packed_size = table.packed_size;
    static constexpr int workspace_size = where.size;
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

    /// Copies a contiguous CHW picture to its place.
    static void put_input(const float* picture, float* workspace) {
        const feature_map map = calls.input;
        const int pixels = map.size.pixels();
        for (int c = 0; c < map.count; ++c, picture += pixels) {
            float* to = workspace + where.offset[map.first + c];
            if constexpr (where.input_step == 1) {
                std::memcpy(to, picture, sizeof(float) * static_cast<unsigned>(pixels));
            } else {
                for (int p = 0; p < pixels; ++p) to[p * where.input_step] = picture[p];
            }
        }
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

    /// `look(i, op, map_view)` is called after each call, while its outputs are intact.
    template <class Look>
    static void forward(const float* packed, float* workspace, Look look) {
        const auto show = [&](int i) {
            look(i, calls.ops[i], view(workspace, calls.ops[i].out, where.out_step(i)));
        };
        [&]<int... Op>(std::integer_sequence<int, Op...>) { ((run<Op>(packed, workspace), show(Op)), ...); }
        (every_op{});
    }

    /// Copies a map whose channels are intact to a contiguous CHW tensor.
    static void get_map(feature_map map, const float* workspace, float* to) {
        for (int c = 0; c < map.count; ++c) {
            const float* from = workspace + where.offset[map.first + c];
            const int step = step_of(calls.pool[map.first + c]);
            for (int p = 0; p < map.size.pixels(); ++p) *to++ = from[p * step];
        }
    }

private:
    static map_view view(const float* workspace, feature_map map, int step) {
        return {workspace, where.offset + map.first, map.dimensions(), step};
    }

    /// Of the call that made a channel: the last whose numbers do not begin after it.
    static constexpr int step_of(int channel) {
        int step = where.input_step;
        for (int i = 0; i < ops; ++i) {
            if (calls.pool[calls.ops[i].out.first] <= channel) step = where.out_step(i);
        }
        return step;
    }
};

}  // namespace plait::inline PLAIT_TARGET
