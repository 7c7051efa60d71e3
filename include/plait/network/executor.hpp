// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "plait/core/in_order.hpp"
#include "plait/kernels/kernel.hpp"
#include "plait/network/call_table.hpp"
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
    using kernel_of = kernel<shape_of<Op>>;

    template <int... Op>
    static constexpr chosen_kernels<Network::sizes> choose_kernels(std::integer_sequence<int, Op...>) {
        return {{shape_of<Op>...}, {kernel_of<Op>::packed_size(calls.ops[Op])...}};
    }

    static constexpr auto kernels = choose_kernels(every_op{});
    static constexpr auto first_packed = find_first_packers(calls, kernels);
    static constexpr auto table = make_call_table(calls, where, kernels, first_packed);

public:
    /// Values of packed weights, aligned to a cache line.
    static constexpr long long packed_size = table.packed_size;
    static constexpr int workspace_size = where.size;
    /// Of weights that are packed otherwise it is another number.
    static constexpr std::uint64_t packing =
        packing_of(calls, kernels, table, Network::parameters, Network::macs);

    /// Packs the weights of call `op`, batch norm folded in: [output][input][kernel row][kernel column].
    static void pack(int op, const float* weights, const float* bias, float* packed) {
        using packer = void (*)(const plait::op&, const float*, const float*, float*);
        [&]<int... Op>(std::integer_sequence<int, Op...>) {
            constexpr packer packers[at_least_one(ops)]{&kernel_of<Op>::pack...};
            packers[op](calls.ops[op], weights, bias, packed + table.calls[op].weights);
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
        [&]<int... Op>(std::integer_sequence<int, Op...>) { in_order{(run<Op>(packed, workspace), 0)...}; }
        (every_op{});
    }

    /// `look(i, op, map_view)` is called after each call, while its outputs are intact.
    template <class Look>
    static void forward(const float* packed, float* workspace, Look look) {
        const auto show = [&](int i) {
            look(i, calls.ops[i], view(workspace, calls.ops[i].out, where.out_step(i)));
        };
        [&]<int... Op>(std::integer_sequence<int, Op...>) {
            in_order{(run<Op>(packed, workspace), show(Op), 0)...};
        }
        (every_op{});
    }

    /// Copies a map whose channels are intact to a contiguous CHW tensor.
    static void get_map(feature_map map, const float* workspace, float* to) {
        for (int c = 0; c < map.count; ++c) {
            const float* from = workspace + where.offset[map.first + c];
            const int maker = maker_of(calls, calls.pool[map.first + c]);
            const int step = maker < 0 ? where.input_step : where.out_step(maker);
            for (int p = 0; p < map.size.pixels(); ++p) *to++ = from[p * step];
        }
    }

private:
    static map_view view(const float* workspace, feature_map map, int step) {
        return {workspace, where.offset + map.first, map.dimensions(), step};
    }
};

}  // namespace plait::inline PLAIT_TARGET
