// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/core/precision.hpp"
#include "plait/core/window.hpp"
#include "plait/kernels/op_layout.hpp"
#include "plait/kernels/slot_shape.hpp"
#include "plait/network/program.hpp"

// Which channels share a pack. A slot is a map of four bytes a pixel: one channel in fp32, two in bf16, four
// in int8. Channels that the same calls read share one, so that split, concatenation, crossover and shuffle
// stay lists of slots.

namespace plait::inline PLAIT_TARGET {

/// Where a channel lies: which slot, and which of the channels in it.
struct slot_place {
    static constexpr int nowhere = -1;

    int slot = nowhere;
    int lane = 0;
};

/// What a network's calls become: its own calls over slots, and conversions between precisions.
struct packed_step {
    int call = op::none;  ///< of `Network::calls`; of a conversion, the call that it is made for
    slot_work work{};
    precision in = precision::f32;
    precision out = precision::f32;
    feature_map logical{};  ///< of a conversion: the channels that it converts
    int depth = 0;          ///< slots that the outputs of one slot read, at most

    /// Whether it is no call of the network's own.
    constexpr bool is_conversion() const { return work == slot_work::widen || work == slot_work::narrow; }
};

namespace detail {

/// For every channel a number that is equal where the same calls read it: of a channel that a call changes by
/// itself, what becomes of it counts too.
template <graph_sizes Sizes>
struct reader_marks {
    unsigned of[as_size(Sizes.channels)]{};
};

constexpr unsigned mixed_mark(unsigned so_far, unsigned with) {
    return (so_far ^ (with + 0x9e37'79b9U + (so_far << 6U))) * 0x85eb'ca6bU ^ so_far >> 13U;
}

template <graph_sizes Sizes>
constexpr reader_marks<Sizes> find_reader_marks(const program<Sizes>& p) {
    reader_marks<Sizes> marks;
    for (const feature_map& map : p.outputs)
        for (int i = 0; i < map.count; ++i) {
            unsigned& mark = marks.of[p.pool[map.first + i]];
            mark = mixed_mark(mark, 1U);
        }
    for (int call = Sizes.ops - 1; call >= 0; --call) {
        const op& o = p.ops[call];
        const bool by_channel = changes_channels(o);
        const auto of_call = static_cast<unsigned>(2 * call + 3);
        const unsigned* const made = marks.of + (o.out.count > 0 ? p.pool[o.out.first] : 0);
        for (const feature_map& map : {o.in, o.other})
            for (int i = 0; i < map.count; ++i) {
                unsigned& mark = marks.of[p.pool[map.first + i]];
                const unsigned with =
                    by_channel && map.count == o.out.count ? mixed_mark(of_call, made[i]) : of_call;
                mark = mixed_mark(mark, with);
            }
    }
    return marks;
}

/// The slots that a call reads or writes, in order of their first channel. A channel that is read twice is in
/// two entries.
class slot_list {
public:
    /// `latest` has for every slot an entry or -1, and -1 again after `forget`; `used` and `slots` have room
    /// for every entry.
    constexpr slot_list(int* latest, unsigned char* used, int* slots)
        : latest_(latest), used_(used), slots_(slots) {}

    /// The entry in which that channel is read.
    constexpr int add(slot_place at) {
        int& entry = latest_[at.slot];
        const auto lane = static_cast<unsigned char>(1U << static_cast<unsigned>(at.lane));
        if (entry < 0 || (used_[entry] & lane) != 0) {
            entry = count_;
            slots_[count_] = at.slot;
            used_[count_++] = 0;
        }
        used_[entry] = static_cast<unsigned char>(used_[entry] | lane);
        return entry;
    }
    constexpr int count() const { return count_; }
    constexpr void forget() {
        for (int i = 0; i < count_; ++i) latest_[slots_[i]] = -1;
    }

private:
    int* latest_;
    unsigned char* used_;
    int* slots_;
    int count_ = 0;
};

/// The most entries that the pool of a packing has: every list of channels, and those of conversions.
template <graph_sizes Sizes>
constexpr int most_pool_of(const program<Sizes>& p) {
    int most = p.input.count;
    for (int i = 0; i < Sizes.ops; ++i)
        most += 3 * (p.ops[i].in.count + p.ops[i].other.count) + p.ops[i].out.count;
    for (const feature_map& map : p.outputs) most += 3 * map.count;
    return most;
}

/// As large as a packing can be.
template <graph_sizes Sizes, int MostPool>
struct loose_packing {
    static constexpr int most_steps = 3 * Sizes.ops + Sizes.outputs + 1;

    graph_sizes sizes{};
    packed_step steps[as_size(most_steps)]{};
    feature_map in[as_size(most_steps)]{};
    feature_map other[as_size(most_steps)]{};
    feature_map out[as_size(most_steps)]{};
    int pool[as_size(MostPool)]{};
    slot_place in_packs[as_size(Sizes.channels)]{};   ///< of every channel that is anywhere in a pack
    slot_place in_floats[as_size(Sizes.channels)]{};  ///< of every channel that is anywhere in fp32
    feature_map input{};
    feature_map outputs[as_size(at_least_one(Sizes.outputs))]{};

    /// Of what it needed.
    constexpr graph_sizes sizes_of_all() const { return sizes; }
};

/// Goes through a network's calls and converts what a call reads where it is in another precision.
template <graph_sizes Sizes, int MostPool, precision Precision>
class packer {
    static constexpr int width = channels_of_slot(Precision);
    static constexpr int slots = 2 * Sizes.channels;

public:
    constexpr packer(const program<Sizes>& p, const reader_marks<Sizes>& marks, const bool* in_floats)
        : program_(p), marks_(marks), in_floats_(in_floats) {
        for (int& entry : latest_) entry = -1;
        for (const feature_map& map : p.outputs)
            for (int c = 0; c < map.count; ++c) is_output_[p.pool[map.first + c]] = true;
    }

    constexpr const loose_packing<Sizes, MostPool>& pack() {
        made_.input = record(program_.input, precision::f32, true);
        place_floats(program_.input, made_.input);
        for (int call = 0; call < Sizes.ops; ++call) take(call);
        for (int i = 0; i < Sizes.outputs; ++i) {
            convert(program_.outputs[i], precision::f32, Sizes.ops);
            made_.outputs[i] = record(program_.outputs[i], precision::f32, false);
        }
        made_.sizes.outputs = Sizes.outputs;
        return made_;
    }

private:
    constexpr void take(int call) {
        const op& o = program_.ops[call];
        const bool on_packs = !in_floats_[call] && runs_on_packs(o, Precision);
        if (on_packs && changes_channels(o)) {
            convert(o.in, Precision, call);
            if (o.other.count > 0) convert(o.other, Precision, call);
            if (changes_packs(call)) return;
        } else if (on_packs) {
            convert(o.in, Precision, call);
            mix_packs(call);
            return;
        }
        convert(o.in, precision::f32, call);
        convert(o.other, precision::f32, call);
        packed_step& step = next_step(call, slot_work::floats, precision::f32, precision::f32);
        const int i = made_.sizes.ops - 1;
        step.depth = o.in.count;
        made_.in[i] = record(o.in, precision::f32, false);
        made_.other[i] = record(o.other, precision::f32, false);
        made_.out[i] = record(o.out, precision::f32, true);
        place_floats(o.out, made_.out[i]);
    }

    /// Of a call whose outputs read all inputs. What is an output of the network, or what a byte cannot
    /// saturate to, is made in fp32.
    constexpr void mix_packs(int call) {
        const op& o = program_.ops[call];
        const bool as_floats = is_output_[program_.pool[o.out.first]] || !stays_in_packs(o, Precision);
        const precision out = as_floats ? precision::f32 : Precision;
        packed_step& step = next_step(call, slot_work::mix, Precision, out);
        const int i = made_.sizes.ops - 1;
        made_.in[i] = record(o.in, Precision, false);
        if (as_floats) {
            made_.out[i] = record(o.out, precision::f32, true);
            place_floats(o.out, made_.out[i]);
        } else {
            made_.out[i] = fresh_packs(o.out);
        }
        step.depth =
            o.groups == 1 ? made_.in[i].count : widest_group(o, made_.in[i], made_.out[i], as_floats);
    }

    /// The most slots that lie between the first and the last that the outputs of one slot read.
    constexpr int widest_group(const op& o, feature_map in, feature_map out, bool as_floats) {
        slot_list list(latest_, used_, scratch_);
        for (int g = 0; g < o.groups; ++g) first_[g] = in.count, last_[g] = 0;
        for (int c = 0; c < o.in.count; ++c) {
            const int entry = list.add(made_.in_packs[program_.pool[o.in.first + c]]);
            const int g = c / o.group_inputs();
            first_[g] = entry < first_[g] ? entry : first_[g];
            last_[g] = entry > last_[g] ? entry : last_[g];
        }
        list.forget();
        const int slots_out = as_floats ? (o.out.count + width - 1) / width : out.count;
        for (int s = 0; s < slots_out; ++s) entry_[s] = in.count, others_[s] = 0;
        for (int c = 0; c < o.out.count; ++c) {
            const int g = c / o.group_outputs();
            const int s = as_floats
                              ? c / width
                              : made_.in_packs[program_.pool[o.out.first + c]].slot - made_.pool[out.first];
            entry_[s] = first_[g] < entry_[s] ? first_[g] : entry_[s];
            others_[s] = last_[g] > others_[s] ? last_[g] : others_[s];
        }
        int most = 1;
        for (int s = 0; s < slots_out; ++s)
            most = others_[s] - entry_[s] + 1 > most ? others_[s] - entry_[s] + 1 : most;
        return most;
    }

    /// Of a call that makes each channel of one channel: what it makes lies in packs as what it reads. False
    /// where its operands do not lie alike.
    constexpr bool changes_packs(int call) {
        const op& o = program_.ops[call];
        slot_list list(latest_, used_, scratch_);
        for (int c = 0; c < o.in.count; ++c)
            entry_[c] = list.add(made_.in_packs[program_.pool[o.in.first + c]]);
        list.forget();
        if (o.other.count > 0) {
            for (int e = 0; e < list.count(); ++e) others_[e] = slot_place::nowhere;
            for (int c = 0; c < o.in.count; ++c) {
                const slot_place in = made_.in_packs[program_.pool[o.in.first + c]];
                const slot_place at = made_.in_packs[program_.pool[o.other.first + c]];
                int& other = others_[entry_[c]];
                if (other == slot_place::nowhere) other = at.slot;
                if (other != at.slot || in.lane != at.lane) return false;
            }
        }
        packed_step& step = next_step(call, work_of(o), Precision, Precision);
        const int i = made_.sizes.ops - 1;
        step.depth = 1;
        made_.in[i] = {o.in.size, made_.sizes.pool, list.count(), false};
        for (int e = 0; e < list.count(); ++e) made_.pool[made_.sizes.pool++] = scratch_[e];
        if (o.other.count > 0) {
            made_.other[i] = {o.other.size, made_.sizes.pool, list.count(), false};
            for (int e = 0; e < list.count(); ++e) made_.pool[made_.sizes.pool++] = others_[e];
        }
        made_.out[i] = new_slots(o.out.size, list.count());
        const int first = made_.pool[made_.out[i].first];
        for (int c = 0; c < o.out.count; ++c) {
            const slot_place in = made_.in_packs[program_.pool[o.in.first + c]];
            made_.in_packs[program_.pool[o.out.first + c]] = {first + entry_[c], in.lane};
        }
        return true;
    }

    /// Where some channels of a map are not there in a precision, a step that makes them of what is there.
    constexpr void convert(feature_map map, precision to, int call) {
        const bool to_floats = to == precision::f32;
        int missing = 0;
        for (int c = 0; c < map.count; ++c) {
            const int channel = program_.pool[map.first + c];
            const auto& there = to_floats ? made_.in_floats : made_.in_packs;
            missing += there[channel].slot == slot_place::nowhere;
        }
        if (missing == 0) return;
        packed_step& step = next_step(call, to_floats ? slot_work::widen : slot_work::narrow,
                                      to_floats ? Precision : precision::f32, to);
        const int i = made_.sizes.ops - 1;
        step.logical = map;
        step.depth = 1;
        if (to_floats) {
            widen(map, i);
            return;
        }
        made_.out[i] = fresh_packs(map);
        made_.in[i] = floats_of(map, made_.out[i]);
    }

    /// In fp32, what is made to lie in these packs.
    constexpr feature_map floats_of(feature_map map, feature_map packs) {
        const int first = made_.pool[packs.first];
        feature_map made{map.size, made_.sizes.pool, 0, map.is_flattened};
        for (int c = 0; c < map.count; ++c) {
            const int channel = program_.pool[map.first + c];
            const int slot = made_.in_packs[channel].slot;
            if (slot < first || slot >= first + packs.count) continue;
            made_.pool[made_.sizes.pool++] = made_.in_floats[channel].slot;
            ++made.count;
        }
        return made;
    }

    /// Each channel that is not there in fp32 yet, once.
    constexpr void widen(feature_map map, int step) {
        slot_list list(latest_, used_, scratch_);
        int made = 0;
        for (int c = 0; c < map.count; ++c) {
            const int channel = program_.pool[map.first + c];
            if (made_.in_floats[channel].slot != slot_place::nowhere) continue;
            list.add(made_.in_packs[channel]);
            made_.in_floats[channel] = {made_.sizes.channels + made++, 0};
        }
        list.forget();
        made_.in[step] = {map.size, made_.sizes.pool, list.count(), false};
        for (int e = 0; e < list.count(); ++e) made_.pool[made_.sizes.pool++] = scratch_[e];
        made_.out[step] = new_slots(map.size, made);
    }

    constexpr packed_step& next_step(int call, slot_work work, precision in, precision out) {
        packed_step& step = made_.steps[made_.sizes.ops++];
        step = {.call = call, .work = work, .in = in, .out = out};
        return step;
    }

    constexpr feature_map new_slots(extent size, int count) {
        const feature_map map{size, made_.sizes.pool, count, false};
        for (int i = 0; i < count; ++i) made_.pool[made_.sizes.pool++] = made_.sizes.channels++;
        return map;
    }

    /// Channels of a map that are in no pack, in new ones: those that the same calls read side by side. What
    /// is left of each after whole packs stays together, beside others where there is room.
    constexpr feature_map fresh_packs(feature_map map) {
        const int first = made_.sizes.channels;
        int packs = 0, left_count = 0;
        for (int c = 0; c < map.count; ++c) {
            const int channel = program_.pool[map.first + c];
            if (made_.in_packs[channel].slot != slot_place::nowhere) continue;
            const unsigned mark = marks_.of[channel];
            int members = 0;
            for (int d = c; d < map.count; ++d) {
                const int other = program_.pool[map.first + d];
                if (marks_.of[other] != mark || made_.in_packs[other].slot != slot_place::nowhere) continue;
                // Of a channel that is there twice, the second is found to have its place.
                made_.in_packs[other] = {first, 0};
                scratch_[members++] = other;
            }
            const int whole = members / width * width;
            for (int m = 0; m < whole; ++m)
                made_.in_packs[scratch_[m]] = {first + packs + m / width, m % width};
            packs += whole / width;
            for (int m = whole; m < members; ++m) {
                entry_[left_count] = scratch_[m];
                others_[left_count++] = members - whole;
            }
        }
        // The largest of what is left first, each in the first pack that has room.
        const int bins = packs;
        for (int size = width - 1; size > 0; --size) {
            for (int i = 0; i < left_count; i += others_[i]) {
                if (others_[i] != size) continue;
                int bin = bins;
                while (bin < packs && first_[bin - bins] + size > width) ++bin;
                if (bin == packs) first_[packs++ - bins] = 0;
                for (int m = 0; m < size; ++m)
                    made_.in_packs[entry_[i + m]] = {first + bin, first_[bin - bins]++};
            }
        }
        return new_slots(map.size, packs);
    }

    /// The slots of a map, or new ones in fp32.
    constexpr feature_map record(feature_map map, precision in, bool is_new) {
        if (is_new) return new_slots(map.size, map.count);
        feature_map made{map.size, made_.sizes.pool, 0, map.is_flattened};
        if (in == precision::f32) {
            for (int c = 0; c < map.count; ++c)
                made_.pool[made_.sizes.pool++] = made_.in_floats[program_.pool[map.first + c]].slot;
            made.count = map.count;
            return made;
        }
        slot_list list(latest_, used_, scratch_);
        for (int c = 0; c < map.count; ++c) list.add(made_.in_packs[program_.pool[map.first + c]]);
        list.forget();
        made.count = list.count();
        for (int e = 0; e < list.count(); ++e) made_.pool[made_.sizes.pool++] = scratch_[e];
        return made;
    }

    constexpr void place_floats(feature_map map, feature_map at) {
        const int first = made_.pool[at.first];
        for (int c = 0; c < map.count; ++c) made_.in_floats[program_.pool[map.first + c]] = {first + c, 0};
    }

    const program<Sizes>& program_;
    const reader_marks<Sizes>& marks_;
    const bool* in_floats_;
    loose_packing<Sizes, MostPool> made_{};
    bool is_output_[as_size(Sizes.channels)]{};
    int latest_[as_size(slots)]{};
    unsigned char used_[as_size(Sizes.pool)]{};
    int scratch_[as_size(Sizes.pool)]{};
    int others_[as_size(Sizes.pool)]{};
    int entry_[as_size(Sizes.pool)]{};
    int first_[as_size(Sizes.channels)]{};
    int last_[as_size(Sizes.channels)]{};
};

}  // namespace detail

/// A network's calls over slots: what is planned and run.
template <graph_sizes Sizes, graph_sizes Slots>
struct packing {
    program<Slots> slots;
    packed_step steps[as_size(at_least_one(Slots.ops))]{};
    slot_place in_packs[as_size(Sizes.channels)]{};
    slot_place in_floats[as_size(Sizes.channels)]{};

    /// Where a channel lies as its maker left it.
    constexpr bool is_in_floats(int channel) const {
        return in_packs[channel].slot == slot_place::nowhere ||
               (in_floats[channel].slot != slot_place::nowhere &&
                in_floats[channel].slot < in_packs[channel].slot);
    }
};

namespace detail {

/// The same without what it did not need.
template <graph_sizes Slots, graph_sizes Sizes, int MostPool>
constexpr packing<Sizes, Slots> tighten(const program<Sizes>& p, const loose_packing<Sizes, MostPool>& loose,
                                        int lanes) {
    packing<Sizes, Slots> made;
    for (int i = 0; i < Slots.ops; ++i) {
        const packed_step& step = made.steps[i] = loose.steps[i];
        op& o = made.slots.ops[i];
        if (step.work == slot_work::floats) o = p.ops[step.call];
        o.in = loose.in[i];
        o.other = loose.other[i];
        o.out = loose.out[i];
        o.shares = o.weights_of = op::none;
        if (step.work == slot_work::floats) continue;
        o.kind = op_kind::on_packs;
        if (!step.is_conversion() && p.ops[step.call].kind != op_kind::linear)
            o.window = p.ops[step.call].window;
        if (!step.is_conversion())
            o.own_values = slot_scratch(p.ops[step.call], step.work, o.in.count, lanes);
    }
    for (int i = 0; i < Slots.pool; ++i) made.slots.pool[i] = loose.pool[i];
    for (int i = 0; i < Slots.outputs; ++i) made.slots.outputs[i] = loose.outputs[i];
    made.slots.input = loose.input;
    for (int i = 0; i < Sizes.channels; ++i) {
        made.in_packs[i] = loose.in_packs[i];
        made.in_floats[i] = loose.in_floats[i];
    }
    return made;
}

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
