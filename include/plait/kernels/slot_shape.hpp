// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/precision.hpp"
#include "plait/graph/op.hpp"
#include "plait/kernels/balanced.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a kernel over packs of channels does.
enum class slot_work : unsigned char {
    floats,   ///< a call that stays in fp32
    mix,      ///< a convolution over all channels, or a linear layer
    change,   ///< a depthwise convolution, an average pool or an activation: each channel by itself
    combine,  ///< adds two maps
    largest,  ///< a max pool
    average,  ///< of whole maps
    widen,    ///< packs to fp32
    narrow,   ///< fp32 to packs
    // Files of int8 have a fingerprint of these: new ones come last.
    multiply,  ///< multiplies two maps, or a map with a value for each channel
    move       ///< resizes by nearest pixels, pads and cuts
};

/// In words.
constexpr const char* to_string(slot_work work) {
    switch (work) {
        case slot_work::widen: return "widen";
        case slot_work::narrow: return "narrow";
        case slot_work::floats:
        case slot_work::mix:
        case slot_work::change:
        case slot_work::combine:
        case slot_work::multiply:
        case slot_work::move:
        case slot_work::largest:
        case slot_work::average: break;
    }
    return "";
}

/// Whether what an activation makes is what remains when its range saturates: 0 lies in it, since bytes'
/// ranges have it.
constexpr bool saturates(activation act) {
    if (act.kind == activation_kind::clip) return double{act.first} <= 0 && 0 <= double{act.second};
    return act.kind == activation_kind::none || act.kind == activation_kind::relu;
}

/// Whether an activation of floats is the same bits on every processor: multiplications, one addition,
/// bounds.
constexpr bool is_exact(activation act) {
    using enum activation_kind;
    return act.kind == none || act.kind == relu || act.kind == clip || act.kind == leaky_relu ||
           act.kind == hard_sigmoid || act.kind == hard_swish;
}

/// Whether a call makes each channel of one channel, so that its outputs lie in packs as its inputs do.
constexpr bool changes_channels(const op& o) {
    return o.is_window() || o.kind == op_kind::global_average_pool || o.kind == op_kind::binary ||
           o.kind == op_kind::activate || o.kind == op_kind::resample;
}

/// Whether what a call's activation makes can be packs; else it is made in fp32.
constexpr bool stays_in_packs(const op& o, precision p) { return p == precision::bf16 || is_exact(o.act); }

/// Whether a call has a kernel over packs of that precision; else it runs in fp32.
constexpr bool runs_on_packs(const op& o, precision p) {
    const window_axis& rows = o.window.rows;
    const window_axis& columns = o.window.columns;
    const auto has_act = [&] { return stays_in_packs(o, p); };
    switch (o.kind) {
        case op_kind::dense:
        case op_kind::pointwise:
        case op_kind::linear: return true;
        case op_kind::depthwise: return o.in.count == o.out.count && has_act();
        case op_kind::average_pool: {
            const bool is_padded = rows.before + rows.after + columns.before + columns.after > 0;
            const bool has_one_divisor =
                rows.beyond + columns.beyond == 0 && (o.count_include_pad || !is_padded);
            return has_one_divisor && has_act();
        }
        case op_kind::global_average_pool:
        case op_kind::max_pool: return o.act.kind == activation_kind::none;
        case op_kind::binary:
            if (o.binary.operation == binary_operation::multiply && o.binary.other == operand::one_a_channel)
                return has_act();
            return (o.binary.operation == binary_operation::add ||
                    o.binary.operation == binary_operation::multiply) &&
                   o.binary.other == operand::map && o.in.size == o.other.size &&
                   o.in.is_flattened == o.other.is_flattened && has_act();
        case op_kind::activate: return has_act();
        case op_kind::resample:
            return o.sampling.rows.by != sampled_axis::rule::linear &&
                   o.sampling.columns.by != sampled_axis::rule::linear;
        default: return false;
    }
}

/// Of a call that runs on packs and makes each channel of one channel.
constexpr slot_work work_of(const op& o) {
    switch (o.kind) {
        case op_kind::max_pool: return slot_work::largest;
        case op_kind::global_average_pool: return slot_work::average;
        case op_kind::binary:
            return o.binary.operation == binary_operation::add ? slot_work::combine : slot_work::multiply;
        case op_kind::resample: return slot_work::move;
        default: return slot_work::change;
    }
}

/// Of rows so short that several make a vector, their pixels; else 0.
constexpr int short_row(extent out) { return out.width == 4 || out.width == 8 ? out.width : 0; }

/// A slot with what lies around it, as windows read it: rows of `row_pitch` values, whose columns are cut by
/// their residue of the stride. It depends on no instruction set.
struct slot_window {
    int used = 0;  ///< columns of a residue that are read
    int phase_pitch = 0;
    int row_pitch = 0;
    int rows = 0;

    static constexpr slot_window of(const plait::window& w, extent out) {
        slot_window s;
        const int stride = w.columns.stride;
        s.used = out.width + (w.columns.reach() - 1) / stride;
        s.phase_pitch = stride > 1 || short_row(out) == 0 ? rounded_up(s.used, most_lanes) : s.used;
        s.row_pitch = s.phase_pitch * stride;
        s.rows = (out.height - 1) * w.rows.stride + w.rows.reach();
        return s;
    }
    /// Where the tap of an output's first pixel lies.
    constexpr int tap(const plait::window& w, int row, int column) const {
        const int at = column * w.columns.dilation;
        return row * w.rows.dilation * row_pitch + at % w.columns.stride * phase_pitch +
               at / w.columns.stride;
    }
    /// Of one slot, to whole lines, with rows that vectors may read after the last.
    constexpr int values(const plait::window& w) const {
        return rounded_up((rows + 3 * w.rows.stride) * row_pitch + most_lanes, 16);
    }

private:
    static constexpr int most_lanes = 16;
};

/// Slots that a call of one channel each surrounds at a time, so that they are read long after.
constexpr int surrounded_slots(const plait::window& w, extent out, int slots) {
    constexpr int enough = 1024;
    const int fit = enough / slot_window::of(w, out).values(w);
    return fit < 1 ? 1 : fit < slots ? fit : slots;
}

/// Values of what a mix's tile reads, in parts as they are multiplied, where keeping them pays; else 0.
constexpr int split_values(const op& o, slot_work work, int slots, int lanes) {
    constexpr int most_lanes = 8, most_depth = 256, columns_and_parts = 4;
    if (work != slot_work::mix || lanes > most_lanes || o.out.size.pixels() == 1) return 0;
    const int depth = slots * o.window.taps();
    return depth <= most_depth ? depth * columns_and_parts * lanes : 0;
}

/// Values of scratch that a call over `slots` needs.
constexpr int slot_scratch(const op& o, slot_work work, int slots, int lanes) {
    const int split = rounded_up(split_values(o, work, slots, lanes), 16);
    const bool has_window = work == slot_work::mix || work == slot_work::change || work == slot_work::largest;
    if (!has_window || o.window.is_point()) return split;
    const int surrounded = work == slot_work::mix ? slots : surrounded_slots(o.window, o.out.size, slots);
    return split + slot_window::of(o.window, o.out.size).values(o.window) * surrounded;
}

/// What makes one kernel over packs another.
struct slot_shape {
    slot_work work{};
    precision in = precision::f32;
    precision out = precision::f32;
    activation act{};
    plait::window window{};
    plait::sampling sampling{};  ///< of a move
    bool one_a_channel = false;  ///< of a multiplication: whether the second map is single pixels
    int short_row = 0;           ///< of windows: pixels of a row, where a vector has several rows
    bool splits = false;         ///< whether a mix's tile keeps what it reads in parts
    bool single_pixels = false;  ///< whether a mix makes a map of one pixel: its lanes are outputs
    int rows = 1;                ///< of a mix's tile: packs of outputs; of single pixels, vectors of outputs
    int most_rows = 1;
    bool uneven_rows = false;
    int columns = 1;  ///< of a mix's tile: vectors of pixels
    int most_columns = 1;
    bool uneven_columns = false;

    friend constexpr bool operator==(const slot_shape&, const slot_shape&) = default;
};

/// The kernel of a step that is a call `o` over packs, from so many slots to so many.
constexpr slot_shape select_slots(const op& o, slot_work work, precision in, precision out, int in_slots,
                                  int out_slots, int lanes) {
    slot_shape s{.work = work, .in = in, .out = out};
    if (work == slot_work::widen || work == slot_work::narrow) return s;
    // Bytes saturate to an activation's range.
    if (out != precision::int8 || !saturates(o.act)) s.act = o.act;
    s.sampling = o.sampling;
    s.one_a_channel = o.kind == op_kind::binary && o.binary.other == operand::one_a_channel;
    if (work != slot_work::mix && work != slot_work::change && work != slot_work::largest) return s;
    if (o.kind != op_kind::linear) s.window = o.window;
    if (!s.window.is_point() && short_row(o.out.size) < lanes) s.short_row = short_row(o.out.size);
    if (work != slot_work::mix) return s;
    const int width = channels_of_slot(in);
    const int packs = out == precision::f32 ? (o.out.count + width - 1) / width : out_slots;
    const int outputs = out == precision::f32 ? o.out.count : out_slots * width;
    const auto cut = [](int count, int most, int& size, int& kept, bool& uneven) {
        const balanced into = balanced::into(count, most);
        kept = most;
        size = into.size;
        uneven = into.uneven();
    };
    if (o.out.size.pixels() == 1 && s.window.is_point()) {
        s.single_pixels = true;
        cut((outputs + lanes - 1) / lanes, o.groups == 1 ? 4 : 1, s.rows, s.most_rows, s.uneven_rows);
        return s;
    }
    const int vectors = s.window.is_point() ? (o.out.size.pixels() + lanes - 1) / lanes
                                            : (o.out.size.width + lanes - 1) / lanes * o.out.size.height;
    constexpr int registers = native_registers == 32 ? 4 : 2;
    cut(vectors, registers, s.columns, s.most_columns, s.uneven_columns);
    // Of sums a tile has at most 16, or 8.
    const int most_sums = native_registers == 32 ? 16 : 8;
    const int most_rows = most_sums / (s.columns * channels_of_slot(in));
    s.splits = split_values(o, work, in_slots, lanes) > 0 && s.columns <= 2;
    cut(packs, o.groups == 1 ? (most_rows > 1 ? most_rows : 1) : 1, s.rows, s.most_rows, s.uneven_rows);
    return s;
}

}  // namespace plait::inline PLAIT_TARGET
