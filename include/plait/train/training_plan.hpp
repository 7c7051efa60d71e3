// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/columns.hpp"
#include "plait/train/stored_calls.hpp"

// Where a whole batch's maps and gradients lie: a known number of values. A channel is one run of memory, all
// its pictures one after another, so that what only renames channels moves nothing, backward as forward.

namespace plait::inline PLAIT_TARGET {

/// Values from one channel's run to the next: some more than the batch has, so that the channels of a map do
/// not meet in one set of a cache.
constexpr long long run_pitch(extent size, int batch) {
    return (1LL * batch * size.pixels() + 15) / 16 * 16 + 80;
}

/// Places of one network and batch, in values.
template <graph_sizes Sizes>
struct training_plan {
    long long input = 0;                                      ///< of the first input's run
    long long made[as_size(at_least_one(Sizes.ops))]{};       ///< of what each stored call makes
    long long gradient[as_size(at_least_one(Sizes.ops))]{};   ///< of what arrives for it
    bool needs_gradient[as_size(at_least_one(Sizes.ops))]{};  ///< whether anything before it is trained
    long long size = 0;
};

namespace detail {

/// How a call is cut into pieces that stay in a cache: rows of its product, and pixels of a piece.
struct product_shape {
    int outputs = 0;   ///< of a group
    int inner = 0;     ///< inputs of a group times taps
    int pixels = 0;    ///< of one picture, along which products go
    int pictures = 1;  ///< of a piece
    int piece = 0;     ///< pixels of a piece
};

/// Whether a call is a product of matrices.
constexpr bool is_product(const op& o) {
    return o.kind == op_kind::dense || o.kind == op_kind::pointwise || o.kind == op_kind::linear ||
           o.kind == op_kind::conv_transpose;
}

constexpr product_shape product_of(const op& o, int batch) {
    product_shape s{.outputs = o.group_outputs(), .inner = o.fan_in(), .pixels = o.out.size.pixels()};
    if (o.kind == op_kind::conv_transpose) {
        s.outputs = o.group_outputs() * o.window.taps();
        s.inner = o.group_inputs();
        s.pixels = o.in.size.pixels();
    }
    constexpr int values_of_cache = 96 * 1024;
    int most = values_of_cache / (s.outputs + s.inner);
    most = most < 64 ? 64 : most > 1024 ? 1024 : most;
    s.pictures = most / s.pixels;
    s.pictures = s.pictures < 1 ? 1 : s.pictures > batch ? batch : s.pictures;
    s.piece = padded_pixels(s.pictures * s.pixels);
    return s;
}

/// Values between rows of a piece.
constexpr long long row_pitch(int pixels) { return padded_pixels(pixels) + 16; }

/// Pictures of a depthwise convolution that are made at a time.
constexpr int pictures_of_run(const op& o) {
    const int pictures = 1536 / (o.out.size.pixels() + 2 * (o.out.size.height + o.out.size.width) + 4);
    return pictures < 1 ? 1 : pictures;
}

/// As `flat_window` reserves them.
constexpr long long flat_values(const op& o, int pictures) {
    const int rows = o.out.size.height + (o.window.rows.reach() - 1) / o.window.rows.stride;
    const int pitch = o.out.size.width + (o.window.columns.reach() - 1) / o.window.columns.stride;
    const long long reach = (rows - o.out.size.height) * pitch + pitch - o.out.size.width;
    return 1LL * pictures * rows * pitch + 2 * (reach + 4 * native_lanes) + 16;
}

/// Values that one thread needs beside all for a call, forward or backward.
constexpr long long scratch_of(const op& o, int batch) {
    const long long in_planes = o.in.count * row_pitch(o.in.size.pixels());
    const long long other_planes = o.other.count * row_pitch(o.other.size.pixels());
    const long long out_planes = o.out.count * row_pitch(o.out.size.pixels());
    if (o.kind == op_kind::depthwise) {
        const int pictures = pictures_of_run(o);
        const int phases = o.window.rows.stride * o.window.columns.stride;
        const int most = o.in.size.pixels() > o.out.size.pixels() ? o.in.size.pixels() : o.out.size.pixels();
        return row_pitch(pictures * most) + (phases + 1) * flat_values(o, pictures) + 128;
    }
    if (!is_product(o)) return 2 * (in_planes + other_planes) + 2 * out_planes + 64;
    const product_shape s = product_of(o, batch);
    const long long rows = 2LL * s.inner + 2LL * s.outputs;
    const long long matrices =
        packed_matrix_size(s.outputs, s.inner) + packed_matrix_size(s.inner, s.outputs);
    const long long plane = row_pitch(o.in.size.pixels()) + row_pitch(o.out.size.pixels());
    return rows * (s.piece + 16) + matrices + 2 * plane * s.pictures + 256;
}

}  // namespace detail

/// The plan of a batch.
template <graph_sizes Sizes>
constexpr training_plan<Sizes> plan_training(const written_program<Sizes>& written,
                                             const stored_calls<Sizes>& stored, int batch) {
    training_plan<Sizes> plan;
    long long next = 0;
    const auto run_of = [&](feature_map map) { return map.count * run_pitch(map.size, batch); };
    plan.input = next;
    next += run_of(written.input);
    int last_reader[as_size(at_least_one(Sizes.ops))]{};
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = written.ops[i];
        plan.needs_gradient[i] = o.has_tensors() || (stored.stores[i] && stored.applied[i].norm != op::none);
        for (const feature_map& map : {o.in, o.other}) {
            for (int c = 0; c < map.count; ++c) {
                const int maker = stored.maker[stored.stored[written.pool[map.first + c]]];
                if (maker == op::none) continue;
                last_reader[maker] = i;
                if (plan.needs_gradient[maker]) plan.needs_gradient[i] = true;
            }
        }
        if (!stored.stores[i]) continue;
        plan.made[i] = next;
        next += run_of(o.out);
    }
    for (const feature_map& map : written.outputs)
        for (int c = 0; c < map.count; ++c)
            if (const int maker = stored.maker[stored.stored[written.pool[map.first + c]]]; maker != op::none)
                last_reader[maker] = Sizes.ops;

    // Gradients, from the last call to the first: there from the last reader on until the call's own turn.
    struct range {
        long long begin;
        long long end;
        int until;
    };
    range used[as_size(at_least_one(Sizes.ops))]{};
    int count = 0;
    const long long first = next;
    const auto place = [&](int call) {
        const long long size = run_of(written.ops[call].out);
        long long begin = first;
        int at = 0;
        while (at < count && used[at].begin - begin < size) begin = used[at++].end;
        for (int i = count++; i > at; --i) used[i] = used[i - 1];
        used[at] = {begin, begin + size, call};
        plan.gradient[call] = begin;
        if (begin + size > next) next = begin + size;
    };
    for (int reader = Sizes.ops; reader >= 0; --reader) {
        for (int call = 0; call < Sizes.ops && call <= reader; ++call)
            if (stored.stores[call] && plan.needs_gradient[call] &&
                (last_reader[call] == reader || (last_reader[call] == 0 && call == reader)))
                place(call);
        int kept = 0;
        for (int i = 0; i < count; ++i)
            if (used[i].until < reader) used[kept++] = used[i];
        count = kept;
    }
    plan.size = next;
    return plan;
}

}  // namespace plait::inline PLAIT_TARGET
