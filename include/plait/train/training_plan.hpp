// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/columns.hpp"
#include "plait/kernels/plane_op.hpp"
#include "plait/kernels/window_runs.hpp"
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
    long long made[as_size(at_least_one(Sizes.ops))]{};       ///< of what each stored call makes
    long long gradient[as_size(at_least_one(Sizes.ops))]{};   ///< of what arrives for it
    bool needs_gradient[as_size(at_least_one(Sizes.ops))]{};  ///< whether anything up to it is trained
    long long input_place = 0;                                ///< of the first input, among inputs
    long long inputs = 0;                                     ///< values of all inputs
    long long size = 0;                                       ///< values of all else
};

namespace detail {

/// How a call's matrix product is cut into pieces that stay in a cache.
struct product_shape {
    int outputs = 0;             ///< of a group
    int inner = 0;               ///< inputs of a group times taps
    int pixels = 0;              ///< of one picture, along which products go
    bool cuts_anywhere = false;  ///< else pieces are whole pictures
    int forward_piece = 0;       ///< pixels
    int backward_piece = 0;
};

/// Whether a call is a product of matrices.
constexpr bool is_product(const op& o) {
    return o.kind == op_kind::dense || o.kind == op_kind::pointwise || o.kind == op_kind::linear ||
           o.kind == op_kind::conv_transpose;
}

/// Whether a row of a product is a channel's run as it is.
constexpr bool reads_runs(const op& o) {
    if (o.kind == op_kind::linear) return o.in.size.pixels() == 1;
    return o.kind == op_kind::conv_transpose || o.window.is_point();
}

constexpr product_shape product_of(const op& o, int batch) {
    product_shape s{.outputs = o.group_outputs(), .inner = o.fan_in(), .pixels = o.out.size.pixels()};
    if (o.kind == op_kind::conv_transpose) {
        s.outputs = o.group_outputs() * o.window.taps();
        s.inner = o.group_inputs();
        s.pixels = o.in.size.pixels();
    }
    s.cuts_anywhere = reads_runs(o) && o.kind != op_kind::conv_transpose;
    const auto piece = [&](int values, int least, int most) {
        int pixels = values / (s.outputs + s.inner);
        pixels = pixels < least ? least : pixels > most ? most : pixels;
        if (s.cuts_anywhere) return pixels / pixels_of_tile * pixels_of_tile;
        const int pictures = pixels / s.pixels < 1 ? 1 : pixels / s.pixels;
        return (pictures > batch ? batch : pictures) * s.pixels;
    };
    s.forward_piece = piece(12 * 1024, 128, 256);
    s.backward_piece = piece(64 * 1024, 128, 512);
    return s;
}

/// Values between rows of a piece.
constexpr long long row_pitch(int pixels) { return padded_pixels(pixels) + 16; }

/// Pictures of a depthwise convolution that are made at a time.
constexpr int pictures_of_runs(const op& o) {
    const window_run_layout lies(o.window, o.in.size, o.out.size);
    const int most = o.in.size.pixels() > o.out.size.pixels() ? o.in.size.pixels() : o.out.size.pixels();
    const int pictures = 8 * 1024 / ((1 + 2 * lies.phases) * lies.run(1) + most);
    return pictures < 1 ? 1 : pictures;
}

/// Pictures of a call that is neither whose planes are made at a time.
constexpr int pictures_of_planes(const op& o, int batch) {
    if (!is_elementwise(o)) return 1;
    const int pictures = 1024 / o.out.size.pixels();
    return pictures < 1 ? 1 : pictures > batch ? batch : pictures;
}

/// Values that one thread needs beside all for a call, forward or backward.
constexpr long long scratch_of(const op& o, int batch) {
    if (o.kind == op_kind::depthwise) {
        const int pictures = pictures_of_runs(o);
        const window_run_layout lies(o.window, o.in.size, o.out.size);
        const int most = o.in.size.pixels() > o.out.size.pixels() ? o.in.size.pixels() : o.out.size.pixels();
        return row_pitch(pictures * most) + (1 + 2 * lies.phases) * lies.reserved(pictures) + 256;
    }
    if (!is_product(o)) {
        const int pictures = pictures_of_planes(o, batch);
        return 2 * (o.in.count * row_pitch(pictures * o.in.size.pixels()) +
                    o.other.count * row_pitch(pictures * o.other.size.pixels()) +
                    o.out.count * row_pitch(pictures * o.out.size.pixels())) +
               o.out.count + 64;
    }
    const product_shape s = product_of(o, batch);
    const long long rows = 2LL * s.inner + 2LL * s.outputs;
    const int piece = s.forward_piece > s.backward_piece ? s.forward_piece : s.backward_piece;
    const long long plane = row_pitch(o.in.size.pixels()) + row_pitch(o.out.size.pixels());
    return rows * row_pitch(piece) + 2 * plane + 256;
}

/// Values that a call's weights take when they are packed for all threads, forward or backward.
constexpr long long packed_weights_of(const op& o, int batch) {
    if (!is_product(o)) return 0;
    const product_shape s = product_of(o, batch);
    const long long forward = packed_matrix_size(s.outputs, s.inner);
    const long long backward = packed_matrix_size(s.inner, s.outputs);
    return o.groups * (forward > backward ? forward : backward);
}

/// Runs that live for a while, each placed in the first gap that has room.
template <int Most>
class placed_runs {
public:
    explicit constexpr placed_runs(long long first) : first_(first), end_(first) {}

    /// Where `size` values lie until `drop` is called for `owner`.
    constexpr long long place(int owner, long long size) {
        long long begin = first_;
        int at = 0;
        while (at < count_ && used_[at].begin - begin < size) begin = used_[at++].end;
        for (int i = count_++; i > at; --i) used_[i] = used_[i - 1];
        used_[at] = {begin, begin + size, owner};
        if (begin + size > end_) end_ = begin + size;
        return begin;
    }
    /// Drops the runs whose owner `is_over` says.
    template <class IsOver>
    constexpr void drop(IsOver is_over) {
        int kept = 0;
        for (int i = 0; i < count_; ++i)
            if (!is_over(used_[i].owner)) used_[kept++] = used_[i];
        count_ = kept;
    }
    /// The end of all that was ever placed.
    constexpr long long end() const { return end_; }

private:
    struct range {
        long long begin;
        long long end;
        int owner;
    };
    range used_[as_size(at_least_one(Most))]{};
    int count_ = 0;
    long long first_;
    long long end_;
};

}  // namespace detail

/// The plan of a batch of which calls from `first_trained` on are trained.
template <graph_sizes Sizes>
constexpr training_plan<Sizes> plan_training(const written_program<Sizes>& written,
                                             const stored_calls<Sizes>& stored, int batch,
                                             int first_trained) {
    training_plan<Sizes> plan;
    const auto run_of = [&](feature_map map) { return map.count * run_pitch(map.size, batch); };
    plan.input_place = 0;
    plan.inputs = run_of(written.input);
    int last_reader[as_size(at_least_one(Sizes.ops))]{};
    bool is_kept[as_size(at_least_one(Sizes.ops))]{};  // for backward
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = written.ops[i];
        const int norm = stored.stores[i] ? stored.applied[i].norm : op::none;
        const bool trains = (o.has_tensors() && i >= first_trained) || norm >= first_trained;
        plan.needs_gradient[i] = trains;
        for (const feature_map& map : {o.in, o.other}) {
            for (int c = 0; c < map.count; ++c) {
                const int maker = stored.maker[stored.stored[written.pool[map.first + c]]];
                if (maker == op::none) continue;
                last_reader[maker] = i;
                if (plan.needs_gradient[maker]) plan.needs_gradient[i] = true;
            }
        }
        is_kept[i] = plan.needs_gradient[i] || o.kind == op_kind::input;
        if (!plan.needs_gradient[i]) continue;
        for (const feature_map& map : {o.in, o.other})
            for (int c = 0; c < map.count; ++c)
                if (const int maker = stored.maker[stored.stored[written.pool[map.first + c]]];
                    maker != op::none)
                    is_kept[maker] = true;
    }
    for (const feature_map& map : written.outputs) {
        for (int c = 0; c < map.count; ++c) {
            const int maker = stored.maker[stored.stored[written.pool[map.first + c]]];
            if (maker == op::none) continue;
            last_reader[maker] = Sizes.ops;
            is_kept[maker] = true;
        }
    }

    long long next = 0;
    for (int i = 0; i < Sizes.ops; ++i) {
        if (!stored.stores[i] || !is_kept[i]) continue;
        long long& end = written.ops[i].kind == op_kind::input ? plan.inputs : next;
        plan.made[i] = end;
        end += run_of(written.ops[i].out);
    }
    // What backward does not read is there from its call to its last reader.
    detail::placed_runs<Sizes.ops> passing(next);
    for (int i = 0; i < Sizes.ops; ++i) {
        if (stored.stores[i] && !is_kept[i]) plan.made[i] = passing.place(i, run_of(written.ops[i].out));
        passing.drop([&](int owner) { return last_reader[owner] <= i; });
    }
    // Gradients, from the last call to the first: there from the last reader on until the call's own turn.
    detail::placed_runs<Sizes.ops> gradients(next);
    for (int reader = Sizes.ops; reader >= 0; --reader) {
        for (int call = 0; call < Sizes.ops && call <= reader; ++call)
            if (stored.stores[call] && plan.needs_gradient[call] &&
                (last_reader[call] == reader || (last_reader[call] == 0 && call == reader)))
                plan.gradient[call] = gradients.place(call, run_of(written.ops[call].out));
        gradients.drop([&](int owner) { return owner >= reader; });
    }
    plan.size = passing.end() > gradients.end() ? passing.end() : gradients.end();
    return plan;
}

}  // namespace plait::inline PLAIT_TARGET
