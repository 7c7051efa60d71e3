// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "plait/core/fingerprint.hpp"
#include "plait/core/in_order.hpp"
#include "plait/kernels/kernel.hpp"
#include "plait/kernels/slot_kernel.hpp"
#include "plait/network/call_table.hpp"
#include "plait/network/network_in.hpp"
#include "plait/network/runner.hpp"
#include "plait/tensor/map_view.hpp"
#include "plait/tensor/map_writer.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A packing as plain data at run time, whatever the network.
struct plain_packing {
    std::span<const packed_step> steps;
    std::span<const op> slots;  ///< of the steps, over slots
    const int* slot_pool = nullptr;
    std::span<const op> calls;
    const int* pool = nullptr;
    std::span<const slot_place> in_packs;
    std::span<const slot_place> in_floats;
    int slot_count = 0;

    /// Where a map's channels lie among the slots that a step reads: those of which `reads(channel)` is true.
    template <class Reads>
    wired_map read(feature_map map, std::span<const channel_code> codes, Reads reads) const {
        wired_map made;
        std::vector<int> latest(static_cast<std::size_t>(slot_count), -1);
        std::vector<unsigned char> used(static_cast<std::size_t>(map.count));
        std::vector<int> entries(static_cast<std::size_t>(map.count));
        slot_list list(latest.data(), used.data(), entries.data());
        for (int c = 0; c < map.count; ++c) {
            const int channel = pool[map.first + c];
            if (!reads(channel)) continue;
            const slot_place at = in_packs[static_cast<std::size_t>(channel)];
            add(made, list.add(at), at.lane, channel, codes);
        }
        made.slots = list.count();
        return made;
    }
    /// Where those of its channels lie that a step makes in packs.
    wired_map made_in_packs(feature_map map, feature_map to, std::span<const channel_code> codes) const {
        wired_map made;
        const int first = slot_pool[to.first];
        for (int c = 0; c < map.count; ++c) {
            const int channel = pool[map.first + c];
            const slot_place at = in_packs[static_cast<std::size_t>(channel)];
            if (at.slot < first || at.slot >= first + to.count) continue;
            add(made, at.slot - first, at.lane, channel, codes);
        }
        made.slots = to.count;
        return made;
    }

    static void add(wired_map& to, int entry, int lane, int channel, std::span<const channel_code> codes) {
        to.entry.push_back(entry);
        to.lane.push_back(lane);
        to.code.push_back(codes.empty() ? channel_code{} : codes[static_cast<std::size_t>(channel)]);
    }

    /// All that a step's kernel packs but a layer's weights.
    slot_wiring wire(int step, std::span<const channel_code> codes) const {
        const packed_step& s = steps[static_cast<std::size_t>(step)];
        const op& over_slots = slots[static_cast<std::size_t>(step)];
        slot_wiring made;
        made.depth = s.depth;
        if (s.work == slot_work::narrow) {
            made.out = made_in_packs(s.logical, over_slots.out, codes);
            for (int c = 0; c < made.out.channels(); ++c) add(made.in, c, 0, 0, {});
            return made;
        }
        if (s.work == slot_work::widen) {
            made.in =
                read(s.logical, codes, [&, next = slot_pool[over_slots.out.first]](int channel) mutable {
                    const bool is_next = in_floats[static_cast<std::size_t>(channel)].slot == next;
                    next += is_next ? 1 : 0;
                    return is_next;
                });
            return made;
        }
        const op& o = *(made.call = &calls[static_cast<std::size_t>(s.call)]);
        made.in = read(o.in, codes, [](int) { return true; });
        if (o.other.count > 0) made.other = read_others(made.in, o.other, codes);
        if (s.out == precision::f32) {
            for (int c = 0; c < o.out.count; ++c) add(made.out, c, 0, 0, {});
            made.out.slots = o.out.count;
        } else if (s.work == slot_work::mix) {
            made.out = made_in_packs(o.out, over_slots.out, codes);
        } else {
            // What lies as what it is made of.
            made.out = made.in;
            for (int c = 0; c < o.out.count && !codes.empty(); ++c)
                made.out.code[static_cast<std::size_t>(c)] =
                    codes[static_cast<std::size_t>(pool[o.out.first + c])];
        }
        return made;
    }

private:
    wired_map read_others(const wired_map& in, feature_map other, std::span<const channel_code> codes) const {
        wired_map made = in;
        for (int c = 0; c < other.count && !codes.empty(); ++c)
            made.code[static_cast<std::size_t>(c)] = codes[static_cast<std::size_t>(pool[other.first + c])];
        return made;
    }
};

/// A network's packing as plain data.
template <class Network>
plain_packing packing_of() {
    constexpr const auto& packs = Network::packs;
    constexpr const auto& calls = Network::calls;
    return {.steps = {packs.steps, static_cast<std::size_t>(packs.slots.sizes.ops)},
            .slots = {packs.slots.ops, static_cast<std::size_t>(packs.slots.sizes.ops)},
            .slot_pool = packs.slots.pool,
            .calls = {calls.ops, static_cast<std::size_t>(Network::sizes.ops)},
            .pool = calls.pool,
            .in_packs = {packs.in_packs, static_cast<std::size_t>(Network::sizes.channels)},
            .in_floats = {packs.in_floats, static_cast<std::size_t>(Network::sizes.channels)},
            .slot_count = packs.slots.sizes.channels};
}

}  // namespace detail

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
        pack_lane lane[as_size(Network::sizes.pool)]{};
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
        constexpr int bits = 32 / channels_of_slot(Network::kept_in);
        for (int i = 0; i < Network::sizes.pool; ++i) {
            const int channel = calls.pool[i];
            const bool in_fp32 = packs.is_in_floats(channel);
            const slot_place at = in_fp32 ? packs.in_floats[channel] : packs.in_packs[channel];
            all.offset[i] = addresses.of[at.slot];
            all.step[i] = in_fp32 ? addresses.step[at.slot] : 1;
            if (!in_fp32)
                all.lane[i] = {static_cast<unsigned char>(bits), static_cast<unsigned char>(bits * at.lane),
                               2 * channel};
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
    static constexpr const pack_lane* lanes = every_entry.lane;
    static constexpr int input_step = where.input_step;

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

    /// The step that is call `op`.
    static constexpr int step_of(int op) {
        int step = 0;
        while (packs.steps[step].call != op || packs.steps[step].is_conversion()) ++step;
        return step;
    }

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

    /// Packs the weights of call `op` in bf16, batch norm folded in: [output][input][kernel row][kernel
    /// column].
    static void pack(int op, const float* weights, const float* bias, float* packed) {
        const int step = step_of(op);
        if (packs.steps[step].work == slot_work::floats) {
            pack_floats(step, weights, bias, packed);
        } else if constexpr (!has_codes) {
            slot_wiring wiring = detail::packing_of<Network>().wire(step, {});
            wiring.weights = weights;
            wiring.bias = bias;
            pack_step(step, wiring, packed);
        }
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

    /// Where the picture goes.
    static map_writer<Network::input> input(float* workspace) {
        return {workspace, offsets + calls.input.first, where.input_step};
    }
    /// An output, after a pass.
    static map_view output(int index, const float* workspace) {
        const feature_map map = packs.slots.outputs[index];
        const feature_map logical = calls.outputs[index];
        return {workspace, every_output.offset + map.first, every_output.step + map.first,
                logical.dimensions()};
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
