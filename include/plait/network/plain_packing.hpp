// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include "plait/core/as_size.hpp"
#include "plait/core/heap_array.hpp"
#include "plait/kernels/slot_wiring.hpp"
#include "plait/network/network_in.hpp"
#include "plait/tensor/map_view.hpp"

namespace plait::inline PLAIT_TARGET::detail {

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
        wired_map made(map.count);
        heap_array<int> latest(slot_count, -1), entries(map.count);
        heap_array<unsigned char> used(map.count);
        slot_list list(latest.begin(), used.begin(), entries.begin());
        for (int c = 0; c < map.count; ++c) {
            const int channel = pool[map.first + c];
            if (!reads(channel)) continue;
            const slot_place at = in_packs[static_cast<std::size_t>(channel)];
            made.add(list.add(at), at.lane, code_of(channel, codes));
        }
        made.slots = list.count();
        return made;
    }
    /// Where those of its channels lie that a step makes in packs.
    wired_map made_in_packs(feature_map map, feature_map to, std::span<const channel_code> codes) const {
        wired_map made(map.count);
        const int first = slot_pool[to.first];
        for (int c = 0; c < map.count; ++c) {
            const int channel = pool[map.first + c];
            const slot_place at = in_packs[static_cast<std::size_t>(channel)];
            if (at.slot < first || at.slot >= first + to.count) continue;
            made.add(at.slot - first, at.lane, code_of(channel, codes));
        }
        made.slots = to.count;
        return made;
    }

    /// In bf16 there are none.
    static channel_code code_of(int channel, std::span<const channel_code> codes) {
        return codes.empty() ? channel_code{} : codes[static_cast<std::size_t>(channel)];
    }
    /// So many channels, each in a slot of its own.
    static wired_map in_floats_of(int count) {
        wired_map made(count);
        for (int c = 0; c < count; ++c) made.add(c, 0, {});
        made.slots = count;
        return made;
    }

    /// All that a step's kernel packs but a layer's weights.
    slot_wiring wire(int step, std::span<const channel_code> codes) const {
        const packed_step& s = steps[static_cast<std::size_t>(step)];
        const op& over_slots = slots[static_cast<std::size_t>(step)];
        slot_wiring made;
        made.depth = s.depth;
        if (s.work == slot_work::narrow) {
            made.out = made_in_packs(s.logical, over_slots.out, codes);
            made.in = in_floats_of(made.out.channels);
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
        if (o.other.count > 0) made.other = as_in(made.in, o.other, codes);
        if (s.out == precision::f32) {
            made.out = in_floats_of(o.out.count);
        } else if (s.work == slot_work::mix) {
            made.out = made_in_packs(o.out, over_slots.out, codes);
        } else {
            made.out = as_in(made.in, o.out, codes);
        }
        return made;
    }

private:
    /// A map that lies as another does.
    wired_map as_in(const wired_map& in, feature_map map, std::span<const channel_code> codes) const {
        wired_map made = in;
        for (int c = 0; c < map.count; ++c) made.code[c] = code_of(pool[map.first + c], codes);
        return made;
    }
};

/// Where every entry of a network's pool lies in its slot.
template <class Network>
class lanes_in_slots {
    struct entries {
        pack_lane of[as_size(Network::sizes.pool)]{};
    };
    static constexpr entries find() {
        entries made;
        constexpr int bits = 32 / channels_of_slot(Network::kept_in);
        for (int i = 0; i < Network::sizes.pool; ++i) {
            const int channel = Network::calls.pool[i];
            const int lane = bits * Network::packs.in_packs[channel].lane;
            if (!Network::packs.is_in_floats(channel))
                made.of[i] = {static_cast<unsigned char>(bits), static_cast<unsigned char>(lane),
                              2 * channel};
        }
        return made;
    }
    static constexpr entries all = find();

public:
    static constexpr const pack_lane* of = all.of;
};

/// The step that is call `op`.
template <class Network>
constexpr int step_of(int op) {
    int step = 0;
    while (Network::packs.steps[step].call != op || Network::packs.steps[step].is_conversion()) ++step;
    return step;
}

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

}  // namespace plait::inline PLAIT_TARGET::detail
