// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/kernels/scratch.hpp"
#include "plait/kernels/select.hpp"
#include "plait/network/layout_choice.hpp"

// Places channels in the workspace, first fit. Compilers count the statements that a constant takes, so loops
// over channels have one each.

namespace plait::inline PLAIT_TARGET {

/// Values of the workspace that are in use until a call has read them.
struct used_range {
    int begin;
    int end;
    int last;  ///< call
};

/// How far placing has come.
template <graph_sizes Sizes>
struct placement {
    int address[as_size(Sizes.channels)]{};  ///< of every channel that has been written
    used_range used[as_size(Sizes.channels + 2)]{};
    int used_count = 0;
    int alive = 0;
    int size = 0;
    int lower_bound = 0;
    int scratch[as_size(at_least_one(Sizes.ops))]{};
    bool in_whole_groups[as_size(at_least_one(Sizes.ops))]{};
};

/// What placing a call costs, in statements or so.
constexpr int placing_work(const op& o) { return o.in.count + o.other.count + 4 * o.out.count + 400; }

/// The values before the first slot and after the last that a network's kernels may touch: how far before or
/// after a plane a window reaches, in whole vectors. A row that is cut by a small stride is read in as many
/// vectors at a time, whatever the window.
template <graph_sizes Sizes>
constexpr int margin_of(const program<Sizes>& p, int lanes) {
    int reach = 0;
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = p.ops[i];
        const auto most = [](const window_axis& axis) {
            const int after = axis.reach() - 1 - axis.before;
            return after > axis.before ? after : axis.before;
        };
        const int far = most(o.window.rows) * o.out.size.width + most(o.window.columns);
        if (far > reach) reach = far;
        const int stride = o.window.columns.stride;
        const int past = stride > most_shuffled_stride ? 0 : (stride - 1) * lanes;
        if (past > reach) reach = past;
    }
    return rounded_up(reach + lanes, 16);
}

/// Gives every channel a place when it is written and takes it back after its last reader. What is placed as
/// one is a piece: a plane, or a group. Pieces that one call writes and one call reads last lie together,
/// where there is room for several.
template <graph_sizes Sizes>
class placer {
public:
    /// Goes on from where `so_far` has come.
    constexpr placer(const program<Sizes>& p, const last_readers<Sizes>& last, const map_steps<Sizes>& steps,
                     int margin, int lanes, const placement<Sizes>& so_far)
        : program_(p), last_(last), steps_(steps), margin_(margin), lanes_(lanes), state_(so_far) {}

    /// The inputs, which are there before the first call.
    constexpr void place_inputs() {
        state_.size = margin_;
        place(program_.input, 1, steps_.of_input, 0);
        for (int i = 0; i < Sizes.ops; ++i)
            if (program_.ops[i].kind == op_kind::input) place(program_.ops[i].out, 1, steps_.out[i], 0);
    }

    /// What the calls from `begin` up to but not including `end` write and need.
    constexpr void place_calls(int begin, int end) {
        for (int i = begin; i < end; ++i) {
            const op& o = program_.ops[i];
            const op_layout layout{steps_.in[i], steps_.out[i], reads_whole_groups(o, steps_.in[i])};
            state_.in_whole_groups[i] = layout.in_whole_groups;
            if (const int scratch = scratch_size(select(o, layout, lanes_), o); scratch > 0)
                state_.scratch[i] = place_scratch(rounded_up(scratch, 16), i);
            if (o.kind != op_kind::input) place(o.out, o.groups, layout.out_step, i);
            free_after(i);
        }
    }

    /// Where everything lies so far.
    constexpr const placement<Sizes>& state() const { return state_; }

private:
    static constexpr int piece_size(feature_map map, int step) {
        const int pixels = map.size.pixels();
        return step == 1 ? plane_pitch(pixels) : pixels * step;
    }

    /// Pieces with one last reader, by order of their first, each chained to the next. Numbers of pieces
    /// count from 1 here.
    constexpr void place(feature_map map, int groups, int step, int now) {
        const int* channels = program_.pool + map.first;
        const map_pieces pieces = map_pieces::of(map, groups, step);
        for (int i = 0; i < pieces.count; ++i) until_[i] = now;
        for (int c = 0, i = 0; c < map.count; i = pieces.at(++c))
            until_[i] = last_.of[channels[c]] > until_[i] ? last_.of[channels[c]] : until_[i];
        for (int i = pieces.count; i > 0; --i)
            next_[i - 1] = first_until_[until_[i - 1]], first_until_[until_[i - 1]] = i;
        for (int i = 1; i <= pieces.count; ++i)
            if (first_until_[until_[i - 1]] == i) place_chain(map, pieces, i);
    }

    /// First fit; the chain may be cut between its pieces.
    constexpr void place_chain(feature_map map, const map_pieces& pieces, int piece) {
        const int* channels = program_.pool + map.first;
        const int size = piece_size(map, pieces.step);
        const int last = until_[piece - 1];
        first_until_[last] = 0;
        int i = 0;
        int begin = margin_;
        while (piece > 0) {
            const int gap_end = find_gap(size, i, begin);
            int end = begin;
            for (; piece > 0 && gap_end - end >= size; end += size, piece = next_[piece - 1])
                if (pieces.step == 1)
                    state_.address[channels[piece - 1]] = end;
                else
                    place_group(channels + pieces.first(piece - 1), pieces.channels(piece - 1), end);
            insert(i++, {begin, end, last});
            if (i < state_.used_count) begin = state_.used[i++].end;
        }
    }

    constexpr void place_group(const int* channels, int count, int address) {
        for (int c = 0; c < count; ++c) state_.address[channels[c]] = address + c;
    }

    constexpr int place_scratch(int size, int call) {
        int i = 0;
        int begin = margin_;
        find_gap(size, i, begin);
        insert(i, {begin, begin + size, call});
        return begin;
    }

    /// From the gap that begins at `begin`, before range `i`, to the first of `size`. Returns its end.
    constexpr int find_gap(int size, int& i, int& begin) const {
        while (i < state_.used_count && state_.used[i].begin - begin < size) begin = state_.used[i++].end;
        return i < state_.used_count ? state_.used[i].begin : 0x7fffffff;
    }

    constexpr void insert(int at, used_range made) {
        for (int i = state_.used_count++; i > at; --i) state_.used[i] = state_.used[i - 1];
        state_.used[at] = made;
        state_.alive += made.end - made.begin;
        if (made.end > state_.size) state_.size = made.end;
        if (state_.alive > state_.lower_bound) state_.lower_bound = state_.alive;
    }

    constexpr void free_after(int call) {
        int kept = 0;
        for (int i = 0; i < state_.used_count; ++i) {
            if (state_.used[i].last > call)
                state_.used[kept++] = state_.used[i];
            else
                state_.alive -= state_.used[i].end - state_.used[i].begin;
        }
        state_.used_count = kept;
    }

    /// Of two operands both must be; a single channel is read pixel by pixel, wherever it lies.
    constexpr bool reads_whole_groups(const op& o, int step) const {
        const bool reads_other = o.other.count > 0 && o.binary.other != operand::one_a_pixel;
        return whole_groups(o.in, step) && (!reads_other || whole_groups(o.other, step));
    }

    constexpr bool whole_groups(feature_map map, int step) const {
        if (step == 1) return false;
        const int* channels = program_.pool + map.first;
        for (int c = 0; c < map.count; c += step)
            if (state_.address[channels[c]] % step != 0) return false;
        for (int c = 0; c < map.count; ++c)
            if (state_.address[channels[c]] != state_.address[channels[c - c % step]] + c % step)
                return false;
        return true;
    }

    const program<Sizes>& program_;
    const last_readers<Sizes>& last_;
    const map_steps<Sizes>& steps_;
    int margin_;
    int lanes_;
    placement<Sizes> state_;
    // Of the map that is being placed: when its pieces die, and which dies next with each.
    int until_[as_size(Sizes.channels)]{};
    int next_[as_size(Sizes.channels)]{};
    int first_until_[as_size(Sizes.ops + 1)]{};
};

}  // namespace plait::inline PLAIT_TARGET
