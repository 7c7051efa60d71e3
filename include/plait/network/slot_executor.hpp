// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "plait/core/fingerprint.hpp"
#include "plait/core/in_order.hpp"
#include "plait/kernels/kernel.hpp"
#include "plait/kernels/slot_kernel.hpp"
#include "plait/network/call_table.hpp"
#include "plait/network/network_in.hpp"
#include "plait/network/plain_packing.hpp"
#include "plait/network/runner.hpp"
#include "plait/tensor/map_view.hpp"
#include "plait/tensor/map_writer.hpp"

namespace plait::inline PLAIT_TARGET {

/// Runs a network that is not in fp32, as `executor` runs one that is.
template <class Network>
class slot_executor {
    using slots_only = detail::network_of_slots<Network>;
    static constexpr const auto& calls = Network::calls;
    static constexpr const auto& packs = Network::packs;
    static constexpr const auto& where = planned<slots_only, layout_policy{slots_in_planes}>::where;
    static constexpr int steps_count = slots_only::sizes.ops;
    static constexpr int ops = Network::sizes.ops;
    using every_step = std::make_integer_sequence<int, steps_count>;
    static constexpr bool has_codes = Network::kept_in == precision::int8;

    template <int Step>
    static constexpr slot_shape slot_shape_of() {
        constexpr const packed_step& s = packs.steps[Step];
        constexpr op none{};
        constexpr int read = packs.slots.ops[Step].in.count, made = packs.slots.ops[Step].out.count;
        if constexpr (s.is_conversion())
            return select_slots(none, s.work, s.in, s.out, read, made, native_lanes);
        else
            return select_slots(calls.ops[s.call], s.work, s.in, s.out, read, made, native_lanes);
    }

    template <int Step, bool InFloats>
    struct kernel_of_step : kernel<select(packs.slots.ops[Step], where.layout[Step], native_lanes)> {};
    template <int Step>
    struct kernel_of_step<Step, false> : slot_kernel<slot_shape_of<Step>()> {};
    template <int Step>
    static constexpr bool in_floats = packs.steps[Step].work == slot_work::floats;
    template <int Step>
    using kernel_of = kernel_of_step<Step, in_floats<Step>>;

    template <int Step>
    static constexpr long long packed_size_of() {
        constexpr const packed_step& s = packs.steps[Step];
        constexpr const op& over_slots = packs.slots.ops[Step];
        if constexpr (s.work == slot_work::floats)
            return kernel_of<Step>::packed_size(over_slots);
        else if constexpr (s.is_conversion())
            return kernel_of<Step>::packed_size(over_slots, s.depth, over_slots.in.count,
                                                over_slots.out.count);
        else
            return kernel_of<Step>::packed_size(calls.ops[s.call], s.depth, over_slots.in.count,
                                                over_slots.out.count);
    }

    template <int... Step>
    static constexpr chosen_kernels<slots_only::sizes> choose_kernels(std::integer_sequence<int, Step...>) {
        chosen_kernels<slots_only::sizes> chosen;
        ((chosen.packed_size[Step] = packed_size_of<Step>()), ...);
        return chosen;
    }

    /// What bytes stand for, of every channel a scale and a zero, before all weights.
    static constexpr long long numbers_size = has_codes ? 2LL * rounded_up(Network::sizes.channels, 8) : 0;

    static constexpr call_table<slots_only::sizes> make_table() {
        first_packers<slots_only::sizes> each;
        for (int i = 0; i < steps_count; ++i) each.of[i] = i;
        call_table<slots_only::sizes> made =
            make_call_table(packs.slots, where, choose_kernels(every_step{}), each);
        for (int i = 0; i < steps_count; ++i) made.calls[i].weights += numbers_size;
        made.packed_size += numbers_size;
        return made;
    }
    static constexpr auto table = make_table();

    /// Where every entry of the pool lies as its maker left it.
    struct entries {
        int offset[as_size(Network::sizes.pool)]{};
        unsigned char step[as_size(Network::sizes.pool)]{};
    };
    struct slot_addresses {
        int of[as_size(slots_only::sizes.channels)]{};
        unsigned char step[as_size(slots_only::sizes.channels)]{};
    };
    static constexpr slot_addresses find_addresses() {
        slot_addresses at;
        const auto note = [&](feature_map map, int step) {
            for (int i = map.first; i < map.first + map.count; ++i) {
                at.of[packs.slots.pool[i]] = where.offset[i];
                at.step[packs.slots.pool[i]] = static_cast<unsigned char>(step);
            }
        };
        note(packs.slots.input, where.input_step);
        for (int i = 0; i < steps_count; ++i) note(packs.slots.ops[i].out, where.out_step(i));
        return at;
    }
    static constexpr slot_addresses addresses = find_addresses();
    static constexpr entries find_entries() {
        entries all;
        for (int i = 0; i < Network::sizes.pool; ++i) {
            const int channel = calls.pool[i];
            const bool in_fp32 = packs.is_in_floats(channel);
            const slot_place at = in_fp32 ? packs.in_floats[channel] : packs.in_packs[channel];
            all.offset[i] = addresses.of[at.slot];
            all.step[i] = in_fp32 ? addresses.step[at.slot] : 1;
        }
        return all;
    }
    static constexpr entries every_entry = find_entries();

    /// Where outputs lie at the end: in fp32.
    struct output_entries {
        int offset[as_size(at_least_one(packs.slots.sizes.pool))]{};
        unsigned char step[as_size(at_least_one(packs.slots.sizes.pool))]{};
    };
    static constexpr output_entries find_outputs() {
        output_entries all;
        for (const feature_map& map : packs.slots.outputs)
            for (int i = map.first; i < map.first + map.count; ++i) {
                all.offset[i] = addresses.of[packs.slots.pool[i]];
                all.step[i] = addresses.step[packs.slots.pool[i]];
            }
        return all;
    }
    static constexpr output_entries every_output = find_outputs();

public:
    /// Values of packed weights, aligned to a cache line.
    static constexpr long long packed_size = table.packed_size;
    static constexpr int workspace_size = where.size;
    /// Of every entry of the pool, where its slot begins in a workspace, values between its pixels, and where
    /// in its slot it lies.
    static constexpr const int* offsets = every_entry.offset;
    static constexpr const unsigned char* steps = every_entry.step;
    static constexpr const pack_lane* lanes = detail::lanes_in_slots<Network>::of;
    static constexpr int input_step = where.input_step;
    /// The same of every entry of the pool of slots that is an output at the end, in fp32.
    static constexpr const int* output_offsets = every_output.offset;
    static constexpr const unsigned char* output_steps = every_output.step;

    /// Of weights that are packed otherwise it is another number.
    static constexpr std::uint64_t packing = [] {
        fingerprint made;
        made.add(static_cast<int>(Network::kept_in));
        made.add(Network::parameters);
        made.add(Network::macs);
        made.add(table.packed_size);
        made.add(simd::dot<Network::kept_in>::parts);
        made.add(native_lanes);
        for (int i = 0; i < steps_count; ++i) {
            made.add(static_cast<int>(packs.steps[i].work));
            made.add(packs.steps[i].call);
            made.add(table.calls[i].weights);
            made.add(packs.slots.ops[i].in.count);
            made.add(packs.slots.ops[i].out.count);
        }
        return made.value();
    }();

    /// Packs the weights of call `op` that are floats, batch norm folded in: [output][input][kernel
    /// row][kernel column].
    static void pack(int op, const float* weights, const float* bias, float* packed) {
        const int step = detail::step_of<Network>(op);
        if (packs.steps[step].work == slot_work::floats) {
            pack_floats(step, weights, bias, packed);
        } else if constexpr (!has_codes) {
            slot_wiring wiring = detail::packing_of<Network>().wire(step, {});
            wiring.weights = weights;
            wiring.bias = bias;
            pack_step(step, wiring, packed);
        }
    }
    /// The same of weights that are bytes.
    static void pack_bytes(int op, std::span<const channel_code> codes, const layer_bytes& layer,
                           float* packed) {
        const int step = detail::step_of<Network>(op);
        slot_wiring wiring = detail::packing_of<Network>().wire(step, codes);
        wiring.bytes = layer;
        pack_step(step, wiring, packed);
    }

    /// Packs all that is no layer's weights, and what bytes stand for.
    static void pack_numbers(std::span<const channel_code> codes, float* packed) {
        for (std::size_t c = 0; has_codes && c < codes.size(); ++c) {
            packed[2 * c] = codes[c].scale;
            packed[2 * c + 1] = static_cast<float>(codes[c].zero);
        }
        const detail::plain_packing all = detail::packing_of<Network>();
        for (int step = 0; step < steps_count; ++step) {
            const packed_step& s = packs.steps[step];
            const bool of_layer = !s.is_conversion() && calls.ops[s.call].is_packed();
            if (s.work != slot_work::floats && !of_layer) pack_step(step, all.wire(step, codes), packed);
        }
    }

private:
    /// Packs what a step that is in no precision of floats reads.
    static void pack_step(int step, const slot_wiring& wiring, float* packed) {
        using packer = void (*)(const slot_wiring&, float*);
        [&]<int... Step>(std::integer_sequence<int, Step...>) {
            constexpr packer packers[as_size(at_least_one(steps_count))]{slot_packer<Step>()...};
            packers[step](wiring, packed + table.calls[step].weights);
        }
        (every_step{});
    }

    /// Packs the weights of a call that stays in fp32, as `executor` does.
    static void pack_floats(int step, const float* weights, const float* bias, float* packed) {
        using packer = void (*)(const plait::op&, const float*, const float*, float*);
        [&]<int... Step>(std::integer_sequence<int, Step...>) {
            constexpr packer packers[as_size(at_least_one(steps_count))]{float_packer<Step>()...};
            packers[step](packs.slots.ops[step], weights, bias, packed + table.calls[step].weights);
        }
        (every_step{});
    }

public:
    /// Where the picture goes.
    static map_writer<Network::input> input(float* workspace) {
        return {workspace, offsets + calls.input.first, where.input_step};
    }
    /// An output, after a pass.
    static map_view output(int index, const float* workspace) {
        const feature_map map = packs.slots.outputs[index];
        const feature_map logical = calls.outputs[index];
        return {workspace, output_offsets + map.first, output_steps + map.first, logical.dimensions()};
    }

    /// One step by itself.
    template <int Step>
    [[gnu::always_inline]] static inline void run(const float* packed, float* workspace) {
        kernel_of<Step>::run(table.calls[Step], packed, workspace);
    }

    /// Every step, one after another; the input must be in its place.
    static void forward(const float* packed, float* workspace) {
        [&]<int... Step>(std::integer_sequence<int, Step...>) {
            in_order{(run<Step>(packed, workspace), 0)...};
        }
        (every_step{});
    }

    /// `look(i)` is called after call i, while what it made is intact.
    template <class Look>
    static void observe(const float* packed, float* workspace, Look look) {
        [&]<int... Step>(std::integer_sequence<int, Step...>) {
            in_order{(run<Step>(packed, workspace),
                      packs.steps[Step].is_conversion() ? void() : void(look(packs.steps[Step].call)), 0)...};
        }
        (every_step{});
    }

    /// As of `batch_executor`, one after another.
    template <class Put, class Take>
    static void forward_batch(int count, Put put, Take take, const float* packed, float* workspace, float*) {
        for (int i = 0; i < count; ++i) {
            put(i);
            forward(packed, workspace);
            take(i, output(Network::sizes.outputs - 1, workspace));
        }
    }

private:
    template <int Step>
    static constexpr void (*slot_packer())(const slot_wiring&, float*) {
        if constexpr (in_floats<Step>)
            return nullptr;
        else
            return &kernel_of<Step>::pack;
    }
    template <int Step>
    static constexpr void (*float_packer())(const plait::op&, const float*, const float*, float*) {
        if constexpr (in_floats<Step>)
            return &kernel_of<Step>::pack;
        else
            return nullptr;
    }
};

/// The kernels of a network that is not in fp32.
template <precision Precision, class Network, name... InFloats, layout_policy Policy>
struct native_runner<network_in<Precision, Network, InFloats...>, Policy>
    : slot_executor<network_in<Precision, Network, InFloats...>> {
    using workspace = typename network_in<Precision, Network, InFloats...>::workspace;
    /// Floats that a batch needs beside a workspace.
    static constexpr int kept_size = 0;
};

}  // namespace plait::inline PLAIT_TARGET
